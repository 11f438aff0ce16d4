package web_test

import (
	"bytes"
	"image/png"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"yongxing/models/ledger"
	"yongxing/models/modeltest"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// pastTrust is longer than a session is believed without reading it.
const pastTrust = 2 * time.Second

// outageSite is a portal whose database can go away, and a green person who has
// looked at their code in it.
func outageSite(t *testing.T) (*webtest.Site, holder) { return goingSite(t, modeltest.Outage) }

func goingSite(t *testing.T, outage webtest.Outage) (*webtest.Site, holder) {
	t.Helper()
	site := webtest.NewOnOutage(t, outage)
	station(t, site)
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	h.green(t, site)
	h.Get("/code").WantStatus(http.StatusOK).WantNot("截至")
	return site, h
}

// While the database is gone a person is shown the code that they were shown last,
// with its time; everything else says "later", and nobody is vouched for. When it
// is back, so is the truth.
func TestCodeStandsWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	site, h := outageSite(t)
	unseen := site.SignIn("13800000002")
	before := h.Get("/code").Find("[data-renew]").AttrOr("data-renew", "")
	pass := token(t, site, h.id)
	home := h.Get("/").WantNot("截至").Text(".yx-chip")
	site.Gone()
	h.Get("/declare/done").WantPath("/code").Want("截至 09:00") // believed to be signed in for a second yet
	site.Clock.Advance(time.Minute)
	for range 2 { // as often as they like
		for _, at := range []string{"/code", "/code/show"} {
			page := h.Get(at).WantStatus(http.StatusOK).WantPath(at).Want("截至 09:00 的结果，系统暂时无法更新", "绿码 可通行", "张*明", "09:01:00")
			if page.Find(".yx-qr").Length() != 1 {
				t.Errorf("%s: no QR", at)
			}
			staysWithTheCode(t, page)
		}
		if page := h.Get("/").WantStatus(http.StatusOK).Want("截至 09:00 的结果"); page.Text(".yx-chip") != home {
			t.Errorf("the chip says %q, and said %q", page.Text(".yx-chip"), home)
		}
	}
	// The open page from before learns that it is not of now any more; what it then
	// shows is renewed.
	if res := h.Do(http.MethodGet, before, "", nil); res.StatusCode != http.StatusResetContent {
		t.Errorf("a page from before is renewed with %d", res.StatusCode)
	}
	renew := h.Get("/code").Find("[data-renew]").AttrOr("data-renew", "")
	site.Clock.Advance(time.Minute)
	if res := h.Do(http.MethodGet, renew, "", nil); res.StatusCode != http.StatusOK || !strings.Contains(body(t, res), "09:02:00") {
		t.Errorf("it is renewed with %d", res.StatusCode)
	}
	h.English().Get("/code").Want("As of 09:00; we cannot refresh it right now", "Green: free to go")

	for at, by := range map[string]*webtest.Client{"/v/" + pass: site.Browser(), "/declare/identity": h.Client, "/history": h.Client, "/code": unseen, "/": unseen, "/code/show": unseen} {
		page := by.Get(at).WantStatus(http.StatusServiceUnavailable).WantPath(at).WantNot("可通行", "free to go", "码当前有效")
		if page.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", at)
		}
	}
	statuses(t, site, http.StatusServiceUnavailable)
	site.Browser().Get("/code").WantPath("/signin")

	site.Back()
	back(t, site, h)
	h.Get("/code").Want("Green: free to go").WantNot("As of")
	statuses(t, site, http.StatusOK)
	spoilt(t, site, "UPDATE code SET colour = ?, next_change = NULL WHERE person_id = ?", "red", h.id) // as another node would
	h.Get("/code").WantNot("As of", "Green: free to go")
}

// staysWithTheCode holds that a page leads nowhere where nobody answers.
func staysWithTheCode(t *testing.T, page *webtest.Page) {
	t.Helper()
	page.Find("main a[href^='/']").Each(func(_ int, a *goquery.Selection) {
		if to := a.AttrOr("href", ""); !strings.HasPrefix(to, "/code") {
			t.Errorf("%s leads to %s, where nobody answers", page.URL, to)
		}
	})
}

