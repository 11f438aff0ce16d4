package web_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/models/modeltest"
	"yongxing/web/webtest"
)

// world is a portal with somebody in every state that pages can show, each of
// whom got there through the portal's own pages and doors.
type world struct {
	*webtest.Site
	t *testing.T
	// anybody is signed out; asked waits for a code; stranger has a bound
	// person's phone in a new browser; fresh has declared nothing, half is at the
	// last page of a declaration.
	anybody, asked, stranger, fresh, half *webtest.Client
	// finding has asked where the decided appeal stands and waits for a code;
	// found sees it without an account.
	finding, found *webtest.Client
	// unbound, green, yellow and red are what their codes show; drafting is red
	// and at the last page of an appeal.
	unbound, green, yellow, red, drafting *webtest.Client
	officer                               *webtest.Client
	// Numbers of cases at the officer's station, and of whom they are.
	open, claimed, asking, decided        string
	opener, claimant, questioned, granted *webtest.Client
	photo                                 string // ref of a photo of the open case
	greenPhone, greenNumber               string
}

// someone is the i-th resident of the world.
func someone(i int) webtest.Somebody {
	serial := fmt.Sprintf("33020319900307%03d", 100+i)
	return webtest.Somebody{Name: "林一明", Phone: fmt.Sprintf("138000000%02d", i), Number: serial + checkSign(serial)}
}

// checkSign is the last character of a resident ID number.
func checkSign(serial string) string {
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(serial[i]-'0') * w
	}
	return "10X98765432"[sum%11 : sum%11+1]
}

const factColumns = "source,upstream,document_number,kind,class,place,ref,from,to,authority"

// played is the world that the first test has played for the others.
var played struct {
	once  sync.Once
	world *world
	left  *webtest.Snapshot
}

// newWorld is a world of the test's own. It is played once and copied; only on
// PostgreSQL, where a copy costs as much, is it played each time.
func newWorld(t *testing.T) *world {
	t.Helper()
	if modeltest.Postgres() {
		return playWorld(t)
	}
	played.once.Do(func() {
		w := playWorld(t)
		played.world, played.left = w, w.Snapshot()
	})
	if played.left == nil {
		t.Fatal("the world could not be played: see the test that tried first")
	}
	w := *played.world
	w.Site, w.t = played.left.Site(t), t
	for _, c := range w.browsers() {
		*c = w.Resume(*c)
	}
	return &w
}

// browsers are all that the world has.
func (w *world) browsers() []**webtest.Client {
	all := []**webtest.Client{&w.anybody, &w.asked, &w.stranger, &w.fresh, &w.half, &w.finding, &w.found, &w.unbound, &w.green, &w.yellow, &w.red, &w.drafting,
		&w.officer, &w.opener, &w.claimant, &w.questioned, &w.granted}
	fields := 0
	for _, f := range reflect.VisibleFields(reflect.TypeFor[world]()) {
		if f.Type == reflect.TypeFor[*webtest.Client]() {
			fields++
		}
	}
	if fields != len(all) {
		w.t.Fatalf("%d browsers of %d", len(all), fields)
	}
	return all
}

func playWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Site: webtest.New(t), t: t}
	w.OpenStation("gl", "鼓楼派出所", "Gulou Police Station", "330203")
	w.Publish("A1,420103,high,2026-02-01,,YB-31,")
	w.anybody = w.Browser()
	w.asked = w.Browser()
	w.asked.Get("/signin").Form("/signin").Set("phone", "13900000001").Submit()
	w.fresh = w.SignIn("13900000002")
	w.half = w.SignIn("13900000003")
	w.halfDeclared()

	w.unbound = w.Declared(someone(1)) // and about to take another phone
	w.unbound.Get("/me/phone").Form("/me/phone").Set("phone", "13900000021").Submit().WantPath("/me/phone/code")
	w.green = w.coloured(2)
	w.greenPhone, w.greenNumber = someone(2).Phone, someone(2).Number
	w.yellow = w.coloured(3, "city,B-3,%s,contact,same_building,,G-1,2026-02-27,,海曙区疾控中心")
	w.red = w.coloured(4, w.travel(4), "province,C-4,%s,contact,close,,T-1,2026-02-28,,海曙区疾控中心")
	w.drafting = w.coloured(5, w.travel(5))
	w.draft(w.drafting)

	w.opener, w.claimant, w.questioned, w.granted = w.coloured(6, w.travel(6)), w.coloured(7, w.travel(7)), w.coloured(8, w.travel(8)), w.coloured(9, w.travel(9))
	w.open, w.claimed, w.asking, w.decided = w.file(w.opener), w.file(w.claimant), w.file(w.questioned), w.file(w.granted)
	href, _ := w.opener.Get("/appeal/" + w.open).Find("a[href^='/evidence/']").Attr("href")
	w.photo = strings.TrimPrefix(href, "/evidence/")
	w.officer = w.Officer("033127", "gl")
	w.rule(w.claimed, "")
	w.rule(w.asking, "ask")
	w.rule(w.decided, "set_aside")

	w.found = w.Browser()
	w.Clock.Advance(2 * time.Minute) // one message a minute
	w.find(w.found, w.decided, someone(9).Phone)
	answer(w.found).WantPath("/appeal/found")
	w.finding = w.Browser()
	w.Clock.Advance(2 * time.Minute)
	w.find(w.finding, w.decided, someone(9).Phone)
	w.stranger = w.Browser()
	code := w.stranger.Get("/signin").Form("/signin").Set("phone", w.greenPhone).Submit()
	code.Form("/signin/code").Set("code", code.Text("[data-demo-code]")).Submit().WantPath("/signin/document")
	return w
}

