package web_test

import (
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/signin"
	"yongxing/models/store"
	"yongxing/views/text"
	"yongxing/web/webtest"
)

// Somebody without an account sees where one appeal stands, reads it and nothing
// else, and not for long.
func TestFindAppeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Browser()
	w.Clock.Advance(time.Hour)
	form := func() *webtest.Form { return c.Get("/appeal/find").Form("/appeal/find") }
	form().Set("number", "YS-2603-12").Set("phone", "1").Submit().WantStatus(http.StatusUnprocessableEntity).Want("YS 加 12 位数字", "11 位")
	slip := w.decided[:16] + string('0'+(w.decided[16]-'0'+1)%10)
	form().Set("number", slip).Set("phone", someone(9).Phone).Submit().WantStatus(http.StatusUnprocessableEntity).Want("有一位数字不对")
	typed := strings.ToLower(strings.ReplaceAll(w.decided, "-", " "))
	page := form().Set("number", typed).Set("phone", "138 0000 0009").Submit().WantPath("/appeal/find/code").Want("138****0009", "对得上").WantNot(w.decided)
	c.Get("/appeal/found").WantPath("/appeal/find").Want("没有正在查看的申诉") // not before the code
	page.Form("/appeal/find/code").Set("code", "000000").Submit().WantStatus(http.StatusUnprocessableEntity).Want("还可以试 4 次")
	found := answer(c).WantPath("/appeal/found").WantStatus(http.StatusOK).Want(w.decided, "申诉成立", "鼓楼派出所", "只能查看这一件")
	found.WantNot("/evidence/", "那天我在鄞州的工地", "/material", "/withdraw", someone(9).Phone, someone(9).Number, someone(9).Name)
	if c.Cookie("yx_resident") != "" {
		t.Error("a session has begun")
	}
	for _, path := range []string{"/code", "/history", "/appeal/" + w.decided, "/me", "/notices"} {
		c.Get(path).WantPath("/signin")
	}
	c.Get("/appeal/find/code").WantPath("/appeal/find") // a code opens once
	thief := w.Browser()
	thief.Get("/appeal/found").WantPath("/appeal/find")
	w.Clock.Advance(29 * time.Minute)
	c.Get("/appeal/found").WantPath("/appeal/found")
	w.Clock.Advance(time.Minute)
	c.Get("/appeal/found").WantPath("/appeal/find")

	w.find(c, w.decided, someone(9).Phone)
	answer(c).WantPath("/appeal/found").Form("/appeal/found/leave").Submit().WantPath("/appeal/find").Want("已关闭")
	c.Get("/appeal/found").WantPath("/appeal/find")
	if err := w.Portal.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	w.Clock.Advance(31 * time.Minute)
	if err := w.Portal.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if n := tables(t, w.Site)["appeal_lookup"]; n != 0 {
		t.Errorf("%d look-ups are left", n)
	}
}

// What is read for such a page has none of the person's material in it, which
// they themselves do see.
func TestFindAppealReadsNoMaterial(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Clock.Advance(time.Hour)
	ctx, browser := t.Context(), []byte("a browser")
	ask := models.AskCode{Phone: someone(6).Phone, Browser: browser, Address: "192.0.2.9", Language: "zh-Hans"}
	asked, err := w.Portal.FindAppeal(ctx, w.open, ask)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	if _, err := w.Portal.AskCodeAgain(ctx, asked.ID, ask); !errors.Is(err, fault.NotFound) {
		t.Errorf("its code turns into one to sign in with: %v", err)
	}
	code, err := w.Portal.DemoCode(ctx, browser)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Portal.OpenAppeal(ctx, browser, code); err != nil {
		t.Fatal(err)
	}
	found, _, err := w.Portal.FoundAppeal(ctx, browser)
	if err != nil || found.Statement != "" || len(found.Photos) > 0 {
		t.Errorf("statement %q, %d photos, %v", found.Statement, len(found.Photos), err)
	}
	own, err := w.Portal.AppealStatus(ctx, personOf(t, w.Site, someone(6).Phone), w.open)
	if err != nil || own.Statement == "" || len(own.Photos) == 0 {
		t.Errorf("the person sees none either, %v: this test proves nothing", err)
	}
}

// A code to look an appeal up signs nobody in, and one to sign in opens no appeal.
func TestFindAppealCodesDoNotMix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Browser()
	w.Clock.Advance(time.Hour)
	signIn := c.Get("/signin").Form("/signin").Set("phone", someone(9).Phone).Submit().WantPath("/signin/code")
	w.Clock.Advance(time.Minute)
	code := w.find(c, w.decided, someone(9).Phone).Text("[data-demo-code]")
	signIn.Form("/signin/code").Set("code", code).Submit().WantStatus(http.StatusUnprocessableEntity)
	if err := w.Store().Write(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec("UPDATE sign_in_code SET purpose = ? WHERE used_at IS NULL", signin.ForSignIn)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	answer(c).WantStatus(http.StatusUnprocessableEntity).WantPath("/appeal/find/code")
}