// back waits until the database is answered from again: connections
// that were cut are noticed one by one.
func back(t *testing.T, site *webtest.Site, h holder) {
	t.Helper()
	for range 30 {
		_ = site.Store().Write(t.Context(), func(store.Tx) error { return nil })
	}
	for begun := time.Now(); time.Since(begun) < 5*time.Second; time.Sleep(20 * time.Millisecond) {
		if page := h.Get("/code"); page.Status == http.StatusOK && page.Find(".yx-note--warn").Length() == 0 && page.Find(".yx-qr").Length() == 1 {
			return
		}
	}
	t.Fatal("it does not come back by itself")
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// After ten minutes no colour is shown any more, only told, with what will do
// instead; and it all comes back.
func TestLastCodeIsNotShownForLong(t *testing.T) {
	t.Parallel()
	site, h := outageSite(t)
	renew := ""
	site.Gone()
	site.Clock.Advance(10*time.Minute - time.Second)
	h.Get("/code/show").Want("绿码 可通行", "截至 09:00")
	renew = h.Get("/code").Want("绿码 可通行", "截至 09:00").Find("[data-renew]").AttrOr("data-renew", "")
	for _, more := range []time.Duration{time.Second, time.Hour, 24 * time.Hour} {
		site.Clock.Advance(more)
		for at, lang := range map[string]string{"/code": "zh", "/code/show": "zh", "/code?": "en", "/code/show?": "en"} {
			h.SetCookie("yx_lang", lang)
			page := h.Get(at).WantStatus(http.StatusOK).WantNot("可通行", "free to go", "张*明", "截至", "As of")
			if page.Want("120", "12345"); lang == "zh" {
				page.Want("暂不能确认", "上次的结果是绿码，3 月 2 日（周一）09:00，现在不能作准", "出示身份证件或甬行证，同样有效")
			} else {
				page.Want("Not confirmed now", "Last result: Green code, Monday 2 March, 09:00. It does not count now", "identity document or paper card")
			}
			staysWithTheCode(t, page)
			if page.Find(".yx-qr, .yx-code--green, .yx-chip--green, [data-renew]").Length() != 0 {
				t.Errorf("%s: something still looks green", at)
			}
		}
		h.SetCookie("yx_lang", "zh")
		if page := h.Get("/").WantStatus(http.StatusOK).Want("暂不能确认", "上次的结果是绿码"); page.Find(".yx-chip--green").Length() != 0 {
			t.Error("the chip is green")
		}
		if res := h.Do(http.MethodGet, renew, "", nil); res.StatusCode != http.StatusResetContent {
			t.Errorf("an open page is renewed with %d", res.StatusCode)
		}
	}
	site.Back()
	back(t, site, h)
	h.Get("/code").Want("绿码 可通行")
}

// A red code says why also then, and what to do.
func TestLastRedCodeExplainsItself(t *testing.T) {
	t.Parallel()
	site, h := outageSite(t)
	h.red(t, site)
	h.Get("/code").Want("红码")
	unbound := holderOf(t, site, "13800000002", "330206195801010013", "王芳")
	unbound.Get("/code").Want("未核验")
	site.Gone()
	site.Clock.Advance(pastTrust)
	page := h.Get("/code").WantStatus(http.StatusOK).Want("截至 09:00 的结果", "红码 请勿外出", "R07，规则集 2026-11-01", "2 月 27 日（周五）13:02 起", "3 月 2 日", "最晚结束", "就医可凭身份证", "120", "12345", "等系统恢复后再办").WantNot("可通行", "提出申诉")
	if page.Find(".yx-qr").Length() != 1 {
		t.Error("no QR")
	}
	h.Get("/code/show").Want("红码 请勿外出", "截至 09:00 的结果")
	unbound.Get("/code").WantStatus(http.StatusOK).Want("未核验", "截至 09:00 的结果").WantNot("可通行")
}

// When the last colour does not count any more, who was red or yellow is still told
// to go on as they were told then; the page for the gate asks anew, and promises
// nothing that is not there.
func TestLastAdviceOutlivesTheColour(t *testing.T) {
	t.Parallel()
	site, green := outageSite(t)
	yellow := holderOf(t, site, "13800000002", "330206195801010013", "王芳")
	yellow.yellow(t, site)
	red := holderOf(t, site, "13800000003", "33020319551205001X", "林一明")
	red.red(t, site)
	for by, want := range map[holder]string{green: "绿码", yellow: "黄码", red: "红码"} {
		by.Get("/code").Want(want)
	}
	site.Gone()
	site.Clock.Advance(time.Hour)
	const home, crowds, home2, crowds2 = "仍请留在住所，不乘公共交通", "仍请少去人多的地方，出门戴口罩", "stay where you live", "avoid crowds"
	for _, at := range []string{"/code", "/code/show"} {
		green.Get(at).Want("暂不能确认", "出示身份证件").WantNot(home, crowds)
		yellow.Get(at).Want("暂不能确认", crowds, "出示身份证件").WantNot(home)
		red.Get(at).Want("暂不能确认", home, "120", "12345").WantNot(crowds, "出示身份证件或甬行证，同样有效")
	}
	page := red.Get("/code/show").WantNot("申诉", "结束时间")
	if again := page.Find(".yx-code a.govuk-button"); again.AttrOr("href", "") != "/code/show" || again.Text() != "立即刷新" {
		t.Errorf("no button that refreshes: %q", again.Text())
	}
	red.English().Get("/code/show").Want(home2, "Refresh now").WantNot("appeals")
	yellow.English().Get("/code").Want(crowds2)
}

// Nobody is shown a code who is not known to be signed in, and no code that is
// known to be another one.
func TestLastCodeIsForNobodyElse(t *testing.T) {
	t.Parallel()
	refuses := func(t *testing.T, c *webtest.Client) {
		t.Helper()
		for _, at := range []string{"/code", "/code/show"} {
			if page := c.Get(at).WantNot("可通行", "张*明", "上次的结果", "截至"); page.Status != http.StatusServiceUnavailable {
				t.Errorf("%s answers %d", at, page.Status)
			}
		}
		if page := c.Get("/").WantNot("截至", "上次的结果"); page.Find(".yx-chip").Length() != 0 {
			t.Error("the home page shows a colour")
		}
		if res := c.Do(http.MethodGet, "/code/fragment?seen=x", "", nil); res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("the fragment answers %d", res.StatusCode)
		}
	}
	for name, before := range map[string]func(*testing.T, *webtest.Site, holder) *webtest.Client{
		"signed out": func(t *testing.T, site *webtest.Site, h holder) *webtest.Client {
			copied := site.Browser()
			copied.SetCookie("yx_resident", h.Cookie("yx_resident"))
			copied.Get("/code").Want("绿码 可通行")
			h.Get("/code").Form("/signout").Submit()
			return copied
		},
		"ended from another device": func(t *testing.T, site *webtest.Site, h holder) *webtest.Client {
			other := anotherDevice(site, h)
			other.Get("/me").Form("/me/devices/others").Submit()
			return h.Client
		},
		"nobody's cookie": func(t *testing.T, site *webtest.Site, h holder) *webtest.Client {
			c := site.Browser()
			c.SetCookie("yx_resident", strings.Repeat("A", 43))
			return c
		},
		"a device that was away when the code was shown": func(t *testing.T, site *webtest.Site, h holder) *webtest.Client {
			other := anotherDevice(site, h)
			site.Clock.Advance(time.Minute)
			other.Get("/code").Want("绿码 可通行")
			return h.Client
		},
		"a change of colour": func(t *testing.T, site *webtest.Site, h holder) *webtest.Client {
			h.red(t, site)
			return h.Client
		},
		"areas published": func(t *testing.T, site *webtest.Site, h holder) *webtest.Client {
			list := "id,code,level,from,document\nA1,110101,high,2026-02-20,2026-3\n"
			if _, err := site.Portal.PublishAreas(t.Context(), strings.NewReader(list), ledger.Entry{Actor: "system"}); err != nil {
				t.Fatal(err)
			}
			return h.Client
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, h := outageSite(t)
			asks := before(t, site, h)
			site.Gone()
			site.Clock.Advance(pastTrust)
			refuses(t, asks)
		})
	}
	t.Run("another person", func(t *testing.T) {
		t.Parallel()
		site, h := outageSite(t)
		wang := holderOf(t, site, "13800000002", "330206195801010013", "王芳")
		wang.red(t, site)
		wang.Get("/code").Want("红码")
		h.Get("/code").Want("绿码")
		site.Gone()
		site.Clock.Advance(pastTrust)
		h.Get("/code").Want("绿码", "张*明").WantNot("红码", "王")
		wang.Get("/code").Want("红码", "王").WantNot("绿码", "张")
	})
}

