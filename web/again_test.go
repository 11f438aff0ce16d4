package web_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/signin"
	"yongxing/models/store"
	"yongxing/views/text"
	"yongxing/web/webtest"
)

// until is how a page says when a wait from now is over.
func until(site *webtest.Site, wait time.Duration) string {
	return text.For("zh-Hans").Seconds(site.Clock.Now().Add(wait))
}

func codesSent(t *testing.T, site *webtest.Site) (sent int64) {
	t.Helper()
	err := site.Store().Read(t.Context(), func(tx store.Tx) (err error) {
		sent, err = signin.SentToday(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// held wants a form that waits: with its wait, what is wrong at the field, and no
// other time beside it.
func held(t *testing.T, p *webtest.Page, site *webtest.Site, field string, wait time.Duration) *webtest.Page {
	t.Helper()
	p.WantStatus(http.StatusTooManyRequests).Want(until(site, wait) + " 以后可以再试").WantNot("以后可以重新发送")
	if p.Find("#"+field+"[aria-invalid=true]").Length() != 1 || !strings.Contains(p.Text("#"+field+"-error"), until(site, wait)) {
		t.Errorf("nothing stands at %s", field)
	}
	if got := p.Header.Get("Retry-After"); got != strconv.Itoa(int(wait.Seconds())) {
		t.Errorf("Retry-After %q", got)
	}
	return p
}

// Whoever asks for a code that they have is led to it: nothing is sent, and their
// code works.
func TestSignInAskedTwice(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	site.SignIn(linPhone)
	site.Clock.Advance(time.Hour)
	var pages []string
	for _, phone := range []string{linPhone, "13900000099"} { // known and not
		browser, other := site.Browser(), site.Browser()
		_, number := askCode(browser, phone)
		before := codesSent(t, site)
		resend := until(site, time.Minute) + " 以后可以重新发送"
		site.Clock.Advance(20 * time.Second)
		page := browser.Get("/signin?next=%2Fme").Form().Set("phone", phone).Submit().WantStatus(http.StatusOK).WantPath("/signin/code").Want("那一条仍然有效", resend)
		if sent := codesSent(t, site); sent != before {
			t.Errorf("%d messages more", sent-before)
		}
		pages = append(pages, clockOf.ReplaceAllString(strings.ReplaceAll(page.Text("main"), text.MaskPhone(phone), ""), "")[:60])
		held(t, page.Form("/signin/code").Submit("again=1"), site, "code", 40*time.Second)
		// What another browser has asked for leads nobody to it.
		held(t, other.Get("/signin").Form().Set("phone", phone).Submit(), site, "phone", 40*time.Second).Form("/signin")
		other.Get("/signin/code").WantPath("/signin")
		if typed, _ := other.Get("/signin").Form().Set("phone", phone).Submit().Find("input[name=phone]").Attr("value"); typed != phone {
			t.Errorf("typed %q", typed)
		}
		page.Form("/signin/code").Set("code", number).Submit().WantStatus(http.StatusOK)
		// A code that is used up is none to be led to.
		held(t, site.Browser().Get("/signin").Form().Set("phone", phone).Submit(), site, "phone", 40*time.Second)
		site.Clock.Advance(time.Hour)
	}
	if pages[0] != pages[1] {
		t.Errorf("known %q, unknown %q", pages[0], pages[1])
	}
}

// Not to another number's code, to one that is used up, or to one old enough for
// another.
func TestSignInAskedAnew(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := site.Browser()
	_, number := askCode(browser, linPhone)
	if _, other := askCode(browser, "13900000098"); other == number || other == "" {
		t.Errorf("codes %q and %q", number, other)
	}
	held(t, browser.Get("/signin").Form().Set("phone", linPhone).Submit(), site, "phone", time.Minute)
	site.Clock.Advance(time.Minute)
	before := codesSent(t, site)
	first, _ := askCode(browser, linPhone)
	first.WantPath("/signin/code").WantNot("那一条仍然有效")
	if sent := codesSent(t, site); sent != before+1 {
		t.Errorf("%d messages", sent-before)
	}
	for range signin.Tries {
		first.Form("/signin/code").Set("code", "000000").Submit().WantStatus(http.StatusUnprocessableEntity)
	}
	held(t, browser.Get("/signin").Form().Set("phone", linPhone).Submit(), site, "phone", time.Minute)
	elsewhere := site.Browser() // a code to read an appeal, which signs nobody in
	const phone = "13900000097"
	elsewhere.Get("/appeal/find").Form("/appeal/find").Set("number", appeal.NewNumber(site.Clock.Now())).Set("phone", phone).Submit().WantPath("/appeal/find/code")
	held(t, elsewhere.Get("/signin").Form().Set("phone", phone).Submit(), site, "phone", time.Minute)
	for range 2 {
		site.Clock.Advance(time.Minute)
		again, _ := askCode(elsewhere, phone)
		again.WantPath("/signin/code").WantNot("那一条仍然有效")
	}
}

// The forms that send a code for something else keep what was typed.
func TestAskedAgainTooSoon(t *testing.T) {
	t.Parallel()
	t.Run("appeal", func(t *testing.T) {
		t.Parallel()
		site := webtest.New(t)
		c, number := site.Browser(), appeal.NewNumber(site.Clock.Now())
		ask := func(phone string) *webtest.Page {
			return c.Get("/appeal/find").Form("/appeal/find").Set("number", number).Set("phone", phone).Submit()
		}
		code := ask(linPhone).WantPath("/appeal/find/code")
		site.Clock.Advance(15 * time.Second)
		form := held(t, ask(linPhone), site, "phone", 45*time.Second).Form("/appeal/find").Values()
		if form.Get("number") != number || form.Get("phone") != linPhone {
			t.Errorf("typed %v", form)
		}
		again := held(t, code.Form("/appeal/find/code").Submit("again=1"), site, "code", 45*time.Second)
		again.Form("/appeal/find/code").Set("code", "999999").Submit().WantStatus(http.StatusUnprocessableEntity)
		for i := range 4 { // with the first one, what the hour has for the number of an appeal
			ask("1390000005" + strconv.Itoa(i)).WantPath("/appeal/find/code")
		}
		held(t, ask("13900000060"), site, "number", time.Hour-15*time.Second)
	})
	t.Run("phone", func(t *testing.T) {
		t.Parallel()
		site := webtest.New(t)
		server := at(site, "http://localhost:8080")
		site.Handler = server.Handler()
		c := newcomer(site, linPhone)
		ask := func() *webtest.Page {
			return c.Get("/me/phone").Form("/me/phone").Set("phone", "13900000009").Submit()
		}
		code := ask().WantPath("/me/phone/code")
		site.Clock.Advance(15 * time.Second)
		if form := held(t, ask(), site, "phone", 45*time.Second).Form("/me/phone").Values(); form.Get("phone") != "13900000009" {
			t.Errorf("typed %v", form)
		}
		again := held(t, code.Form("/me/phone/code").Submit("again=1"), site, "code", 45*time.Second)
		again.Form("/me/phone/code").Set("code", code.Text("[data-demo-code]")).Submit().WantPath("/me")
		w := httptest.NewRecorder()
		server.MetricsHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if !strings.Contains(w.Body.String(), `yx_too_many_total{limit="signin.number_wait"} 2`) {
			t.Error("the operator does not see how often somebody waits")
		}
	})
}
