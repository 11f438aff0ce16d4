package web_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"yongxing/web/webtest"
)

// Back and reload on a page that answers a form show the form again and send
// nothing: WeChat has no question "send it once more?", only its error page.
func TestBackToAnAnsweredForm(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	site := webtest.New(t)
	served := site.Handler
	var mu sync.Mutex
	var posts []string
	site.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			mu.Lock()
			posts = append(posts, r.URL.Path)
			mu.Unlock()
		}
		served.ServeHTTP(w, r)
	})
	tab := open(t, site.Listen(false), webtest.Phone).Wear(site.Browser().English())
	steps := 0 // forms sent until now
	at := func(path, h1 string) {
		t.Helper()
		got := strings.TrimPrefix(tab.Location(), tab.Base)
		if title := webtest.Eval[string](tab, `(document.querySelector("h1") || document.body).textContent.trim()`); got != path || !strings.HasPrefix(title, h1) {
			t.Fatalf("at %s, %q; want %s, %q", got, title, path, h1)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(posts) != steps {
			t.Fatalf("at %s: sent %v, want %d forms", got, posts, steps)
		}
	}
	press := func(path, h1 string) {
		t.Helper()
		steps++
		tab.Press("main form button.govuk-button")
		at(path, h1)
	}
	again := func(path, h1 string) {
		t.Helper()
		tab.Do(chromedp.Reload())
		at(path, h1)
	}
	const phone, code, identity, home, trip = "Sign in with your phone", "Enter the six-digit code", "Who you are", "Where you live now", "Did you leave Ningbo"

	// A wrong number, reloaded; wrong once more, put right, and back past it.
	tab.Open("/signin?next=/declare/identity").Type("phone", "123")
	press("/signin?next=%2Fdeclare%2Fidentity", phone)
	again("/signin?next=%2Fdeclare%2Fidentity", phone)
	tab.Type("phone", "123")
	press("/signin?next=%2Fdeclare%2Fidentity", phone)
	tab.Type("phone", linPhone)
	press("/signin/code", code)
	tab.Back()
	at("/signin?next=%2Fdeclare%2Fidentity", phone)
	tab.Open("/signin/code").Type("code", "00")
	press("/signin/code", code)
	tab.Type("code", webtest.Eval[string](tab, `document.querySelector("[data-demo-code]").textContent`))
	press("/declare/identity", identity)
	tab.Back()
	at("/code", "No code yet") // signed in: where the door leads
	tab.Open("/declare/identity")

	// A step that was refused, and one whose list was fetched: back shows what was saved.
	tab.Type("name", "林芳").Type("document_number", "330203199003071231")
	press("/declare/identity", identity)
	tab.Type("document_number", linNumber)
	press("/declare/residence", home)
	tab.Back()
	at("/declare/identity", identity)
	if name := webtest.Eval[string](tab, `document.getElementById("name").value`); name != "林芳" {
		t.Errorf("the name is %q", name)
	}
	tab.Open("/declare/residence").Choose("district", "330203")
	press("/declare/residence", home) // the list of streets
	again("/declare/residence", home)
	tab.Choose("district", "330203")
	press("/declare/residence", home)
	tab.Choose("street", "330203005").Type("community", "秀水社区").Type("detail", "12")
	steps++
	tab.Press("main form .yx-buttons .govuk-button")
	at("/declare/stays", trip)
	tab.Back()
	at("/declare/residence", home)
	if detail := webtest.Eval[string](tab, `document.getElementById("detail").value`); detail != "12" {
		t.Errorf("the address is %q", detail)
	}

	// A form whose address shows no page, refused by the funnel.
	tab.Open("/me")
	webtest.Eval[bool](tab, `(document.querySelector("form[action='/me/settings'] [name=csrf]").value = "x", true)`)
	steps++
	tab.Press("form[action='/me/settings'] .govuk-button")
	at("/me", "This step")
	again("/me", "My account")
}

// Which pages take the address that GET shows: those that answer a resident's
// form, and not those that say "later", where sending once more is what helps, or
// the desk's, whose preview holds what its address does not.
func TestWhichAnswersAreFormsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	again := func(p *webtest.Page) bool { return p.Find("body[data-posted]").Length() == 1 }
	href := "/officer/appeals/" + w.claimed
	if again(w.officer.Get(href).Form(href+"/preview").Set("item1", "set_aside").Submit().WantStatus(http.StatusOK)) {
		t.Error("the preview of a decision would be gone with a reload")
	}
	if again(w.anybody.Get("/signin")) {
		t.Error("a page that was asked for by GET")
	}
	if !again(w.anybody.Get("/signin").Form("/signin").Set("phone", "1").Submit()) {
		t.Error("a refused form stays in the history as it was sent")
	}
	b := busySite(t)
	if again(b.asking.Page(b.ask()).WantStatus(http.StatusServiceUnavailable)) {
		t.Error("what could not be saved cannot be sent once more")
	}
}
