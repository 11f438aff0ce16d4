package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yongxing/models/signin"
	"yongxing/web/webtest"
)

const linPhone, linNumber = "13800000001", "330203199003071232"

// askCode asks for a one-time code and returns the page that takes it, with the
// code that the demo shows on it.
func askCode(browser *webtest.Client, phone string) (page *webtest.Page, number string) {
	page = browser.Get("/signin").Form().Set("phone", phone).Submit()
	return page, page.Text("[data-demo-code]")
}

// enter proves a phone in a browser, as a person does by pages alone, and
// returns where they come in.
func enter(site *webtest.Site, browser *webtest.Client, phone string) *webtest.Page {
	site.Clock.Advance(time.Minute) // one message a minute
	page, number := askCode(browser, phone)
	return page.Form("/signin/code").Set("code", number).Submit()
}

func TestSignInByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := site.Browser()
	browser.Get("/declare").WantPath("/signin")
	page, number := askCode(browser, "138 0000 0001")
	page.WantPath("/signin/code").Want("138****0001", "不会向您索要验证码").WantNot(linPhone)
	field := page.Find("input[name=code]")
	if mode, _ := field.Attr("inputmode"); mode != "numeric" {
		t.Errorf("inputmode %q", mode)
	}
	if fill, _ := field.Attr("autocomplete"); fill != "one-time-code" {
		t.Errorf("autocomplete %q", fill)
	}
	before := browser.Cookie("yx_resident")
	page.Form("/signin/code").Set("code", "000000").Submit().WantStatus(http.StatusUnprocessableEntity).Want("还可以试 4 次")
	page.Form("/signin/code").Set("code", number).Submit().WantPath("/declare")
	if after := browser.Cookie("yx_resident"); after == "" || after == before {
		t.Error("the token is the same before and after signing in")
	}
	browser.Get("/signin").WantPath("/code")
	page.Form("/signin/code").Set("code", number).Submit() // the same form again: no error page, no new session
	out := browser.Get("/declare").Form("/signout").Submit().WantPath("/").Want("已退出登录")
	if out.Status != http.StatusOK {
		t.Errorf("status %d", out.Status)
	}
	browser.Get("/declare").WantPath("/signin")
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := site.Browser()
	browser.Get("/signin").Form().Set("phone", "12345").Submit().WantStatus(http.StatusUnprocessableEntity).Want("11 位的中国大陆手机号", "12345")
	page, number := askCode(browser, linPhone)
	t.Run("another browser", func(t *testing.T) {
		thief := site.Browser()
		site.Clock.Advance(time.Minute)
		own, _ := askCode(thief, "13800000002")
		if number == own.Text("[data-demo-code]") {
			t.Skip("both browsers were sent the same number")
		}
		own.Form("/signin/code").Set("code", number).Submit().WantStatus(http.StatusUnprocessableEntity)
		thief.Get("/declare").WantPath("/signin")
	})
	t.Run("five tries", func(t *testing.T) {
		wrong := "000000"
		if number == wrong {
			wrong = "000001"
		}
		for range signin.Tries {
			page.Form("/signin/code").Set("code", wrong).Submit().WantStatus(http.StatusUnprocessableEntity)
		}
		page.Form("/signin/code").Set("code", number).Submit().WantStatus(http.StatusUnprocessableEntity).Want("错了太多次")
	})
	t.Run("ten minutes", func(t *testing.T) {
		site.Clock.Advance(time.Minute)
		page, number := askCode(browser, linPhone)
		site.Clock.Advance(signin.Lifetime)
		page.Form("/signin/code").Set("code", number).Submit().WantStatus(http.StatusUnprocessableEntity).Want("已经失效")
	})
}

func TestSignInBudget(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := site.Browser()
	askCode(browser, linPhone)
	page := site.Browser().Get("/signin").Form().Set("phone", linPhone).Submit().WantStatus(http.StatusTooManyRequests).Want("短信发得太频繁", until(site, time.Minute))
	if page.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", page.Header.Get("Retry-After"))
	}
	again := browser.Get("/signin/code").Want("以后可以重新发送")
	again.Form("/signin/code").Submit("again=1").WantStatus(http.StatusTooManyRequests)
	site.Clock.Advance(time.Minute)
	sent := again.Form("/signin/code").Submit("again=1").WantStatus(http.StatusOK).WantPath("/signin/code").Want("新的验证码已经发出")
	sent.Form("/signin/code").Set("code", sent.Text("[data-demo-code]")).Submit().WantPath("/declare")
}

