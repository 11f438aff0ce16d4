package session_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"yongxing/models/modeltest"
	rows "yongxing/models/session"
	"yongxing/models/store"
	"yongxing/web/session"
)

// site is a manager with a clock, and browsers that keep its cookies.
type site struct {
	t     *testing.T
	clock *modeltest.Clock
	store *store.Store
	*session.Manager
}

func newSite(t *testing.T, opts session.Options) *site {
	t.Helper()
	clock := modeltest.NewClock(modeltest.Start)
	s := modeltest.StoreAt(t, clock)
	m := session.New(s, opts)
	t.Cleanup(m.Close)
	return &site{t, clock, s, m}
}

// browser sends its cookies with each request and keeps those of the answer.
type browser struct {
	site *site
	jar  http.CookieJar
	last []*http.Cookie // of the last answer
}

var home = &url.URL{Scheme: "https", Host: "code.example"}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{site: s, jar: jar}
}

// visit is one request, answered by do.
func (b *browser) visit(do func(w http.ResponseWriter, r *http.Request)) {
	b.site.t.Helper()
	r := httptest.NewRequestWithContext(b.site.t.Context(), http.MethodGet, home.String()+"/", nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 14) Chrome/120 MicroMessenger/8.0")
	for _, c := range b.jar.Cookies(home) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	do(w, r)
	b.last = w.Result().Cookies()
	b.jar.SetCookies(home, b.last)
}

func (b *browser) cookie(name string) string {
	for _, c := range b.jar.Cookies(home) {
		if strings.HasSuffix(c.Name, name) {
			return c.Value
		}
	}
	return ""
}

// signIn does what a story and its handler do.
func signIn(m *session.Manager, s *store.Store, w http.ResponseWriter, r *http.Request, kind session.Kind, id int64) error {
	o, err := m.Open(w, r, kind)
	if err != nil {
		return err
	}
	if err := s.Write(r.Context(), func(tx store.Tx) error { return o.Row.Begin(tx, id) }); err != nil {
		return err
	}
	return m.Opened(w, r, o, id)
}

// signIn signs the browser in as a resident.
func (b *browser) signIn(person int64) {
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := signIn(b.site.Manager, b.site.store, w, r, session.Resident, person); err != nil {
			b.site.t.Error(err)
		}
	})
}

func (b *browser) signInStaff(staff int64) {
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := signIn(b.site.Manager, b.site.store, w, r, session.Staff, staff); err != nil {
			b.site.t.Error(err)
		}
	})
}

// resident is who the site takes the browser for, 0 if nobody.
func (b *browser) resident() (id int64) {
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		s, ok := b.site.Resident(r)
		if ok != (s.PersonID != 0) {
			b.site.t.Errorf("Resident says %v of person %d", ok, s.PersonID)
		}
		id = s.PersonID
	})
	return id
}

func (b *browser) staff() (id int64) {
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := b.site.Staff(r)
		id = s.StaffID
	})
	return id
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	b := s.browser()
	if got := b.resident(); got != 0 {
		t.Fatalf("a new browser is person %d", got)
	}
	b.signIn(7)
	if got := b.resident(); got != 7 {
		t.Fatalf("signed in as person 7, taken for %d", got)
	}
	if got := b.staff(); got != 0 {
		t.Fatalf("a resident is staff member %d", got)
	}
	thief := s.browser()
	thief.jar.SetCookies(home, []*http.Cookie{{Name: "yx_resident", Value: b.cookie("yx_resident")}})
	if got := thief.resident(); got != 7 {
		t.Fatalf("the copied cookie is person %d before the sign-out", got)
	}
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := s.SignOut(w, r, session.Resident); err != nil {
			t.Error(err)
		}
		if _, ok := s.Resident(r); ok {
			t.Error("still signed in within the request that signs out")
		}
	})
	if got := b.resident(); got != 0 {
		t.Errorf("signed out and still person %d", got)
	}
	if got := thief.resident(); got != 0 {
		t.Errorf("the cookie from before the sign-out is still person %d", got)
	}
}

func TestSignInChangesTheToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	b := s.browser()
	pend := session.Pending{Step: session.StepTOTP, StaffID: 3, Next: "/officer/appeals"}
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := s.Pend(w, r, session.Staff, pend); err != nil {
			t.Error(err)
		}
	})
	fixed := b.cookie("yx_staff")
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := s.Pending(r, session.Staff); !ok || got != pend {
			t.Errorf("pending is %+v, want %+v", got, pend)
		}
		if _, ok := s.Staff(r); ok {
			t.Error("half a sign-in counts as one")
		}
	})
	b.signInStaff(3)
	if got := b.staff(); got != 3 {
		t.Fatalf("signed in as staff member 3, taken for %d", got)
	}
	if b.cookie("yx_staff") == fixed {
		t.Error("the token is the same after the sign-in")
	}
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		if _, ok := s.Pending(r, session.Staff); ok {
			t.Error("the sign-in is done and still pending")
		}
	})
	planted := s.browser()
	planted.jar.SetCookies(home, []*http.Cookie{{Name: "yx_staff", Value: fixed}})
	planted.visit(func(_ http.ResponseWriter, r *http.Request) {
		if _, ok := s.Pending(r, session.Staff); ok {
			t.Error("the token from before the sign-in still names something")
		}
	})
}

func TestKindsDoNotMix(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	b := s.browser()
	b.signIn(5)
	other := s.browser()
	other.jar.SetCookies(home, []*http.Cookie{{Name: "yx_staff", Value: b.cookie("yx_resident")}})
	if got := other.staff(); got != 0 {
		t.Errorf("a resident's token in the staff cookie is staff member %d", got)
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		s := newSite(t, session.Options{Secure: secure})
		b := s.browser()
		seen := map[string]bool{}
		check := func() {
			for _, c := range b.last {
				name, prefixed := strings.CutPrefix(c.Name, "__Host-")
				seen[name] = true
				if prefixed != secure || c.Secure != secure {
					t.Errorf("secure %v: cookie %s has Secure %v", secure, c.Name, c.Secure)
				}
				if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
					t.Errorf("secure %v: %s", secure, c)
				}
			}
		}
		b.signIn(1)
		check()
		b.signInStaff(2)
		check()
		b.visit(func(w http.ResponseWriter, r *http.Request) { s.Flash(w, r, "saved") })
		check()
		for _, want := range []string{"yx_resident", "yx_staff", "yx_browser", "yx_flash"} {
			if !seen[want] {
				t.Errorf("secure %v: no cookie %s", secure, want)
			}
		}
		if b.resident() != 1 || b.staff() != 2 {
			t.Errorf("secure %v: the cookies are not read back", secure)
		}
	}
}

func TestOnlyTheHashIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	b := s.browser()
	b.signIn(1)
	for _, name := range []string{"yx_resident", "yx_browser"} {
		if modeltest.Holds(t, s.store, b.cookie(name)) {
			t.Errorf("the database holds what is in the cookie %s", name)
		}
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := []struct {
		name  string
		staff bool
		step  time.Duration // between requests
		steps int
		want  bool
	}{
		{"resident comes back after 89 days", false, 89 * day, 1, true},
		{"resident comes back after 90 days", false, 90 * day, 1, false},
		{"resident comes weekly for 364 days", false, 7 * day, 52, true},
		{"resident comes weekly for over a year", false, 7 * day, 53, false},
		{"officer pauses for 14 minutes", true, 14 * time.Minute, 1, true},
		{"officer pauses for 15 minutes", true, 15 * time.Minute, 1, false},
		{"officer works 9 hours 50", true, 10 * time.Minute, 59, true},
		{"officer works 10 hours", true, 10 * time.Minute, 60, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{})
			b := s.browser()
			b.signIn(1)
			b.signInStaff(1)
			got := true
			for range tt.steps {
				s.clock.Advance(tt.step)
				if got = b.resident() == 1; tt.staff {
					got = b.staff() == 1
				}
			}
			if got != tt.want {
				t.Errorf("signed in is %v, want %v", got, tt.want)
			}
		})
	}
}

