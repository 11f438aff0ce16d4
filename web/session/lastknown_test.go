package session_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	rows "yongxing/models/session"
	"yongxing/models/store"
	"yongxing/web/session"
)

// lastKnown is who the site remembers the browser as, 0 if nobody.
func (b *browser) lastKnown() (id int64, until time.Time) {
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		s, at, ok := b.site.LastKnown(r)
		if ok != (s.PersonID != 0 && s.Ref != "") {
			b.site.t.Errorf("LastKnown says %v of person %d", ok, s.PersonID)
		}
		id, until = s.PersonID, at
	})
	return id, until
}

// Who is signed in is remembered for the time in which that cannot be read, and
// asked for in no other; what has ended in this process is not remembered.
func TestLastKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(s *site, b *browser)
		want int64
	}{
		"nothing": {func(*site, *browser) {}, 1},
		"signed out": {func(s *site, b *browser) {
			b.visit(func(w http.ResponseWriter, r *http.Request) { s.must(s.SignOut(w, r, session.Resident)) })
		}, 0},
		"forgotten":  {func(s *site, _ *browser) { s.Forget(1) }, 0},
		"somebody's": {func(s *site, _ *browser) { s.Forget(2) }, 1},
		"ended elsewhere, and asked since": {func(s *site, b *browser) {
			s.must(s.store.Write(s.t.Context(), func(tx store.Tx) error { return rows.EndAllOfPerson(tx, 1) }))
			s.clock.Advance(2 * time.Second)
			if b.resident() != 0 {
				s.t.Error("still signed in")
			}
		}, 0},
		"idle for too long": {func(s *site, _ *browser) { s.clock.Advance(91 * 24 * time.Hour) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{})
			b, cookie := s.browser(), ""
			b.signIn(1)
			if b.resident() != 1 {
				t.Fatal("not signed in")
			}
			cookie = b.cookie("yx_resident")
			if id, _ := b.lastKnown(); id != 0 {
				t.Error("remembered while the database answers")
			}
			c.end(s, b)
			copied := s.browser()
			copied.jar.SetCookies(home, []*http.Cookie{{Name: "yx_resident", Value: cookie}})
			if err := s.store.Close(); err != nil {
				t.Fatal(err)
			}
			s.clock.Advance(2 * time.Second)
			if copied.resident() != 0 {
				t.Error("it opens more than the last code")
			}
			id, until := copied.lastKnown()
			if id != c.want {
				t.Errorf("remembered as person %d, want %d", id, c.want)
			}
			if id != 0 && !until.Equal(modeltest.Start.Add(time.Second)) {
				t.Errorf("believed until %v", until)
			}
		})
	}
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Error(err)
	}
}

// Whoever signs out while the database is gone, on a phone that they lend or hand
// back, is not shown to the next reader of that browser, nor to who has copied it.
func TestSignOutHere(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]time.Duration{"believed for a second yet": 0, "not read any more": 2 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{})
			b, copied := s.browser(), s.browser()
			b.signIn(1)
			if b.resident() != 1 {
				t.Fatal("not signed in")
			}
			copied.jar.SetCookies(home, []*http.Cookie{{Name: "yx_resident", Value: b.cookie("yx_resident")}})
			if err := s.store.Close(); err != nil {
				t.Fatal(err)
			}
			s.clock.Advance(later)
			b.visit(func(w http.ResponseWriter, r *http.Request) {
				if err := s.SignOut(w, r, session.Resident); !errors.Is(err, fault.Unavailable) {
					t.Errorf("sign out: %v", err)
				}
				if !s.SignOutHere(w, r, session.Resident) {
					t.Error("it is not noted")
				}
				if _, in := s.Resident(r); in {
					t.Error("still signed in within the request")
				}
			})
			if b.cookie("yx_resident") != "" {
				t.Error("the browser keeps its cookie")
			}
			for range 2 {
				if copied.resident() != 0 {
					t.Error("still signed in")
				}
				if id, _ := copied.lastKnown(); id != 0 {
					t.Errorf("person %d is still shown", id)
				}
				s.clock.Advance(2 * time.Second)
			}
		})
	}
}

// Neither staff nor half a sign-in is anybody whose code is shown.
func TestLastKnownIsAResident(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	officer, half := s.browser(), s.browser()
	officer.signInStaff(3)
	officer.staff()
	half.visit(func(w http.ResponseWriter, r *http.Request) {
		s.must(s.Pend(w, r, session.Resident, session.Pending{Step: session.StepDocument, PersonID: 5}))
	})
	half.resident()
	officer.jar.SetCookies(home, []*http.Cookie{{Name: "yx_resident", Value: officer.cookie("yx_staff")}})
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(2 * time.Second)
	for _, b := range []*browser{officer, half, s.browser()} {
		if id, _ := b.lastKnown(); id != 0 {
			t.Errorf("person %d", id)
		}
	}
}

// A form on a page of the bad minutes is of the session, as before and after.
func TestLastKnownForms(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	b, other := s.browser(), s.browser()
	b.signIn(1)
	other.signIn(1)
	var before, during, others string
	b.visit(func(w http.ResponseWriter, r *http.Request) { before = s.CSRFToken(w, r) })
	other.visit(func(w http.ResponseWriter, r *http.Request) { others = s.CSRFToken(w, r) })
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(2 * time.Second)
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := s.Trouble(r); !errors.Is(err, fault.Unavailable) {
			t.Error(err)
		}
		during = s.CSRFToken(w, r)
	})
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		if !s.CheckCSRF(r, before) || !s.CheckCSRF(r, during) {
			t.Error("its own form is refused")
		}
		node := session.New(s.store, session.Options{}) // has never read the session
		if !node.CheckCSRF(r, before) || node.CheckCSRF(r, others) || s.CheckCSRF(r, others) {
			t.Error("a node that does not remember the session does not tell its form from another's")
		}
	})
	s.clock.Set(modeltest.Start) // believed again: as if it could be read
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		if !s.CheckCSRF(r, during) {
			t.Error("the form is refused once the session can be read again")
		}
	})
}
