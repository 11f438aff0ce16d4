package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"yongxing/web/webtest"
)

func TestChangePhoneByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	lin := holderOf(t, site, linPhone, linNumber, "林芳")
	lin.green(t, site)
	laptop := site.Browser()
	enter(site, laptop, linPhone).Form("/signin/document").Set("document_tail", "071232").Submit().WantPath("/code")
	site.Clock.Advance(time.Hour)

	if lin.Get("/me").Find("a[href='/me/phone']").Length() != 1 {
		t.Error("the account does not lead to the page")
	}
	page := lin.Get("/me/phone").Want("138****0001", "原来的号码会收到一条短信").WantNot(linPhone)
	page.Form("/me/phone").Submit().WantStatus(http.StatusUnprocessableEntity).Want("有 2 处要改", "最后 6 位")
	form := page.Form("/me/phone").Set("phone", "13900000009")
	form.Submit().WantStatus(http.StatusUnprocessableEntity).Want("最后 6 位")
	form.Set("document_tail", "111111").Submit().WantStatus(http.StatusUnprocessableEntity).Want("还可以试 4 次")
	lin.Get("/me/phone/code").WantPath("/me/phone") // nothing was sent
	form.Set("phone", linPhone).Set("document_tail", "071232").Submit().WantStatus(http.StatusUnprocessableEntity).Want("现在的手机号")
	code := form.Set("phone", "139 0000 0009").Submit().WantPath("/me/phone/code").Want("139****0009")
	code.Form("/me/phone/code").Submit("again=1").WantStatus(http.StatusTooManyRequests)
	code.Form("/me/phone/code").Set("code", "12").Submit().WantStatus(http.StatusUnprocessableEntity).Want("6 位数字")
	laptop.Get("/me/phone/code").WantPath("/me/phone") // another browser has asked for nothing
	before := lin.Cookie("yx_resident")
	done := code.Form("/me/phone/code").Set("code", code.Text("[data-demo-code]")).Submit().WantPath("/me").Want("已换成 139****0009")
	done.WantNot("138****0001", "退出其他所有设备")
	lin.Get("/me/phone/code").WantPath("/me")
	if after := lin.Cookie("yx_resident"); after == "" || after == before {
		t.Error("the token is the same before and after")
	}
	thief := site.Browser()
	thief.SetCookie("yx_resident", before)
	thief.Get("/me").WantPath("/signin")
	laptop.Get("/me").WantPath("/signin")
	lin.Get("/notices").Want("换了手机号")
	enter(site, site.Browser(), linPhone).WantPath("/declare") // somebody new
	enter(site, site.Browser(), "13900000009").WantPath("/signin/document")
}

// The pages are the same whether the new number is somebody's or nobody's.
func TestChangePhoneTellsNothing(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	owner := holderOf(t, site, "13900000001", linNumber, "林芳")
	owner.green(t, site)
	site.Clock.Advance(time.Minute)
	change := func(phone, to string) (asked, done *webtest.Page) {
		site.Clock.Advance(time.Hour)
		browser := newcomer(site, phone)
		asked = browser.Get("/me/phone").Form("/me/phone").Set("phone", to).Submit().WantPath("/me/phone/code")
		return asked, asked.Form("/me/phone/code").Set("code", asked.Text("[data-demo-code]")).Submit().WantPath("/me")
	}
	askedKnown, doneKnown := change("13800000011", "13900000001")
	askedNew, doneNew := change("13800000012", "13900000002")
	alike := func(p *webtest.Page) string {
		text := strings.ReplaceAll(p.Text("main"), "****0001", "****0002")
		if code := p.Text("[data-demo-code]"); code != "" {
			text = strings.ReplaceAll(text, code, "")
		}
		return shortClock.ReplaceAllString(text, "")
	}
	if a, b := alike(askedKnown), alike(askedNew); a != b {
		t.Errorf("the pages that ask for the code differ:\n%s\n%s", a, b)
	}
	if a, b := alike(doneKnown), alike(doneNew); a != b {
		t.Errorf("the pages after it differ:\n%s\n%s", a, b)
	}
	owner.Get("/me").WantPath("/signin") // who had the number is out, and keeps the rest
}

func TestChangePhoneInEnglish(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone).English()
	page := browser.Get("/me/phone").Want("Change your number")
	page.Form("/me/phone").Submit().WantStatus(http.StatusUnprocessableEntity).Want("Enter your mobile number")
	code := page.Form("/me/phone").Set("phone", "13900000009").Submit().WantPath("/me/phone/code").Want("sent to the new number")
	code.Form("/me/phone/code").Set("code", code.Text("[data-demo-code]")).Submit().WantPath("/me").Want("Your number is now 139****0009")
}

// A phone that moved while a sign-in stood at the document question: begin again.
func TestHalfSignInAfterChangeByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	lin := holderOf(t, site, linPhone, linNumber, "林芳")
	lin.green(t, site)
	half, sold := site.Browser(), site.Browser()
	page := enter(site, half, linPhone).WantPath("/signin/document")
	enter(site, sold, linPhone).WantPath("/signin/document")
	notMe := half.Get("/signin/notme")
	sold.Get("/signin/notme").Form("/signin/notme").Submit().WantPath("/declare")
	page.Form("/signin/document").Set("document_tail", "071232").Submit().WantPath("/signin").Want("刚刚换了登记")
	notMe.Form("/signin/notme").Submit().WantPath("/signin")
	sold.Get("/me").WantPath("/me")
}

// shortClock is a time of day, which differs from page to page.
var shortClock = regexp.MustCompile(`\d\d?:\d\d(:\d\d)?`)