func TestHalfASignInExpires(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	b := s.browser()
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := s.Pend(w, r, session.Resident, session.Pending{Step: session.StepCode, CodeID: 9}); err != nil {
			t.Error(err)
		}
	})
	s.clock.Advance(30 * time.Minute)
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		if _, ok := s.Pending(r, session.Resident); ok {
			t.Error("still pending after 30 minutes")
		}
	})
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	ctx := t.Context()
	phone, tablet, other := s.browser(), s.browser(), s.browser()
	phone.signIn(1)
	tablet.signIn(1)
	other.signIn(2)
	if phone.resident() != 1 || tablet.resident() != 1 || other.resident() != 2 {
		t.Fatal("not signed in")
	}

	// By another part of the program, in its own transaction: within a second.
	err := s.store.Write(ctx, func(tx store.Tx) error {
		list, err := rows.ListOfPerson(tx, 2)
		if err != nil {
			return err
		}
		return rows.EndByRef(tx, 2, list[0].Ref, list[0].Ref)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Second)
	if got := other.resident(); got != 0 {
		t.Errorf("ended a second ago and still person %d", got)
	}

	// With a word to the manager: at once. One device by its ref, of this person
	// only, and only as a session asks that is still on record.
	ref := func(b *browser) (ref string) {
		b.visit(func(_ http.ResponseWriter, r *http.Request) {
			me, _ := s.Resident(r)
			ref = me.Ref
		})
		return ref
	}
	first, second := ref(phone), ref(tablet)
	end := func(person int64, ref, by string) error {
		err := s.store.Write(ctx, func(tx store.Tx) error { return rows.EndByRef(tx, person, ref, by) })
		s.Forget(person)
		return err
	}
	stranger := s.browser()
	stranger.signIn(2)
	for _, by := range []string{second, ref(stranger)} {
		if err := end(2, first, by); err == nil || phone.resident() != 1 {
			t.Error("one person ended the session of another")
		}
	}
	if err := end(1, first, "gone"); err == nil || phone.resident() != 1 {
		t.Error("a session that is over ended another")
	}
	if err := end(1, first, second); err != nil {
		t.Error(err)
	}
	if phone.resident() != 0 || tablet.resident() != 1 {
		t.Error("ending one device did not end exactly that one")
	}
	officer := s.browser()
	officer.signInStaff(4)
	if officer.staff() != 4 {
		t.Fatal("not signed in")
	}
	if err := s.store.Write(ctx, func(tx store.Tx) error { return rows.EndAllOfStaff(tx, 4) }); err != nil {
		t.Error(err)
	}
	s.clock.Advance(time.Second)
	if officer.staff() != 0 {
		t.Error("all sessions of the staff member ended and one still works")
	}
}

func TestSeenIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	b := s.browser()
	b.signIn(1)
	seen := func() (at store.Millis) {
		t.Helper()
		s.Close() // writes what is due; the manager goes on reading
		err := s.store.Read(t.Context(), func(tx store.Tx) error {
			return tx.QueryRow("SELECT seen_at FROM session").Scan(&at)
		})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	s.clock.Advance(59 * time.Second)
	b.resident()
	if got := seen(); got != store.At(modeltest.Start) {
		t.Errorf("written after 59 s: %v", got.Time())
	}
	s.Manager = session.New(s.store, session.Options{})
	s.clock.Advance(time.Second)
	b.resident()
	if got := seen(); got != store.At(modeltest.Start.Add(time.Minute)) {
		t.Errorf("after a minute the row says %v", got.Time())
	}
}

func BenchmarkResident(b *testing.B) {
	s := modeltest.Store(b)
	m := session.New(s, session.Options{})
	defer m.Close()
	w := httptest.NewRecorder()
	if err := signIn(m, s, w, httptest.NewRequest(http.MethodGet, "/", nil), session.Resident, 1); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := &http.Request{Header: http.Header{}}
		for _, c := range w.Result().Cookies() {
			r.AddCookie(c)
		}
		if _, ok := m.Resident(r); !ok {
			b.Fatal("signed out")
		}
	}
}

// A step of a sign-in whose first try meets a serialization failure, or a deadlock,
// is written by the second.
func TestPendRunsAgain(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("about PostgreSQL")
	}
	t.Parallel()
	s := newSite(t, session.Options{})
	s.must(s.store.Write(t.Context(), func(tx store.Tx) error {
		for _, q := range []string{
			"CREATE SEQUENCE failures",
			`CREATE FUNCTION fail_once() RETURNS trigger AS 'BEGIN IF nextval(''failures'') = 1 THEN RAISE EXCEPTION SQLSTATE ''40001''; END IF; RETURN NEW; END' LANGUAGE plpgsql`,
			"CREATE TRIGGER fail_once BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION fail_once()",
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	}))
	b := s.browser()
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		s.must(s.Pend(w, r, session.Resident, session.Pending{Step: session.StepCode, CodeID: 7}))
	})
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		if p, ok := s.Pending(r, session.Resident); !ok || p.CodeID != 7 {
			t.Errorf("pending is %+v, %v", p, ok)
		}
	})
}
