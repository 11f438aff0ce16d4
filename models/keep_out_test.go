package models_test

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/modeltest"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// try signs a member in from an address and a browser, with the right code of the
// moment.
func (h officerHouse) try(t *testing.T, login, password, secret, address, browser string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, h.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.SignInStaff(t.Context(), models.StaffSignIn{Login: login, Password: password, Code: code, Address: address, Browser: []byte(browser)})
	return staffKey(err)
}

// Whoever guesses at a login without end keeps nobody out: neither at the desk
// where they have signed in before, from whatever address, nor at a new one at
// another address, nor at the guesser's own once the wait is over.
func TestGuessesKeepNoOfficerOut(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	wang := h.add(t, "033127", "gulou", nil)
	in := func(address, browser string) string {
		h.clock.Advance(30 * time.Second) // another code
		return h.try(t, "033127", officerPassword, wang.TOTPSecret, address, browser)
	}
	if got := in("10.1.2.3", "usual desk"); got != "" {
		t.Fatal(got)
	}
	guess := func() string { return h.try(t, "033127", "wrong password", wang.TOTPSecret, "10.1.2.3", "guesser") }
	judged := 0
	for range 8 * 60 { // each minute, for eight hours
		for guess() == "staff.signin_wrong" {
			judged++
		}
		h.clock.Advance(time.Minute)
	}
	if judged > 60 || judged < 20 {
		t.Errorf("%d guesses were judged in eight hours", judged)
	}
	for guess() == "staff.signin_wrong" {
	}
	if got := guess(); got != "staff.signin_wait" {
		t.Fatalf("the guesser does not wait: %q", got)
	}
	if got := in("10.1.2.3", "usual desk"); got != "" {
		t.Errorf("the usual desk, at the guesser's address: %q", got)
	}
	if got := in("10.9.9.9", "new desk"); got != "" {
		t.Errorf("a new desk elsewhere: %q", got)
	}
	h.clock.Advance(time.Hour)
	if got := in("10.1.2.3", "other desk"); got != "" {
		t.Errorf("at the guesser's address, after the wait: %q", got)
	}
	// A known browser is no way to guess: it has five tries of its own.
	for i := range 6 {
		want := "staff.signin_wrong"
		if i == 5 {
			want = "staff.signin_wait"
		}
		if got := h.try(t, "033127", "wrong password", wang.TOTPSecret, "10.1.2.3", "usual desk"); got != want {
			t.Errorf("wrong try %d at the usual desk: %q, want %q", i+1, got, want)
		}
	}
	h.clock.Advance(10 * time.Minute)
	if got := in("10.1.2.3", "usual desk"); got != "" {
		t.Errorf("the usual desk, after its own wait: %q", got)
	}
}

// Guesses from a thousand addresses are counted together.
func TestGuessesFromEverywhereAreOne(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	wang := h.add(t, "033127", "gulou", nil)
	judged := 0
	for i := range 70 {
		if h.try(t, "033127", "wrong password", wang.TOTPSecret, fmt.Sprintf("10.0.%d.1", i), fmt.Sprint(i)) == "staff.signin_wrong" {
			judged++
		}
	}
	if judged != 50 {
		t.Errorf("%d guesses from 70 addresses were judged, want 50", judged)
	}
	h.clock.Advance(10 * time.Minute)
	if got := h.try(t, "033127", officerPassword, wang.TOTPSecret, "10.1.2.3", "desk"); got != "" {
		t.Errorf("after the wait: %q", got)
	}
}

// A right and a wrong login cost the same rows: nothing but the ledger's own word
// tells them apart.
func TestWrongLoginsWriteAlike(t *testing.T) {
	t.Parallel()
	rows := map[string]map[string]int{}
	for _, login := range []string{"033127", "099999"} {
		h := newOfficerHouse(t)
		wang := h.add(t, "033127", "gulou", nil)
		before := countRows(t, h.Store)
		for range 7 {
			h.try(t, login, "wrong password", wang.TOTPSecret, "10.1.2.3", "browser")
		}
		rows[login] = countRows(t, h.Store)
		for table, n := range before {
			rows[login][table] -= n
		}
	}
	if !maps.Equal(rows["033127"], rows["099999"]) || rows["033127"]["ledger"] == 0 {
		t.Errorf("a known login writes %v, an unknown one %v", rows["033127"], rows["099999"])
	}
}

