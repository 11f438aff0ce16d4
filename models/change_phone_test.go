package models

import (
	"errors"
	"slices"
	"testing"
	"time"

	"yongxing/models/declaration"
	"yongxing/models/fault"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/signin"
	"yongxing/models/store"
)

const newTel = "13900000009"

// askPhone asks for another phone and reads the code as the demo's page does.
func (b *bench) askPhone(who int64, phone, tail string, browser []byte) (number string, err error) {
	b.t.Helper()
	b.clock.Advance(time.Minute)
	_, err = b.AskPhone(b.t.Context(), who, tail, AskCode{Phone: phone, Browser: browser, Address: "address of " + string(browser), Language: "zh-Hans"})
	if err != nil {
		return "", err
	}
	return b.DemoCode(b.t.Context(), browser)
}

// changePhone moves somebody to another phone.
func (b *bench) changePhone(who int64, phone, tail string, browser []byte) PhoneChanged {
	b.t.Helper()
	number, err := b.askPhone(who, phone, tail, browser)
	if err != nil {
		b.t.Fatal(err)
	}
	done, err := b.ChangePhone(b.t.Context(), PhoneAnswer{PersonID: who, Browser: browser, Here: "here", Answer: number})
	if err != nil {
		b.t.Fatal(err)
	}
	return done
}

// open opens a session in a browser and returns its ref.
func (b *bench) open(who int64, browser []byte) (ref string) {
	b.t.Helper()
	b.write(func(tx store.Tx) error {
		s, err := session.Create(tx, session.Session{
			TokenHash: []byte("token of " + string(browser)), Kind: session.Resident, PersonID: &who, Data: "{}", BrowserHash: browser,
		})
		ref = s.Ref
		return err
	})
	return ref
}

func (b *bench) sessions(who int64) (refs []string) {
	b.t.Helper()
	b.read(func(tx store.Tx) error {
		list, err := session.ListOfPerson(tx, who)
		for _, s := range list {
			refs = append(refs, s.Ref)
		}
		return err
	})
	return refs
}

// The last entries of the ledger, the newest first.
func (b *bench) ledgerTail(n int) (events []string) {
	b.t.Helper()
	b.read(func(tx store.Tx) error {
		rows, err := tx.Query("SELECT event FROM ledger ORDER BY seq DESC LIMIT ?", n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e string
			if err := rows.Scan(&e); err != nil {
				return err
			}
			events = append(events, e)
		}
		return rows.Err()
	})
	return events
}

func TestChangePhone(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.resident(linsTel, lin)
	b.bind(who)
	here, elsewhere := b.open(who, phoneOfLin), b.open(who, laptopOfLin)
	b.write(func(tx store.Tx) error { return signin.RememberBrowser(tx, who, laptopOfLin) })
	number, err := b.askPhone(who, newTel, "071232", phoneOfLin)
	if err != nil {
		t.Fatal(err)
	}
	answer := func(person int64, browser []byte, typed string) error {
		_, err := b.ChangePhone(t.Context(), PhoneAnswer{PersonID: person, Browser: browser, Here: here, Answer: typed})
		return err
	}
	if err := answer(who, laptopOfLin, number); !errors.Is(err, fault.NotFound) {
		t.Errorf("in another browser: %v", err)
	}
	if err := answer(who+1, phoneOfLin, number); !errors.Is(err, fault.NotFound) {
		t.Errorf("for another person: %v", err)
	}
	wrong := "000000"
	if number == wrong {
		wrong = "000001"
	}
	if got := refusedFor(answer(who, phoneOfLin, wrong)); got != "signin.code.wrong" {
		t.Errorf("a wrong code: %s", got)
	}
	if err := answer(who, phoneOfLin, number); err != nil {
		t.Fatal(err)
	}
	if refs := b.sessions(who); len(refs) != 1 || refs[0] != here {
		t.Errorf("sessions %v, want %s and not %s", refs, here, elsewhere)
	}
	if got := b.ledgerTail(1); got[0] != "phone_changed" {
		t.Errorf("ledger %v", got)
	}
	if err := answer(who, phoneOfLin, number); refusedFor(err) != "signin.code.expired" {
		t.Errorf("the same code again: %v", err)
	}
	b.clock.Advance(time.Hour)
	if again, _ := b.prove(newTel, phoneOfLin); again.PersonID != who || again.AskDocument {
		t.Errorf("at the new number, in this browser: %+v", again)
	}
	if again, _ := b.prove(newTel, laptopOfLin); again.PersonID != who || !again.AskDocument {
		t.Errorf("at the new number, in another browser: %+v", again)
	}
	if old, _ := b.prove(linsTel, strangers); old.PersonID == who || old.AskDocument {
		t.Errorf("at the old number: %+v", old)
	}
	b.wantColour(who, "green")
}

