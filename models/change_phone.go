package models

import (
	"context"
	"errors"
	"slices"

	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/ledger"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// A signed-in person takes another phone. It needs the proofs of a sign-in afresh,
// since a session may be a year old and the phone with it in other hands: a code
// to the new number, answered in the same browser, and of a bound person the end
// of their document.
//
// Whether the new number is on record already, nobody learns: all answers are the
// same, and so is what happens. Possession wins, as for a number that was sold
// again: whoever had it before is detached from it (NotMe does the same). They
// keep their documents, code, history and appeals, and get a phone again at a
// counter. To refuse the number instead would tell that it is known; to leave it
// with the other person would give their messages to somebody else, because a
// number leads to one person only.

// ChangingPhone is what the page shows before anything is asked.
type ChangingPhone struct {
	Phone       string // now, in its normal form; the page masks it
	AskDocument bool   // a bound person names the end of their document
}

// ChangingPhone reads what a change of phone begins with.
func (p *Portal) ChangingPhone(ctx context.Context, personID int64) (ChangingPhone, error) {
	var v ChangingPhone
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		who, err := person.Get(tx, personID)
		if err != nil {
			return err
		}
		if v.Phone, err = person.Phone(tx, who); err != nil {
			return err
		}
		bound, err := person.BoundTo(tx, personID)
		v.AskDocument = len(bound) > 0
		return err
	})
	return v, err
}

// AskPhone sends a code to the phone that a person wants from now on (Phone of
// in). tail is their answer to the document question; a wrong one counts as at a
// sign-in, and nothing is sent. Problems stand at phone and document_tail.
func (p *Portal) AskPhone(ctx context.Context, personID int64, tail string, in AskCode) (CodeAsked, error) {
	phone, err := identity.NormalisePhone(in.Phone)
	if err != nil {
		return CodeAsked{}, p.withTail(ctx, personID, tail, err)
	}
	var asked CodeAsked
	var refused error // a wrong answer must be counted, so it does not undo the transaction
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		refused = nil
		if err := tx.Lock("person", personID); err != nil {
			return err
		}
		who, err := person.Get(tx, personID)
		if err != nil {
			return err
		}
		now, err := person.Phone(tx, who)
		if err != nil {
			return err
		}
		if phone == now {
			return fault.Refuse("phone", "field.phone.same")
		}
		bound, err := person.BoundTo(tx, personID)
		if err != nil {
			return err
		}
		if len(bound) > 0 {
			if refused, err = askTail(tx, personID, tail); err != nil || refused != nil {
				return err
			}
		}
		asked, err = p.sendPhoneCode(tx, personID, phone, in)
		return err
	})
	if err == nil {
		err = refused
	}
	return asked, err
}

// withTail adds to what is wrong with a phone that the end of the document is
// missing, so that both are mended in one go. No answer is compared.
func (p *Portal) withTail(ctx context.Context, personID int64, tail string, noPhone error) error {
	var bad *fault.Invalid
	if !errors.As(noPhone, &bad) || !noTail(tail) {
		return noPhone
	}
	v, err := p.ChangingPhone(ctx, personID)
	if err != nil {
		return err
	}
	both := fault.Invalid{Problems: slices.Clone(bad.Problems)}
	if v.AskDocument {
		both.Add("document_tail", "signin.document.missing")
	}
	return both.OrNil()
}

func (p *Portal) sendPhoneCode(tx store.Tx, personID int64, phone string, in AskCode) (CodeAsked, error) {
	asked, err := p.sendCode(tx, in, phone, signin.ForPhone)
	if err != nil {
		return CodeAsked{}, err
	}
	return asked, signin.Belongs(tx, asked.ID, personID)
}

// AskPhoneAgain sends another code to the phone that this browser has asked for;
// Phone of in is not read. fault.NotFound if it has asked for none.
func (p *Portal) AskPhoneAgain(ctx context.Context, personID int64, in AskCode) (CodeAsked, error) {
	var asked CodeAsked
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		c, err := signin.OfPerson(tx, personID, in.Browser)
		if err != nil {
			return err
		}
		phone, err := signin.Phone(tx, c)
		if err != nil {
			return err
		}
		asked, err = p.sendPhoneCode(tx, personID, phone, in)
		return err
	})
	return asked, err
}

// PhoneAsked is the code that this browser has asked for; fault.NotFound if it has
// asked for none.
func (p *Portal) PhoneAsked(ctx context.Context, personID int64, browser []byte) (CodeAsked, error) {
	var asked CodeAsked
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		c, err := signin.OfPerson(tx, personID, browser)
		if err != nil {
			return err
		}
		asked, err = codeAsked(tx, c)
		return err
	})
	return asked, err
}