// The answers to a known and an unknown number are the same page.
func TestSignInTellsNothing(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	holderOf(t, site, linPhone, linNumber, "林芳")
	site.Clock.Advance(time.Minute) // one message a minute
	known, _ := askCode(site.Browser(), linPhone)
	unknown, _ := askCode(site.Browser(), "13800000002")
	if a, b := strings.ReplaceAll(withoutCode(known), "0001", "0002"), withoutCode(unknown); a != b {
		t.Errorf("the pages differ:\n%s\n%s", a, b)
	}
}

func withoutCode(p *webtest.Page) string {
	return strings.ReplaceAll(p.Text("main"), p.Text("[data-demo-code]"), "")
}

func TestProductionShowsNoCode(t *testing.T) {
	t.Parallel()
	site := webtest.NewProduction(t)
	page, number := askCode(site.Browser(), linPhone)
	if page.WantPath("/signin/code"); number != "" || page.Find("[data-demo-code]").Length() > 0 {
		t.Error("the code stands on the page")
	}
}

// A browser new to a bound person is asked for the end of the document; whoever
// has the number now starts fresh.
func TestDocumentQuestionByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	lin := holderOf(t, site, linPhone, linNumber, "林芳")
	lin.green(t, site)
	browser := site.Browser()
	page := enter(site, browser, linPhone).WantPath("/signin/document").WantNot("林", "3302", "071232")
	browser.Get("/code").WantPath("/signin") // not in yet
	page.Form("/signin/document").Set("document_tail", "111111").Submit().WantStatus(http.StatusUnprocessableEntity).Want("还可以试 4 次")
	page.Form("/signin/document").Set("document_tail", "071232").Submit().WantPath("/code").Want("林")
	enter(site, withoutSession(site, browser), linPhone).WantPath("/code")

	stranger := site.Browser()
	enter(site, stranger, linPhone).WantPath("/signin/document")
	fresh := stranger.Get("/signin/notme").Form("/signin/notme").Submit().WantPath("/declare").Want("从头开始")
	fresh.WantNot("林", "071232")
	browser.Get("/code").WantPath("/signin") // the old session has ended
	enter(site, site.Browser(), linPhone).WantPath("/declare")
}

func TestDocumentQuestionEndsByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	lin := holderOf(t, site, linPhone, linNumber, "林芳")
	lin.green(t, site)
	page := enter(site, site.Browser(), linPhone)
	for range signin.DocumentTries {
		page.Form("/signin/document").Set("document_tail", "111111").Submit().WantStatus(http.StatusUnprocessableEntity)
	}
	page.Form("/signin/document").Set("document_tail", "071232").Submit().WantStatus(http.StatusTooManyRequests).Want("派出所窗口")
}

// withoutSession is the same browser after its session has ended elsewhere: it
// keeps the cookie that it is known by.
func withoutSession(site *webtest.Site, browser *webtest.Client) *webtest.Client {
	again := site.Browser()
	again.SetCookie("yx_browser", browser.Cookie("yx_browser"))
	return again
}

func TestSignInInEnglish(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	lin := holderOf(t, site, linPhone, linNumber, "Anne Lin")
	lin.green(t, site)
	browser := site.Browser().English()
	browser.Get("/signin").Form().Submit().WantStatus(http.StatusUnprocessableEntity).Want("Enter your mobile number")
	page := enter(site, browser, linPhone).WantPath("/signin/document").Want("Last six characters")
	browser.Get("/signin/notme").Want("start afresh")
	page.Form("/signin/document").Set("document_tail", "071232").Submit().WantPath("/code")
}

// Nobody gets in by addresses alone, and steps without their turn lead back.
func TestSignInStepsInOrder(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := site.Browser()
	token := func() url.Values {
		csrf, _ := browser.Get("/signin").Find("input[name=csrf]").Attr("value")
		return url.Values{"csrf": {csrf}}
	}
	for _, path := range []string{"/signin/code", "/signin/document", "/signin/notme"} {
		browser.Get(path).WantPath("/signin")
		browser.Post(path, token()).WantPath("/signin")
	}
}