// anotherDevice is the holder signed in once more.
func anotherDevice(site *webtest.Site, h holder) *webtest.Client {
	site.Clock.Advance(2 * time.Minute) // one message a minute
	c := site.Browser()
	code := c.Get("/signin").Form("/signin").Set("phone", h.phone).Submit()
	tail := code.Form("/signin/code").Set("code", code.Text("[data-demo-code]")).Submit()
	tail.Form("/signin/document").Set("document_tail", h.number[12:]).Submit()
	h.Get("/code")
	return c
}

// What a page of the bad minutes carries is good afterwards: its forms are of this
// session.
func TestFormsOfTheLastCode(t *testing.T) {
	t.Parallel()
	site, h := outageSite(t)
	site.Gone()
	site.Clock.Advance(pastTrust)
	page := h.Get("/code").Want("截至")
	site.Back()
	back(t, site, h)
	page.Form("/signout").Submit().WantStatus(http.StatusOK).WantPath("/").Want("已退出登录")
	h.Get("/code").WantPath("/signin")
}

// Whoever presses "sign out" while the database is gone is signed out in this
// browser, is told so, and stays so when it is back; the rest is in web/session.
func TestSignOutWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	for _, waits := range []time.Duration{0, pastTrust} {
		site, h := outageSite(t)
		copied := site.Browser()
		copied.SetCookie("yx_resident", h.Cookie("yx_resident"))
		page := h.Get("/code")
		site.Gone()
		site.Clock.Advance(waits)
		page.Form("/signout").Submit().WantStatus(http.StatusOK).WantPath("/signin").Want("已在这台设备上退出登录", "补记完成").WantNot("绿码", "截至")
		if h.Cookie("yx_resident") != "" {
			t.Error("the browser keeps its cookie")
		}
		for _, by := range []*webtest.Client{h.Client, copied} {
			by.Get("/code").WantPath("/signin").WantNot("可通行", "张*明", "截至")
		}
		site.Back()
		for range 30 { // connections that were cut
			_ = site.Store().Write(t.Context(), func(store.Tx) error { return nil })
		}
		copied.Get("/code").WantPath("/signin")
	}
}