// countRows counts the rows of what a sign-in may write.
func countRows(t *testing.T, s *store.Store) map[string]int {
	t.Helper()
	counts := map[string]int{}
	err := s.Read(t.Context(), func(tx store.Tx) error {
		for _, table := range []string{"budget", "budget_use", "ledger", "met_browser", "known_browser", "sign_in_code", "session", "person", "staff_read"} {
			var n int
			if err := tx.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n); err != nil {
				return err
			}
			counts[table] = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// flood is somebody who wants messages, and what they got.
type flood struct {
	t     *testing.T
	clock *modeltest.Clock
	opts  store.Options
	node  *models.Portal
	log   strings.Builder
	aDay  int64
	sent  map[string][]time.Time // by number
	from  map[string][]time.Time // by address
}

func newFlood(t *testing.T, aDay int64) *flood {
	f := &flood{t: t, clock: modeltest.NewClock(modeltest.Start), aDay: aDay, sent: map[string][]time.Time{}, from: map[string][]time.Time{}}
	f.opts = modeltest.Options(t, f.clock)
	f.restart()
	t.Cleanup(func() { _ = f.node.Store.Close() })
	return f
}

func (f *flood) restart() {
	f.t.Helper()
	if f.node != nil {
		if err := f.node.Store.Close(); err != nil {
			f.t.Fatal(err)
		}
	}
	s, err := store.Open(f.t.Context(), f.opts)
	if err != nil {
		f.t.Fatal(err)
	}
	f.node = &models.Portal{Store: s, Log: slog.New(slog.NewTextHandler(&f.log, nil)), Settings: models.Settings{Demo: true, CodesADay: f.aDay}}
}

// ask wants a code and returns why there is none.
func (f *flood) ask(phone, browser, address string) (models.CodeAsked, string) {
	f.t.Helper()
	asked, err := f.node.AskCode(f.t.Context(), models.AskCode{Phone: phone, Browser: []byte(browser), Address: address, Language: "zh-Hans"})
	if err == nil {
		f.sent[phone], f.from[address] = append(f.sent[phone], f.clock.Now()), append(f.from[address], f.clock.Now())
	}
	return asked, staffKey(err)
}

// most is the largest number of messages in any span of this length.
func most(sent []time.Time, span time.Duration) (n int) {
	for i := range sent {
		k := i
		for k < len(sent) && sent[k].Sub(sent[i]) < span {
			k++
		}
		n = max(n, k-i)
	}
	return n
}

// A thousand requests over two hundred numbers, fifty browsers and ten addresses,
// with a restart after each hundred, bring no more messages than one server that
// never stops would send; nor do the same all at five numbers.
func TestRestartsRefillNothing(t *testing.T) {
	t.Parallel()
	for _, numbers := range []int{200, 5} {
		f := newFlood(t, 100_000)
		for i := range 1000 {
			if i%100 == 99 {
				f.restart()
			}
			f.ask(fmt.Sprintf("138%08d", i%numbers), fmt.Sprintf("browser %d", i%50), fmt.Sprintf("10.0.0.%d", i%10))
			f.clock.Advance(3 * time.Second)
		}
		total := 0
		for phone, sent := range f.sent {
			total += len(sent)
			for span, limit := range map[time.Duration]int{time.Minute: 1, time.Hour: 5, 24 * time.Hour: 10} {
				if n := most(sent, span); n > limit {
					t.Errorf("%d messages to %s in %s, at most %d", n, phone, span, limit)
				}
			}
		}
		for address, sent := range f.from {
			if n := most(sent, time.Hour); n > 30 {
				t.Errorf("%d messages for %s in an hour", n, address)
			}
		}
		if total < 20 || total > 300 {
			t.Errorf("%d messages over %d numbers: this proves nothing", total, numbers)
		}
	}
}

// The city sends so many a day and no more; the log says so before, once; the last
// tenth is for who has signed in before, and midnight begins anew.
func TestMessagesOfTheCity(t *testing.T) {
	t.Parallel()
	f := newFlood(t, 50)
	asked, why := f.ask("13900000000", "owner", "10.1.1.1")
	if why != "" {
		t.Fatal(why)
	}
	number, err := f.node.DemoCode(t.Context(), []byte("owner"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.node.SignIn(t.Context(), models.SignIn{CodeID: asked.ID, Browser: []byte("owner"), Answer: number, Language: "zh-Hans"}); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range 120 {
		if i == 60 {
			f.restart()
		}
		_, why := f.ask(fmt.Sprintf("138%08d", i), fmt.Sprint("b", i), fmt.Sprint("a", i))
		switch why {
		case "signin.city_wait":
			refused++
		case "":
		default:
			t.Errorf("refused for %s", why)
		}
	}
	if refused != 120-44 {
		t.Errorf("%d of 120 strangers were refused, want %d", refused, 120-44)
	}
	if n := strings.Count(f.log.String(), "running out"); n != 2 {
		t.Errorf("the log warns %d times, want at 40 and at 45:\n%s", n, f.log.String())
	}
	if sent, err := f.node.CodesToday(t.Context()); err != nil || sent != 45 {
		t.Errorf("the metric says %d, %v", sent, err)
	}
	f.clock.Advance(time.Minute)
	if _, why := f.ask("13900000000", "owner", "10.1.1.1"); why != "" {
		t.Errorf("who has signed in before: %q", why)
	}
	f.clock.Advance(15 * time.Hour) // midnight in Ningbo has passed
	if _, why := f.ask("13811111111", "b", "a"); why != "" {
		t.Errorf("the next day: %q", why)
	}
}

// Whoever has messages sent to a number without end, from ever new browsers and
// addresses, does not keep its owner from one.
func TestMessagesAreLeftToTheOwner(t *testing.T) {
	t.Parallel()
	f := newFlood(t, 100_000)
	const phone = "13900000000"
	asked, _ := f.ask(phone, "owner", "10.1.1.1")
	number, err := f.node.DemoCode(t.Context(), []byte("owner"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.node.SignIn(t.Context(), models.SignIn{CodeID: asked.ID, Browser: []byte("owner"), Answer: number, Language: "zh-Hans"}); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(24 * time.Hour)
	for minute := range 12 * 60 {
		f.ask(phone, fmt.Sprint("b", minute), fmt.Sprint("a", minute))
		f.clock.Advance(time.Minute)
		if minute == 300 {
			if _, why := f.ask(phone, "owner", "10.1.1.1"); why != "" {
				t.Errorf("the owner, five hours on: %q", why)
			}
			f.clock.Advance(time.Minute)
		}
	}
	if _, why := f.ask(phone, "owner", "10.1.1.1"); why != "" {
		t.Errorf("the owner, twelve hours on: %q", why)
	}
	if n := most(f.sent[phone], 24*time.Hour); n > 10 {
		t.Errorf("%d messages in a day", n)
	}
}

// Nothing of a budget or of a browser stays for ever, and nothing goes too soon.
func TestBudgetsAreSwept(t *testing.T) {
	t.Parallel()
	f := newFlood(t, 1000)
	for i := range 30 {
		f.ask(fmt.Sprintf("138%08d", i), fmt.Sprint("b", i), "10.0.0.1")
	}
	sweep := func(after time.Duration) map[string]int {
		f.clock.Advance(after)
		if err := f.node.Store.Write(t.Context(), signin.Sweep); err != nil {
			t.Fatal(err)
		}
		return countRows(t, f.node.Store)
	}
	early := sweep(14 * time.Hour) // the city's budget is of a calendar day
	late := sweep(2 * 24 * time.Hour)
	for _, table := range []string{"budget", "budget_use", "sign_in_code"} {
		if early[table] == 0 || late[table] != 0 {
			t.Errorf("%s: %d rows after a day, %d after three", table, early[table], late[table])
		}
	}
}

// What an answer costs tells nobody whether a login exists: the password is hashed
// either way. Taken in turns, so that a busy machine is as busy for both, and three
// times, since it may be busier for one: a difference that is there shows each time.
func TestUnknownLoginsCostAsMuch(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	wang := h.add(t, "033127", "gulou", nil)
	var known, unknown time.Duration
	for round := range 3 {
		took := map[string][]time.Duration{}
		for i := range 9 {
			for _, login := range []string{"033127", "099999"} {
				start := time.Now()
				if got := h.try(t, login, "wrong password", wang.TOTPSecret, fmt.Sprintf("10.%d.%d.1", round, i), fmt.Sprint(round, i)); got != "staff.signin_wrong" {
					t.Fatal(got)
				}
				took[login] = append(took[login], time.Since(start))
			}
		}
		for _, all := range took {
			slices.Sort(all)
		}
		if known, unknown = took["033127"][4], took["099999"][4]; unknown >= known/3 && known >= unknown/3 {
			return
		}
		h.clock.Advance(24 * time.Hour) // past every budget of the round
	}
	t.Errorf("a known login takes %s, an unknown one %s", known, unknown)
}

// Asking for a code does the same for a number that somebody has, and has signed
// in with, as for one that nobody has.
func TestAskingTellsNothing(t *testing.T) {
	t.Parallel()
	f := newFlood(t, 1000)
	asked, _ := f.ask("13900000000", "owner", "10.1.1.1")
	number, err := f.node.DemoCode(t.Context(), []byte("owner"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.node.SignIn(t.Context(), models.SignIn{CodeID: asked.ID, Browser: []byte("owner"), Answer: number, Language: "zh-Hans"}); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(2 * 24 * time.Hour)
	cost := func(phone, browser string) map[string]int {
		before := countRows(t, f.node.Store)
		for range 3 {
			f.ask(phone, browser, "10.1.1."+browser)
			f.clock.Advance(time.Minute)
		}
		after := countRows(t, f.node.Store)
		for table, n := range before {
			after[table] -= n
		}
		return after
	}
	if known, unknown := cost("13900000000", "a"), cost("13900000001", "b"); !maps.Equal(known, unknown) {
		t.Errorf("a known number writes %v, an unknown one %v", known, unknown)
	}
}
