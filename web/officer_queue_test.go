package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"yongxing/web/webtest"
)

// The filter panel of the desk: what is chosen stands in the address and as a
// chip, each chip takes itself away, tabs keep it, and the way back from a case
// leads to it.
func TestOfficerQueue_filters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.officer
	yellow := "/officer/appeals?colour=yellow"
	o.Get("/officer/appeals").Want("待办", w.open).Form("/officer/appeals").Set("colour", "red").Set("rule", "R07").Set("due", "soon").Set("channel", "web").
		Set("harm", "1").Set("photos", "1").Submit().WantStatus(200).Want("没有符合条件的申诉", "红码", "R07 到过重点地区", "2 小时内（含超时）", "网页", "只看紧急的", "只看有材料的", "全部清除")
	page := o.Get("/officer/appeals?colour=red&photos=1&channel=web").Want(w.open, "共 1 件，本页 1 件")
	if chips := page.Find(".yx-chosen li").Length(); chips != 3 {
		t.Errorf("%d chips", chips)
	}
	for _, chip := range page.Find(".yx-chosen li a").EachIter() {
		href, _ := chip.Attr("href")
		left := o.Get(href).Find(".yx-chosen li").Length()
		if left != 2 {
			t.Errorf("%s leaves %d chips", href, left)
		}
	}
	for _, tab := range page.Find(".yx-tabs a").EachIter() {
		href, _ := tab.Attr("href")
		for _, part := range []string{"colour=red", "photos=1", "channel=web"} {
			if !strings.Contains(href, part) {
				t.Errorf("the tab %s loses %s", href, part)
			}
		}
	}
	o.Get(yellow).Want("没有符合条件的申诉").WantNot(w.open)
	wantLink(t, o.Get(yellow), "全部清除", "/officer/appeals")

	// There and back again, by a claim too.
	page = o.Get("/officer/appeals?tab=mine&colour=red&sort=-due").Want(w.claimed)
	opened := o.Get(hrefOf(t, page, w.claimed)).WantStatus(200)
	wantLink(t, opened, "申诉", "/officer/appeals?tab=mine&sort=-due&colour=red")
	released := opened.Form("/officer/appeals/" + w.claimed + "/release").Submit().WantStatus(200)
	if got := released.URL.RequestURI(); got != "/officer/appeals?tab=mine&sort=-due&colour=red" {
		t.Errorf("a released case leads to %s", got)
	}
	page = o.Get("/officer/appeals?colour=red")
	claimed := page.Form("/officer/appeals/" + w.claimed + "/claim").Submit().WantStatus(200).WantPath("/officer/appeals/" + w.claimed)
	wantLink(t, claimed, "申诉", "/officer/appeals?colour=red")
	preview := claimed.Form("/officer/appeals/"+w.claimed+"/preview").Set("item1", "set_aside").Submit().WantStatus(200)
	wantLink(t, preview, "返回本件", "/officer/appeals/"+w.claimed+"?list=colour%3Dred")
	done := preview.Form("/officer/appeals/" + w.claimed + "/decide").Submit().WantStatus(200)
	if got := done.URL.RequestURI(); got != "/officer/appeals?colour=red" {
		t.Errorf("a decision leads to %s", got)
	}
}

// What the address has and nobody knows, a name or a value, is refused as on every
// page, with the list that is left; the way back leads nowhere else.
func TestOfficerQueue_unknownValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.officer
	for _, query := range []string{"tab=secret", "colour=blue", "rule=R99", "due=never", "channel=pigeon", "harm=2", "photos=yes", "sort=name", "after=x"} {
		o.Get("/officer/appeals?"+query).WantStatus(http.StatusUnprocessableEntity).Want("网址里有不认识的内容，没有采用", w.open)
	}
	o.Get("/officer/appeals").WantStatus(200).WantNot("网址里有不认识的内容")
	o.Get("/officer/appeals?colour=").WantStatus(200)
	o.Get("/officer/appeals/" + w.open + "?nosuch=1").WantStatus(http.StatusUnprocessableEntity)
	for _, list := range []string{"//evil.example", "nosuch=1", "colour=blue", "colour=red&colour=red", "%zz"} {
		o.Get("/officer/appeals/" + w.open + "?list=" + url.QueryEscape(list)).WantStatus(http.StatusUnprocessableEntity)
	}
	page := o.Post("/officer/appeals/"+w.open+"/claim", url.Values{"csrf": {csrf(t, o)}, "list": {"//evil.example?tab=open&colour=red"}}).WantStatus(200)
	wantLink(t, page, "申诉", "/officer/appeals?colour=red")
}

