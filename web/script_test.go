package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/web/webtest"
)

// payload is what would run if any page wrote it as it is: in an element, in an
// attribute in either quotes, in a text area, in a title, in a script, in a link.
const payload = `"'></textarea></title></script><svg onload=alert(1)><img src=x onerror=alert(2)><script>alert(3)</script><a href=javascript:alert(4) autofocus onfocus=alert(5)>x`

// watch notes what runs and what the page's policy had to stop: a payload that is
// written as text gives it nothing to stop.
const watch = `const ran = []; window.alert = window.confirm = window.prompt = v => { ran.push("dialog " + v); };
addEventListener("securitypolicyviolation", e => ran.push("policy " + e.effectiveDirective + " " + e.blockedURI));`

// Whatever people write anywhere is text on every page that shows it, to
// themselves, to officers and in errors.
func TestWhatPeopleWriteIsText(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	w := newWorld(t)
	for _, c := range []*webtest.Client{w.opener, w.officer, w.drafting} {
		c.Loose = true // the rules of pages take what is written here for a link
	}
	tab := open(t, w.Listen(false), webtest.Phone) // one for all: pages that lie open go on moving
	tab.Preload(watch)
	at := func(by *webtest.Client) *webtest.Tab { return tab.Undress().Wear(by) }
	quiet := func(what string) {
		t.Helper()
		if ran := webtest.Eval[string](tab, `ran.join("; ")`); ran != "" {
			t.Errorf("%s: %s", what, ran)
		}
		if svg := webtest.Eval[int](tab, `document.querySelectorAll("svg[onload], img[onerror], [onfocus], a[href^='javascript']").length`); svg != 0 {
			t.Errorf("%s: what was written has become elements", what)
		}
	}
	// Sent in every field of every form, refused or taken.
	visits, sent := w.visits(), map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(visits)) {
		for _, v := range visits[path] {
			if v.status != http.StatusOK || v.leads != "" || strings.Contains(v.path, "fragment") {
				continue
			}
			for i, form := range v.by.Get(v.path).Forms() {
				what := fmt.Sprint(appealNumber.ReplaceAllString(form.Action(), "N"), form.Typed())
				if len(form.Typed()) == 0 || sent[what] {
					continue
				}
				sent[what] = true
				at(v.by).Open(v.path)
				tab.SendAll(i, payload)
				quiet("what follows the form to " + form.Action())
			}
		}
	}
	if len(sent) < 12 {
		t.Errorf("only %d forms", len(sent))
	}
	// Kept, and shown to others.
	said := strings.ReplaceAll(payload, "alert(", "alert(10+")
	w.opener.Get("/appeal/"+w.open).Form("/appeal/"+w.open+"/material").Set("text", said).Submit().WantStatus(http.StatusOK)
	w.drafting.Get("/appeal/new/statement").Form("/appeal/new/statement").Set("statement", said).Submit().WantStatus(http.StatusOK)
	w.Clock.Advance(time.Minute)
	for _, c := range []struct {
		by   *webtest.Client
		path string
	}{
		{w.officer, "/officer/appeals/" + w.open}, {w.opener, "/appeal/" + w.open}, {w.drafting, "/appeal/new/check"}, {w.drafting, "/appeal/new/statement"},
		{w.anybody, "/%3Csvg%20onload=alert(1)%3E"}, {w.anybody, "/v/%3Csvg%20onload=alert(1)%3E"}, {w.opener, "/appeal/%22%3E%3Csvg%20onload=alert(1)%3E"},
		{w.anybody, "/signin?next=%22%3E%3Csvg%20onload=alert(1)%3E"}, {w.anybody, "/help?lang=%22%3E%3Csvg%20onload=alert(1)%3E"}, {w.anybody, "/signin?next=javascript:alert(1)"},
	} {
		at(c.by).Open(c.path)
		quiet(c.path)
		if strings.Contains(c.path, w.open) && !strings.Contains(webtest.Eval[string](tab, "document.body.textContent"), "<svg onload=alert(10+1)>") {
			t.Errorf("%s does not show what was written: this test proves nothing", c.path)
		}
	}
}
