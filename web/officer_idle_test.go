package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"yongxing/models/store"
	"yongxing/web/webtest"
)

// desk is a case on an officer's desk, and how to sign in there again.
type desk struct {
	*webtest.Site
	t            *testing.T
	officer      *webtest.Client
	number, href string
	secret       string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Site: webtest.New(t), t: t}
	station(t, d.Site)
	_, d.number = filed(t, d.Site)
	d.href = "/officer/appeals/" + d.number
	d.secret = d.AddOfficer("033127", "330203001")
	d.officer = d.Browser()
	d.signIn(d.officer.Get("/staff/signin"), "033127", d.secret).WantPath("/officer/appeals")
	d.officer.Get(d.href).Form(d.href + "/claim").Submit().WantStatus(200)
	return d
}

func (d *desk) signIn(door *webtest.Page, login, secret string) *webtest.Page {
	d.t.Helper()
	return door.WantPath("/staff/signin").Form("/staff/signin").Set("login", login).Set("password", webtest.OfficerPassword).Set("code", d.TOTP(secret)).Submit().WantStatus(200)
}

// decided tells whether anything was decided.
func (d *desk) state() (state string) {
	d.t.Helper()
	err := d.Store().Read(d.t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT state FROM appeal WHERE number = ?", d.number).Scan(&state)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return state
}

// kept is how much lies sealed for officers.
func (d *desk) kept() (n int) {
	d.t.Helper()
	err := d.Store().Read(d.t.Context(), func(tx store.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM staff_draft").Scan(&n) })
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

func typedIn(p *webtest.Page, name string) string {
	field := p.Find("[name='" + name + "']")
	if kind, _ := field.Attr("type"); kind == "radio" {
		field = field.FilterFunction(func(_ int, s *goquery.Selection) bool { _, on := s.Attr("checked"); return on })
	}
	if goquery.NodeName(field) == "textarea" {
		return field.Text()
	}
	value, _ := field.Attr("value")
	return value
}

// What an officer typed is there again when the session ended before they sent
// it: after the door, in the form, with nothing decided.
func TestOfficer_idleDraft(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.officer.Get(d.href).Want("这一页到 09:15")
	page.Form(d.href+"/preview").Set("item1", "uphold").Submit().WantStatus(200)

	d.Clock.Advance(16 * time.Minute)
	door := page.Form(d.href+"/preview").Set("item1", "clear").Set("item1_issuer", "宁波市第一医院").Set("item1_document", "ZD-7").Submit().
		Want("已经自动退出", "登录后回到原处").WantNot("宁波市第一医院")
	back := d.signIn(door, "033127", d.secret).WantPath(d.href).Want("填写的，已经填回，还没有作出决定")
	if got := typedIn(back, "item1") + " " + typedIn(back, "item1_issuer") + " " + typedIn(back, "item1_document"); got != "clear 宁波市第一医院 ZD-7" {
		t.Errorf("restored %q", got)
	}
	if d.state() != "claimed" {
		t.Errorf("state %s", d.state())
	}

	// A decision that was on its way, words and all.
	preview := back.Form(d.href+"/preview").Set("item1", "uphold").Submit().WantStatus(200)
	d.officer.Get(d.href).Want("填写的，已经填回") // until it is decided
	d.Clock.Advance(20 * time.Minute)
	const words = "经核实 记录属实 请按提示完成检测后再看结果"
	door = preview.Form(d.href+"/decide").Set("words", words).Submit()
	back = d.signIn(door, "033127", d.secret).WantPath(d.href).Want("写给本人的话也保存了")
	if d.state() != "claimed" {
		t.Errorf("decided without a session: %s", d.state())
	}
	again := back.Form(d.href + "/preview").Submit().WantStatus(200)
	if got := typedIn(again, "words"); got != words {
		t.Errorf("words %q", got)
	}
	again.Form(d.href + "/decide").Submit().WantPath("/officer/appeals").Want("申诉不成立")
	if n := d.kept(); n != 0 {
		t.Errorf("%d kept after the decision", n)
	}
}

// Whose session it was gets it back and nobody else, for ten hours, and only
// from the form of that very session.
func TestOfficer_idleDraftIsTheirs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.officer.Get(d.href)
	form := func() *webtest.Form {
		return page.Form(d.href+"/preview").Set("item1", "ask").Set("item1_question", "请补租房合同")
	}
	d.Clock.Advance(16 * time.Minute)

	forged := form().Force("csrf", csrf(t, d.Browser())).Submit().WantPath("/staff/signin")
	d.signIn(forged, "033127", d.secret).WantPath(d.href).WantNot("请补租房合同")
	page = d.officer.Get(d.href)
	d.Clock.Advance(16 * time.Minute)
	door := form().Submit()
	other := d.AddOfficer("033128", "330203001")
	d.signIn(door, "033128", other).WantPath(d.href).WantNot("请补租房合同", "已经填回") // at the same desk
	d.officer.Get("/officer/appeals").Form("/staff/signout").Submit()
	d.Clock.Advance(time.Minute)
	late := d.signIn(d.officer.Get(d.href), "033127", d.secret)
	d.officer.Get(d.href).Want("已经填回")
	if got := typedIn(d.officer.Get(d.href), "item1_question"); got != "请补租房合同" {
		t.Errorf("restored %q", got)
	}
	late.WantStatus(http.StatusOK)
	d.Clock.Advance(10 * time.Hour)
	d.signIn(d.officer.Get(d.href), "033127", d.secret)
	d.officer.Get(d.href).WantNot("已经填回")
}

// Signed out by hand, or past the absolute end, nothing of a form is kept; a page
// that was asked for is where the door leads, and no other.
func TestOfficer_signedOutKeepsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.officer.Get(d.href)
	d.officer.Get("/officer/appeals").Form("/staff/signout").Submit()
	door := page.Form(d.href+"/preview").Set("item1", "ask").Set("item1_question", "请补租房合同").Submit().WantPath("/staff/signin").WantNot("已经自动退出")
	d.Clock.Advance(time.Minute)
	d.signIn(door, "033127", d.secret).WantPath("/officer/appeals")
	d.officer.Get(d.href).WantNot("已经填回")

	d.Clock.Advance(16 * time.Minute)
	d.signIn(d.officer.Get("/officer/appeals?tab=mine&colour=yellow").Want("已经自动退出"), "033127", d.secret).WantPath("/officer/appeals").Want(d.number)
	d.Clock.Advance(16 * time.Minute)
	if res := d.officer.Do(http.MethodGet, "/officer/evidence/0000000000000", "", nil); res.Header.Get("Location") != "/staff/signin" {
		t.Errorf("a picture leads to %q", res.Header.Get("Location"))
	}
	d.Clock.Advance(11 * time.Hour)
	page.Form(d.href+"/preview").Set("item1", "ask").Set("item1_question", "请补租房合同").Submit().WantPath("/staff/signin").WantNot("已经自动退出")
}
