package models

import (
	"context"

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
	Browser  []byte
	Answer   string // as typed
}

// AnswerDocument lets the browser in for good if the answer is right. A wrong
// one is *fault.Invalid at document_tail with the tries left; after five in a
// day it is *fault.TooMany, and the counter helps.
func (p *Portal) AnswerDocument(ctx context.Context, in AnswerDocument) error {
	var refused error // a wrong answer must be counted, so it does not undo the transaction
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		refused = nil
		wait, err := signin.DocumentWait(tx, in.PersonID)
		if err != nil {
			return err
		}
		if wait > 0 {
			return &fault.TooMany{Key: signin.PerDocument, After: wait}
		}
		if len(identity.Plain(in.Answer)) != identity.TailLength { // a slip of the finger costs no try
			return fault.Refuse("document_tail", "signin.document.missing")
		}
		right, err := isTailOf(tx, in.PersonID, in.Answer)
		if err != nil {
			return err
		}
		if right {
			return signin.RightDocument(tx, in.PersonID, in.Browser)
		}
		left, err := signin.WrongDocument(tx, in.PersonID)
		refused = wrongDocument(left)
		return err
	})
	if err == nil {
		err = refused
	}
	return err
}

func wrongDocument(left int) error {
	if left == 0 {
		return fault.Refuse("document_tail", "signin.document.used_up")
	}
	return fault.Refuse("document_tail", "signin.document.wrong", left)
}

func isTailOf(tx store.Tx, personID int64, answer string) (bool, error) {
	claim, ok, err := person.ClaimOf(tx, personID)
	if err != nil || !ok || claim.BoundAt == nil {
		return false, err
	}
	document, err := person.OpenDocument(tx, claim.DocumentID)
	if err != nil {
		return false, err
	}
	return document.SameTail(answer), nil
}

// NotMe is for whoever has proved a phone that used to be somebody else's: the
// phone is taken from that person, whose sessions end and who keeps everything
// else (the counter gives it a new phone), and a new person starts fresh with
// it. It returns the new person.
func (p *Portal) NotMe(ctx context.Context, oldPerson int64, language string) (newPerson int64, err error) {
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		old, err := person.Get(tx, oldPerson)
		if err != nil {
			return err
		}
		phone, err := person.Phone(tx, old)
		if err != nil {
			return err
		}
		if phone == "" { // somebody else pressed the button a moment ago
			return fault.Stale
		}
		if err := person.DetachPhone(tx, old); err != nil {
			return err
		}
		if err := session.EndAllOfPerson(tx, old.ID); err != nil {
			return err
		}
		fresh, err := person.Create(tx, phone, language)
		if err != nil {
			return err
		}
		newPerson = fresh.ID
		return ledger.Append(tx, "phone_detached", ledger.Entry{Actor: "person", Object: old.Ref}, map[string]string{"person": old.Ref})
	})
	return newPerson, err
}
