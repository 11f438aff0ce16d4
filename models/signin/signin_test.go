package signin_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/signin"
	"yongxing/models/store"
)

const phone = "13812342210"

var browser, otherBrowser = []byte("browser-one"), []byte("browser-two")

type bench struct {
	*testing.T
	clock *modeltest.Clock
	store *store.Store
}

func newBench(t *testing.T) bench {
	clock := modeltest.NewClock(modeltest.Start)
	return bench{t, clock, modeltest.StoreAt(t, clock)}
}

func (b bench) write(fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.store.Write(b.Context(), fn); err != nil {
		b.Fatal(err)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write(func(tx store.Tx) error {
		c, err := signin.Issue(tx, browser, phone, "en")
		if err != nil {
			return err
		}
		number, err := signin.Number(tx, c)
		if err != nil || !regexp.MustCompile(`^[0-9]{6}$`).MatchString(number) {
			t.Errorf("a code of %d signs, %v", len(number), err)
		}
		if _, err := signin.Get(tx, c.ID, otherBrowser); !errors.Is(err, fault.NotFound) {
			t.Errorf("another browser got the code: %v", err)
		}
		for range signin.Tries - 1 {
			if right, err := signin.Check(tx, c, "wrong"); right || err != nil {
				t.Errorf("a wrong answer: %v, %v", right, err)
			}
		}
		if c, err = signin.Get(tx, c.ID, browser); err != nil || c.TriesLeft() != 1 || !c.Open(tx.Now()) {
			t.Errorf("%d tries left, %v", c.TriesLeft(), err)
		}
		if right, err := signin.Check(tx, c, number); !right || err != nil {
			t.Errorf("the right answer: %v, %v", right, err)
		}
		if c, err = signin.Get(tx, c.ID, browser); err != nil || c.Open(tx.Now()) || c.CodeSealed != nil {
			t.Errorf("a used code is open or still on record, %v", err)
		}
		return nil
	})
}

func TestCodeEnds(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var first signin.Code
	b.write(func(tx store.Tx) (err error) {
		first, err = signin.Issue(tx, browser, phone, "en")
		return err
	})
	b.clock.Advance(signin.Lifetime)
	b.write(func(tx store.Tx) error {
		if first.Open(tx.Now()) {
			t.Error("open after ten minutes")
		}
		second, err := signin.Issue(tx, browser, phone, "en")
		if err != nil {
			return err
		}
		third, err := signin.Issue(tx, browser, phone, "en")
		if err != nil {
			return err
		}
		if c, err := signin.Get(tx, second.ID, browser); err != nil || c.Open(tx.Now()) {
			t.Errorf("a browser has two open codes, %v", err)
		}
		if c, err := signin.Latest(tx, browser); err != nil || c.ID != third.ID {
			t.Errorf("latest is %d, want %d, %v", c.ID, third.ID, err)
		}
		if err := signin.Delivered(tx, third.ID); err != nil {
			return err
		}
		c, err := signin.ByID(tx, third.ID)
		if err != nil || c.CodeSealed != nil || !c.Open(tx.Now()) {
			t.Errorf("after delivery: %+v, %v", c, err)
		}
		return nil
	})
}

func TestDigits(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"123456": "123456", " 123 456 ": "123456", "１２３４５６": "123456", "abc": "", "": ""} {
		if got := signin.Digits(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSpendOnCode(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ask := func(phone, address string) (wait time.Duration, key string) {
		t.Helper()
		err := b.store.Write(t.Context(), func(tx store.Tx) error {
			_, err := signin.SpendOnCode(tx, signin.Ask{Phone: phone, Address: address, Browser: browser, ADay: 1000})
			return err
		})
		var many *fault.TooMany
		if err != nil && !errors.As(err, &many) {
			t.Fatal(err)
		}
		if many == nil {
			return 0, ""
		}
		return many.After, many.Key
	}
	b.write(func(tx store.Tx) error { return signin.Meet(tx, signin.MetByPhone, phone, browser) })
	for i := range 5 {
		if wait, _ := ask(phone, "1.1.1.1"); wait != 0 {
			t.Fatalf("message %d must wait %s", i+1, wait)
		}
		if wait, _ := ask(phone, "2.2.2.2"); i < 4 && wait != time.Minute {
			t.Errorf("the next one after message %d waits %s, want a minute", i+1, wait)
		}
		b.clock.Advance(time.Minute)
	}
	if wait, key := ask(phone, "2.2.2.2"); wait != 55*time.Minute || key != signin.PerNumber {
		t.Errorf("the sixth in an hour waits %s for %q", wait, key)
	}
	for i := range 26 { // what was refused cost the address nothing
		if wait, _ := ask("1390000"+string(rune('0'+i/10))+string(rune('0'+i%10))+"11", "1.1.1.1"); (wait == 0) != (i < 25) {
			t.Errorf("number %d from one address waits %s", i+1, wait)
		}
	}
}

// TestSpendNeverExceeds: in no span does a budget give more than its limit.
func TestSpendNeverExceeds(t *testing.T) {
	t.Parallel()
	limits := []signin.Limit{{Most: 1, In: time.Minute}, {Most: 5, In: time.Hour}, {Most: 10, In: 24 * time.Hour}}
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		key := []byte(store.Ref())
		var given []time.Time
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(0, 90), 1, 30).Draw(rt, "minutes between") {
			b.clock.Advance(time.Duration(minutes) * time.Minute)
			err := b.store.Write(t.Context(), func(tx store.Tx) error { return signin.Spend(tx, "kind", key, limits...) })
			if err == nil {
				given = append(given, b.clock.Now())
			}
		}
		for i := range given {
			for _, l := range limits {
				n := 0
				for _, at := range given[i:] {
					if at.Sub(given[i]) < l.In {
						n++
					}
				}
				if n > l.Most {
					rt.Fatalf("%d uses in %s, at most %d", n, l.In, l.Most)
				}
			}
		}
	})
}

func TestDocumentQuestion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write(func(tx store.Tx) error {
		_, err := tx.Exec("INSERT INTO person (id, ref, created_at) VALUES (1, 'A', 0)")
		return err
	})
	b.write(func(tx store.Tx) error {
		for want := signin.DocumentTries - 1; want >= 0; want-- {
			if left, err := signin.WrongDocument(tx, 1); err != nil || left != want {
				t.Errorf("%d left, want %d, %v", left, want, err)
			}
		}
		if wait, err := signin.DocumentWait(tx, 1); err != nil || wait != 24*time.Hour {
			t.Errorf("waits %s, %v", wait, err)
		}
		if wait, err := signin.DocumentWait(tx, 2); err != nil || wait != 0 {
			t.Errorf("another person waits %s, %v", wait, err)
		}
		return nil
	})
	b.clock.Advance(24 * time.Hour)
	b.write(func(tx store.Tx) error {
		if wait, err := signin.DocumentWait(tx, 1); err != nil || wait != 0 {
			t.Errorf("still waits %s, %v", wait, err)
		}
		if err := errors.Join(signin.ForgiveDocument(tx, 1), signin.RememberBrowser(tx, 1, browser)); err != nil {
			return err
		}
		for _, tt := range []struct {
			browser []byte
			want    bool
		}{{browser, true}, {otherBrowser, false}} {
			if known, err := signin.KnowsBrowser(tx, 1, tt.browser); err != nil || known != tt.want {
				t.Errorf("%s known %v, %v", tt.browser, known, err)
			}
		}
		return signin.Sweep(tx)
	})
}
