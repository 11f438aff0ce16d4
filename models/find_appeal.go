package models

import (
	"context"
	"errors"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/person"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// FindAppeal asks where an appeal stands, from a browser without an account: by
// its number and the phone of whom it is about. Nothing in the answer, and nothing
// in what is done for it, tells whether the two belong together; only then is a
// code sent. The budgets are those of signing in, and one of the number's own.
func (p *Portal) FindAppeal(ctx context.Context, number string, in AskCode) (CodeAsked, error) {
	number, phone, err := lookupFields(number, in.Phone)
	if err != nil {
		return CodeAsked{}, err
	}
	var asked CodeAsked
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		if err := signin.SpendOnAppeal(tx, number); err != nil {
			return err
		}
		id, err := appeal.OfPhone(tx, number, person.PhoneIndex(tx, phone))
		if err != nil {
			return err
		}
		asked, err = p.lookUp(tx, id, phone, in)
		return err
	})
	return asked, err
}

// lookupFields reads the number and the phone as typed, and says what is wrong
// with either.
func lookupFields(typedNumber, typedPhone string) (number, phone string, err error) {
	number, noNumber := appeal.ReadNumber(typedNumber)
	phone, noPhone := identity.NormalisePhone(typedPhone)
	var bad fault.Invalid
	for _, err := range []error{noNumber, noPhone} {
		var one *fault.Invalid
		if errors.As(err, &one) {
			bad.Problems = append(bad.Problems, one.Problems...)
		}
	}
	return number, phone, bad.OrNil()
}

// lookUp sends the code for an appeal, or for nobody if it is nil.
func (p *Portal) lookUp(tx store.Tx, id *int64, phone string, in AskCode) (CodeAsked, error) {
	purpose := signin.ForNobody
	if id != nil {
		purpose = signin.ForAppeal
	}
	asked, err := p.sendCode(tx, in, phone, purpose)
	if err != nil {
		return CodeAsked{}, err
	}
	return asked, appeal.AskLookup(tx, in.Browser, asked.ID, id)
}

// FindAppealAgain sends another code for what this browser has asked for; Phone of
// in is not read.
func (p *Portal) FindAppealAgain(ctx context.Context, in AskCode) (CodeAsked, error) {
	var asked CodeAsked
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		l, c, err := lookupAsked(tx, in.Browser)
		if err != nil {
			return err
		}
		phone, err := signin.Phone(tx, c)
		if err != nil {
			return err
		}
		asked, err = p.lookUp(tx, l.AppealID, phone, in)
		return err
	})
	return asked, err
}

// AppealAsked is what this browser has asked for and not answered yet;
// fault.NotFound if there is nothing.
func (p *Portal) AppealAsked(ctx context.Context, browser []byte) (CodeAsked, error) {
	var asked CodeAsked
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		_, c, err := lookupAsked(tx, browser)
		if err != nil {
			return err
		}
		asked, err = codeAsked(tx, c)
		return err
	})
	return asked, err
}

func lookupAsked(tx store.Tx, browser []byte) (appeal.Lookup, signin.Code, error) {
	l, ok, err := appeal.LookupOf(tx, browser)
	if err == nil && (!ok || l.OpenedAt != nil) {
		err = fault.NotFound
	}
	if err != nil {
		return appeal.Lookup{}, signin.Code{}, err
	}
	c, err := signin.Get(tx, l.CodeID, browser)
	return l, c, err
}

// OpenAppeal takes the answer to the code and opens the one appeal to this
// browser, to be read for half an hour. A wrong answer is *fault.Invalid at code.
func (p *Portal) OpenAppeal(ctx context.Context, browser []byte, answer string) error {
	var refused error // a wrong answer must be counted, so it does not undo the transaction
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		refused = nil
		l, _, err := lookupAsked(tx, browser)
		if err != nil {
			return err
		}
		_, refused, err = answerCode(tx, l.CodeID, browser, answer, signin.ForAppeal, signin.ForNobody)
		if err != nil || refused != nil {
			return err
		}
		return appeal.OpenLookup(tx, l)
	})
	if err == nil {
		err = refused
	}
	return err
}

// FoundAppeal reads the appeal that is open to this browser, until when;
// fault.NotFound if none is. It is the person's own page without their material:
// a number and a phone for a moment are less than a sign-in.
func (p *Portal) FoundAppeal(ctx context.Context, browser []byte) (s AppealStatus, until time.Time, err error) {
	err = p.Store.Read(ctx, func(tx store.Tx) error {
		l, ok, err := appeal.LookupOf(tx, browser)
		if err == nil && (!ok || l.OpenedAt == nil || l.AppealID == nil) {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		a, err := appeal.Get(tx, *l.AppealID)
		if err != nil {
			return err
		}
		until = l.ExpiresAt.Time()
		s, err = p.appealStatus(tx, a)
		s.Photos, s.PhotoRoom, s.Statement = nil, 0, ""
		for i := range s.Steps {
			if s.Steps[i].Kind == appeal.EventAdded {
				s.Steps[i].Text = ""
			}
		}
		return err
	})
	return s, until, err
}

// LeaveAppeal closes what is open to this browser.
func (p *Portal) LeaveAppeal(ctx context.Context, browser []byte) error {
	return p.Store.Write(ctx, func(tx store.Tx) error { return appeal.EndLookup(tx, browser) })
}