// A device that somebody has ended is believed no more, also when nobody can tell
// whether that was written.
func TestDevicesEndedWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	for form, open := range map[string]func(*webtest.Site, holder) *webtest.Page{
		"/me/devices/end":    func(site *webtest.Site, h holder) *webtest.Page { return anotherDevice(site, h).Get("/me") },
		"/me/devices/others": func(site *webtest.Site, h holder) *webtest.Page { return anotherDevice(site, h).Get("/me") },
		"/me/phone/code": func(site *webtest.Site, h holder) *webtest.Page {
			return anotherDevice(site, h).Get("/me/phone").Form("/me/phone").Set("phone", "13900000009").Set("document_tail", h.number[12:]).Submit()
		},
		"/signin/notme": func(site *webtest.Site, h holder) *webtest.Page {
			site.Clock.Advance(2 * time.Minute)
			c := site.Browser()
			code := c.Get("/signin").Form("/signin").Set("phone", h.phone).Submit()
			code.Form("/signin/code").Set("code", code.Text("[data-demo-code]")).Submit().WantPath("/signin/document")
			return c.Get("/signin/notme")
		},
	} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			site, h := outageSite(t)
			page := open(site, h)
			h.Get("/code").Want("可通行")
			site.Gone()
			f := page.Form(form)
			if form == "/me/phone/code" {
				f.Set("code", page.Text("[data-demo-code]"))
			}
			f.Submit().WantStatus(http.StatusServiceUnavailable)
			site.Clock.Advance(pastTrust)
			h.Get("/code").WantStatus(http.StatusServiceUnavailable).WantNot("可通行", "截至")
		})
	}
}

