package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/web/webtest"
)

// begins wants the page to say in a status that a list has come, and to begin at
// the list.
func begins(t *testing.T, p *webtest.Page, field string, words ...string) *webtest.Page {
	t.Helper()
	said := p.Text("main form [role=status]")
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("the status %q does not say %q", said, w)
		}
	}
	if focus := p.Find("[autofocus]"); focus.Length() != 1 || focus.AttrOr("id", "") != field {
		t.Errorf("the page begins at %d fields, %q", focus.Length(), focus.AttrOr("id", ""))
	}
	return p
}

// Whoever asks for a list hears that it has come and goes on at it; whoever asks
// for one of nothing hears what to choose.
func TestListsThatCome(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone)
	fillIdentity(browser, linNumber)
	home := browser.Get("/declare/residence")
	if home.Find("[role=status], [autofocus]").Length() != 0 {
		t.Error("a list is told before one was asked for")
	}
	home.Form().Submit("update=1").WantStatus(http.StatusUnprocessableEntity).Want("请先选择区、县（市）")
	streets := begins(t, home.Form().Set("district", "330203").Submit("update=1"), "street", "海曙区", "个街道")
	streets.Form().Set("street", "330203005").Set("community", "秀水社区").Set("detail", "").Submit().WantStatus(http.StatusUnprocessableEntity)
	if p := streets.Form().Set("street", "330203005").Set("community", "").Set("detail", "1").Submit(); p.Find("[autofocus]").Length() != 0 {
		t.Error("a refused page begins past what is wrong")
	}
	fillResidence(browser)
	add := browser.Get("/declare/stays").Form("/declare/stays").Set("trip", "cn").Submit().WantPath("/declare/stays/add")
	add.Form().Submit("update=1").WantStatus(http.StatusUnprocessableEntity).Want("请先选择省份")
	begins(t, add.Form().Set("province", "11").Submit("update=1"), "county", "北京市", "区、县（市）")
	cities := begins(t, add.Form().Set("province", "32").Submit("update=1"), "city", "江苏省", "个城市")
	begins(t, cities.Form().Set("city", "3205").Submit("update=1"), "county", "苏州市")
	browser.English()
	begins(t, add.Form().Set("province", "32").Submit("update=1"), "city", "Jiangsu", "cities")
}

// What follows a declaration is there for a while; later, or before there is one,
// its address leads to the right place with a word.
func TestDoneByHand(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	browser := newcomer(site, linPhone)
	browser.Get("/declare/done").WantPath("/declare").Want("还没有提交过申报")
	fillAll(browser, "none").Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done")
	site.Clock.Advance(59 * time.Minute)
	browser.Get("/declare/done").WantPath("/declare/done").Want("申报完成")
	site.Clock.Advance(2 * time.Minute)
	browser.Get("/declare/done").WantPath("/code").Want("最近一次申报是今天", "09:01")
}

// An address that leads nowhere speaks of appeals only where one was asked for.
func TestNotFoundSaysOfWhat(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	known, anybody := site.SignIn(linPhone), site.Browser()
	for _, c := range []*webtest.Client{known, anybody} {
		c.Get("/nosuch").WantStatus(http.StatusNotFound).Want("找不到这一页", "从首页进入").WantNot("申诉")
	}
	known.Get("/appeal/YS-2603-0000000-0").WantStatus(http.StatusNotFound).Want("找不到这件申诉", "提出申诉的手机号")
	known.English().Get("/nosuch").Want("start from the first page").WantNot("appeal")
}

// From an appeal that is over another one is offered only if there is something
// to appeal.
func TestAnotherAppealIfThereIsAny(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	again := func(c *webtest.Client, number string) bool {
		t.Helper()
		page := c.Get("/appeal/" + number).WantStatus(http.StatusOK)
		return slices.Contains(page.Links(), "/appeal/new")
	}
	if again(w.granted, w.decided) {
		t.Error("a green person is led to a form with nothing on it")
	}
	w.Import(factColumns, "city,B-99,"+someone(9).Number+",contact,same_building,,G-9,2026-02-28,,海曙区疾控中心")
	if !again(w.granted, w.decided) {
		t.Error("a yellow person is not led to the form")
	}
}

// Where a code in the demo may open nothing, the page says so.
func TestFoundByNobodyInTheDemo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Browser()
	w.Clock.Advance(time.Hour)
	w.find(c, w.decided, someone(3).Phone).Want("编号和手机号对得上时")
	c.English().Get("/appeal/find/code").Want("if number and phone belong together")
}

// There is no page yet to check in on: no text sends anybody there, and a finding
// that rests on nothing else names who can lift it.
func TestNoTextSendsToACheckIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const duty = "health,D-1,%s,duty,checkin,,Q-4,2026-02-26 00:00,2026-03-20 00:00,海曙区疾控中心"
	w.Import(factColumns, fmt.Sprintf(duty, someone(2).Number))
	w.Clock.Advance(72 * time.Hour)
	code := w.green.Get("/code").Want("漏打卡", "每日打卡还没有开通，这不是您的过错", "要求打卡的单位，请拨 12345")
	code.WantNot("现在打卡即可恢复", "补做一次", "您自己，重新申报即可", "重新申报</a>这一项")
	if code.Find(".yx-buttons a[href='tel:12345']").Length() != 1 {
		t.Error("no way to call")
	}
	w.green.Get("/appeal/new").Want("打卡还没有开通。请拨 12345").WantNot("重新申报")
	w.green.English().Get("/code").Want("no fault of yours").WantNot("Check in now")
	w.red.Get("/code").Want("现在不用打卡。请走另一条路")
	w.anybody.Get("/help").Want("规则里说到的每日打卡还没有开通")
}
