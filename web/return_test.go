package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/models/notice"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// sentPaths are the pages that the notices to a person lead to.
func (w *world) sentPaths(phone string) (paths []string) {
	w.t.Helper()
	err := w.Store().Read(w.t.Context(), func(tx store.Tx) error {
		list, err := notice.Before(tx, personOf(w.t, w.Site, phone), w.Clock.Now().Add(time.Hour), 50)
		if err != nil {
			return err
		}
		for _, n := range list {
			path, err := n.Path()
			if err != nil {
				return err
			}
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return paths
}

// through proves a phone and, if it is asked, the document, from a page that asks
// to sign in.
func (w *world) through(page *webtest.Page, who webtest.Somebody) *webtest.Page {
	w.t.Helper()
	w.Clock.Advance(4 * time.Hour) // a new browser gets seven messages a day
	page = page.WantPath("/signin").Form("/signin").Set("phone", who.Phone).Submit().WantPath("/signin/code")
	page = page.Form("/signin/code").Set("code", page.Text("[data-demo-code]")).Submit()
	if page.URL.Path == "/signin/document" {
		page = page.Form("/signin/document").Set("document_tail", who.Number[12:]).Submit()
	}
	return page
}

// Whatever address a message carries, opened in a browser that knows nobody,
// leads to the door and on to that page for who it is for; anybody else finds
// nothing there. Before the door nothing about anybody is shown.
func TestLinksFromChats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paths := w.sentPaths(someone(9).Phone)
	if !slices.Contains(paths, "/code") || !slices.Contains(paths, "/appeal/"+w.decided) {
		t.Fatalf("messages lead to %v: this test proves nothing", paths)
	}
	for _, path := range slices.Concat(paths, []string{"/notices", "/me/looks", "/appeal/" + w.decided + "/withdraw"}) {
		who := someone(9)
		door := w.Browser().Get(path).WantStatus(http.StatusOK).WantNot(who.Name, who.Phone, who.Number, "林*", "138****", "红码", "绿码", "申诉成立")
		in := w.through(door, who).WantStatus(http.StatusOK)
		if want := strings.TrimSuffix(path, "/withdraw"); in.URL.Path != want { // of a decided appeal nothing is withdrawn
			t.Errorf("%s leads to %s", path, in.URL.Path)
		}
		other := w.through(w.Browser().Get(path), someone(3)).WantNot(who.Phone, "申诉成立")
		if strings.HasPrefix(path, "/appeal/") {
			other.WantStatus(http.StatusNotFound)
		} else {
			other.WantStatus(http.StatusOK).WantPath(path)
		}
	}
	// A newcomer finds somebody else's appeal no more than anybody does.
	w.through(w.Browser().Get("/appeal/"+w.decided), webtest.Somebody{Phone: "13900000044"}).WantStatus(http.StatusNotFound)
	// Asking again and going back keep the way.
	door := w.Browser().Get("/notices").Form("/signin").Set("phone", "1").Submit().WantStatus(http.StatusUnprocessableEntity)
	code := door.Form("/signin").Set("phone", "13900000045").Submit().WantPath("/signin/code")
	back, _ := code.Find(".govuk-back-link").Attr("href")
	if back != "/signin?next=%2Fnotices" {
		t.Errorf("another phone: %s", back)
	}
	w.Clock.Advance(time.Minute)
	code = code.Form("/signin/code").Submit("again=1")
	code.Form("/signin/code").Set("code", code.Text("[data-demo-code]")).Submit().WantPath("/notices")
	w.opener.Get("/signin?next=/me").WantPath("/me")
}

// An address that somebody sends around leads nowhere else after signing in,
// whether it stands in the address or in the form.
func TestSignInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	c := site.Browser()
	for i, evil := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "/signout", "/officer/appeals"} {
		site.Clock.Advance(15 * time.Minute)
		page := c.Get("/signin?next=" + url.QueryEscape(evil)).WantNot("evil.example")
		if i%2 == 0 {
			page = page.Form("/signin").Force("next", evil).Set("phone", linPhone).Submit()
		} else {
			page = page.Form("/signin").Set("phone", linPhone).Submit()
		}
		page = page.WantPath("/signin/code").WantNot("evil.example")
		page.Form("/signin/code").Set("code", page.Text("[data-demo-code]")).Submit().WantPath("/declare").Form("/signout").Submit()
	}
}

// Whoever is signed out in the middle of a form finds what they had saved, on the
// step where they were, also when it was the form itself that came too late.
func TestSignedOutInTheMiddle(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	c := site.SignIn(linPhone)
	who := webtest.Somebody{Name: "林芳", Phone: linPhone, Number: linNumber}
	form := c.Get("/declare/identity").Form("/declare/identity").Set("name", who.Name).Set("document_number", who.Number)
	page := form.Submit().WantPath("/declare/residence")
	c.Get("/me").Form("/signout").Submit()
	site.Clock.Advance(2 * time.Minute)
	door := page.Form("/declare/residence").Set("district", "330203").Submit("update=1") // a page from before
	if door.Status == http.StatusForbidden {
		t.Fatal("the form of a session that is over is taken for a forgery")
	}
	door = door.WantPath("/signin").WantNot("林芳", linNumber)
	code := door.Form("/signin").Set("phone", linPhone).Submit()
	back := code.Form("/signin/code").Set("code", code.Text("[data-demo-code]")).Submit().WantPath("/declare/residence")
	back.Want("已保存")
	if name, _ := c.Get("/declare/identity").Find("#name").Attr("value"); name != who.Name {
		t.Errorf("the name is %q", name)
	}
}

// A browser that keeps no cookies is told so, and what it can do, instead of
// being led in a circle; what it sent is done by nobody.
func TestWithoutCookies(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	// Each request of such a browser is like the first of a new one.
	visit := func(path string) *webtest.Page { return site.Browser().Get(path) }
	for _, path := range []string{"/appeal/YS-2603-0000000-0", "/code", "/declare/health", "/signin/code", "/me"} {
		page := visit(path).WantStatus(http.StatusOK).WantPath("/signin")
		token, _ := page.Find("input[name=csrf]").Attr("value")
		told := site.Browser().Post("/signin", url.Values{"csrf": {token}, "phone": {linPhone}})
		told.WantStatus(http.StatusForbidden).Want("没有保存 Cookie", "怎样打开", "甬行证", "派出所窗口", "12345")
		if href, _ := told.Find("main .govuk-button").Attr("href"); href != "/signin" {
			t.Errorf("the way on is %q", href)
		}
	}
	told := site.Browser().English().Post("/signin/code", url.Values{"code": {"123456"}})
	told.WantStatus(http.StatusForbidden).Want("keeps no cookies", "paper card")
	site.Browser().Post("/staff/signin", url.Values{"login": {"x"}}).WantStatus(http.StatusForbidden).Want("没有保存 Cookie").WantNot("甬行证，")
	if n := tables(t, site); n["sign_in_code"] != 0 || n["session"] != 0 {
		t.Errorf("something was done: %v", n)
	}
	// Who has the cookie and a form that is not theirs is told what it is.
	known := site.Browser()
	known.Get("/signin")
	known.Post("/signin", url.Values{"csrf": {"x"}}).WantStatus(http.StatusForbidden).WantNot("Cookie")
}