// A server that vanishes without a word holds up those who ask first, for seconds;
// then everybody is answered at once, until it is back.
func TestCodeStandsWhileTheServerIsSilent(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("about PostgreSQL")
	}
	t.Parallel()
	site, h := goingSite(t, modeltest.Silence)
	site.Gone()
	site.Clock.Advance(pastTrust)
	begun := time.Now()
	var all sync.WaitGroup
	for range 20 { // more than there are connections, and turns
		all.Go(func() {
			if got := h.Do(http.MethodGet, "/code", "", nil).StatusCode; got != http.StatusOK && got != http.StatusServiceUnavailable {
				t.Errorf("the first are told %d", got)
			}
		})
	}
	all.Wait()
	if took := time.Since(begun); took > 14*time.Second {
		t.Errorf("the first have waited for %s", took)
	}
	begun = time.Now()
	for range 20 {
		h.Get("/code").WantStatus(http.StatusOK).Want("截至 09:00 的结果", "绿码 可通行")
		h.Get("/history").WantStatus(http.StatusServiceUnavailable)
	}
	statuses(t, site, http.StatusServiceUnavailable)
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("others wait for %s", took)
	}
	site.Back()
	for begun := time.Now(); site.Store().Sound() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > 15*time.Second {
			t.Fatal("it is not heard again")
		}
	}
	back(t, site, h)
	h.Get("/code").Want("绿码 可通行").WantNot("截至")
}

// On a phone: a page that is open learns of the outage by itself; a scanner reads
// its QR, and the line with its time stands above the colour. After ten minutes the
// screen has no colour on it that means anything.
func TestLastCodeOnAPhone(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	scanner := webtest.Tool(t, "zbarimg")
	open := webtest.Chromium(t)
	site, h := outageSite(t)
	tab := open(t, site.Listen(false), webtest.Phone).Wear(h.Client)
	tab.Open("/code").Want("绿码", "09:00:0")
	site.Gone()
	site.Clock.Advance(time.Minute)
	const renew = `(dispatchEvent(new Event('online')), true)` // does at once what is done each minute
	webtest.Eval[bool](tab, renew)
	tab.Want("截至 09:00 的结果", "09:01:0")
	pages := func(each func(at string)) {
		for _, at := range []string{"/code", "/code/show"} {
			for _, kind := range []string{"?lang=zh&elder=0", "?lang=en&elder=0", "?lang=zh&elder=1", "?lang=en&elder=1"} {
				tab.Open(at + kind)
				each(at + kind)
				if wide := webtest.Eval[float64](tab, `document.documentElement.scrollWidth`); wide > 375 {
					t.Errorf("%s%s is %.0f wide", at, kind, wide)
				}
			}
		}
	}
	pages(func(at string) {
		if !webtest.Eval[bool](tab, `document.querySelector('.yx-note--warn').getBoundingClientRect().bottom <= document.querySelector('.yx-band').getBoundingClientRect().top`) {
			t.Errorf("%s: the colour stands above its time", at)
		}
		webtest.Eval[bool](tab, `(document.querySelector('.yx-qr').scrollIntoView({block: 'center'}), true)`)
		read := scan(t, scanner, tab.Shot())
		if _, pass, ok := strings.Cut(read, "/V/"); !ok {
			t.Errorf("%s: the scanner reads %q", at, read)
		} else if _, err := site.Portal.Pass.Parse(pass, site.Clock.Now()); err != nil {
			t.Errorf("%s: the scanned pass: %v", at, err)
		}
		if n := signals(t, tab.Shot()); n < 1000 {
			t.Errorf("%s: only %d points are green", at, n)
		}
	})
	tab.Open("/code?lang=zh&elder=0")
	site.Clock.Advance(time.Hour)
	webtest.Eval[bool](tab, renew)
	tab.Want("暂不能确认", "上次的结果是绿码")
	pages(func(at string) {
		if n := signals(t, tab.Shot()); n > 0 {
			t.Errorf("%s: %d points are green, yellow or red", at, n)
		}
	})
	site.Back()
	back(t, site, h)
	tab.Open("/code?lang=zh").Want("绿码")
}

// signals counts the points of a picture that are of a code's colour.
func signals(t *testing.T, shot []byte) (n int) {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			if most := max(r, g); most > 0x4000 && most > b+0x2800 {
				n++
			}
		}
	}
	return n
}
