package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yongxing/web/webtest"
)

// looks are how people see the portal: in WeChat's browser, in an old one
// without scripts and without the headers that new ones send, and at a desk.
var looks = []struct {
	name   string
	screen webtest.Screen
	old    bool
}{
	{"wechat", webtest.Phone, false},
	{"old phone without scripts", webtest.Screen{Width: 375, Height: 667, UserAgent: webtest.WeChat, NoScript: true}, true},
	{"desk", webtest.Desk, false},
}

// The main story in a real browser: a resident declares and is green; the city
// imports what a carrier reports; they are red for a place they never entered,
// and the page says why; they appeal with a photo; an officer decides about the
// fact; they are green, stay so when the event comes again under another id, and
// are told when the source changes its record.
func TestAWrongRedPutRight(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, look.name, look.old)
			s.resident, s.officer = open(t, s.base, look.screen), open(t, s.base, webtest.Desk)
			s.declare()
			s.turnRed()
			number := s.appeal()
			s.decide(number)
			s.noFlipBack(number)
		})
	}
}

// story is one telling.
type story struct {
	t                 *testing.T
	site              *webtest.Site
	base, name        string
	resident, officer *webtest.Tab
	secret            string
	shots             int
}

const (
	storyPhone, storyNumber = "13800000001", "330203199003071232"
	storyColumns            = "source,upstream,document_number,phone,kind,class,place,from,to,authority"
)

func newStory(t *testing.T, name string, old bool) *story {
	site := webtest.New(t)
	site.Clock.Set(time.Now()) // the page's clock runs on from the server's
	site.OpenStation("gl", "鼓楼派出所", "Gulou Police Station", "330203")
	s := &story{t: t, site: site, base: site.Listen(old), name: strings.ReplaceAll(name, " ", "-"), secret: site.AddOfficer("033127", "gl")}
	day := site.Clock.Now().AddDate(0, 0, -20).Format(time.DateOnly)
	site.Publish("A1,420103,high,"+day+",,YB-31,", "A2,420104,high,"+day+",,YB-31,")
	return s
}

