package models

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/declaration"
	"yongxing/models/fault"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// A session begins in the story that checks the proof, and whatever ends the
// sessions of a person meanwhile ends it too, or comes before.

// opening is a session that browser is about to get under a token of this name.
func opening(token string, browser []byte) session.Opening {
	return session.Opening{Session: session.Session{TokenHash: []byte(token), Kind: session.Resident, Data: "{}", BrowserHash: browser, Ref: token}}
}

// meanwhile runs a piece on one node, and story on the other before that piece is
// on disk: it waits for the piece, or is done before.
func (b *bench) meanwhile(piece func(tx store.Tx) error, story func(p *Portal) error) error {
	b.t.Helper()
	nodes, done := b.nodes(), make(chan error, 1)
	err := nodes[0].Store.Write(b.t.Context(), func(tx store.Tx) error {
		if err := piece(tx); err != nil {
			return err
		}
		go func() { done <- story(nodes[1]) }()
		select {
		case err := <-done:
			done <- err
		case <-time.After(200 * time.Millisecond):
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return <-done
}

// only checks which sessions a person has.
func (b *bench) only(who int64, want ...string) {
	b.t.Helper()
	got := b.sessions(who)
	ok := len(got) == len(want)
	for i := range want {
		ok = ok && got[i] == want[i]
	}
	if !ok {
		b.t.Errorf("sessions %v, want %v", got, want)
	}
}

func TestSessionBeginsWithItsProof(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	asked, number := b.ask(linsTel, phoneOfLin)
	in := SignIn{CodeID: asked.ID, Browser: phoneOfLin, Answer: "12345", Language: "zh-Hans", Session: opening("first", phoneOfLin)}
	if _, err := b.SignIn(t.Context(), in); refusedFor(err) != "signin.code.missing" {
		t.Fatal(err)
	}
	in.Answer = number
	who, err := b.SignIn(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	b.only(who.PersonID, "first")

	// A new token takes the place of the old one.
	number, err = b.askPhone(who.PersonID, newTel, "", phoneOfLin)
	if err != nil {
		t.Fatal(err)
	}
	next := opening("second", phoneOfLin)
	next.Old = []byte("first")
	moved := PhoneAnswer{PersonID: who.PersonID, Browser: phoneOfLin, Here: "first", Answer: number, Session: next}
	if _, err := b.ChangePhone(t.Context(), moved); err != nil {
		t.Fatal(err)
	}
	b.only(who.PersonID, "second")

	// With the end of the document first, and as somebody new.
	b.declareAll(who.PersonID, "key", atHome(feels(declaration.IsolationNone))...)
	b.bind(who.PersonID)
	b.clock.Advance(time.Hour)
	asked, number = b.ask(newTel, laptopOfLin)
	half, err := b.SignIn(t.Context(), SignIn{CodeID: asked.ID, Browser: laptopOfLin, Answer: number, Language: "zh-Hans", Session: opening("half", laptopOfLin)})
	if err != nil || !half.AskDocument {
		t.Fatalf("%+v, %v", half, err)
	}
	b.only(who.PersonID, "second")
	tail := AnswerDocument{PersonID: who.PersonID, CodeID: asked.ID, Browser: laptopOfLin, Answer: "000000", Session: opening("third", laptopOfLin)}
	if err := b.AnswerDocument(t.Context(), tail); refusedFor(err) != "signin.document.wrong" {
		t.Fatal(err)
	}
	b.only(who.PersonID, "second")
	b.clock.Advance(time.Second) // listed by their last use
	tail.Answer = "071232"
	if err := b.AnswerDocument(t.Context(), tail); err != nil {
		t.Fatal(err)
	}
	b.only(who.PersonID, "third", "second")
	_, code := b.prove(newTel, strangers)
	fresh, err := b.NotMe(t.Context(), NotMe{OldPerson: who.PersonID, CodeID: code, Browser: strangers, Language: "zh-Hans", Session: opening("fourth", strangers)})
	if err != nil {
		t.Fatal(err)
	}
	b.only(who.PersonID)
	b.only(fresh, "fourth")
}

// Somebody signs in while a record binds the person: a browser that is new to
// them is asked for the document, or is out again.
func TestSessionBeginsWhileBinding(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.resident(linsTel, lin)
	asked, number := b.ask(linsTel, strangers)
	var in SignedIn
	err := b.meanwhile(
		func(tx store.Tx) error {
			document, ok, err := person.ClaimOf(tx, who)
			if err != nil || !ok {
				return errors.Join(err, errors.New("nothing claimed"))
			}
			bound, err := person.NamePhone(tx, document.DocumentID, linsTel, "province")
			if err != nil || bound != who {
				return errors.Join(err, errors.New("not bound"))
			}
			return newlyBound(tx, who, person.ByUpstream)
		},
		func(p *Portal) (err error) {
			in, err = p.SignIn(t.Context(), SignIn{CodeID: asked.ID, Browser: strangers, Answer: number, Language: "zh-Hans", Session: opening("new", strangers)})
			return err
		})
	if err != nil || !in.AskDocument {
		t.Errorf("%+v, %v", in, err)
	}
	b.only(who)
}

// Somebody signs in at a phone that another person is moving to at this moment.
func TestSessionBeginsWhilePhoneMoves(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"nobody's": false, "somebody's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newSignInBench(t)
			mover := b.signIn(linsTel, phoneOfLin).PersonID
			var had int64
			if known {
				had = b.signIn(newTel, laptopOfLin).PersonID
				b.open(had, laptopOfLin)
			}
			b.clock.Advance(time.Hour)
			asked, number := b.ask(newTel, strangers)
			var in SignedIn
			err := b.meanwhile(
				func(tx store.Tx) error {
					_, err := b.movePhone(tx, PhoneAnswer{PersonID: mover, Browser: phoneOfLin, Here: "here"}, newTel)
					return err
				},
				func(p *Portal) (err error) {
					in, err = p.SignIn(t.Context(), SignIn{CodeID: asked.ID, Browser: strangers, Answer: number, Language: "zh-Hans", Session: opening("new", strangers)})
					return err
				})
			if err != nil || in.PersonID != mover {
				t.Errorf("signed in as %+v, want %d: %v", in, mover, err)
			}
			b.only(mover, "new")
			if known {
				b.only(had)
			}
		})
	}
}

// The other way round: somebody moves to a phone at which a sign-in is under way.
func TestPhoneMovesWhileSessionBegins(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"nobody's": false, "somebody's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newSignInBench(t)
			mover := b.signIn(linsTel, phoneOfLin).PersonID
			if known {
				b.signIn(newTel, laptopOfLin)
			}
			code, err := b.askPhone(mover, newTel, "", phoneOfLin)
			if err != nil {
				t.Fatal(err)
			}
			var in SignedIn
			var done PhoneChanged
			err = b.meanwhile(
				func(tx store.Tx) (err error) {
					c, err := signin.Issue(tx, strangers, newTel, "zh-Hans")
					if err != nil {
						return err
					}
					if in, err = signInPerson(tx, c, SignIn{Browser: strangers, Language: "zh-Hans"}); err != nil {
						return err
					}
					return opening("new", strangers).Begin(tx, in.PersonID)
				},
				func(p *Portal) (err error) {
					done, err = p.ChangePhone(t.Context(), PhoneAnswer{PersonID: mover, Browser: phoneOfLin, Here: "here", Answer: code})
					return err
				})
			if err != nil || done.Detached != in.PersonID {
				t.Errorf("detached %d, want %d: %v", done.Detached, in.PersonID, err)
			}
			b.only(in.PersonID)
			b.read(func(tx store.Tx) error {
				who, _, err := person.ByPhone(tx, newTel)
				if who.ID != mover {
					t.Errorf("the phone is %d's", who.ID)
				}
				return err
			})
		})
	}
}

// A device that is signed out while it gets a new token is out.
func TestSessionRenewedWhileEnding(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	thief, mine := b.open(who, strangers), b.open(who, phoneOfLin)
	code, err := b.askPhone(who, newTel, "", strangers)
	if err != nil {
		t.Fatal(err)
	}
	next := opening("next", strangers)
	next.Old = []byte("token of " + string(strangers))
	err = b.meanwhile(
		func(tx store.Tx) error { return session.EndByRef(tx, who, thief, mine) },
		func(p *Portal) error {
			_, err := p.ChangePhone(t.Context(), PhoneAnswer{PersonID: who, Browser: strangers, Here: thief, Answer: code, Session: next})
			return err
		})
	if !errors.Is(err, fault.SignedOut) {
		t.Errorf("a device that was signed out: %v", err)
	}
	b.only(who, mine)
}
