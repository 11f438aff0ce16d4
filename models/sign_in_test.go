package models

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/person"
	"yongxing/models/signin"
	"yongxing/models/store"
)

var phoneOfLin, laptopOfLin, strangers = []byte("phone-of-lin"), []byte("laptop-of-lin"), []byte("strangers")

func newSignInBench(t testing.TB) *bench {
	b := newBench(t)
	b.Settings.Demo = true // codes can be read, and nothing else differs
	return b
}

// ask asks for a code in a browser and reads it as the demo's page does.
func (b *bench) ask(phone string, browser []byte) (CodeAsked, string) {
	b.t.Helper()
	asked, err := b.AskCode(b.t.Context(), AskCode{Phone: phone, Browser: browser, Address: "address of " + string(browser), Language: "zh-Hans"})
	if err != nil {
		b.t.Fatal(err)
	}
	number, err := b.DemoCode(b.t.Context(), browser)
	if err != nil || number == "" {
		b.t.Fatalf("no code to read: %v", err)
	}
	return asked, number
}

// signIn proves a phone in a browser.
func (b *bench) signIn(phone string, browser []byte) SignedIn {
	b.t.Helper()
	who, _ := b.prove(phone, browser)
	return who
}

// prove is signIn, and tells by which code.
func (b *bench) prove(phone string, browser []byte) (who SignedIn, codeID int64) {
	b.t.Helper()
	b.clock.Advance(time.Minute) // one message a minute
	asked, number := b.ask(phone, browser)
	who, err := b.SignIn(b.t.Context(), SignIn{CodeID: asked.ID, Browser: browser, Answer: number, Language: "zh-Hans"})
	if err != nil {
		b.t.Fatal(err)
	}
	return who, asked.ID
}

// refusedFor is the key of the sentence that an error shows.
func refusedFor(err error) string {
	var bad *fault.Invalid
	var many *fault.TooMany
	var conflict *fault.Conflict
	switch {
	case errors.As(err, &bad):
		return bad.Problems[0].Key
	case errors.As(err, &many):
		return many.Key
	case errors.As(err, &conflict):
		return conflict.Key
	case err != nil:
		return err.Error()
	}
	return ""
}

func TestSignInKnowsThePhoneAgain(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	first := b.signIn(linsTel, phoneOfLin)
	if again := b.signIn("138-0000 0001", laptopOfLin); again != first || again.AskDocument {
		t.Errorf("signed in as %+v, then as %+v", first, again)
	}
	if other := b.signIn("13800000002", phoneOfLin); other.PersonID == first.PersonID {
		t.Error("two phones are one person")
	}
}

