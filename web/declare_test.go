package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"yongxing/models/draft"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// newcomer is a browser in which somebody new has signed in by pages.
func newcomer(site *webtest.Site, phone string) *webtest.Client {
	browser := site.Browser()
	enter(site, browser, phone)
	return browser
}

// The pages of a declaration, filled in as somebody does who never left the
// city and is well. Each returns the page that follows.
func fillIdentity(b *webtest.Client, number string) *webtest.Page {
	return b.Get("/declare/identity").Form().Set("name", "林芳").Set("document_kind", "resident_id").Set("document_number", number).Submit()
}

func fillResidence(b *webtest.Client) *webtest.Page {
	streets := b.Get("/declare/residence").Form().Set("district", "330203").Submit("update=1").WantStatus(http.StatusOK)
	return streets.Form().Set("street", "330203005").Set("community", "秀水社区").Set("detail", "12 幢 301 室").Submit()
}

func fillStays(b *webtest.Client) *webtest.Page {
	return b.Get("/declare/stays").Form("/declare/stays").Set("trip", "no").Submit()
}

func fillContact(b *webtest.Client) *webtest.Page {
	return b.Get("/declare/contact").Form().Set("contact", "no").Submit()
}

func fillHealth(b *webtest.Client, isolation string) *webtest.Page {
	f := b.Get("/declare/health").Form().Set("measured", "no").Set("symptoms[]", "none").Set("isolation", isolation)
	if isolation == "ordered" {
		f.Set("isolation_class", "home").Set("isolation_from", "2026-03-01").Set("isolation_to", "2026-03-14")
	}
	return f.Submit()
}

func fillAll(b *webtest.Client, isolation string) *webtest.Page {
	fillIdentity(b, linNumber)
	fillResidence(b)
	fillStays(b)
	fillContact(b)
	return fillHealth(b, isolation)
}

// First code (domain.md 9): nine screens for somebody who never left the city.
func TestFirstCodeByPages(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	browser := site.Browser()
	site.Clock.Advance(time.Minute)
	screens := []string{"/signin"}
	page, number := askCode(browser, linPhone)
	screens = append(screens, page.URL.Path)
	page = page.Form("/signin/code").Set("code", number).Submit().Want("未填")
	screens = append(screens, page.URL.Path)
	href, _ := page.Find(".yx-buttons a").Attr("href")
	page = browser.Get(href)
	screens = append(screens, page.URL.Path)
	for _, fill := range []func() *webtest.Page{
		func() *webtest.Page { return fillIdentity(browser, linNumber) },
		func() *webtest.Page { return fillResidence(browser) },
		func() *webtest.Page { return fillStays(browser) },
		func() *webtest.Page { return fillContact(browser) },
		func() *webtest.Page { return fillHealth(browser, "none") },
	} {
		page = fill().WantStatus(http.StatusOK)
		screens = append(screens, page.URL.Path)
	}
	if got := strings.Join(screens, " "); got != "/signin /signin/code /declare /declare/identity /declare/residence /declare/stays /declare/contact /declare/health /declare/check" {
		t.Errorf("screens: %s", got)
	}
	page.Want("林芳", "3302**********1232", "海曙区鼓楼街道", "秀水社区", "绿码").WantNot(linNumber)
	done := page.Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done").Want("申报完成", "未核验")
	done.WantNot(linNumber)
	browser.Get("/code").Want("未核验")

	// A record that names her phone binds her: then the code is vouched for.
	holder{phone: linPhone, number: linNumber}.green(t, site)
	browser.Get("/code").Want("绿码", "林*")
	browser.Get("/declare/identity").Want("身份已核验").WantNot(linNumber)
}

// Wrong check digit and impossible birthday (domain.md 9), and what is typed is
// kept.
func TestWrongDocumentByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone)
	for number, words := range map[string]string{
		"330203199003071231": "最后一位", "33020519990229001X": "出生日期", "330203900307123": "15 位的旧身份证", "": "请填写证件号码",
	} {
		page := fillIdentity(browser, number).WantStatus(http.StatusUnprocessableEntity).WantPath("/declare/identity").Want(words)
		if name, _ := page.Find("#name").Attr("value"); name != "林芳" {
			t.Errorf("%s: the name is lost", words)
		}
		if typed, _ := page.Find("#document_number").Attr("value"); typed != number {
			t.Errorf("%s: the number is lost", words)
		}
		if !strings.HasPrefix(page.Text("title"), "错误：") || page.Find(".govuk-error-summary a[href='#document_number']").Length() != 1 {
			t.Errorf("%s: no summary", words)
		}
	}
	browser.Get("/declare/residence").WantPath("/declare/identity") // nothing was stored
}

func TestStepsInOrderByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone)
	for _, path := range []string{"/declare/residence", "/declare/stays", "/declare/stays/add", "/declare/contact", "/declare/health"} {
		browser.Get(path).WantPath("/declare/identity")
	}
	browser.Get("/declare/check").WantPath("/declare")
	browser.Get("/declare/done").WantPath("/declare")
	fillIdentity(browser, linNumber).WantPath("/declare/residence")
	browser.Get("/declare/health").WantPath("/declare/residence")

	back := browser.Get("/declare/identity") // back keeps the answers
	if name, _ := back.Find("#name").Attr("value"); name != "林芳" {
		t.Error("the name is lost on the way back")
	}
	list := browser.Get("/declare").Want("已填", "保存过，可以接着填")
	if href, _ := list.Find(".yx-buttons a").Attr("href"); href != "/declare/residence" {
		t.Errorf("goes on at %s", href)
	}
	site.Clock.Advance(draft.Lifetime)
	browser.Get("/declare/residence").WantPath("/declare/identity") // seven days are over
}

// Mis-ticked isolation (domain.md 9): the hint on the check, and a later
// declaration that puts it right.
func TestMistickedIsolationByPages(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	browser := newcomer(site, linPhone)
	check := fillAll(browser, "ordered").WantPath("/declare/check").Want("红码", "R05", "自己待在家里不算")
	fillHealth(browser, "voluntary").WantPath("/declare/check").Want("绿码").WantNot("R05")
	check.Form("/declare/check").Set("true", "1").Submit().WantStatus(http.StatusConflict).Want("绿码") // the old page says red
	fillHealth(browser, "ordered").Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done").Want("R05")

	site.Clock.Advance(time.Minute)
	if href, _ := browser.Get("/declare").Find(".yx-buttons a").Attr("href"); href != "/declare/stays" {
		t.Errorf("a second declaration begins at %s", href)
	}
	fillStays(browser)
	fillContact(browser)
	fillHealth(browser, "voluntary").Want("绿码").Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done").WantNot("R05")
	browser.Get("/history").Want("申报")
}

func TestStaysByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone)
	fillIdentity(browser, linNumber)
	fillResidence(browser)
	stays := browser.Get("/declare/stays")
	stays.Form("/declare/stays").Submit().WantStatus(http.StatusUnprocessableEntity).Want("请选择过去 14 天")
	add := stays.Form("/declare/stays").Set("trip", "cn").Submit().WantPath("/declare/stays/add")
	add.Form().Submit().WantStatus(http.StatusUnprocessableEntity).Want("请先选择省份", "从哪天开始停留").WantNot("香港")
	cities := add.Form().Set("province", "32").Set("from", "2026-02-20").Submit("update=1").WantStatus(http.StatusOK)
	counties := cities.Form().Set("city", "3205").Submit("update=1")
	if from, _ := counties.Find("#from").Attr("value"); from != "2026-02-20" {
		t.Error("the day is lost while the lists are fetched")
	}
	counties.Form().Set("county", "320508").Set("to", "2026-02-18").Submit().WantStatus(http.StatusUnprocessableEntity).Want("早于")
	list := counties.Form().Set("county", "320508").Set("to", "2026-02-22").Submit().WantPath("/declare/stays").Want("苏州市", "2 月 20 日至 22 日")
	list.Form("/declare/stays").Submit("remove=0").WantPath("/declare/stays").WantNot("苏州市")
	beijing := browser.Get("/declare/stays/add").Form().Set("province", "11").Submit("update=1").Want("朝阳区") // one step fewer
	list = beijing.Form().Set("county", "110105").Set("from", "2026-02-26").Set("to", "2026-03-01").Submit().WantPath("/declare/stays")
	main := func(p *webtest.Page) *webtest.Form { // the second form of the page has the answers
		return p.Form("/declare/stays").Force("remove").Force("trip", "cn")
	}
	main(list).Submit().WantStatus(http.StatusUnprocessableEntity).Want("请填写到达宁波的日期")
	main(list).Force("arrived", "2026-03-01").Submit().WantPath("/declare/contact")
	fillContact(browser).WantStatus(http.StatusOK)
	fillHealth(browser, "none").WantPath("/declare/check").Want("黄码", "Y06", "北京市朝阳区")
}

// Another tab: 409, with what it has saved and what was typed here.
func TestTwoTabsByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone)
	first := browser.Get("/declare/identity")
	fillIdentity(browser, linNumber)
	page := first.Form().Set("name", "林芳芳").Set("document_number", linNumber).Submit().WantStatus(http.StatusConflict).Want("林*")
	if name, _ := page.Find("#name").Attr("value"); name != "林芳芳" {
		t.Error("what was typed is lost")
	}
	page.Form().Submit().WantPath("/declare/residence") // seen, and sent again
}

func TestDeclareOnceByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone)
	check := fillAll(browser, "none")
	check.Form("/declare/check").Submit().WantStatus(http.StatusUnprocessableEntity).Want("请确认以上内容真实")
	for range 2 {
		check.Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done")
	}
	err := site.Store().Read(t.Context(), func(tx store.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT COUNT(*) FROM declaration").Scan(&n); err != nil {
			return err
		}
		if n != 1 {
			t.Errorf("%d declarations", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeclareInEnglish(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	browser := newcomer(site, linPhone).English()
	browser.Get("/declare")
	f := browser.Get("/declare/identity").Form().Set("name", "Anne Novak").Set("document_kind", "passport").Set("document_number", "925665416")
	f = f.Submit().WantStatus(http.StatusOK).WantPath("/declare/identity").Want("we also need").Form("/declare/identity")
	f.Submit().WantStatus(http.StatusUnprocessableEntity).Want("Choose your nationality", "Enter your date of birth")
	f.Set("nationality", "GBR").Set("born", "1980-02-29").Submit().WantPath("/declare/residence")
	fillResidence(browser).WantPath("/declare/stays")
	browser.Get("/declare/stays").Form("/declare/stays").Set("trip", "abroad").Set("country", "GBR").Set("entered", "2026-02-24").Submit().WantPath("/declare/contact")
	fillContact(browser)
	browser.Get("/declare/health").Form().Submit().WantStatus(http.StatusUnprocessableEntity)
	check := fillHealth(browser, "none").WantPath("/declare/check").Want("United Kingdom", "Red", "Haishu District", "Date of birth", "29 February 1980")
	check.Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done").Want("R06")
}

// The page of who somebody is has one list and one field; the kinds that need
// more bring it with the next page, without a script and without a reproach.
func TestKindsOfDocumentsByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	tests := []struct {
		name, kind, number string
		refused            string // sentence of the first page, if it is refused
		born, nationality  bool   // what the next page asks
	}{
		{"resident ID", "resident_id", linNumber, "", false, false},
		{"residence permit as resident ID", "resident_id", "810000198506154320", "选择这一种", false, false},
		{"household book", "household_book", "330212201012310019", "", false, false},
		{"household book of a small child", "household_book", "330212201512318885", "不满 14 岁", false, false},
		{"Hong Kong permit", "hk_macau_permit", "h12345678-01", "", true, false},
		{"Hong Kong permit, wrong", "hk_macau_permit", "12345678", "字母 H 或 M", true, false},
		{"Taiwan permit", "taiwan_permit", "01234567", "", true, false},
		{"residence permit", "residence_permit", "810000198506154320", "", false, false},
		{"permanent residence, new", "permanent_residence", "933826198506154328", "", false, false},
		{"permanent residence, old", "permanent_residence", "GBR310080010203", "", true, false},
		{"passport", "passport", "AB123", "", true, true},
		{"other", "other", "甬出生 2010/0315", "", true, false},
	}
	for i, tt := range tests {
		t.Log(tt.name)
		browser := newcomer(site, "1380000"+strconv.Itoa(1000+i))
		first := browser.Get("/declare/identity")
		if n := first.Find("#nationality, #born").Length(); n != 0 {
			t.Errorf("the page begins with %d fields more", n)
		}
		page := first.Form().Set("name", "陈安").Set("document_kind", tt.kind).Set("document_number", tt.number).Submit()
		if tt.refused != "" {
			page.WantStatus(http.StatusUnprocessableEntity).Want(tt.refused)
			continue
		}
		if !tt.born {
			page.WantPath("/declare/residence")
			continue
		}
		page.WantStatus(http.StatusOK).WantPath("/declare/identity").Want("请再")
		if tt.nationality != (page.Find("#nationality").Length() == 1) {
			t.Errorf("nationality is asked: %v", !tt.nationality)
		}
		more := page.Form("/declare/identity")
		more.Submit().WantStatus(http.StatusUnprocessableEntity).Want("请填写出生日期")
		if more.Set("born", "1990-03-07"); tt.nationality {
			more.Set("nationality", "HKG").Submit().WantStatus(http.StatusUnprocessableEntity).Want("通行证或居住证")
			more.Set("nationality", "GBR")
		}
		more.Submit().WantPath("/declare/residence")
		if back := browser.Get("/declare/identity"); back.Find("#born").Length() != 1 {
			t.Error("on the way back the date of birth is not on the page")
		}
	}
}

// A health page with everything that opens under a choice, wrong and right.
func TestHealthByPages(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone)
	fillIdentity(browser, linNumber)
	fillResidence(browser)
	fillStays(browser)
	fillContact(browser)
	health := func() *webtest.Form { return browser.Get("/declare/health").Form() }
	all := health().Set("measured", "yes").Set("symptoms[]", "none", "fever").Set("known_cause", "yes").Set("isolation", "ordered").Set("test", "yes")
	all.Submit().WantStatus(http.StatusUnprocessableEntity).Want("请填写体温", "就不能再选症状", "在家还是在集中点", "请选择检测结果")
	all.Set("measured", "yes").Set("temperature", "３６．６").Set("symptoms[]", "dry_cough").Set("cause", "过敏性鼻炎").Set("isolation", "none").
		Set("test_result", "negative").Set("test_taken", "2026-03-01").Submit().WantPath("/declare/check").Want("36.6", "干咳", "病因", "过敏性鼻炎", "绿码").WantNot("出生日期")
	kept := browser.Get("/declare/health")
	for _, id := range []string{"#measured-2", "[value=dry_cough]", "#known_cause", "#isolation", "#test-2"} {
		if _, on := kept.Find("input" + id).Attr("checked"); !on {
			t.Errorf("%s is lost on the way back", id)
		}
	}
}