// PhoneAnswer is the answer to the code at the new phone.
type PhoneAnswer struct {
	PersonID int64
	Browser  []byte
	Here     string // names the session that asks: the others end
	Answer   string // as typed
	Session  session.Opening
}

// PhoneChanged says what has come of it.
type PhoneChanged struct {
	Phone string // the new one, in its normal form; the page masks it
	// Detached is who had the phone before, 0 if nobody: for whoever keeps their
	// sessions in memory, never for a page.
	Detached int64
}

// ChangePhone takes the answer to the code and moves the person to the new phone.
// Their sessions elsewhere end, the one here gets a new token, browsers are
// strangers again, the old phone is told, and nothing that records have said about
// the old one vouches for anybody any more. A wrong answer is *fault.Invalid at code with the tries left.
func (p *Portal) ChangePhone(ctx context.Context, in PhoneAnswer) (PhoneChanged, error) {
	var done PhoneChanged
	var refused error // a wrong answer must be counted, so it does not undo the transaction
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		done, refused = PhoneChanged{}, nil
		c, err := signin.OfPerson(tx, in.PersonID, in.Browser)
		if err != nil {
			return err
		}
		if c, refused, err = answerCode(tx, c.ID, in.Browser, in.Answer, signin.ForPhone); err != nil || refused != nil {
			return err
		}
		if done.Phone, err = signin.Phone(tx, c); err != nil {
			return err
		}
		done.Detached, err = p.movePhone(tx, in, done.Phone)
		return err
	})
	if store.Duplicate(err) { // on another node somebody proved the same phone in the same moment
		err = fault.Stale
	}
	if err == nil {
		err = refused
	}
	return done, err
}

func (p *Portal) movePhone(tx store.Tx, in PhoneAnswer, phone string) (detached int64, err error) {
	if err := person.LockPhone(tx, phone); err != nil { // nobody signs in with it meanwhile
		return 0, err
	}
	if err := lockWithHolder(tx, in.PersonID, phone); err != nil {
		return 0, err
	}
	who, err := person.Get(tx, in.PersonID)
	if err != nil {
		return 0, err
	}
	other, known, err := person.ByPhone(tx, phone)
	if err != nil {
		return 0, err
	}
	if known && other.ID == who.ID { // two browsers asked, and the other one was first
		return 0, in.Session.Renew(tx, who.ID) // as after a change, the handler gives this browser the new token
	}
	if known {
		if err := detachPhone(tx, other); err != nil {
			return 0, err
		}
		detached = other.ID
	}
	if err := tellOldPhone(tx, who); err != nil {
		return 0, err
	}
	if err := person.MovePhone(tx, who, phone); err != nil {
		return 0, err
	}
	if err := ledger.Append(tx, "phone_changed", ledger.Entry{Actor: "person", Object: who.Ref}, map[string]string{"person": who.Ref}); err != nil {
		return 0, err
	}
	if err := signin.ForgetBrowsers(tx, who.ID); err != nil {
		return 0, err
	}
	if err := signin.RememberBrowser(tx, who.ID, in.Browser); err != nil {
		return 0, err
	}
	if _, err := session.EndOthers(tx, who.ID, in.Here); err != nil {
		return 0, err
	}
	if err := in.Session.Renew(tx, who.ID); err != nil {
		return 0, err
	}
	// A record may have named the new phone for what the person claims.
	fresh, err := tryBind(tx, who.ID)
	if err == nil && fresh {
		_, err = p.recompute(tx, who.ID, Cause{Kind: CauseBinding})
	}
	return detached, err
}

// lockWithHolder locks a person and whoever has a phone now, in rising order as
// all do. The phone is locked before: whose it is stays true.
func lockWithHolder(tx store.Tx, personID int64, phone string) error {
	ids := []int64{personID}
	other, known, err := person.ByPhone(tx, phone)
	if err != nil {
		return err
	}
	if known && other.ID != personID {
		ids = append(ids, other.ID)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := tx.Lock("person", id); err != nil {
			return err
		}
	}
	return nil
}

// tellOldPhone owes a notice to the phone that a person leaves, in the language
// they read: if it was somebody else who changed it, they hear of it there. Who
// has that number by now learns nothing about anybody.
func tellOldPhone(tx store.Tx, who person.Person) error {
	old, err := person.Phone(tx, who)
	if err != nil || old == "" {
		return err
	}
	return notice.QueueTo(tx, who.ID, old, notice.PhoneChanged, "phone/"+store.Ref())
}