var demoCode = regexp.MustCompile(`data-demo-code>[0-9]*`)

// Whether a number is known, and whether a phone goes with it, is not to be read
// off any answer, nor off what is done for it; a message goes out only where both
// belong together. Guesses have a budget, known or not.
func TestFindAppealTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	right, unknown := someone(9).Phone, "13900001234"
	noNumber, neither := appeal.NewNumber(w.Clock.Now()), appeal.NewNumber(w.Clock.Now())
	cases := []struct{ name, number, phone string }{
		{"both known", w.decided, right},
		{"another's phone", w.decided, someone(3).Phone},
		{"an unknown phone", w.decided, unknown},
		{"an unknown number", noNumber, someone(8).Phone},
		{"neither known", neither, "13900001235"},
	}
	var first []string
	for i, one := range cases {
		w.Clock.Advance(2 * time.Hour)
		before := tables(t, w.Site)
		c := w.Browser()
		c.Get("/appeal/find") // the cookie
		strip := func(p *webtest.Page) string {
			body := demoCode.ReplaceAllString(tokenValue.ReplaceAllString(p.Body, ""), "")
			body = strings.ReplaceAll(body, text.MaskPhone(one.phone), "PHONE")
			return clockOf.ReplaceAllString(body, "")
		}
		asked := w.find(c, one.number, one.phone)
		got := []string{strip(asked)}
		after := tables(t, w.Site)
		maps.DeleteFunc(after, func(name string, n int) bool { return n == before[name] })
		for name := range after {
			after[name] -= before[name]
		}
		got = append(got, strings.Join(slices.Sorted(func(yield func(string) bool) {
			for name, n := range after {
				if !yield(name + " " + string(rune('0'+n))) {
					return
				}
			}
		}), ", "))
		wrong := asked.Form("/appeal/find/code").Set("code", "00000").Submit() // costs no try
		got = append(got, strip(wrong.WantStatus(http.StatusUnprocessableEntity)))
		wrong = asked.Form("/appeal/find/code").Set("code", "999999").Submit()
		got = append(got, strip(wrong.WantStatus(http.StatusUnprocessableEntity)))
		soon := asked.Form("/appeal/find/code").Submit("again=1")
		got = append(got, reference.ReplaceAllString(strip(soon.WantStatus(http.StatusTooManyRequests)), ""))
		w.Clock.Advance(time.Minute)
		got = append(got, strip(asked.Form("/appeal/find/code").Submit("again=1").WantStatus(http.StatusOK).Want("对得上的话，新的验证码已经发出")))
		if messages := w.messages(c); messages != (i == 0) {
			t.Errorf("%s: a message goes out: %v", one.name, messages)
		}
		if i > 0 {
			answer(c).WantStatus(http.StatusUnprocessableEntity)
			c.Get("/appeal/found").WantPath("/appeal/find")
		}
		if first == nil {
			first = got
		}
		for j := range got {
			if got[j] != first[j] {
				at := 0
				for at < min(len(got[j]), len(first[j])) && got[j][at] == first[j][at] {
					at++
				}
				t.Errorf("%s: answer %d differs: %.80q, %.80q", one.name, j, got[j][at:], first[j][at:])
			}
		}
	}
	// Five an hour for a number, whoever asks, known or not.
	for _, number := range []string{w.open, appeal.NewNumber(w.Clock.Now())} {
		w.Clock.Advance(3 * time.Hour)
		for i := range 6 {
			page := w.Browser().Get("/appeal/find").Form("/appeal/find").Set("number", number).Set("phone", "1390000200"+string(rune('0'+i))).Submit()
			if want := map[bool]int{true: http.StatusOK, false: http.StatusTooManyRequests}[i < 5]; page.Status != want {
				t.Errorf("%s, question %d: %d", number, i+1, page.Status)
			}
		}
	}
}

var clockOf = regexp.MustCompile(`\d\d:\d\d:\d\d`)

// messages tells whether the newest code that a browser has asked for is one that
// a message delivers.
func (w *world) messages(c *webtest.Client) bool {
	w.t.Helper()
	var id int64
	err := w.Store().Read(w.t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT MAX(id) FROM sign_in_code").Scan(&id)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	m, ok, err := w.Portal.CodeMessage(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if ok && m.Key != "notice.code_appeal" {
		w.t.Errorf("the message is %s", m.Key)
	}
	return ok
}