// shot keeps a picture where YX_SHOTS names a folder, to be looked at.
func (s *story) shot(tab *webtest.Tab, name string) {
	dir := os.Getenv("YX_SHOTS")
	if dir == "" {
		return
	}
	s.shots++
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%02d-%s.png", s.name, s.shots, name)), tab.Shot(), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

const next = "main form .govuk-button:not([name])" // the button that goes on

func (s *story) declare() {
	s.t.Helper()
	r := s.resident
	r.Open("/code").Type("phone", storyPhone).Press(next)
	code := webtest.Eval[string](r, `document.querySelector("[data-demo-code]").textContent`)
	s.shot(r, "code")
	r.Type("code", strings.TrimSpace(code)).Press(next)
	r.Open("/declare")
	s.shot(r, "declare")
	r.Press(`a[href="/declare/identity"].govuk-button`)
	r.Type("name", "张小明").Tick("document_kind").Type("document_number", storyNumber).Press(next)
	r.Choose("district", "330203").Press("button[name=update]")
	r.Choose("street", "330203005").Type("community", "秀水社区").Type("detail", "12 幢 301 室")
	s.shot(r, "residence")
	r.Press(next)
	r.Tick("trip").Press(next)
	r.Tick("contact").Press(next)
	r.Tick("measured-2").Type("temperature", "36.5").Tick("symptoms[]").Tick("isolation").Tick("test")
	s.shot(r, "health")
	r.Press(next)
	r.Want("核对后提交", "绿码").Tick("true")
	s.shot(r, "check")
	r.Press(next)
	r.Want("申报完成")
	s.site.Import("source,document_number,phone,kind,class,from", "lab,"+storyNumber+","+storyPhone+",test,negative,"+s.daysAgo(10))
	r.Open("/code").Want("绿码", "可通行", "张*明")
	s.shot(r, "green")
}

func (s *story) daysAgo(n int) string {
	return s.site.Clock.Now().AddDate(0, 0, -n).Format(time.DateOnly)
}

// carrier is a record of a stay of ten hours, n days ago.
func (s *story) carrier(upstream, place string, n int) string {
	day := s.daysAgo(n)
	return fmt.Sprintf("carrier,%s,%s,%s,stay,stayed,%s,%s 08:00,%s 18:00,海曙区防控办", upstream, storyNumber, storyPhone, place, day, day)
}

func (s *story) turnRed() {
	s.t.Helper()
	s.site.Import(storyColumns, s.carrier("C-1", "420103", 3))
	r := s.resident
	r.Open("/code").Want("红码", "请勿外出", "到过重点地区", "江汉区", "手机运营商信令", "海曙区防控办", "R07", "最晚结束", "就医可凭身份证", "鼓楼派出所")
	s.shot(r, "red")
}

func (s *story) appeal() (number string) {
	s.t.Helper()
	photo := filepath.Join(s.t.TempDir(), "attendance.jpg")
	if err := os.WriteFile(photo, jpegOf(s.t, 120), 0o600); err != nil {
		s.t.Fatal(err)
	}
	r := s.resident
	r.Press(`a[href="/appeal/new"].govuk-button`)
	s.shot(r, "appeal-items")
	r.TickValue("ground.1", "never_there")
	r.Press(next)
	r.Type("statement", "那几天我整天在鄞州的工地，考勤和门禁都有记录。").Press(next)
	r.Attach("file", photo)
	s.shot(r, "appeal-photo")
	r.Press("button[name=do][value=add]")
	r.Want("已添加")
	r.Press("button[name=do][value=next]")
	r.Want("鼓楼派出所")
	s.shot(r, "appeal-check")
	r.Press(next)
	number = appealNumber.FindString(r.Location())
	if number == "" {
		s.t.Fatalf("no number at %s", r.Location())
	}
	r.Want(number, "鼓楼派出所")
	s.shot(r, "appeal-status")
	return number
}

func (s *story) decide(number string) {
	s.t.Helper()
	o := s.officer
	o.Open("/officer/appeals").Type("login", "033127").Type("password", webtest.OfficerPassword).Type("code", s.site.TOTP(s.secret)).Press(next)
	o.Want(number, "张*明")
	s.shot(o, "queue")
	o.Press(`a[href^="/officer/appeals/` + number + `"]`)
	o.Press(`form[action$="/claim"] button`)
	o.Want("我在办", "本人不在那里")
	o.TickValue("item1", "set_aside")
	s.shot(o, "case")
	o.Press(`form[action$="/preview"] .govuk-button`)
	o.Want("绿码")
	s.shot(o, "preview")
	o.Press(`form[action$="/decide"] .govuk-button:not(.govuk-button--secondary)`)
	o.Want(number, "申诉成立")
	s.shot(o, "decided")
	s.resident.Open("/code").Want("绿码")
	s.resident.Open("/appeal/" + number).Want("申诉成立")
	s.shot(s.resident, "granted")
}

func (s *story) noFlipBack(number string) {
	s.t.Helper()
	s.site.Clock.Advance(time.Minute)
	s.site.Import(storyColumns, s.carrier("C-2", "420103", 3)) // the same event under another id
	s.resident.Open("/code").Want("绿码", "不再计入的记录", number)
	if told := webtest.Eval[int](s.resident, `document.querySelectorAll('main a[href$="`+number+`"]').length`); told != 1 {
		s.t.Errorf("the event is told %d times", told)
	}
	s.shot(s.resident, "still-green")
	s.site.Import(storyColumns, s.carrier("C-1", "420104", 3)) // the source changes its record: another county
	s.resident.Open("/code").Want("红码", "硚口区", number, "更改了记录")
	s.shot(s.resident, "changed")
}
