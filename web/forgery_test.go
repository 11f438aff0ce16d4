package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yongxing/web/webtest"
)

// address is the path of a row of the table, with the number and the picture of
// the open case in it.
func (w *world) address(pattern string) string {
	return strings.NewReplacer(":number", w.open, ":ref", w.photo).Replace(pattern)
}

// everybodyIn is a browser in which the resident of the open case and an officer
// of its station are signed in: whoever is let in anywhere is let in here.
func (w *world) everybodyIn() *webtest.Client {
	c := w.Browser()
	c.SetCookie("yx_resident", w.opener.Cookie("yx_resident"))
	c.SetCookie("yx_staff", w.officer.Cookie("yx_staff"))
	c.SetCookie("yx_browser", w.opener.Cookie("yx_browser"))
	return c
}

// csrf is the token of the forms that a browser is given.
func csrf(t *testing.T, c *webtest.Client) string {
	t.Helper()
	token, _ := c.Get("/help").Find("input[name=csrf]").Attr("value")
	if token == "" {
		token, _ = c.Get("/signin").Find("input[name=csrf]").Attr("value")
	}
	if token == "" {
		t.Fatal("no page gives a token")
	}
	return token
}

func post(c *webtest.Client, path string, form url.Values) *http.Response {
	return c.Do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// Every POST of the table refuses what another site sends, with a good token
// too, and whatever comes without a token of this very session.
func TestForgedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	victim := w.everybodyIn()
	good, anonymous, others, officers := csrf(t, victim), csrf(t, w.anybody), csrf(t, w.red), csrf(t, w.Officer("033999", "gl"))
	posts := 0
	before := contents(t, w.Site)
	for _, row := range w.Rows {
		if row.Method != http.MethodPost {
			continue
		}
		posts++
		path := w.address(row.Path)
		for _, try := range []struct {
			name, header, value string
			form                url.Values
		}{
			{"from another site", "Sec-Fetch-Site", "cross-site", url.Values{"csrf": {good}}},
			{"from a neighbour", "Sec-Fetch-Site", "same-site", url.Values{"csrf": {good}}},
			{"from another origin", "Origin", "https://evil.example", url.Values{"csrf": {good}}},
			{"from nowhere", "Origin", "null", url.Values{"csrf": {good}}},
			{"without a token", "", "", nil},
			{"with an empty token", "", "", url.Values{"csrf": {""}}},
			{"with a token of no session", "", "", url.Values{"csrf": {anonymous}}},
			{"with another resident's token", "", "", url.Values{"csrf": {others}}},
			{"with another officer's token", "", "", url.Values{"csrf": {officers}}},
			{"with two tokens", "", "", url.Values{"csrf": {others, good}}},
			{"with a token from the same site", "Sec-Fetch-Site", "same-origin", url.Values{"csrf": {others}}},
		} {
			if try.header != "" {
				victim.With(try.header, try.value)
			}
			if res := post(victim, path, try.form); res.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s %s: %d", path, try.name, res.StatusCode)
			}
			victim.With("Sec-Fetch-Site", "").With("Origin", "")
		}
		if res := post(victim, path+"?csrf="+url.QueryEscape(good), nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s with a token in its address: %d", path, res.StatusCode)
		}
	}
	if posts < 20 {
		t.Errorf("only %d forms in the table", posts)
	}
	if m := moved(before, contents(t, w.Site)); m != "" {
		t.Errorf("forged requests have written: %s", m)
	}
	// What was refused above was not refused for something else.
	for _, row := range w.Rows {
		if row.Method != http.MethodPost || strings.HasSuffix(row.Path, "signout") {
			continue
		}
		for _, from := range []string{"", "same-origin"} {
			victim.With("Sec-Fetch-Site", from)
			if res := post(victim, w.address(row.Path), url.Values{"csrf": {good}}); res.StatusCode == http.StatusForbidden {
				t.Errorf("POST %s from the portal itself (%q): forbidden", row.Path, from)
			}
		}
		victim.With("Sec-Fetch-Site", "")
		good = csrf(t, victim) // some of them begin another session
		if strings.HasPrefix(row.Path, "/signin") {
			victim = w.everybodyIn()
			good = csrf(t, victim)
		}
	}
	victim.With("Sec-Fetch-Site", "same-origin").With("Origin", "http://localhost:8080")
	if res := post(victim, "/signout", url.Values{"csrf": {csrf(t, victim)}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("signing out: %d", res.StatusCode)
	}
}

// Another site's page cannot make a browser that sends no cookies with it post a
// form of its own session: signed out, the token belongs to the browser.
func TestForgedSignInIsRefused(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	attacker, victim := site.Browser(), site.Browser()
	token := csrf(t, attacker)
	csrf(t, victim)
	if res := post(victim, "/signin", url.Values{"csrf": {token}, "phone": {"13800000001"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a token of another browser: %d", res.StatusCode)
	}
	if res := post(site.Browser(), "/signin", url.Values{"csrf": {token}, "phone": {"13800000001"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a token without the cookie: %d", res.StatusCode)
	}
	if res := post(attacker, "/signin", url.Values{"csrf": {token}, "phone": {"13800000001"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the browser's own: %d", res.StatusCode)
	}
}
