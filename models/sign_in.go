package models

import (
	"context"
	"errors"

	"yongxing/models/fault"
	"yongxing/models/person"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// SignIn is the answer to a one-time code.
type SignIn struct {
	CodeID   int64
	Browser  []byte
	Answer   string // as typed
	Language string
	// Guessed tells that nobody has chosen the language on this browser: it does
	// not change in which language the person is written to.
	Guessed bool
}

// SignedIn says who has proved their phone.
type SignedIn struct {
	PersonID int64
	// Declared tells that they have declared before: there is a code to show.
	Declared bool
	// AskDocument tells that this browser is new to a person whose identity is
	// bound: they must name the end of their document first (AnswerDocument),
	// because phone numbers are sold again.
	AskDocument bool
}

// SignIn checks the code that this browser asked for and returns the person
// reached by its phone; who proves a phone for the first time is a new person.
// A wrong answer is refused as *fault.Invalid at code with the tries left.
func (p *Portal) SignIn(ctx context.Context, in SignIn) (SignedIn, error) {
	var who SignedIn
	var refused error // a wrong answer must be counted, so it does not undo the transaction
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		who, refused = SignedIn{}, nil
		c, err := signin.Get(tx, in.CodeID, in.Browser)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if refused = signInRefusal(tx, c, in.Answer); refused != nil {
			return nil
		}
		right, err := signin.Check(tx, c, signin.Digits(in.Answer))
		if err != nil {
			return err
		}
		if !right {
			refused = wrongCode(c.TriesLeft() - 1)
			return nil
		}
		who, err = signInPerson(tx, c, in)
		return err
	})
	if err == nil {
		err = refused
	}
	return who, err
}

// signInRefusal is why an answer is not even compared.
func signInRefusal(tx store.Tx, c signin.Code, answer string) error {
	switch {
	case c.ID == 0 || c.UsedAt != nil || !tx.Now().Before(c.ExpiresAt.Time()):
		return fault.Refuse("code", "signin.code.expired")
	case c.TriesLeft() == 0:
		return fault.Refuse("code", "signin.code.used_up")
	case len(signin.Digits(answer)) != signin.NumberLength: // a slip of the finger costs no try
		return fault.Refuse("code", "signin.code.missing")
	}
	return nil
}

func wrongCode(left int) error {
	if left <= 0 {
		return fault.Refuse("code", "signin.code.used_up")
	}
	return fault.Refuse("code", "signin.code.wrong", left)
}

func signInPerson(tx store.Tx, c signin.Code, in SignIn) (SignedIn, error) {
	phone, err := signin.Phone(tx, c)
	if err != nil {
		return SignedIn{}, err
	}
	who, known, err := person.ByPhone(tx, phone)
	if err != nil {
		return SignedIn{}, err
	}
	if !known {
		who, err = person.Create(tx, phone, in.Language)
		return SignedIn{PersonID: who.ID}, err
	}
	signed := SignedIn{PersonID: who.ID, Declared: who.Division != ""}
	claim, ok, err := person.ClaimOf(tx, who.ID)
	if err != nil {
		return SignedIn{}, err
	}
	if ok && claim.BoundAt != nil {
		met, err := signin.KnowsBrowser(tx, who.ID, in.Browser)
		if err != nil || !met {
			signed.AskDocument = true
			return signed, err
		}
	}
	if who.Language != in.Language && !in.Guessed {
		err = person.Speak(tx, who, in.Language)
	}
	return signed, err
}