func TestSignInCode(t *testing.T) {
	t.Parallel()
	answer := func(b *bench, id int64, browser []byte, typed string) string {
		_, err := b.SignIn(t.Context(), SignIn{CodeID: id, Browser: browser, Answer: typed, Language: "en"})
		return refusedFor(err)
	}
	t.Run("works once", func(t *testing.T) {
		t.Parallel()
		b := newSignInBench(t)
		asked, number := b.ask(linsTel, phoneOfLin)
		if got := answer(b, asked.ID, phoneOfLin, " "+number[:3]+" "+number[3:]); got != "" {
			t.Errorf("refused for %s", got)
		}
		if got := answer(b, asked.ID, phoneOfLin, number); got != "signin.code.expired" {
			t.Errorf("a second time: %q", got)
		}
	})
	t.Run("works in the browser that asked", func(t *testing.T) {
		t.Parallel()
		b := newSignInBench(t)
		asked, number := b.ask(linsTel, phoneOfLin)
		if got := answer(b, asked.ID, strangers, number); got != "signin.code.expired" {
			t.Errorf("in another browser: %q", got)
		}
	})
	t.Run("five tries", func(t *testing.T) {
		t.Parallel()
		b := newSignInBench(t)
		asked, number := b.ask(linsTel, phoneOfLin)
		wrong := "000000"
		if number == wrong {
			wrong = "000001"
		}
		for range 2 * signin.Tries { // a slip of the finger is no try
			if got := answer(b, asked.ID, phoneOfLin, "12345"); got != "signin.code.missing" {
				t.Errorf("five digits: %q", got)
			}
		}
		for i := range signin.Tries {
			want := "signin.code.wrong"
			if i == signin.Tries-1 {
				want = "signin.code.used_up"
			}
			if got := answer(b, asked.ID, phoneOfLin, wrong); got != want {
				t.Errorf("try %d: %q, want %q", i+1, got, want)
			}
		}
		if got := answer(b, asked.ID, phoneOfLin, number); got != "signin.code.used_up" {
			t.Errorf("right, but too late: %q", got)
		}
		b.clock.Advance(10 * time.Minute)
		b.signIn(linsTel, phoneOfLin) // nobody is locked out for long
	})
	t.Run("ten minutes", func(t *testing.T) {
		t.Parallel()
		b := newSignInBench(t)
		asked, number := b.ask(linsTel, phoneOfLin)
		b.clock.Advance(10 * time.Minute)
		if got := answer(b, asked.ID, phoneOfLin, number); got != "signin.code.expired" {
			t.Errorf("after ten minutes: %q", got)
		}
	})
	t.Run("an empty answer costs nothing", func(t *testing.T) {
		t.Parallel()
		b := newSignInBench(t)
		asked, _ := b.ask(linsTel, phoneOfLin)
		if got := answer(b, asked.ID, phoneOfLin, "code"); got != "signin.code.missing" {
			t.Errorf("no digits: %q", got)
		}
		if now, err := b.CodeAsked(t.Context(), asked.ID, phoneOfLin); err != nil || now.TriesLeft != signin.Tries {
			t.Errorf("%d tries left, %v", now.TriesLeft, err)
		}
	})
	t.Run("sent again", func(t *testing.T) {
		t.Parallel()
		b := newSignInBench(t)
		asked, number := b.ask(linsTel, phoneOfLin)
		again := AskCode{Browser: phoneOfLin, Address: "192.0.2.1"}
		if _, err := b.AskCodeAgain(t.Context(), asked.ID, again); refusedFor(err) != signin.PerNumber {
			t.Errorf("within a minute: %v", err)
		}
		b.clock.Advance(time.Minute)
		if _, err := b.AskCodeAgain(t.Context(), asked.ID, AskCode{Browser: strangers, Address: "192.0.2.1"}); !errors.Is(err, fault.NotFound) {
			t.Errorf("another browser had it sent again: %v", err)
		}
		second, err := b.AskCodeAgain(t.Context(), asked.ID, again)
		if err != nil || second.Phone != linsTel || second.ID == asked.ID {
			t.Errorf("second code %+v, %v", second, err)
		}
		if got := answer(b, asked.ID, phoneOfLin, number); got != "signin.code.expired" {
			t.Errorf("the first code still works: %q", got)
		}
	})
}