// travel is a stay in a key area.
func (w *world) travel(i int) string {
	return fmt.Sprintf("carrier,S-%d,%%s,stay,stayed,420103,,2026-02-25 08:00,2026-02-25 18:00,海曙区防控办", i)
}

// coloured is a bound resident about whom these records came.
func (w *world) coloured(i int, rows ...string) *webtest.Client {
	w.t.Helper()
	who := someone(i)
	c := w.Declared(who)
	w.Bind(who)
	for _, row := range rows {
		w.Import(factColumns, fmt.Sprintf(row, who.Number))
	}
	return c
}

// halfDeclared brings half to the last page of a declaration that has all there
// can be: a stay elsewhere, contact, symptoms, isolation and a test.
func (w *world) halfDeclared() {
	w.t.Helper()
	c, who := w.half, someone(20)
	c.Get("/declare/identity").Form("/declare/identity").Set("name", "Alice Green").Set("document_kind", "passport").Set("document_number", "123456789").
		Submit().Form("/declare/identity").Set("nationality", "GBR").Set("born", "1990-05-17").Submit().WantPath("/declare/residence")
	c.Get("/declare/residence").Form("/declare/residence").Set("district", "330203").Submit("update=1").
		Form("/declare/residence").Set("street", "330203005").Set("community", "秀水社区").Set("detail", who.Name).Submit().WantPath("/declare/stays")
	c.Get("/declare/stays").Form("/declare/stays").Set("trip", "cn").Submit().WantPath("/declare/stays/add").
		Form("/declare/stays/add").Set("province", "42").Submit("update=1").Form("/declare/stays/add").Set("city", "4201").Submit("update=1").
		Form("/declare/stays/add").Set("county", "420102").Set("from", "2026-02-24").Set("to", "2026-02-25").Submit().WantPath("/declare/stays")
	w.fill(c, "/declare/stays", "trip", "cn", "arrived", "2026-02-26").WantPath("/declare/contact")
	w.fill(c, "/declare/contact", "contact", "yes", "contact_last", "2026-02-28").WantPath("/declare/health")
	w.fill(c, "/declare/health", "measured", "yes", "temperature", "37.8", "symptoms[]", "dry_cough", "known_cause", "yes", "cause", "hay fever", "isolation", "ordered",
		"isolation_class", "home", "isolation_from", "2026-03-01", "test", "yes", "test_result", "negative", "test_taken", "2026-03-01").WantPath("/declare/check")
}

// fill answers the last form of a page that posts to its own address.
func (w *world) fill(c *webtest.Client, path string, pairs ...string) *webtest.Page {
	w.t.Helper()
	form := c.Get(path).LastForm(path)
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form.Submit()
}

// draft brings an appeal to its last page.
func (w *world) draft(c *webtest.Client) {
	w.t.Helper()
	page := c.Get("/appeal/new").Form("/appeal/new").Set("ground.1", "never_there").Submit().WantPath("/appeal/new/statement")
	page = page.Form("/appeal/new/statement").Set("statement", "那天我在鄞州的工地").Submit().WantPath("/appeal/new/evidence")
	page = page.Form("/appeal/new/evidence").Set("kind", firstChoice(page, "kind")).Attach("file", "a.jpg", jpegOf(w.t, 90)).Submit("do=add")
	page.WantPath("/appeal/new/evidence").Form("/appeal/new/evidence").Submit("do=next").WantPath("/appeal/new/check")
}

// firstChoice is the first real entry of a select.
func firstChoice(p *webtest.Page, name string) string {
	value := ""
	for _, o := range p.Find("select[name='" + name + "'] option").EachIter() {
		if v, _ := o.Attr("value"); v != "" && value == "" {
			value = v
		}
	}
	return value
}

func (w *world) file(c *webtest.Client) (number string) {
	w.t.Helper()
	w.draft(c)
	number = appealNumber.FindString(c.Get("/appeal/new/check").Form("/appeal/new/check").Submit().URL.Path)
	if number == "" {
		w.t.Fatal("no number")
	}
	return number
}

// rule claims a case and finds this about its only item; nothing if empty.
func (w *world) rule(number, action string) {
	w.t.Helper()
	href := "/officer/appeals/" + number
	page := w.officer.Get(href).Form(href + "/claim").Submit()
	if action == "" {
		return
	}
	form := page.Form(href+"/preview").Set("item1", action)
	if action == "ask" {
		form.Set("item1_question", "请补一张当天的考勤记录")
	}
	preview := form.Submit().WantStatus(200)
	preview.Form(href + "/decide").Submit().WantStatus(200)
}

// find asks where an appeal stands, without an account.
func (w *world) find(c *webtest.Client, number, phone string) *webtest.Page {
	w.t.Helper()
	return c.Get("/appeal/find").Form("/appeal/find").Set("number", number).Set("phone", phone).Submit().WantPath("/appeal/find/code")
}

// answer gives the code that the demo shows.
func answer(c *webtest.Client) *webtest.Page {
	page := c.Get("/appeal/find/code")
	return page.Form("/appeal/find/code").Set("code", page.Text("[data-demo-code]")).Submit()
}

// pass is the token that the code of the i-th resident carries now.
func (w *world) pass(i int) string {
	w.t.Helper()
	return token(w.t, w.Site, personOf(w.t, w.Site, someone(i).Phone))
}
