package models

import (
	"context"
	"errors"
	"slices"

	"yongxing/models/fault"
	"yongxing/models/person"
	"yongxing/models/session"
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
	// Session begins with the proof, unless the document is asked first.
	Session session.Opening
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
		var c signin.Code
		var err error
		who = SignedIn{}
		if c, refused, err = answerCode(tx, in.CodeID, in.Browser, in.Answer, signin.ForSignIn); err != nil || refused != nil {
			return err
		}
		if who, err = signInPerson(tx, c, in); err != nil || who.AskDocument {
			return err
		}
		return in.Session.Begin(tx, who.PersonID)
	})
	if err == nil {
		err = refused
	}
	return who, err
}

// answerCode compares an answer with the code that a browser asked for and counts
// it. refused is what to tell the person; it does not undo the transaction, so
// that a wrong answer stays counted.
func answerCode(tx store.Tx, id int64, browser []byte, answer string, purposes ...string) (c signin.Code, refused, err error) {
	if err := tx.Lock("sign_in_code", id); err != nil { // one answer after the other
		return c, nil, err
	}
	c, err = signin.Get(tx, id, browser)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return c, nil, err
	}
	if refused = codeRefusal(tx, c, answer, purposes); refused != nil {
		return c, refused, nil
	}
	right, err := signin.Check(tx, c, signin.Digits(answer))
	if err == nil && !right {
		refused = wrongCode(c.TriesLeft() - 1)
	}
	return c, refused, err
}

// codeRefusal is why an answer is not even compared.
func codeRefusal(tx store.Tx, c signin.Code, answer string, purposes []string) error {
	switch {
	case c.ID == 0 || !slices.Contains(purposes, c.Purpose) || c.UsedAt != nil || !tx.Now().Before(c.ExpiresAt.Time()):
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
	if err := person.LockPhone(tx, phone); err != nil { // two browsers may prove a new phone at once
		return SignedIn{}, err
	}
	if err := signin.Meet(tx, signin.MetByPhone, phone, in.Browser); err != nil {
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
	// Whatever binds them ends the sessions of browsers that it does not know.
	if err := tx.Lock("person", who.ID); err != nil {
		return SignedIn{}, err
	}
	if who, err = person.Get(tx, who.ID); err != nil {
		return SignedIn{}, err
	}
	signed := SignedIn{PersonID: who.ID, Declared: who.Division != ""}
	bound, err := person.BoundTo(tx, who.ID)
	if err != nil {
		return SignedIn{}, err
	}
	if len(bound) > 0 {
		met, err := signin.KnowsBrowser(tx, who.ID, in.Browser)
		if err != nil || !met {
			signed.AskDocument = true
			return signed, err
		}
	}
	if who.Language != in.Language && !in.Guessed {
		err = person.Speak(tx, who.ID, in.Language)
	}
	return signed, err
}
