package models

import (
	"context"
	"errors"
	"unicode/utf8"

	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// AnswerDocument is the answer of a browser new to a bound person, who has
// proved the phone (SignedIn.AskDocument), to the question for the last six
// characters of their document.
type AnswerDocument struct {
	PersonID int64
	CodeID   int64 // of the code by which this browser proved the phone
	Browser  []byte
	Answer   string // as typed
	Session  session.Opening
}

// AnswerDocument lets the browser in for good if the answer is right. A wrong
// one is *fault.Invalid at document_tail with the tries left; after five in a
// day it is *fault.TooMany, and the counter helps. fault.Stale if the phone that
// was proved is no longer this person's: it was moved or detached meanwhile.
func (p *Portal) AnswerDocument(ctx context.Context, in AnswerDocument) error {
	var refused error // a wrong answer must be counted, so it does not undo the transaction
	err := p.Store.Write(ctx, func(tx store.Tx) (err error) {
		refused = nil
		if err := tx.Lock("person", in.PersonID); err != nil {
			return err
		}
		if err := stillReached(tx, in.PersonID, in.CodeID, in.Browser); err != nil {
			return err
		}
		if refused, err = askTail(tx, in.PersonID, in.Answer); err != nil || refused != nil {
			return err
		}
		if err := signin.RememberBrowser(tx, in.PersonID, in.Browser); err != nil {
			return err
		}
		return in.Session.Begin(tx, in.PersonID)
	})
	if err == nil {
		err = refused
	}
	return err
}

// stillReached is fault.Stale unless the phone that this browser proved by the
// code is that of the person now.
func stillReached(tx store.Tx, personID, codeID int64, browser []byte) error {
	phone, err := provedPhone(tx, codeID, browser)
	if err != nil {
		return err
	}
	who, ok, err := person.ByPhone(tx, phone)
	if err == nil && (!ok || who.ID != personID) {
		err = fault.Stale
	}
	return err
}

// provedPhone is the phone that this browser proved by the code; fault.Stale if it
// did not.
func provedPhone(tx store.Tx, codeID int64, browser []byte) (string, error) {
	c, err := signin.Get(tx, codeID, browser)
	if errors.Is(err, fault.NotFound) || err == nil && (c.UsedAt == nil || c.Purpose != signin.ForSignIn) {
		return "", fault.Stale
	}
	if err != nil {
		return "", err
	}
	return signin.Phone(tx, c)
}

// askTail compares an answer with the end of the documents that a person is
// bound to, and counts it. refused is what to tell them; it must not undo the
// transaction, or wrong answers would cost nothing.
func askTail(tx store.Tx, personID int64, answer string) (refused, err error) {
	wait, err := signin.DocumentWait(tx, personID)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, &fault.TooMany{Key: signin.PerDocument, After: wait}
	}
	if noTail(answer) {
		return fault.Refuse("document_tail", "signin.document.missing"), nil
	}
	right, err := isTailOf(tx, personID, answer)
	if err != nil {
		return nil, err
	}
	if right {
		return nil, signin.ForgiveDocument(tx, personID)
	}
	left, err := signin.WrongDocument(tx, personID)
	return wrongDocument(left), err
}

// noTail tells that an answer is too short for any document: a slip of the finger,
// which costs no try. What is long enough for some document does, whoever is asked:
// else the free ones would tell how long a number is.
func noTail(answer string) bool {
	return utf8.RuneCountInString(identity.Plain(answer)) < identity.TailShortest
}

func wrongDocument(left int) error {
	if left == 0 {
		return fault.Refuse("document_tail", "signin.document.used_up")
	}
	return fault.Refuse("document_tail", "signin.document.wrong", left)
}

// isTailOf takes any document that the person is bound to: after a renewal they
// may have only one of them at hand. One that they merely claim proves nothing.
func isTailOf(tx store.Tx, personID int64, answer string) (bool, error) {
	bound, err := person.BoundTo(tx, personID)
	if err != nil {
		return false, err
	}
	for _, d := range bound {
		document, err := person.OpenDocument(tx, d.DocumentID)
		if err != nil {
			return false, err
		}
		if document.SameTail(answer) {
			return true, nil
		}
	}
	return false, nil
}

// NotMe is what somebody says who has proved a phone, by a code in this browser,
// that used to be OldPerson's.
type NotMe struct {
	OldPerson, CodeID int64
	Browser           []byte
	Language          string
	Session           session.Opening
}

// NotMe takes the phone from whoever had it before, whose sessions end and who
// keeps everything else (the counter gives it a new phone), and a new person
// starts fresh with it. It returns the new person; fault.Stale if the phone is no
// longer the old one's.
func (p *Portal) NotMe(ctx context.Context, in NotMe) (newPerson int64, err error) {
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		phone, err := provedPhone(tx, in.CodeID, in.Browser)
		if err != nil {
			return err
		}
		if err := person.LockPhone(tx, phone); err != nil {
			return err
		}
		if err := tx.Lock("person", in.OldPerson); err != nil {
			return err
		}
		if err := stillReached(tx, in.OldPerson, in.CodeID, in.Browser); err != nil {
			return err
		}
		old, err := person.Get(tx, in.OldPerson)
		if err != nil {
			return err
		}
		if err := detachPhone(tx, old); err != nil {
			return err
		}
		fresh, err := person.Create(tx, phone, in.Language)
		if err != nil {
			return err
		}
		newPerson = fresh.ID
		return in.Session.Begin(tx, newPerson)
	})
	return newPerson, err
}

// detachPhone takes the phone from a person, because somebody else has proved it
// now: numbers are sold again.
func detachPhone(tx store.Tx, old person.Person) error {
	if err := person.DetachPhone(tx, old); err != nil {
		return err
	}
	if err := session.EndAllOfPerson(tx, old.ID); err != nil {
		return err
	}
	return ledger.Append(tx, "phone_detached", ledger.Entry{Actor: "person", Object: old.Ref}, map[string]string{"person": old.Ref})
}