// The old number hears of it, in the person's language, and nobody else does.
func TestChangePhoneTellsTheOldNumber(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	if err := b.Prefer(t.Context(), who, Preferences{Language: "en"}); err != nil {
		t.Fatal(err)
	}
	b.changePhone(who, newTel, "", phoneOfLin)
	var id int64
	b.read(func(tx store.Tx) error {
		return tx.QueryRow("SELECT id FROM notice WHERE kind = ?", notice.PhoneChanged).Scan(&id)
	})
	m, ok, err := b.NoticeMessage(t.Context(), id)
	if err != nil || !ok || m.To != linsTel || m.Language != "en" || m.Key != "notice.phone_changed" {
		t.Fatalf("message %+v, %v, %v", m, ok, err)
	}
	if err := b.NoticeDelivered(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.read(func(tx store.Tx) error {
		n, err := notice.ByID(tx, id)
		if n.State != notice.Sent || n.PhoneSealed != nil {
			t.Errorf("state %s, the old phone is still on record: %v", n.State, n.PhoneSealed != nil)
		}
		return err
	})
}

func TestChangePhoneAsksForTheDocument(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.resident(linsTel, lin)
	b.bind(who)
	ask := func(phone, tail string) string {
		_, err := b.askPhone(who, phone, tail, phoneOfLin)
		return refusedFor(err)
	}
	if got := ask(newTel, ""); got != "signin.document.missing" {
		t.Errorf("no answer: %q", got)
	}
	if got := ask(linsTel, "071232"); got != "field.phone.same" {
		t.Errorf("the phone they have: %q", got)
	}
	if got := ask("12345", "071232"); got != "field.phone.shape" {
		t.Errorf("no mobile number: %q", got)
	}
	for range signin.DocumentTries {
		if got := ask(newTel, "000000"); got != "signin.document.wrong" && got != "signin.document.used_up" {
			t.Errorf("a wrong answer: %q", got)
		}
	}
	if got := ask(newTel, "071232"); got != signin.PerDocument {
		t.Errorf("right, but too late: %q", got)
	}
	if _, err := b.PhoneAsked(t.Context(), who, phoneOfLin); !errors.Is(err, fault.NotFound) {
		t.Errorf("a code was sent: %v", err)
	}
}

// A number that is somebody else's: nothing tells so, and nothing happens to
// them before the code is right. Then they lose the number and nothing else.
func TestChangePhoneToAnothersNumber(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	owner := b.resident(newTel, "330206195801010013")
	b.bind(owner)
	b.open(owner, laptopOfLin)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	b.clock.Advance(time.Hour)

	known, err := b.AskPhone(t.Context(), who, "", AskCode{Phone: newTel, Browser: phoneOfLin, Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	number, err := b.DemoCode(t.Context(), phoneOfLin)
	if err != nil {
		t.Fatal(err)
	}
	other := b.signIn("13800000002", strangers).PersonID
	unknown, err := b.AskPhone(t.Context(), other, "", AskCode{Phone: "13900000008", Browser: strangers, Address: "192.0.2.2"})
	if err != nil {
		t.Fatal(err)
	}
	known.ID, known.Phone, unknown.ID, unknown.Phone = 0, "", 0, ""
	if known.ResendAt, known.Expires = unknown.ResendAt, unknown.Expires; known != unknown {
		t.Errorf("known %+v, unknown %+v", known, unknown)
	}
	if len(b.sessions(owner)) != 1 {
		t.Error("the owner is signed out by a mere question")
	}
	done, err := b.ChangePhone(t.Context(), PhoneAnswer{PersonID: who, Browser: phoneOfLin, Here: "here", Answer: number})
	if err != nil || done.Phone != newTel || done.Detached != owner {
		t.Fatalf("changed %+v, %v", done, err)
	}
	if len(b.sessions(owner)) != 0 {
		t.Error("whoever had the number before is still signed in")
	}
	if got := b.ledgerTail(2); got[0] != "phone_changed" || got[1] != "phone_detached" {
		t.Errorf("ledger %v", got)
	}
	b.read(func(tx store.Tx) error {
		was, err := person.Get(tx, owner)
		if err != nil || was.PhoneIndex != nil {
			t.Errorf("the owner keeps the number: %v", err)
		}
		bound, err := person.BoundTo(tx, owner)
		if err != nil || len(bound) != 1 {
			t.Errorf("the owner lost the identity: %v", err)
		}
		return err
	})
	b.wantColour(owner, "green")
}

// Two browsers ask for the same phone: when the second answers, the phone is theirs
// already. Its session ends by then, as every other, or is renewed if they have
// signed in again; in no case is the browser given a token that is not on record.
func TestChangePhoneInTwoBrowsers(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	b.clock.Advance(time.Hour)
	answer := func(browser []byte, number, token string) error {
		_, err := b.ChangePhone(t.Context(), PhoneAnswer{PersonID: who, Browser: browser, Here: "here", Answer: number, Session: session.Opening{
			Session: session.Session{TokenHash: []byte(token), Kind: session.Resident, Data: "{}", BrowserHash: browser},
			Old:     []byte("token of " + string(browser)),
		}})
		return err
	}
	ask := func(browser []byte) string {
		t.Helper()
		number, err := b.askPhone(who, newTel, "", browser)
		if err != nil {
			t.Fatal(err)
		}
		return number
	}
	atPhone, atLaptop := ask(phoneOfLin), ask(laptopOfLin)
	b.write(func(tx store.Tx) error { return session.EndAllOfPerson(tx, who) })
	here := b.open(who, phoneOfLin)
	b.write(func(tx store.Tx) error { // the session that asks is kept until it is renewed
		_, err := tx.Exec("UPDATE session SET ref = 'here' WHERE ref = ?", here)
		return err
	})
	b.open(who, laptopOfLin)
	if err := answer(phoneOfLin, atPhone, "new of phone"); err != nil {
		t.Fatal(err)
	}
	if err := answer(laptopOfLin, atLaptop, "new of laptop"); !errors.Is(err, fault.SignedOut) {
		t.Errorf("a session that has ended: %v", err)
	}
	again := b.open(who, laptopOfLin)
	if err := answer(laptopOfLin, atLaptop, "new of laptop"); err != nil {
		t.Errorf("signed in again: %v", err)
	}
	if got := b.sessions(who); len(got) != 2 || slices.Contains(got, again) {
		t.Errorf("sessions %v, %s was not renewed", got, again)
	}
}

// Codes answer what they were asked for.
func TestChangePhoneCodeIsForThatOnly(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	number, err := b.askPhone(who, newTel, "", phoneOfLin)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := b.PhoneAsked(t.Context(), who, phoneOfLin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.SignIn(t.Context(), SignIn{CodeID: asked.ID, Browser: phoneOfLin, Answer: number}); refusedFor(err) != "signin.code.expired" {
		t.Errorf("signed in by it: %v", err)
	}
	b.clock.Advance(time.Minute)
	_, number = b.ask(newTel, phoneOfLin) // to sign in: the browser has one code at a time
	if _, err := b.ChangePhone(t.Context(), PhoneAnswer{PersonID: who, Browser: phoneOfLin, Answer: number}); !errors.Is(err, fault.NotFound) {
		t.Errorf("moved by a code to sign in: %v", err)
	}
	m, ok, err := b.CodeMessage(t.Context(), asked.ID)
	if ok || err != nil {
		t.Errorf("a code that was replaced is sent: %+v, %v", m, err)
	}
}

// A half sign-in at the old number opens nothing once the person has another.
func TestHalfSignInAfterChangeOfPhone(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.resident(linsTel, lin)
	b.bind(who)
	_, code := b.prove(linsTel, strangers)
	b.changePhone(who, newTel, "330203199003071232", phoneOfLin)
	if err := b.AnswerDocument(t.Context(), AnswerDocument{PersonID: who, CodeID: code, Browser: strangers, Answer: "071232"}); !errors.Is(err, fault.Stale) {
		t.Errorf("let in by a phone that was given up: %v", err)
	}
	if _, err := b.NotMe(t.Context(), NotMe{OldPerson: who, CodeID: code, Browser: strangers, Language: "zh-Hans"}); !errors.Is(err, fault.Stale) {
		t.Errorf("the new phone was detached by the old one: %v", err)
	}
	if again := b.signIn(newTel, phoneOfLin); again.PersonID != who {
		t.Error("the new phone leads nowhere")
	}
}

// A session that was begun while the person was unbound: it stays where the number
// of the document was typed, and ends elsewhere, say with whoever had the phone
// before.
func TestBindingEndsSessionsOfStrangers(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.resident(linsTel, "330206195801010013") // by whoever had the number before, in laptopOfLin's place
	b.write(func(tx store.Tx) error {
		if err := signin.ForgetBrowsers(tx, who); err != nil {
			return err
		}
		return signin.RememberBrowser(tx, who, laptopOfLin)
	})
	b.open(who, laptopOfLin)
	mine := b.open(who, phoneOfLin)
	b.open(who, strangers)
	b.declareAll(who, "second", atHome(feels(declaration.IsolationNone))...) // somebody else by now, in phoneOfLin
	if n := len(b.sessions(who)); n != 3 {
		t.Fatalf("%d sessions before anything is bound", n)
	}
	b.bind(who)
	if refs := b.sessions(who); len(refs) != 1 || refs[0] != mine {
		t.Errorf("sessions %v, want only %s", refs, mine)
	}
	if again := b.signIn(linsTel, laptopOfLin); !again.AskDocument {
		t.Error("the browser in which another document was typed is not asked")
	}
}