func TestCodeMessage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	asked, err := b.AskCode(t.Context(), AskCode{Phone: linsTel, Browser: phoneOfLin, Address: "192.0.2.1", Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	if shown, err := b.DemoCode(t.Context(), phoneOfLin); shown != "" || err != nil {
		t.Errorf("production shows the code: %v", err)
	}
	m, ok, err := b.CodeMessage(t.Context(), asked.ID)
	if err != nil || !ok || m.To != linsTel || m.Language != "en" || len(m.Args) != 2 || m.Args[1] != 10 {
		t.Errorf("message %+v, %v, %v", m, ok, err)
	}
	if err := b.CodeDelivered(t.Context(), asked.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := b.CodeMessage(t.Context(), asked.ID); ok || err != nil {
		t.Errorf("delivered twice: %v", err)
	}
	if _, ok, err := b.CodeMessage(t.Context(), 99); ok || err != nil {
		t.Errorf("a code that was swept: %v, %v", ok, err)
	}
	if _, err := b.SignIn(t.Context(), SignIn{CodeID: asked.ID, Browser: phoneOfLin, Answer: m.Args[0].(string), Language: "en"}); err != nil {
		t.Errorf("a delivered code does not work: %v", err)
	}
}

func TestCodeMessageNotForAnOldCode(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	asked, err := b.AskCode(t.Context(), AskCode{Phone: linsTel, Browser: phoneOfLin, Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(10 * time.Minute)
	if _, ok, err := b.CodeMessage(t.Context(), asked.ID); ok || err != nil {
		t.Errorf("a code past its time is sent: %v", err)
	}
}

// A phone number that was sold again does not open the code of whoever had it.
func TestNewBrowserOfABoundPerson(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	id := b.resident(linsTel, lin)
	if who := b.signIn(linsTel, phoneOfLin); who.PersonID != id || who.AskDocument {
		t.Errorf("asked before the identity is bound: %+v", who)
	}
	b.bind(id)
	if who := b.signIn(linsTel, phoneOfLin); who.AskDocument {
		t.Error("the browser in which the whole number was typed is asked for its end")
	}
	who, code := b.prove(linsTel, strangers)
	if who.PersonID != id || !who.AskDocument {
		t.Fatalf("not asked: %+v", who)
	}
	answer := func(typed string) string {
		return refusedFor(b.AnswerDocument(t.Context(), AnswerDocument{PersonID: id, CodeID: code, Browser: strangers, Answer: typed}))
	}
	for _, tt := range []struct{ typed, want string }{
		{"", "signin.document.missing"}, {"232", "signin.document.missing"}, {"000000", "signin.document.wrong"}, {"1232", "signin.document.wrong"},
		{"０71232", ""}, {"330203 1990 0307 1232", ""},
	} {
		if got := answer(tt.typed); got != tt.want {
			t.Errorf("%d signs: %q, want %q", len(tt.typed), got, tt.want)
		}
	}
	if who := b.signIn(linsTel, strangers); who.AskDocument {
		t.Error("the same browser is asked again")
	}
	if who := b.signIn(linsTel, laptopOfLin); !who.AskDocument {
		t.Error("another browser is not asked")
	}
}

func TestDocumentQuestionEnds(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	for i := range signin.DocumentTries {
		want := "signin.document.wrong"
		if i == signin.DocumentTries-1 {
			want = "signin.document.used_up"
		}
		browser := []byte{byte(i)} // new browsers are no new tries
		if i == 4 {
			b.clock.Advance(time.Hour) // strangers' browsers get four messages an hour
		}
		_, code := b.prove(linsTel, browser)
		in := AnswerDocument{PersonID: id, CodeID: code, Browser: browser, Answer: "000000"}
		if got := refusedFor(b.AnswerDocument(t.Context(), in)); got != want {
			t.Errorf("answer %d: %q, want %q", i+1, got, want)
		}
	}
	b.clock.Advance(time.Hour) // of messages
	_, code := b.prove(linsTel, strangers)
	in := AnswerDocument{PersonID: id, CodeID: code, Browser: strangers, Answer: "071232"}
	if got := refusedFor(b.AnswerDocument(t.Context(), in)); got != signin.PerDocument {
		t.Errorf("right, but too late: %q", got)
	}
	b.clock.Advance(24 * time.Hour)
	if err := b.AnswerDocument(t.Context(), in); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

func TestNotMe(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	old := b.resident(linsTel, lin)
	b.bind(old)
	_, late := b.prove(linsTel, laptopOfLin)
	_, code := b.prove(linsTel, strangers)
	if _, err := b.NotMe(t.Context(), NotMe{OldPerson: old, CodeID: code, Browser: laptopOfLin, Language: "zh-Hans"}); !errors.Is(err, fault.Stale) {
		t.Errorf("by the code of another browser: %v", err)
	}
	fresh, err := b.NotMe(t.Context(), NotMe{OldPerson: old, CodeID: code, Browser: strangers, Language: "zh-Hans"})
	if err != nil || fresh == old {
		t.Fatalf("new person %d, %v", fresh, err)
	}
	if who := b.signIn(linsTel, strangers); who.PersonID != fresh || who.AskDocument {
		t.Errorf("signed in as %+v, want the new person %d", who, fresh)
	}
	b.read(func(tx store.Tx) error {
		was, err := person.Get(tx, old)
		if err != nil || was.PhoneIndex != nil {
			t.Errorf("the old person keeps the phone: %v", err)
		}
		claim, ok, err := person.ClaimOf(tx, old)
		if err != nil || !ok || claim.BoundAt == nil {
			t.Errorf("the old person lost the identity: %v", err)
		}
		return err
	})
	b.wantColour(old, "green")
	// A browser that proved the phone before, and still has the question open.
	if err := b.AnswerDocument(t.Context(), AnswerDocument{PersonID: old, CodeID: late, Browser: laptopOfLin, Answer: "071232"}); !errors.Is(err, fault.Stale) {
		t.Errorf("let in by a phone that was detached: %v", err)
	}
	for _, again := range []struct {
		code    int64
		browser []byte
	}{{code, strangers}, {late, laptopOfLin}} {
		if _, err := b.NotMe(t.Context(), NotMe{OldPerson: old, CodeID: again.code, Browser: again.browser, Language: "zh-Hans"}); !errors.Is(err, fault.Stale) {
			t.Errorf("detached twice: %v", err)
		}
	}
}

// The answer to a request for a code is the same for a known and an unknown
// number.
func TestAskCodeTellsNothing(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	b.resident(linsTel, lin)
	known, _ := b.ask(linsTel, phoneOfLin)
	unknown, _ := b.ask("13800000002", strangers)
	known.ID, known.Phone, unknown.ID, unknown.Phone = 0, "", 0, ""
	if known != unknown {
		t.Errorf("known %+v, unknown %+v", known, unknown)
	}
	if _, err := b.AskCode(t.Context(), AskCode{Phone: "110", Browser: strangers}); refusedFor(err) != "field.phone.shape" {
		t.Errorf("no mobile number: %v", err)
	}
	if !known.ResendAt.Equal(modeltest.Start.Add(time.Minute)) {
		t.Errorf("resend at %v", known.ResendAt)
	}
}
