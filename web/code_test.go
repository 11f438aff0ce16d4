package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// holder is somebody with a claimed document, declared at modeltest.Start, and
// the browser in which they did.
type holder struct {
	*webtest.Client
	id            int64
	phone, number string
}

// holderOf is somebody who lives in Haishu, has signed in and declared, and is
// not bound yet.
func holderOf(t testing.TB, site *webtest.Site, phone, number, name string) holder {
	t.Helper()
	browser := site.Declared(webtest.Somebody{Name: name, Phone: phone, Number: number})
	return holder{Client: browser, id: personOf(t, site, phone), phone: phone, number: number}
}

// personOf is the id of whoever has this phone.
func personOf(t testing.TB, site *webtest.Site, phone string) (id int64) {
	t.Helper()
	err := site.Store().Read(t.Context(), func(tx store.Tx) error {
		who, _, err := person.ByPhone(tx, phone)
		id = who.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// sends imports one record of a source about the holder. With phone it binds.
func (h holder) sends(t testing.TB, site *webtest.Site, phone string, columns, values string) {
	t.Helper()
	file := "document_number,phone,authority," + columns + "\n" + h.number + "," + phone + ",海曙区防控办," + values + "\n"
	report, err := site.Portal.ImportFacts(t.Context(), strings.NewReader(file), ledger.Entry{Actor: "system"})
	if err != nil || report.Refused > 0 {
		t.Fatalf("import: %+v, %v", report, err)
	}
}

const nothing = "source,kind,class,from" // a negative test colours nobody

// green binds the holder and leaves them without a finding.
func (h holder) green(t testing.TB, site *webtest.Site) {
	h.sends(t, site, h.phone, nothing, "lab,test,negative,2026-02-20 09:00")
}

func (h holder) yellow(t testing.TB, site *webtest.Site) {
	h.green(t, site)
	h.sends(t, site, "", "source,kind,class,ref,from", "province,contact,same_building,G1,2026-03-01")
	h.sends(t, site, "", "source,kind,from", "clinic,clinic,2026-03-01 10:00")
}

func (h holder) red(t testing.TB, site *webtest.Site) {
	h.green(t, site)
	list := "id,code,level,from,document\nA1,110101,high,2026-02-20,2026-3\n"
	if _, err := site.Portal.PublishAreas(t.Context(), strings.NewReader(list), ledger.Entry{Actor: "system"}); err != nil {
		t.Fatal(err)
	}
	h.sends(t, site, "", "source,kind,class,place,from,to,upstream", "carrier,stay,stayed,110101,2026-02-27 13:02,2026-02-27 17:14,c-1")
}

func codeSite(t testing.TB) *webtest.Site {
	site := webtest.New(t)
	station(t, site)
	return site
}

const (
	zhang, zhangTel = "330203199003071232", "13800000001"
	secret          = "东城" // what only an outside record says
)

func TestCodePageOfEachState(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(holder, testing.TB, *webtest.Site)
		want    []string
		not     []string
		english []string
	}{
		"green": {holder.green,
			[]string{"绿码 可通行", "张*明", "3302**********1232", "为什么是绿码", "规则集", "3 月 16 日（周一）", "只是提醒"},
			[]string{"张小明", "依据规则", "未核验"},
			[]string{"Green: free to go", "Why it is green"}},
		"yellow": {holder.yellow,
			[]string{"黄码 限制通行", "共 2 项依据", "与病例同楼栋", "发热门诊就诊", "最晚结束", "再有 2 次阴性", "信息不对，提出申诉", "Y02", "Y04", "鼓楼派出所，申诉 8 小时内", "或"},
			[]string{"留在住所"},
			[]string{"Yellow: limited", "2 findings", "Something is wrong: appeal", "How to end it sooner"}},
		"red": {holder.red,
			[]string{"红码 请勿外出", "就医可凭身份证", "120", "12345", "R07，规则集 2026-11-01", "您的手机在北京市东城区停留 4 小时 12 分", "2 月 27 日（周五）13:02 至 17:14", "当时为高风险地区", "手机运营商信令", "海曙区防控办", "我没有去过，提出申诉", "3 月 2 日（周一）09:00 起计入", "健康打卡", "2 次检测阴性，间隔 24 小时", "0 / 2 次"},
			[]string{"没有触发"},
			[]string{"Red: please stay in", "I was not there: appeal", "2 negative tests, 24 hours apart", "Gulou Police Station"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := codeSite(t)
			h := holderOf(t, site, zhangTel, zhang, "张小明")
			c.prepare(h, t, site)
			browser := h.Client
			page := browser.Get("/code").WantStatus(http.StatusOK).Want(c.want...).WantNot(c.not...)
			leadsSomewhere(t, browser, page)
			light(t, page, 10<<10)
			browser.Get("/code/show").WantStatus(http.StatusOK).Want("返回我的码", "张*明")
			browser.English()
			browser.Get("/code").WantStatus(http.StatusOK).Want(c.english...)
			browser.Get("/history").WantStatus(http.StatusOK)
		})
	}
}

// leadsSomewhere follows every link of a page that stays in the portal.
func leadsSomewhere(t *testing.T, browser *webtest.Client, page *webtest.Page) {
	t.Helper()
	seen := map[string]bool{}
	page.Find("main a[href^='/'], footer a[href^='/']").Each(func(_ int, s *goquery.Selection) {
		href, _, _ := strings.Cut(s.AttrOr("href", ""), "#")
		if !seen[href] {
			seen[href] = true
			if res := browser.Do(http.MethodGet, href, "", nil); res.StatusCode >= http.StatusBadRequest {
				t.Errorf("%s leads to %d", href, res.StatusCode)
			}
		}
	})
	if len(seen) < 3 {
		t.Errorf("only %d links", len(seen))
	}
}

func light(t *testing.T, page *webtest.Page, most int) {
	t.Helper()
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
	if _, err := z.Write([]byte(page.Body)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	if zipped.Len() > most {
		t.Errorf("%s weighs %d bytes", page.URL, zipped.Len())
	}
}

func TestCodePageOfSomebodyUnbound(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	browser := h.Client
	before := browser.Get("/code").Want("未核验", "怎样核验，任选一种", "鼓楼派出所", "申报内容没有触发规则", "看病不用等").WantNot("绿码", "红码")
	history := browser.Get("/history").Text("main")
	// Records arrive about the document that is merely claimed: nothing moves.
	list := "id,code,level,from,document\nA1,110101,high,2026-02-20,2026-3\n"
	if _, err := site.Portal.PublishAreas(t.Context(), strings.NewReader(list), ledger.Entry{Actor: "system"}); err != nil {
		t.Fatal(err)
	}
	h.sends(t, site, "", "source,kind,class,place,from,to,upstream", "carrier,stay,stayed,110101,2026-02-27 13:02,2026-02-27 17:14,c-1")
	after := browser.Get("/code").WantNot("红码", secret)
	if before.Text("main") != after.Text("main") {
		t.Errorf("the page tells that something is on record:\n%s\n---\n%s", before.Text("main"), after.Text("main"))
	}
	if again := browser.Get("/history").Text("main"); again != history {
		t.Errorf("the history tells that something is on record:\n%s", again)
	}
}

func TestCodePageBeforeADeclaration(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	browser := site.SignIn(zhangTel)
	page := browser.Get("/code").Want("还没有码", "开始申报")
	if page.Find(".yx-qr").Length() != 0 {
		t.Error("a QR without a code")
	}
	browser.Get("/code/show").WantStatus(http.StatusOK).Want("还没有码")
	browser.Get("/history").Want("还没有记录")
	if res := browser.Do(http.MethodGet, "/code/fragment?seen=x", "", nil); res.StatusCode != http.StatusResetContent {
		t.Errorf("fragment without a code: %d", res.StatusCode)
	}
}

// A record that cannot be read: nobody vouches, and an old green is only told.
func TestCodePageThatCannotBeConfirmed(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	h.green(t, site)
	spoil(t, site)
	browser := h.Client
	page := browser.Get("/code").WantStatus(http.StatusOK).Want("暂不能确认", "不是您的过错", "上次确认是绿码", "立即刷新").WantNot("可通行")
	if page.Find(".yx-qr, .yx-code--green").Length() != 0 {
		t.Error("something still looks green")
	}
	browser.Get("/code/show").Want("暂不能确认").WantNot("可通行")
	browser.English()
	browser.Get("/code").Want("Not confirmed now", "Last confirmed: Green code")
	if strings.Contains(site.Log.String(), "张小明") || strings.Contains(site.Log.String(), zhang) {
		t.Error("the log names people")
	}
}

// spoil is what a bad disk or a wrong key does: birthdays that nobody can read any
// more, and so no review of anybody.
func spoil(t *testing.T, site *webtest.Site) {
	t.Helper()
	if err := site.Store().Write(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec("UPDATE person SET born_sealed = ?", []byte("broken"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestCodePageNeedsSignIn(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	for _, path := range []string{"/code", "/code/show", "/code/fragment", "/history"} {
		if res := site.Browser().Do(http.MethodGet, path, "", nil); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/signin") {
			t.Errorf("%s: %d to %q", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
}

func TestCodeFragmentRenewsOrReloads(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	h.green(t, site)
	browser := h.Client
	page := browser.Get("/code")
	url, ok := page.Find("[data-renew]").Attr("data-renew")
	if !ok {
		t.Fatal("nothing is renewed")
	}
	site.Clock.Advance(time.Minute)
	res := browser.Do(http.MethodGet, url, "", nil)
	fragment := new(bytes.Buffer)
	if _, err := fragment.ReadFrom(res.Body); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("fragment: %d, %v", res.StatusCode, err)
	}
	if !strings.Contains(fragment.String(), `datetime="2026-03-02T09:01:00+08:00"`) || !strings.Contains(fragment.String(), "绿码") || strings.Contains(fragment.String(), "<html") {
		t.Errorf("fragment: %s", fragment)
	}
	qr := regexp.MustCompile(`<path d="M4 4\.5[^"]*"`)
	if qr.FindString(fragment.String()) == qr.FindString(page.Body) {
		t.Error("the QR is the old one")
	}
	h.red(t, site)
	if res := browser.Do(http.MethodGet, url, "", nil); res.StatusCode != http.StatusResetContent {
		t.Errorf("the code is another one, and the fragment answers %d", res.StatusCode)
	}
	if res := browser.Do(http.MethodGet, url+"&colour=green", "", nil); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("unknown parameter: %d", res.StatusCode)
	}
}

// token is what the QR of a person's page carries now.
func token(t testing.TB, site *webtest.Site, id int64) string {
	t.Helper()
	page, err := site.Portal.CodePage(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return page.Token
}

func TestCheckOfAPass(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	gate := site.Browser()
	h.green(t, site)
	old := token(t, site, h.id)
	gate.Get("/V/"+old).WantStatus(http.StatusOK).Want("绿码", "张*明", "1232", "90").WantNot("张小明", zhang)
	gate.Get("/v/" + strings.ToLower(old)).WantStatus(http.StatusOK).Want("绿码")
	h.red(t, site)
	gate.Get("/v/"+old).Want("红码").WantNot("绿码", secret, "R07")
	site.Clock.Advance(91 * time.Second)
	gate.Get("/v/"+old).WantStatus(http.StatusOK).Want("已过期").WantNot("红码", "绿码", "张*明")
	gate.Get("/v/AAAA").WantStatus(http.StatusOK).WantNot("红码", "绿码")
	if res := gate.Do(http.MethodGet, "/v/"+old, "", nil); !strings.Contains(res.Header.Get("X-Robots-Tag"), "noindex") || res.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers %v", res.Header)
	}
	gate.English()
	gate.Get("/v/" + token(t, site, h.id)).WantStatus(http.StatusOK).Want("Red")
	if log := site.Log.String(); strings.Contains(log, old) || strings.Contains(log, strings.ToLower(old)) {
		t.Error("the log keeps tokens")
	}
}

func TestHistoryExplainsEveryChange(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	h.red(t, site)
	site.Clock.Advance(30 * 24 * time.Hour)
	if _, err := site.Portal.StoreDue(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	browser := h.Client
	page := browser.Get("/history").WantStatus(http.StatusOK).
		Want("红码", "绿码", "规则 R07 到过重点地区：记录显示", "您的手机在北京市东城区停留", "R07 到过重点地区已结束：到最晚期限", "到期自动变化", "收到新的记录", "规则集 2026-11-01")
	leadsSomewhere(t, browser, page)
	browser.Get("/history?before=x").WantStatus(http.StatusUnprocessableEntity)
	browser.English()
	browser.Get("/history").Want("Rule R07, Stay in a key area: A record shows that your phone was in", "its latest end was reached", "New records arrived")
}

func TestPublicPages(t *testing.T) {
	t.Parallel()
	site := codeSite(t)
	guest := site.Browser()
	for path, want := range map[string][]string{
		"/":              {"亮码", "申报", "甬行码申诉"},
		"/help":          {"规则全文", "R07", "到过重点地区", "2 次检测阴性，间隔 24 小时", "Y13", "满 14 天，并且每天打卡正常（打卡还没有开通）", "之后转为“后续健康监测”14 天"},
		"/privacy":       {"隐私说明"},
		"/accessibility": {"无障碍说明"},
	} {
		leadsSomewhere(t, guest, guest.Get(path).WantStatus(http.StatusOK).Want(want...))
	}
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	h.yellow(t, site)
	h.Get("/").Want("黄码", "申报和码色记录")
}

// In a real browser a scanner reads the QR of every colour off a phone's screen,
// and on red and yellow the appeal button stands above what WeChat leaves of it.
func TestCodePageOnAPhone(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	scanner := webtest.Tool(t, "zbarimg")
	open := webtest.Chromium(t)
	for name, prepare := range map[string]func(holder, testing.TB, *webtest.Site){
		"green": holder.green, "yellow": holder.yellow, "red": holder.red, "unverified": func(holder, testing.TB, *webtest.Site) {},
	} {
		t.Run(name, func(t *testing.T) { // each closes its tab: pages that lie open go on moving
			site := codeSite(t)
			h := holderOf(t, site, zhangTel, zhang, "张小明")
			prepare(h, t, site)
			tab := open(t, site.Listen(false), webtest.Phone).Wear(h.Client)
			tab.Open("/code")
			read := scan(t, scanner, tab.Shot())
			mark := strings.LastIndex(read, "/V/")
			if mark < 0 || !strings.HasPrefix(read, "HTTP://LOCALHOST:8080") {
				t.Errorf("%s: the scanner reads %q", name, read)
				return
			}
			checked, err := site.Portal.VerifyPass(t.Context(), read[mark+len("/V/"):])
			if err != nil || checked.State != name {
				t.Errorf("%s: the scanned pass says %+v, %v", name, checked, err)
			}
			for _, kind := range []string{"", "?lang=en", "?lang=zh&elder=1", "?lang=en&elder=1"} {
				tab.Open("/code" + kind)
				if bottom := webtest.Eval[float64](tab, `(function(){var b=document.querySelector('.yx-code .govuk-button');return b?b.getBoundingClientRect().bottom:0})()`); bottom > 603 {
					t.Errorf("%s%s: the button ends at %.0f", name, kind, bottom)
				}
				if wide := webtest.Eval[float64](tab, `document.documentElement.scrollWidth`); wide > 375 {
					t.Errorf("%s%s: the page is %.0f wide", name, kind, wide)
				}
			}
			if width := webtest.Eval[float64](tab, `document.querySelector('.yx-qr').getBoundingClientRect().width`); width < 240 {
				t.Errorf("%s: the QR is %.0f wide", name, width)
			}
		})
	}
}

// An open page renews its QR by itself, and turns into another page when the
// code has become another one.
func TestOpenCodePageFollowsTheCode(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	open := webtest.Chromium(t)
	site := codeSite(t)
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	h.green(t, site)
	tab := open(t, site.Listen(false), webtest.Phone).Wear(h.Client)
	tab.Open("/code").Want("绿码", "09:00:0")
	site.Clock.Advance(time.Minute)
	const renew = `(dispatchEvent(new Event('online')), true)` // does at once what is done each minute
	webtest.Eval[bool](tab, renew)
	tab.Want("09:01:0")
	h.red(t, site)
	webtest.Eval[bool](tab, renew)
	tab.Want("红码", "我没有去过，提出申诉")
}

func scan(t *testing.T, scanner string, png []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.png")
	if err := os.WriteFile(file, png, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(scanner, "--raw", "-q", file).Output()
	if err != nil {
		return fmt.Sprint(err)
	}
	return strings.TrimSpace(string(out))
}

// BenchmarkCodePage is one request for a red code with everything in it: guard,
// story with its review, token, QR, page, compression.
func BenchmarkCodePage(b *testing.B) {
	site := codeSite(b)
	h := holderOf(b, site, zhangTel, zhang, "张小明")
	h.red(b, site)
	browser := h.With("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		if res := browser.Do(http.MethodGet, "/code", "", nil); res.StatusCode != http.StatusOK {
			b.Fatal(res.StatusCode)
		}
	}
}
