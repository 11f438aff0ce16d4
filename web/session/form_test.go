package session_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"yongxing/web/session"
)

func TestBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	a, b := s.browser(), s.browser()
	ask := func(b *browser) (hash []byte) {
		b.visit(func(w http.ResponseWriter, r *http.Request) {
			hash = s.Browser(w, r)
			if again := s.Browser(w, r); !bytes.Equal(again, hash) {
				t.Error("two hashes in one request")
			}
		})
		return hash
	}
	first := ask(a)
	if len(first) != 32 || !bytes.Equal(ask(a), first) {
		t.Error("a browser is not known again")
	}
	if len(a.last) != 0 {
		t.Error("a known browser gets another cookie")
	}
	if bytes.Equal(ask(b), first) {
		t.Error("two browsers have one hash")
	}
	b.jar.SetCookies(home, []*http.Cookie{{Name: "yx_browser", Value: "rubbish"}})
	if h := ask(b); len(h) != 32 || !bytes.Equal(ask(b), h) {
		t.Error("a malformed cookie is not replaced")
	}
}

func TestFlash(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	b := s.browser()
	take := func(b *browser) (text string) {
		b.visit(func(w http.ResponseWriter, r *http.Request) { text = s.TakeFlash(w, r) })
		return text
	}
	b.visit(func(w http.ResponseWriter, r *http.Request) { s.Flash(w, r, "已保存 saved") })
	stolen := b.cookie("yx_flash")
	if got := take(b); got != "已保存 saved" {
		t.Errorf("got %q", got)
	}
	if got := take(b); got != "" {
		t.Errorf("got %q a second time", got)
	}
	other := s.browser()
	other.signIn(1)
	other.jar.SetCookies(home, []*http.Cookie{{Name: "yx_flash", Value: stolen}})
	if got := take(other); got != "" {
		t.Errorf("another browser was made to show %q", got)
	}
}

func TestCSRF(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	token := func(b *browser) (token string) {
		b.visit(func(w http.ResponseWriter, r *http.Request) { token = s.CSRFToken(w, r) })
		return token
	}
	good := func(b *browser, token string) (ok bool) {
		b.visit(func(_ http.ResponseWriter, r *http.Request) { ok = s.CheckCSRF(r, token) })
		return ok
	}
	anonymous, other := s.browser(), s.browser()
	before := token(anonymous)
	for range 2 { // a form that is sent again is still this browser's
		if !good(anonymous, before) {
			t.Error("an anonymous form is refused")
		}
	}
	if token(anonymous) == before {
		t.Error("two pages carry the same token")
	}
	if good(other, before) || good(s.browser(), before) {
		t.Error("another browser's token is taken")
	}
	for _, bad := range []string{"", "x", before[:len(before)-2], strings.Repeat("A", len(before))} {
		if good(anonymous, bad) {
			t.Errorf("token %q is taken", bad)
		}
	}
	anonymous.signIn(1)
	if good(anonymous, before) {
		t.Error("a token from before the sign-in is taken after it")
	}
	signedIn := token(anonymous)
	if !good(anonymous, signedIn) {
		t.Error("a signed-in form is refused")
	}
	other.signIn(1)
	if good(other, signedIn) {
		t.Error("the same person's token from another session is taken")
	}
	anonymous.signInStaff(1)
	if !good(anonymous, signedIn) {
		t.Error("the resident's form is refused once an officer signs in beside")
	}
	if staff := token(anonymous); !good(anonymous, staff) || good(other, staff) {
		t.Error("the officer's form is refused, or taken elsewhere")
	}
	anonymous.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := s.SignOut(w, r, session.Resident); err != nil {
			t.Error(err)
		}
	})
	if good(anonymous, signedIn) {
		t.Error("a token is taken after the sign-out")
	}
}
