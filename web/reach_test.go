package web_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yongxing/models"
	"yongxing/models/staff"
	"yongxing/web/webtest"
)

// Every address with a number or a picture in it answers the wrong resident, an
// officer of another station and an officer whom the case concerns just as it
// does when there is no such thing: a number must not even be confirmed.
func TestOutOfReachIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.OpenStation("wc", "望春派出所", "Wangchun Police Station", "330203008")
	strangers := map[string]*webtest.Client{
		"another resident":                       w.red,
		"a resident with an appeal of their own": w.claimant,
		"an officer of another station":          w.Officer("044001", "wc"),
		"the officer whom the case is about":     w.recused("033555", someone(6).Number, "", ""),
		"an officer of the same household":       w.recused("033556", "", "330203005", someone(6).Number[14:]+" 室"),
	}
	right := map[bool]*webtest.Client{false: w.opener, true: w.officer}
	tried := 0
	for _, c := range strangers {
		c.Get("/help") // what a first visit leaves is there before
	}
	before := contents(t, w.Site)
	for _, row := range w.Rows {
		if strings.Contains(w.address(strings.ReplaceAll(row.Path, ":token", "")), ":") { // a pass is for everybody who has it
			t.Errorf("%s holds something that this test knows nothing of: who may not see it?", row.Path)
		}
		if w.address(row.Path) == row.Path {
			continue
		}
		tried++
		real, unknown := w.address(row.Path), strings.NewReplacer(":number", "YS-2603-0000000-7", ":ref", "0000000000000").Replace(row.Path)
		desk := strings.HasPrefix(row.Path, "/officer/")
		for name, c := range strangers {
			if strings.Contains(name, "officer") != desk {
				continue
			}
			got, status := w.ask(c, row.Method, real)
			none, noneStatus := w.ask(c, row.Method, unknown)
			if status != http.StatusNotFound || noneStatus != http.StatusNotFound || got != none {
				t.Errorf("%s %s: %s gets %d (unknown: %d)\n%s\n%s", row.Method, row.Path, name, status, noneStatus, got, none)
			}
		}
		if row.Method == http.MethodGet {
			if _, status := w.ask(right[desk], row.Method, real); status != http.StatusOK {
				t.Errorf("%s: who it is for gets %d", row.Path, status)
			}
		}
	}
	if m := moved(before, contents(t, w.Site), "staff_read", "ledger"); m != "" { // who may see it has been noted
		t.Errorf("who is out of reach has written: %s", m)
	}
	if tried < 9 {
		t.Errorf("only %d addresses tried", tried)
	}
	for name, c := range strangers {
		if strings.Contains(name, "officer") {
			c.Get("/officer/appeals").WantNot(w.open)
		}
	}
	w.officer.Get("/officer/appeals").Want(w.open)
}

// recused adds an officer of the station with a document or a home, and signs
// them in.
func (w *world) recused(login, document, division, detail string) *webtest.Client {
	w.t.Helper()
	in := models.NewStaff{Login: login, Name: "李警官", Badge: login, Role: staff.Officer, Password: webtest.OfficerPassword, Station: "gl",
		Document: document, DocumentKind: "resident_id", Division: division, Detail: detail}
	added, err := w.Portal.AddStaff(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.Browser()
	c.Get("/staff/signin").Form("/staff/signin").Set("login", login).Set("password", webtest.OfficerPassword).Set("code", w.TOTP(added.TOTPSecret)).
		Submit().WantPath("/officer/appeals")
	return c
}

// ask returns what an address answers, without what differs from answer to answer.
func (w *world) ask(c *webtest.Client, method, path string) (body string, status int) {
	w.t.Helper()
	var res *http.Response
	if method == http.MethodPost {
		form := url.Values{"csrf": {csrf(w.t, c)}}
		if strings.HasSuffix(path, "/material") {
			form.Set("text", "x")
		}
		res = post(c, path, form)
	} else {
		res = c.Do(method, path, "", nil)
	}
	all, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	text := string(all)
	page := strings.TrimSuffix(path, "/material") // where the form stands: an answer to it bears that address
	for _, differs := range []string{path, url.PathEscape(path), url.QueryEscape(path), page} {
		text = strings.ReplaceAll(text, differs, "PATH")
	}
	text = tokenValue.ReplaceAllString(text, `name="csrf"`)
	return reference.ReplaceAllString(text, ""), res.StatusCode
}

// Who has not signed in is led to the door, of the right house, by every address
// that is not for everybody; nothing is looked up before.
func TestSignedOutLeadsToTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pages := map[string]bool{}
	for _, row := range w.Rows {
		if row.SignedIn && row.Method == http.MethodGet && row.Path != "/code/fragment" && row.Path != "/evidence/:ref" {
			pages[w.address(row.Path)] = true
		}
	}
	for _, row := range w.Rows {
		if !row.SignedIn {
			continue
		}
		door := "/signin"
		if strings.HasPrefix(row.Path, "/officer/") || strings.HasPrefix(row.Path, "/staff/") {
			door = "/staff/signin"
		}
		for name, c := range map[string]*webtest.Client{"nobody": w.Browser(), "the other kind": map[bool]*webtest.Client{true: w.opener, false: w.officer}[door == "/staff/signin"],
			"half signed in": w.stranger} {
			res := c.Do(row.Method, w.address(row.Path), "", nil)
			to, _ := url.Parse(res.Header.Get("Location"))
			if res.StatusCode != http.StatusSeeOther || to.Scheme+to.Host != "" || to.Path != door {
				t.Errorf("%s %s, %s: %d to %q", row.Method, row.Path, name, res.StatusCode, to)
			}
			// A form leads back to the page that it stands on, a part of a page to the whole.
			next := to.Query().Get("next")
			if !strings.HasPrefix(w.address(row.Path), next) || next != "" && !pages[next] || door != "/signin" && next != "" {
				t.Errorf("%s %s, %s: then to %q", row.Method, row.Path, name, next)
			}
			if row.Path == "/appeal/:number/material" && next != "/appeal/"+w.open {
				t.Errorf("the form of an appeal's page leads to %q", next)
			}
		}
	}
}

var tokenValue = regexp.MustCompile(`name="csrf" value="[^"]*"`)