// The pages of a list can be turned in both directions, each case stands on one of
// them, and back at the beginning it is the first page whole, though its cases
// have been claimed meanwhile.
func TestOfficerQueue_pages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := 40; i < 69; i++ {
		w.Clock.Advance(5 * time.Minute) // so many messages an hour from one network
		w.file(w.coloured(i, w.travel(i)))
	}
	o := w.Officer("033777", "gl")
	numbers := func(p *webtest.Page) (list []string) {
		for _, a := range p.Find("tbody tr td:nth-child(2) a").EachIter() {
			list = append(list, a.Text())
		}
		return list
	}
	turn := func(p *webtest.Page, rel string) *webtest.Page {
		t.Helper()
		href, there := p.Find(".yx-paging a[rel=" + rel + "]").Attr("href")
		if !there || !strings.Contains(href, "colour=red") {
			t.Fatalf("%s: %s leads to %q", p.URL, rel, href)
		}
		return o.Get(href).WantStatus(200)
	}
	for _, sort := range []string{"", "&sort=-due"} {
		first := o.Get("/officer/appeals?colour=red" + sort)
		if first.Find(".yx-paging a[rel=prev]").Length() != 0 {
			t.Error("a page before the first")
		}
		second := turn(first, "next").Want("回到第一页")
		if second.Find(".yx-paging a[rel=next]").Length() != 0 {
			t.Error("a page after the last")
		}
		all := append(numbers(first), numbers(second)...)
		if slices.Sort(all); len(slices.Compact(all)) != 30 || len(numbers(first)) != 25 {
			t.Errorf("%d and %d cases", len(numbers(first)), len(numbers(second)))
		}
		back := turn(second, "prev")
		if !slices.Equal(numbers(back), numbers(first)) || back.Find(".yx-paging a[rel=prev]").Length() != 0 {
			t.Errorf("back is another page: %v", numbers(back))
		}
		wantLink(t, o.Get(hrefOf(t, second, numbers(second)[0])), "申诉", second.URL.RequestURI())
	}
	second := turn(o.Get("/officer/appeals?colour=red"), "next")
	gone := numbers(o.Get("/officer/appeals?colour=red"))[0]
	o.Get("/officer/appeals/" + gone).Form("/officer/appeals/" + gone + "/claim").Submit()
	if got := numbers(turn(second, "prev")); len(got) != 25 || slices.Contains(got, gone) {
		t.Errorf("the first page has %d cases", len(got))
	}
	for _, number := range numbers(second) {
		o.Get("/officer/appeals/" + number).Form("/officer/appeals/" + number + "/claim").Submit()
	}
	wantLink(t, o.Get(second.URL.RequestURI()).Want("这一页已经没有申诉"), "回到第一页", "/officer/appeals?colour=red")
}

// A search is posted: no number is in an address. One hit opens the case, none is
// a sentence, and the person is told.
func TestOfficerFind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.OpenStation("wc", "望春派出所", "Wangchun Police Station", "330203008")
	o, far, who := w.officer, w.Officer("044001", "wc"), someone(6)
	find := func(c *webtest.Client, typed string) *webtest.Page {
		return c.Get("/officer/appeals").Form("/officer/appeals/find").Set("find", typed).Submit()
	}
	find(o, w.open).WantPath("/officer/appeals/" + w.open).Want("事项 1")
	find(o, who.Number).WantPath("/officer/appeals/" + w.open)
	w.opener.Get("/me/looks").Want("查询时看到了您")
	none := find(far, who.Number).WantStatus(200).Want("本所没有这个编号或证件号码的申诉").WantNot(who.Number)
	unknown := find(far, someone(15).Number).WantStatus(200)
	if got, want := bodyOf(none), bodyOf(unknown); got != want {
		t.Errorf("out of reach differs from unknown:\n%s\n%s", got, want)
	}
	for typed, words := range map[string]string{
		"": "请填完整的申诉编号", who.Number[:17]: "证件号码的一部分", who.Number[:9]: "证件号码的一部分", who.Number[:12]: "证件号码的一部分",
		who.Phone: "不能按手机号查找", w.open[:9]: "申诉编号不完整或有误", "林一明": "请填完整的申诉编号",
	} {
		refused := find(o, typed).WantStatus(422).Want(words)
		if typed != "" && strings.Contains(refused.Body, `"`+typed+`"`) {
			t.Errorf("%q stands on the page", typed)
		}
	}
	find(o, "E12345678").WantStatus(200).Want("差一位就查不到")

	// The list comes along: to the case that was found, to what was refused, and
	// back from nothing found.
	const list = "/officer/appeals?tab=mine&sort=-due&colour=red"
	from := func(typed string) *webtest.Page {
		return o.Get(list).Form("/officer/appeals/find").Set("find", typed).Submit()
	}
	wantLink(t, from(w.open), "申诉", list)
	wantLink(t, from("E12345678"), "申诉", list)
	wantLink(t, from("E12345678").Form("/officer/appeals/find").Set("find", w.open).Submit(), "申诉", list)
	if got := from("x").WantStatus(422).Find(".yx-tabs [aria-current], .yx-chosen li").Text(); !strings.Contains(got, "我的") || !strings.Contains(got, "红码") {
		t.Errorf("what was refused stands over %q", got)
	}

	if err := w.Portal.WithdrawAppeal(t.Context(), personOf(t, w.Site, who.Phone), w.open); err != nil {
		t.Fatal(err)
	}
	again := w.file(w.opener)
	find(o, who.Number).WantPath("/officer/appeals/find").Want("找到 2 件", w.open, again, "撤回").WantNot(who.Number)
	if strings.Contains(w.Log.String(), who.Number) {
		t.Error("a document number is in the log")
	}
}

// bodyOf is a page without what differs from answer to answer.
func bodyOf(p *webtest.Page) string {
	return reference.ReplaceAllString(tokenValue.ReplaceAllString(p.Body, ""), "")
}

func hrefOf(t *testing.T, p *webtest.Page, label string) string {
	t.Helper()
	href, _ := p.Find("main a").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.TrimSpace(s.Text()) == label }).First().Attr("href")
	if href == "" {
		t.Fatalf("%s: no link %q", p.URL, label)
	}
	return href
}

func wantLink(t *testing.T, p *webtest.Page, label, href string) {
	t.Helper()
	if got := hrefOf(t, p, label); got != href {
		t.Errorf("%s: %q leads to %q, want %q", p.URL, label, got, href)
	}
}
