package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"yongxing/models/notice"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// again signs a phone in once more, in a new browser of this kind.
func again(site *webtest.Site, phone, agent string) *webtest.Client {
	c := site.Browser().With("User-Agent", agent)
	enter(site, c, phone)
	return c
}

const (
	wechatAndroid = "Mozilla/5.0 (Linux; Android 13) Chrome/111 MicroMessenger/8.0.40"
	safariPhone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1"
)

// The account shows who somebody is, masked, and where they are signed in; what
// they end has ended with that answer.
func TestAccountEndsDevices(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	h := holderOf(t, site, linPhone, linNumber, "林芳")
	h.Get("/me").Want("林*", "138****0001", "3302**********1232", "未核验", "本机", "没有未读").WantNot(linPhone, linNumber, "林芳", "退出其他所有设备")
	site.Clock.Advance(26 * time.Hour)
	thief, tablet := again(site, linPhone, wechatAndroid), again(site, linPhone, safariPhone)
	page := h.Get("/me").Want("微信，安卓", "Safari 浏览器，iPhone", "退出其他所有设备", "本机")
	if n := page.Find("form[action='/me/devices/end']").Length(); n != 2 {
		t.Fatalf("%d devices can be ended, want 2", n)
	}
	stranger := again(site, "13800000002", safariPhone)
	line := page.Find("li:contains('微信') button[name=ref]")
	ref, _ := line.Attr("value")
	stranger.Get("/me").Form("/signout") // signed in
	if res := post(stranger, "/me/devices/end", map[string][]string{"csrf": {csrf(t, stranger)}, "ref": {ref}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("somebody else's device: %d", res.StatusCode)
	}
	thief.Get("/me").WantPath("/me")
	page.Form("/me/devices/end").Submit("ref=" + ref).WantPath("/me").Want("这台设备已退出").WantNot("微信，安卓")
	thief.Get("/me").WantPath("/signin")
	tablet.Get("/me").WantPath("/me")
	page.Form("/me/devices/end").Submit("ref=" + ref).WantPath("/me").Want("已经不在登录状态")
	h.Get("/me").Form("/me/devices/others").Submit().WantPath("/me").Want("已退出 1 台设备").WantNot("iPhone")
	tablet.Get("/me").WantPath("/signin")
	h.Get("/me").WantPath("/me").Want("本机")
	stranger.Get("/me").WantPath("/me")
}

// What somebody chooses goes with them to a browser that is new to them, and
// stays when they sign in where nobody has chosen.
func TestAccountKeepsPreferences(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	h := holderOf(t, site, linPhone, linNumber, "林芳")
	h.Get("/me").Form("/me/settings").Set("language").Submit().WantStatus(http.StatusUnprocessableEntity).Want("请选择语言")
	page := h.Get("/me").Form("/me/settings").Set("language", "en").Set("large", "1").Submit().WantStatus(http.StatusOK).WantPath("/me").Want("My account", "Saved")
	if class, _ := page.Find("html").Attr("class"); class != "yx-elder" {
		t.Errorf("the page is not large: %q", class)
	}
	other := again(site, linPhone, safariPhone)
	if class, _ := other.Get("/me").Want("My account").Find("html").Attr("class"); class != "yx-elder" {
		t.Error("a new browser does not know the choice")
	}
	var language string
	err := site.Store().Read(t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT language FROM person WHERE id = ?", h.id).Scan(&language)
	})
	if err != nil || language != "en" {
		t.Errorf("a sign-in where nobody chose changed the language to %q, %v", language, err)
	}
}

