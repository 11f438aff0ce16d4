package demo

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/evidence"
	"yongxing/models/ledger"
	"yongxing/models/modeltest"
	"yongxing/models/pass"
	"yongxing/models/review"
	"yongxing/models/staff"
)

// afternoon is when the demo is made in most tests: 14:30 in Ningbo.
var afternoon = time.Date(2026, 11, 25, 6, 30, 0, 0, time.UTC)

// city is a portal that the demo is played into.
type city struct {
	*models.Portal
	t     *testing.T
	dir   string
	clock *modeltest.Clock
	now   time.Time
	known map[string]int64 // staff and residents who have signed in
}

func newCity(t *testing.T, now time.Time) *city {
	t.Helper()
	c := &city{t: t, dir: t.TempDir(), clock: modeltest.NewClock(now), now: now, known: map[string]int64{}}
	st := modeltest.StoreAt(t, c.clock)
	files, err := evidence.NewFolder(filepath.Join(c.dir, "evidence"), st.Keys().Secret("evidence"))
	if err != nil {
		t.Fatal(err)
	}
	c.Portal = &models.Portal{
		Store: st, Files: files, Pass: pass.NewSigner(st.Keys().Secret("pass")), Settings: models.Settings{Demo: true}, Log: slog.New(slog.DiscardHandler),
	}
	c.clock.Set(Begins(now))
	if err := c.EnsureRulebook(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.clock.Set(now)
	return c
}

// fill plays the demo; the real time of the test stands still at now.
func (c *city) fill(inputs fs.FS) (skipped []string) {
	c.t.Helper()
	skipped, err := fill(c.t.Context(), inputs, c.Portal, c.dir, func(at time.Time) {
		if at.IsZero() {
			at = c.now
		}
		c.clock.Set(at)
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return skipped
}

func (c *city) accounts() accounts {
	c.t.Helper()
	a, err := readAccounts(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// colours counts the residents of each colour.
func (c *city) colours() map[string]int {
	count := map[string]int{}
	for _, r := range c.accounts().Residents {
		count[r.Colour]++
	}
	return count
}

// queue reads a list of the officer's desk, all of its pages.
func (c *city) queue(staffID int64, tab appeal.Tab) (rows []models.QueueRow) {
	c.t.Helper()
	for after := ""; ; {
		q, err := c.AppealQueue(c.t.Context(), staffID, models.QueueAsk{Tab: tab, After: after})
		if err != nil {
			c.t.Fatal(err)
		}
		rows = append(rows, q.Rows...)
		if after = q.Next; after == "" {
			return rows
		}
	}
}

// officer signs somebody in with what stands in demo.json.
func (c *city) officer(login string) int64 {
	c.t.Helper()
	if id, ok := c.known[login]; ok {
		return id
	}
	i := slices.IndexFunc(c.accounts().Staff, func(m member) bool { return m.Login == login })
	if i < 0 {
		c.t.Fatalf("nobody has the login %s", login)
	}
	m := c.accounts().Staff[i]
	code, err := totp.GenerateCode(m.TOTPSecret, c.now)
	if err != nil {
		c.t.Fatal(err)
	}
	id, err := c.SignInStaff(c.t.Context(), models.StaffSignIn{Login: login, Password: m.Password, Code: code, Address: "192.0.2.1"})
	if err != nil {
		c.t.Fatal(err)
	}
	c.known[login] = id
	return id
}

// resident signs somebody in with what stands in demo.json, from a new browser.
func (c *city) resident(phone string) int64 {
	c.t.Helper()
	if id, ok := c.known[phone]; ok {
		return id
	}
	browser := []byte("a browser of the test of " + phone)
	asked, err := c.AskCode(c.t.Context(), models.AskCode{Phone: phone, Browser: browser, Address: "192.0.2.2", Language: "zh-Hans"})
	if err != nil {
		c.t.Fatal(err)
	}
	number, err := c.DemoCode(c.t.Context(), browser)
	if err != nil {
		c.t.Fatal(err)
	}
	who, err := c.SignIn(c.t.Context(), models.SignIn{CodeID: asked.ID, Browser: browser, Answer: number, Language: "zh-Hans"})
	if err != nil {
		c.t.Fatal(err)
	}
	if who.AskDocument {
		i := slices.IndexFunc(c.accounts().Residents, func(r resident) bool { return r.Phone == phone })
		err := c.AnswerDocument(c.t.Context(), models.AnswerDocument{PersonID: who.PersonID, CodeID: asked.ID, Browser: browser, Answer: c.accounts().Residents[i].DocumentTail})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	c.known[phone] = who.PersonID
	return who.PersonID
}

func (c *city) page(phone string) models.CodePage {
	c.t.Helper()
	page, err := c.CodePage(c.t.Context(), c.resident(phone))
	if err != nil {
		c.t.Fatal(err)
	}
	return page
}

// expected are the colours that the inputs say people end with.
func expected(t *testing.T) map[string]string {
	t.Helper()
	list, err := read(embedded, declarationsFile, afternoon)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string]string{}
	for _, r := range list.rows {
		colours[r.cells["phone"]] = r.cells["expect"]
	}
	return colours
}

func TestFill(t *testing.T) {
	t.Parallel()
	// Whatever the time of the day, the city looks the same.
	for name, now := range map[string]time.Time{
		"afternoon":      afternoon,
		"after midnight": afternoon.Truncate(24 * time.Hour).Add(-8*time.Hour + time.Minute),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCity(t, now)
			if skipped := c.fill(embedded); len(skipped) > 0 {
				t.Errorf("could not be played: %s", skipped)
			}
			if _, err := c.VerifyLedger(t.Context(), ledger.Head{}); err != nil {
				t.Error(err)
			}
			got := map[string]string{}
			for _, r := range c.accounts().Residents {
				got[r.Phone] = r.Colour
			}
			for phone, want := range expected(t) {
				if got[phone] != want {
					t.Errorf("%s is %q, want %q", phone, got[phone], want)
				}
			}
			c.checkQueue()
			c.checkStories()
			c.checkSecondStart()
			c.checkLookup()
			c.checkSample()
		})
	}
}

// checkQueue: every kind of list at Gulou has something in it.
func (c *city) checkQueue() {
	c.t.Helper()
	wang := c.officer("033127")
	open := c.queue(wang, appeal.TabOpen)
	if len(open) < 28 {
		c.t.Errorf("%d unclaimed appeals", len(open))
	}
	var late, soon, fresh, harm int
	for _, row := range open {
		switch left := row.Due.Sub(c.now); {
		case left < 0:
			late++
		case left < 2*time.Hour:
			soon++
		case left > 6*time.Hour:
			fresh++
		}
		if row.HarmGround != "" {
			harm++
		}
	}
	if late < 5 || soon < 4 || fresh < 5 || harm < 3 {
		c.t.Errorf("%d late, %d due soon, %d fresh, %d of immediate harm", late, soon, fresh, harm)
	}
	for tab, want := range map[appeal.Tab]int{appeal.TabMine: 3, appeal.TabWaiting: 1, appeal.TabDone: 7} {
		if got := len(c.queue(wang, tab)); got != want {
			c.t.Errorf("%d appeals in %s, want %d", got, tab, want)
		}
	}
	for _, login := range []string{"033201", "033401", "121001"} {
		if got := len(c.queue(c.officer(login), appeal.TabOpen)); got != 1 {
			c.t.Errorf("%d appeals on the list of %s", got, login)
		}
	}
}

// checkStories: people to whom something happened.
func (c *city) checkStories() {
	c.t.Helper()
	if page := c.page("13800000011"); len(page.Aside) == 0 || page.Aside[0].Aside == "" {
		c.t.Error("13800000011: nothing is set aside")
	}
	if page := c.page("13800000015"); len(page.Findings) != 1 || page.Findings[0].ChangedAfter == "" {
		c.t.Error("13800000015: the source did not change its record")
	}
	if page := c.page("13800000022"); len(page.Findings) != 1 || page.Findings[0].Rule != "R04" || !page.Findings[0].Locked {
		c.t.Error("13800000022: no locked close contact")
	}
	for phone, hour := range map[string]int{"13800000010": 0, "13800000017": 10} { // Ningbo time of release
		history, err := c.History(c.t.Context(), c.resident(phone), time.Time{})
		if err != nil {
			c.t.Fatal(err)
		}
		i := slices.IndexFunc(history.Entries, func(e models.HistoryEntry) bool { return e.Kind == models.HistoryColour })
		last := history.Entries[i]
		if last.To != review.Green || last.Cause != models.CauseRelease || last.At.In(ningbo).Hour() != hour {
			c.t.Errorf("%s: last became %s by %s at %s", phone, last.To, last.Cause, last.At.In(ningbo))
		}
	}
}

// checkSecondStart: a demo that is there is left alone.
func (c *city) checkSecondStart() {
	c.t.Helper()
	before, err := os.ReadFile(filepath.Join(c.dir, accountsFile))
	if err != nil {
		c.t.Fatal(err)
	}
	waiting := len(c.queue(c.officer("033128"), appeal.TabOpen))
	c.fill(embedded)
	after, err := os.ReadFile(filepath.Join(c.dir, accountsFile))
	if err != nil || string(before) != string(after) {
		c.t.Errorf("the accounts changed: %v", err)
	}
	if now := len(c.queue(c.officer("033128"), appeal.TabOpen)); now != waiting {
		c.t.Errorf("%d appeals wait after the second start, %d before", now, waiting)
	}
}

// checkSample: the sample that the second start has written turns somebody red.
func (c *city) checkSample() {
	c.t.Helper()
	if page := c.page("13800000001"); page.State != "green" {
		c.t.Errorf("13800000001 is %s before the import", page.State)
	}
	file, err := os.Open(filepath.Join(c.dir, writtenFacts))
	if err != nil {
		c.t.Fatal(err)
	}
	defer file.Close()
	if report, err := c.ImportFacts(c.t.Context(), file, bySystem); err != nil || report.New != 1 {
		c.t.Errorf("sample: %+v, %v", report, err)
	}
	if page := c.page("13800000001"); page.State != "red" {
		c.t.Errorf("13800000001 is %s after the import", page.State)
	}
}

// checkLookup: the appeal that the welcome names opens without signing in.
func (c *city) checkLookup() {
	c.t.Helper()
	r, ok := c.accounts().appealing()
	if !ok {
		c.t.Fatal("nobody has an appeal")
	}
	var welcome strings.Builder
	Welcome(&welcome, c.dir, "http://localhost:8080")
	if want := "http://localhost:8080/appeal/find\n    " + r.Appeal + ", " + r.Phone; !strings.Contains(welcome.String(), want) {
		c.t.Errorf("the welcome does not name %q", want)
	}
	ask := models.AskCode{Phone: r.Phone, Browser: []byte("looks up"), Address: "192.0.2.1", Language: "zh-Hans"}
	if _, err := c.FindAppeal(c.t.Context(), r.Appeal, ask); err != nil {
		c.t.Fatal(err)
	}
	code, err := c.DemoCode(c.t.Context(), ask.Browser)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.OpenAppeal(c.t.Context(), ask.Browser, code); err != nil {
		c.t.Errorf("%s cannot be looked up: %v", r.Appeal, err)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	c := newCity(t, afternoon)
	c.fill(without(appealsFile, officersFile, factsFile))
	info, err := os.Stat(filepath.Join(c.dir, accountsFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, %v", accountsFile, info.Mode(), err)
	}
	a := c.accounts()
	roles := map[string]bool{}
	for _, m := range a.Staff {
		roles[m.Role] = true
		if m.Login == "" || m.Name == "" || m.Password == "" || m.TOTPSecret == "" || !strings.Contains(m.Organisation, "公安局") {
			t.Errorf("incomplete: %+v", m)
		}
		if needs := m.Role == "officer" || m.Role == "chief"; needs != (m.Station != "") {
			t.Errorf("a %s at %q", m.Role, m.Station)
		}
	}
	for _, role := range staff.Roles {
		if !roles[string(role)] {
			t.Errorf("nobody is %s", role)
		}
	}
	if len(a.Residents) != len(expected(t)) {
		t.Errorf("%d residents", len(a.Residents))
	}
	for _, r := range a.Residents {
		if r.Phone == "" || r.Name == "" || len(r.DocumentTail) != 6 || r.Colour == "" {
			t.Errorf("incomplete: %+v", r)
		}
	}
	var welcome strings.Builder
	Welcome(&welcome, c.dir, "http://localhost:8080")
	for _, want := range []string{"http://localhost:8080/signin", "/staff/signin", "033127", a.Staff[0].Password, a.Residents[0].Phone, a.Residents[0].DocumentTail, writtenFacts} {
		if !strings.Contains(welcome.String(), want) {
			t.Errorf("the welcome does not name %q", want)
		}
	}
}

// hidden is a folder in which some files are not.
type hidden struct {
	fs.FS
	names []string
}

func (h hidden) Open(name string) (fs.File, error) {
	if slices.Contains(h.names, name) {
		return nil, fs.ErrNotExist
	}
	return h.FS.Open(name)
}

func without(names ...string) fs.FS { return hidden{embedded, names} }

// TestEveryInputShows: what follows from an input is gone without it.
func TestEveryInputShows(t *testing.T) {
	t.Parallel()
	for missing, check := range map[string]func(c *city, t *testing.T){
		areasFile: func(c *city, t *testing.T) {
			for _, phone := range []string{"13800000025", "13800000015"} { // R07
				if page := c.page(phone); page.State != "green" {
					t.Errorf("%s is %s", phone, page.State)
				}
			}
			if page := c.page("13800000022"); page.State != "red" { // R04
				t.Errorf("13800000022 is %s", page.State)
			}
		},
		factsFile: func(c *city, t *testing.T) {
			for _, rule := range []string{"R04", "R07", "Y04", "Y05"} {
				for _, row := range c.queue(c.officer("033127"), appeal.TabOpen) {
					if slices.Contains(row.Rules, rule) {
						t.Errorf("an appeal about %s", rule)
					}
				}
			}
			// What two people declare about themselves is all that is left.
			if n := c.colours(); n["yellow"] != 1 || n["red"] != 1 {
				t.Errorf("%v", n)
			}
		},
		registryFile: func(c *city, t *testing.T) {
			if n := c.colours(); n["unverified"] < 50 {
				t.Errorf("%v", n)
			}
		},
		declarationsFile: func(c *city, t *testing.T) {
			if n := len(c.accounts().Residents); n != 0 {
				t.Errorf("%d residents", n)
			}
		},
		appealsFile: func(c *city, t *testing.T) {
			if n := len(c.queue(c.officer("033127"), appeal.TabOpen)); n != 0 {
				t.Errorf("%d appeals", n)
			}
			if page := c.page("13800000011"); page.State != "red" { // was set aside on appeal
				t.Errorf("13800000011 is %s", page.State)
			}
		},
		officersFile: func(c *city, t *testing.T) {
			for _, tab := range []appeal.Tab{appeal.TabMine, appeal.TabWaiting} {
				if n := len(c.queue(c.officer("033127"), tab)); n != 0 {
					t.Errorf("%d appeals in %s", n, tab)
				}
			}
		},
		staffFile: func(c *city, t *testing.T) {
			if n := len(c.accounts().Staff); n != 0 {
				t.Errorf("%d staff", n)
			}
		},
	} {
		t.Run(strings.TrimSuffix(filepath.Base(missing), ".csv"), func(t *testing.T) {
			t.Parallel()
			c := newCity(t, afternoon)
			c.fill(without(missing))
			check(c, t)
		})
	}
}

// TestInterrupted: a start that did not come to its end is not taken for a demo.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	c := newCity(t, afternoon)
	c.fill(without(registryFile, factsFile, declarationsFile))
	if err := os.Remove(filepath.Join(c.dir, accountsFile)); err != nil {
		t.Fatal(err)
	}
	err := Fill(t.Context(), c.Portal, c.dir, func(time.Time) {})
	if err == nil || !strings.Contains(err.Error(), "remove the folder") {
		t.Errorf("%v", err)
	}
}
