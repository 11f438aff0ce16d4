package web_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yongxing/models"
	"yongxing/models/evidence"
	"yongxing/models/org"
	"yongxing/web/webtest"
)

// appellant is a browser in which somebody is signed in who is bound and yellow
// because of a case in their building (rule Y04), with a station to answer them.
func appellant(t *testing.T, site *webtest.Site, phone, number string) *webtest.Client {
	t.Helper()
	who := webtest.Somebody{Name: "林一明", Phone: phone, Number: number}
	browser := site.Declared(who)
	site.Bind(who)
	site.Import("source,document_number,kind,class,ref,from,authority", "city,"+number+",contact,same_building,LD-1,2026-03-01 09:00,海曙区疾控中心")
	return browser
}

func station(t testing.TB, site *webtest.Site) {
	t.Helper()
	_, err := site.Portal.OpenStation(t.Context(), models.NewStation{
		Code: "330203001", Name: "鼓楼派出所", NameEn: "Gulou Police Station", District: "330203", Phone: "0574-8700 1234", Serves: []string{"330203"},
		Org: org.Org{Code: "NBGA", Name: "宁波市公安局", Kind: "police"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func jpegOf(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 80, 60))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var appealNumber = regexp.MustCompile(`YS-[0-9]{4}-[0-9]{7}-[0-9]`)

// file goes through all four pages and returns the status page.
func file(t *testing.T, browser *webtest.Client) *webtest.Page {
	t.Helper()
	page := browser.Get("/appeal/new").WantStatus(http.StatusOK)
	page = page.Form("/appeal/new").Set("ground.1", "moved").Submit().WantPath("/appeal/new/statement")
	page = page.Form("/appeal/new/statement").Set("statement", "十月底已经搬走").Submit().WantPath("/appeal/new/evidence")
	page = page.Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "IMG_1.jpg", jpegOf(t, 90)).Submit("do=add").WantPath("/appeal/new/evidence")
	page = page.Form("/appeal/new/evidence").Submit("do=next").WantPath("/appeal/new/check")
	return page.Form("/appeal/new/check").Submit()
}

func TestAppealByWeb(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	browser := appellant(t, site, "13800000001", "330203199003071232")

	browser.Get("/appeal/new/check").WantPath("/appeal/new") // steps cannot be skipped
	page := browser.Get("/appeal/new").Want("哪一项不对", "与病例同楼栋", "已经搬走")
	if page.Find("input[name='items[]'][checked]").Length() != 1 {
		t.Error("the only finding is not chosen already")
	}
	page = page.Form("/appeal/new").Submit().WantStatus(http.StatusUnprocessableEntity).Want("请说明这一项哪里不对")
	page = page.Form("/appeal/new").Set("ground.1", "other").Submit().WantPath("/appeal/new/statement")
	page = page.Form("/appeal/new/statement").Submit().WantStatus(http.StatusUnprocessableEntity).Want("请写一两句说明")
	page = page.Form("/appeal/new/statement").Set("statement", strings.Repeat("长", 1001)).Set("harm", "exam").Submit().
		WantStatus(http.StatusUnprocessableEntity).Want("现在是 1001 字", "长长长")
	if page.Find("input[name=harm][value=exam][checked]").Length() != 1 {
		t.Error("the choice is lost when the words are too long")
	}
	page = page.Form("/appeal/new/statement").Set("statement", "租约到期").Submit().WantPath("/appeal/new/evidence")

	page = page.Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "a.heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00")).Submit("do=add").
		WantStatus(http.StatusUnprocessableEntity).Want("HEIC")
	page = page.Form("/appeal/new/evidence").Submit("do=add").WantStatus(http.StatusUnprocessableEntity).Want("请先选择一张照片")
	page = page.Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "a.jpg", jpegOf(t, 90)).Submit("do=add").Want("租房合同或居住证明", "第 1 张")
	page = page.Form("/appeal/new/evidence/remove").Submit().WantPath("/appeal/new/evidence").Want("已删除")
	// A photo that is chosen goes along with 继续.
	page = page.Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "a.jpg", jpegOf(t, 90)).Submit("do=next").WantPath("/appeal/new/check").
		Want("鼓楼派出所", "0574-8700 1234", "2 小时内答复", "租约到期", "要参加考试", "1 张")

	send := page.Form("/appeal/new/check")
	page = send.Submit().WantStatus(http.StatusOK).Want("等待民警受理", "鼓楼派出所", "第 1 位，前面 0 件", "待核实", "租约到期", "民警和工作人员不会向您索要验证码")
	number := appealNumber.FindString(page.URL.Path)
	page.WantPath("/appeal/" + number).Want(number)
	send.Submit().WantPath("/appeal/" + number) // the form is sent again
	browser.Get("/appeal/new").WantPath("/appeal/" + number).Want("再次提交不会更快")
	if log := site.Log.String(); strings.Contains(log, "租约") || strings.Contains(log, number) {
		t.Errorf("the log tells what was filed: %s", log)
	}
}

// What another tab has changed since the check page was shown is not sent: the
// page comes again with what the appeal says now.
func TestAppealInTwoTabs(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	browser := appellant(t, site, "13800000001", "330203199003071232")
	page := browser.Get("/appeal/new").Form("/appeal/new").Set("ground.1", "moved").Submit()
	page.Form("/appeal/new/statement").Set("statement", "十月底已经搬走").Submit()
	check := browser.Get("/appeal/new/check")
	browser.Get("/appeal/new/statement").Form("/appeal/new/statement").Set("statement", "别的话").Submit()

	again := check.Form("/appeal/new/check").Submit().WantStatus(http.StatusConflict).Want("在另一个页面里改过", "别的话")
	again.Form("/appeal/new/check").Submit().WantStatus(http.StatusOK).Want("已提交")
}