// Every look of the staff is told, with unit, time and what, over as many pages
// as it takes; none of another person's, and no officer by name.
func TestLooksArePaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.opener.Get("/me/looks").Want("谁看过我的信息", "还没有工作人员看过")
	page.WantNot("鼓楼派出所")
	const times = 120
	for range times {
		w.Clock.Advance(4 * time.Minute)
		if res := w.officer.Do(http.MethodGet, "/officer/appeals/"+w.open, "", nil); res.StatusCode != http.StatusOK {
			t.Fatalf("status %d", res.StatusCode)
		}
	}
	if res := w.Officer("033199", "gl").Do(http.MethodGet, "/officer/appeals/"+w.open, "", nil); res.StatusCode != http.StatusOK {
		t.Fatalf("status %d", res.StatusCode)
	}
	list, err := w.Portal.Looks(t.Context(), personOf(t, w.Site, someone(6).Phone), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if first, second := list.Looks[0].By, list.Looks[1].By; first == second {
		t.Error("two officers of one station pass for one")
	}
	told, lines, pages := 0, 0, 0
	opened := regexp.MustCompile(`打开 (\d+) 次`)
	for href, ok := "/me/looks", true; ok; pages++ {
		page := w.opener.Get(href).WantStatus(http.StatusOK).WantNot("王警官", "033127").Want("查看了您的申诉", "宁波市公安局 鼓楼派出所")
		for _, entry := range page.Find(".yx-log li").EachIter() {
			_, list, several := strings.Cut(entry.Text(), "次：")
			if !several {
				list = entry.Text()
			}
			for visit := range strings.SplitSeq(list, "、") {
				n := 1
				if m := opened.FindStringSubmatch(visit); m != nil {
					n, _ = strconv.Atoi(m[1])
				}
				told, lines = told+n, lines+1
			}
		}
		href, ok = page.Find("main nav a").Attr("href")
	}
	if told != times+1 || pages < 3 {
		t.Errorf("%d looks on %d pages, want %d", told, pages, times+1)
	}
	if most := times*4/60 + 1 + pages; lines > most { // a page may begin in the middle of an hour
		t.Errorf("eight hours of one officer at one case are %d visits, want at most %d", lines, most)
	}
	w.opener.Get("/me/looks?before=x").WantStatus(http.StatusUnprocessableEntity)
}

// A notice is unread until its line is opened or all are marked, and what came
// since stays unread.
func TestNoticesKeepWhatWasRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.granted
	unread := func(want int) *webtest.Page {
		t.Helper()
		page := c.Get("/notices").WantStatus(http.StatusOK)
		if n := page.Find("li:contains('未读')").Length(); n != want {
			t.Fatalf("%d unread, want %d: %s", n, want, page.Text("main"))
		}
		return page
	}
	page := unread(3).Want("申诉已收到 "+w.decided, "申诉已有结果 "+w.decided, "您的码有新的内容")
	if n := c.Get("/").Want("3 条未读").Find(".yx-note a[href='/notices']").Length(); n != 1 {
		t.Errorf("the first page leads to the unread notices %d times", n)
	}
	c.Get("/me").Want("3 条未读")
	row := page.Find("li:contains('申诉已有结果') button")
	ref, _ := row.Attr("value")
	page.Form("/notices/open").Submit("ref=" + ref).WantPath("/appeal/" + w.decided)
	var first time.Time
	readAt := func() (at time.Time) {
		err := w.Store().Read(t.Context(), func(tx store.Tx) error {
			var n notice.Notice
			err := tx.DB().Where("ref = ?", ref).Take(&n).Error
			at = store.TimeOf(n.ReadAt)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	first = readAt()
	unread(2)
	w.Clock.Advance(time.Hour)
	page.Form("/notices/open").Submit("ref=" + ref)
	if !readAt().Equal(first) {
		t.Error("opening it again changed when it was read")
	}
	if res := post(w.red, "/notices/open", map[string][]string{"csrf": {csrf(t, w.red)}, "ref": {ref}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else's notice: %d", res.StatusCode)
	}
	listed := unread(2)
	w.Clock.Advance(time.Minute)
	w.Import(factColumns, fmt.Sprintf("city,B-77,%s,contact,same_building,,G-7,2026-02-28,,海曙区疾控中心", someone(9).Number))
	listed.Form("/notices/read").Submit().WantPath("/notices").Want("已全部标为已读")
	unread(1)
	w.fresh.Get("/notices").Want("还没有通知")
}
