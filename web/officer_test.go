package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/staff"
	"yongxing/web/webtest"
)

const officerPassword = "雪落甬江-7 boats"

// atDesk adds an officer of the station and signs them in through the door.
func atDesk(t *testing.T, site *webtest.Site, login string) *webtest.Client {
	t.Helper()
	added, err := site.Portal.AddStaff(t.Context(), models.NewStaff{
		Login: login, Name: "王警官", Badge: login, Role: staff.Officer, Password: officerPassword, Station: "330203001",
	})
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(added.TOTPSecret, site.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	browser := site.Browser()
	browser.Get("/officer/appeals").WantPath("/staff/signin").Form("/staff/signin").
		Set("login", login).Set("password", officerPassword).Set("code", code).Submit().WantStatus(200).WantPath("/officer/appeals")
	return browser
}

// filed is an appeal with one photo, filed page by page by a yellow person.
func filed(t *testing.T, site *webtest.Site) (resident *webtest.Client, number string) {
	t.Helper()
	resident = appellant(t, site, "13800000001", "330203199003071232")
	return resident, appealNumber.FindString(file(t, resident).URL.Path)
}

var (
	wholeDocument = regexp.MustCompile(`\d{17}[\dX]`)
	wholePhone    = regexp.MustCompile(`1[3-9]\d{9}`)
)

// From the queue to a decision, in both languages, with what the resident sees.
func TestOfficerDecides(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	officer := atDesk(t, site, "033127")
	href := "/officer/appeals/" + number

	queue := officer.Get("/officer/appeals").Want(number, "林*明", "黄码", "Y04 与病例同楼栋", "不住在那里，或已经搬走", "剩 8 小时", "1 份", "鼓楼派出所 王警官（033127）")
	read := officer.Get(href).Want("330203199003071232"[:4], "事项 1", "规则 Y04", "海曙区疾控中心", "十月底已经搬走", "认领以后才能认定事实")
	for _, p := range []*webtest.Page{queue, read} {
		if m := wholeDocument.FindString(p.Body) + wholePhone.FindString(p.Body); m != "" {
			t.Errorf("%s shows %q", p.URL, m)
		}
	}
	if read.Find("form[action$='/preview']").Length() != 0 {
		t.Error("a case that is not claimed can be decided")
	}
	picture, _ := officer.Get(firstHref(read, "/evidence/")).Find("main img").Attr("src")
	if res := officer.Do(http.MethodGet, picture, "", nil); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/jpeg" ||
		res.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("picture: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}

	claimed := read.Form(href+"/claim").Submit().WantStatus(200).WantPath(href).Want("我在办，到 13:00", "本人不在那里", "属实，规则适用")
	wrong := claimed.Form(href + "/preview").Submit().WantStatus(422).Want("请为每个事项选一项认定")
	wrong = wrong.Form(href+"/preview").Set("item1", "clear").Set("item1_issuer", "某院").Submit().WantStatus(422).Want("请写全称，4 到 60 个字", "请写文号", "请填日期", "请填采样时刻")
	if v, _ := wrong.Find("#item1_issuer").Attr("value"); v != "某院" {
		t.Errorf("what was typed is gone: %q", v)
	}
	form := wrong.Form(href+"/preview").Set("item1", "set_aside")
	preview := form.Submit().WantStatus(200).Want("这样认定以后", "绿码", "没有其他有效的依据", "您认定", "不住在那里", "成立，记录排除")
	preview.Form(href + "/decide").Submit("back=1") // the other button; see its formaction
	again := preview.Form(href+"/decide").Set("words", "不行").Submit().WantStatus(422).Want("10 到 2000 个字")
	done := again.Form(href+"/decide").Set("words", "已核实租房合同 您不住在那一幢楼 记录已经排除").Submit()
	done.WantStatus(200).WantPath("/officer/appeals").Want(number, "申诉成立", "没有待办的申诉")
	preview.Form(href + "/decide").Submit().WantStatus(409).Want("您已于 3 月 2 日（周一）09:00 对这件申诉作出决定，没有再做一遍")
	officer.Get("/officer/appeals?tab=done").Want(number, "申诉成立")
	officer.Get(href).Want("本件已经办结", "申诉成立", "已核实租房合同", "王警官作出决定", "变为绿码")

	resident.Get("/code").Want("绿码")
	resident.Get("/appeal/"+number).Want("申诉成立", "已核实租房合同")
	resident.Get("/me/looks").Want("查看了您的申诉", "宁波市公安局 鼓楼派出所", number).WantNot("王警官", "033127")

	english := officer.English()
	english.Get("/officer/appeals?tab=done").Want("Appeals", "Granted")
	english.Get(href).Want("Gulou Police Station", "Result")
}

// What the person adds while the officer looks at the preview is shown before
// anything is decided, and stands with what they said first.
func TestOfficerDecides_added(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	officer := atDesk(t, site, "033127")
	href := "/officer/appeals/" + number
	preview := officer.Get(href).Form(href+"/claim").Submit().Form(href+"/preview").Set("item1", "set_aside").Submit().Want("绿码")

	site.Clock.Advance(time.Minute)
	resident.Get("/appeal/"+number).Form("/appeal/"+number+"/material").Set("text", "租房合同上的日期是十月三十一日").Submit().WantStatus(http.StatusOK)
	preview.Form(href+"/decide").Submit().WantStatus(http.StatusConflict).Want("还没有作出决定", "本人 03-02 09:01 补充了材料：租房合同上的日期是十月三十一日")
	officer.Get(href).Want("03-02 09:01 补充：租房合同上的日期是十月三十一日")
}

// lockedContact imports that the one of filed is a close contact, by a source
// whose records nobody here may change.
func lockedContact(site *webtest.Site) {
	site.Import("source,document_number,kind,class,ref,from,authority,locked", "province,330203199003071232,contact,close,MJ-7,2026-03-02 08:00,浙江省疾控中心,yes")
}

// A preview that is out of date is shown again, with the difference.
func TestOfficerDecides_moved(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	_, number := filed(t, site)
	officer := atDesk(t, site, "033127")
	href := "/officer/appeals/" + number
	case1 := officer.Get(href).Form(href + "/claim").Submit()
	preview := case1.Form(href+"/preview").Set("item1", "set_aside").Submit().Want("绿码")

	site.Clock.Advance(time.Minute)
	lockedContact(site)
	moved := preview.Form(href+"/decide").Submit().WantStatus(409).Want("还没有作出决定", "新到的记录", "密切接触", "结果从绿码变为红码", "因为“密切接触者（R04）”仍然有效")
	moved.Form(href + "/decide").Submit().WantStatus(200).WantPath("/officer/appeals").Want("已决定")
	officer.Get(href).Want("红码", "申诉成立")
}

// A locked record: what is left to do, and that the rest is refused even if it
// is posted.
func TestOfficer_lockedRecord(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident := appellant(t, site, "13800000001", "330203199003071232")
	lockedContact(site)
	form := resident.Get("/appeal/new").Want("密切接触者").Form("/appeal/new")
	first, _ := resident.Get("/appeal/new").Find("input[name='items[]']").First().Attr("value")
	form.Set("items[]", first).Set("ground.1", "other").Submit().Form("/appeal/new/statement").Set("statement", "没有接触。").Submit()
	sent := resident.Get("/appeal/new/check").Form("/appeal/new/check").Submit().WantStatus(200)
	number := appealNumber.FindString(sent.URL.Path)
	href := "/officer/appeals/" + number
	officer := atDesk(t, site, "033127")
	page := officer.Get(href).Form(href+"/claim").Submit().Want("来源单位不许本地更改", "浙江省疾控中心", "本所无权更改")
	if page.Find("input[value='set_aside']").Length() != 0 {
		t.Error("a locked record offers to be set aside")
	}
	page.Form(href+"/preview").Force("item1", "set_aside").Force("item1_scope", "event").Force("item1_basis_set_aside", "elsewhere").
		Submit().WantStatus(422).Want("来源单位锁定的记录不能在这里更改")
	page.Form(href+"/preview").Set("item1", "uphold").Submit().WantStatus(200).Want("红码", "请联系该单位或拨打 12345").
		Form(href + "/decide").Submit().WantPath("/officer/appeals").Want("申诉不成立")
}

// Asking for material stops the clock and gives the case to the person.
func TestOfficer_asks(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	officer := atDesk(t, site, "033127")
	href := "/officer/appeals/" + number
	officer.Get(href).Form(href+"/claim").Submit().Form(href+"/preview").Set("item1", "ask").Set("item1_question", "请补交房东的电话").Submit().
		WantStatus(200).Want("时限暂停").Form(href + "/decide").Submit().WantPath("/officer/appeals").Want("已请本人补材料")
	officer.Get("/officer/appeals?tab=waiting").Want(number, "停表")
	officer.Get(href).Want("在等本人补材料")
	resident.Get("/appeal/" + number).Want("请补交房东的电话")
}

// Another station's officer, a colleague and a stranger.
func TestOfficer_whoMay(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	href := "/officer/appeals/" + number
	wang, liu := atDesk(t, site, "033127"), atDesk(t, site, "033128")
	seen := liu.Get(href)
	wang.Get(href).Form(href + "/claim").Submit().WantStatus(200)
	seen.Form(href + "/claim").Submit().WantStatus(409).Want("本所另一位民警已于 3 月 2 日（周一）09:00 认领这件申诉")
	liu.Get(href).Want("由王警官在办")
	resident.Get(href).WantPath("/staff/signin")
	wang.Get("/officer/appeals/YS-2603-0000000-7").WantStatus(404)
	wang.Get("/officer/evidence/0000000000000").WantStatus(404)
	wang.Get(href).Form(href + "/release").Submit().WantPath("/officer/appeals").Want("已退回队列")
	wang.Get("/officer/appeals").Form("/staff/signout").Submit().WantPath("/staff/signin")
	wang.Get(href).WantPath("/staff/signin")
}

func TestStaffSignIn_page(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	browser := site.Browser()
	page := browser.Get("/staff/signin").Want("工作人员登录", "每次查看个人信息都会记录")
	for range 5 {
		page = page.Form("/staff/signin").Set("login", "033127").Set("password", "wrong password").Set("code", "123456").Submit().WantStatus(422).Want("工号、密码或动态口令不对")
		if v, _ := page.Find("#login").Attr("value"); v != "033127" {
			t.Errorf("the login is gone: %q", v)
		}
		if strings.Contains(page.Body, "wrong password") {
			t.Error("the password is on the page")
		}
	}
	if stop := page.Form("/staff/signin").Set("login", "033127").Set("password", "x").Set("code", "1").Submit().WantStatus(429); stop.Header.Get("Retry-After") != "600" {
		t.Errorf("Retry-After %q", stop.Header.Get("Retry-After"))
	}
}