func TestAppealStatus_othersGetNotFound(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	mine := appellant(t, site, "13800000001", "330203199003071232")
	page := file(t, mine)
	number := appealNumber.FindString(page.URL.Path)
	src, _ := page.Find(".yx-thumb").Attr("src")
	other := appellant(t, site, "13800000002", "330206195801010013")
	unknown := other.Get("/appeal/YS-2603-0000000-0").WantStatus(http.StatusNotFound).Text("main")
	for _, path := range []string{"/appeal/" + number, "/appeal/" + number + "/withdraw", src} {
		if got := other.Get(path).WantStatus(http.StatusNotFound).Text("main"); reference.ReplaceAllString(got, "") != reference.ReplaceAllString(unknown, "") {
			t.Errorf("%s tells somebody else more than an unknown number does: %s", path, got)
		}
	}
	csrf, _ := other.Get("/appeal/new").Find("input[name=csrf]").Attr("value")
	for _, path := range []string{"/appeal/" + number + "/withdraw", "/appeal/" + number + "/material"} {
		form := url.Values{"csrf": {csrf}}
		if strings.HasSuffix(path, "material") {
			form.Set("text", "x")
		}
		other.Post(path, form).WantStatus(http.StatusNotFound)
	}
	site.Browser().Get("/appeal/" + number).WantPath("/signin")
}

var reference = regexp.MustCompile(`[0-9A-Z]{8,}`)

func TestAppealMaterialAndWithdraw(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	browser := appellant(t, site, "13800000001", "330203199003071232")
	page := file(t, browser)
	number := appealNumber.FindString(page.URL.Path)
	material := "/appeal/" + number + "/material"
	page = page.Form(material).Submit().WantStatus(http.StatusUnprocessableEntity).Want("请写一句说明")
	page = page.Form(material).Set("text", "补一句话").Attach("file", "x.pdf", []byte("%PDF-1.7")).Set("kind", "lease").Submit().
		WantStatus(http.StatusUnprocessableEntity).Want("PDF", "补一句话")
	page.Form(material).Set("kind", "tickets").Attach("file", "x.png", jpegOf(t, 20)).Submit().WantPath("/appeal/"+number).
		Want("补一句话", "车票、通行记录", "还可添 3 张", "您补充了材料")
	page = browser.Get("/appeal/" + number + "/withdraw").Want("要撤回这件申诉吗")
	page = page.Form("/appeal/" + number + "/withdraw").Submit().WantPath("/appeal/" + number).Want("已撤回")
	if page.Find("form[action='"+material+"']").Length() != 0 {
		t.Error("a withdrawn appeal still takes material")
	}
	browser.Get("/appeal/" + number + "/withdraw").WantPath("/appeal/" + number)
	browser.Get("/appeal/new").WantPath("/appeal/new").Want("哪一项不对", number)
}

func TestPhotoIsServedSafely(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	browser := appellant(t, site, "13800000001", "330203199003071232")
	src, ok := file(t, browser).Find(".yx-thumb").Attr("src")
	if !ok {
		t.Fatal("no photo on the page")
	}
	res := browser.Do(http.MethodGet, src, "", nil)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", src, res.StatusCode)
	}
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "Content-Disposition": "inline", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if _, err := jpeg.Decode(res.Body); err != nil {
		t.Error(err)
	}
}

func TestPhotoTooLarge(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	browser := appellant(t, site, "13800000001", "330203199003071232")
	page := browser.Get("/appeal/new").Form("/appeal/new").Set("ground.1", "moved").Submit()
	page = page.Form("/appeal/new/statement").Submit()
	form := page.Form("/appeal/new/evidence").Set("kind", "lease")
	form.Attach("file", "large.jpg", make([]byte, evidence.MaxBytes+1)).Submit("do=add").WantStatus(http.StatusUnprocessableEntity).Want("超过 10 MB")
	form.Attach("file", "huge.jpg", make([]byte, evidence.MaxBytes+1<<20)).Submit("do=add").WantStatus(http.StatusRequestEntityTooLarge).Want("不能超过 10 MB")
	browser.Get("/appeal/new/check").Want("已经搬走") // nothing is lost
}

func TestAppealPagesInEnglishAndLargeType(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	browser := appellant(t, site, "13800000001", "330203199003071232").English().Large()
	page := browser.Get("/appeal/new").Want("What is wrong", "Same building as a case")
	page = page.Form("/appeal/new").Set("ground.1", "moved").Submit().Want("What happened")
	page = page.Form("/appeal/new/statement").Set("statement", "I moved in October").Submit().Want("Photos")
	page = page.Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "a.jpg", jpegOf(t, 7)).Submit("do=next").Want("Gulou Police Station", "within 8 hours")
	page.Form("/appeal/new/check").Submit().Want("Waiting for an officer", "Number 1, 0 before you")
}

func TestAppealWithoutReason(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	browser := appellant(t, site, "13800000001", "330203199003071232")
	site.Clock.Advance(8 * 24 * time.Hour) // the finding has run out
	browser.Get("/appeal/new").Want("现在没有可以申诉的内容")
	browser.Get("/appeal/new/statement").WantPath("/appeal/new")
}
