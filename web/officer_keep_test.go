package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yongxing/web/webtest"
)

// What is half filled in about the facts outlives every other press on its page,
// without a script: the identity, shown or refused, the switch of languages, and
// the way back from a preview.
func TestOfficer_halfFilledStays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.officer.Get(d.href)
	half := func(p *webtest.Page, action, question string) *webtest.Form {
		return p.Form(d.href+action).Set("item1", "ask").Set("item1_question", question)
	}
	stays := func(p *webtest.Page, status int, question string) *webtest.Page {
		t.Helper()
		p.WantStatus(status)
		if got := typedIn(p, "item1") + " " + typedIn(p, "item1_question"); got != "ask "+question {
			t.Errorf("%s: %q is left of %q", p.URL, got, question)
		}
		return p
	}
	page.Form(d.href + "/keep").Submit("quiet=1")
	if d.kept() != 0 {
		t.Error("a form that nobody touched is kept")
	}
	stays(half(page, "/identity", "请补租房合同").Submit(), 422, "请补租房合同").Want("请选一个理由")
	form := half(page, "/identity", "请补居住证").Set("reason", "at_counter")
	stays(form.Submit(), 200, "请补居住证").Want("330203199003071232")
	form.Submit().WantStatus(http.StatusConflict) // the same form again shows nothing
	page = stays(d.officer.Get(d.href), 200, "请补居住证").Want("填写的，已经填回")

	english := stays(half(page, "/keep", "请补水电费单").Submit("lang=en"), 200, "请补水电费单").WantPath(d.href).Want("Find the facts", "filled in by")
	page = stays(english.Form(d.href+"/keep").Submit("lang=zh"), 200, "请补水电费单").Want("认定事实")
	half(page, "/preview", "请补身份证照片").Submit().WantStatus(200).Want("请补身份证照片")
	stays(d.officer.Get(d.href), 200, "请补身份证照片")

	d.officer.Get(d.href).Form(d.href + "/release").Submit()
	if got := half(page, "/keep", "太晚").Submit("lang=en").WantStatus(http.StatusConflict); strings.Contains(got.Body, "太晚") {
		t.Error("kept of a case that is theirs no more")
	}
}

// The words to the person are kept if the officer wrote them; those that the
// preview proposed would be untrue of another finding.
func TestOfficer_ownWordsStay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	preview := d.officer.Get(d.href).Form(d.href+"/preview").Set("item1", "set_aside").Submit().WantStatus(200)
	preview.Form(d.href + "/keep").Submit("lang=zh").WantPath(d.href).WantNot("写给本人的话也保存了")
	edit := preview.Form(d.href + "/decide").Submit("back=1").WantStatus(200)
	upheld := edit.Form(d.href+"/preview").Set("item1", "uphold").Submit().WantStatus(200)
	if got := typedIn(upheld, "words"); got != "" {
		t.Errorf("proposed of another finding: %q", got)
	}
	const words = "您的情况已经核实 记录属实 请按提示检测"
	back := upheld.Form(d.href+"/keep").Set("words", words).Submit("lang=zh").Want("写给本人的话也保存了")
	if got := typedIn(back.Form(d.href+"/preview").Submit(), "words"); got != words {
		t.Errorf("words %q", got)
	}
}

// In a browser, with scripts and without: the same, Enter in a field asks for the
// preview and neither for the identity nor for the other language, and with
// scripts whatever leaves the page keeps the form.
func TestOfficer_halfFilledInBrowser(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	d := newDesk(t)
	base := d.Listen(false)
	for _, noScript := range []bool{true, false} {
		look := webtest.Desk
		look.NoScript = noScript
		tab := open(t, base, look).Wear(d.officer).Open(d.href)
		const question = `document.getElementById("item1_question").value`
		ask := func(words string) { tab.TickValue("item1", "ask").Type("item1_question", words) }
		stays := func(what, words string) {
			t.Helper()
			if got := webtest.Eval[string](tab, question); got != words {
				t.Errorf("%s, scripts off: %v: %q is left of %q", what, noScript, got, words)
			}
		}
		ask("请补租房合同")
		webtest.Eval[bool](tab, `(document.querySelector(".yx-drawer").open = true)`)
		tab.Choose("reason", "at_counter").Press(".yx-drawer button")
		tab.Want("330203199003071232")
		stays("the identity", "请补租房合同")
		ask("请补居住证")
		tab.Press(".yx-deskbar__lang")
		tab.Want("Find the facts")
		stays("the language", "请补居住证")
		tab.Press(".yx-deskbar__lang")
		ask("请补水电费单\r")
		tab.Want("这样认定以后").Until(`document.readyState === "complete"`)
		tab.Press(".govuk-back-link")
		stays("the way back from a preview", "请补水电费单")
		if noScript {
			continue
		}
		ask("请补身份证照片")
		tab.Open("/officer/appeals")
		// The browser sends it in the background, beside the next page.
		for begun := time.Now(); typedIn(d.officer.Get(d.href), "item1_question") != "请补身份证照片" && time.Since(begun) < 5*time.Second; {
			time.Sleep(50 * time.Millisecond)
		}
		tab.Open(d.href)
		stays("another page", "请补身份证照片")
	}
}

// Back after a decision, and a reload of what a form was answered with, ask for the
// case and send nothing again; a button that is pressed twice decides once.
func TestOfficer_backAfterDecision(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	d := newDesk(t)
	tab := open(t, d.Listen(false), webtest.Desk).Wear(d.officer).Open(d.href)
	tab.TickValue("item1", "set_aside").Press("#decision .yx-buttons button")
	tab.Want("这样认定以后")
	webtest.Eval[bool](tab, `(window.old = true, setTimeout(() => location.reload()), true)`)
	tab.Until(`window.old === undefined && document.readyState === "complete"`).Want("填写的，已经填回")
	tab.Press("#decision .yx-buttons button")
	tab.Want("这样认定以后")
	webtest.Eval[bool](tab, `((b) => { b.click(); b.click(); return true })(document.querySelector("#decision .yx-buttons button"))`)
	tab.Want("已决定：申诉成立").Back()
	tab.Want("本件已经办结")
	if d.state() != "decided" || tab.Location() != tab.Base+d.href {
		t.Errorf("%s at %s", d.state(), tab.Location())
	}
}

// An account that is disabled while its officer decides: nothing is decided, and
// what they send leads to the door.
func TestOfficer_disabledMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	preview := d.officer.Get(d.href).Form(d.href+"/preview").Set("item1", "set_aside").Submit().WantStatus(200)
	if err := d.Portal.DisableStaff(t.Context(), "033127"); err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(time.Second + time.Millisecond)
	for _, step := range []string{"/decide", "/keep"} {
		preview.Form(d.href + step).Submit().WantPath("/staff/signin").WantNot("已经自动退出")
	}
	if d.state() != "claimed" {
		t.Errorf("decided by nobody: %s", d.state())
	}
}

// clockAhead lets the page's clock be set forward, as if it had lain open.
const clockAhead = `(() => { const real = Date.now.bind(Date); window.ahead = 0; Date.now = () => real() + window.ahead * 60000; })()`

// Two minutes before a sign-in ends its pages say so, in every tab that has not
// heard that another went on; one press prolongs it, and at the end nothing typed
// is lost.
func TestOfficer_warnedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	d := newDesk(t)
	tab := open(t, d.Listen(false), webtest.Desk).Wear(d.officer)
	tab.Preload(clockAhead)
	tab.Open(d.href).Want("这一页到 09:15")
	shown := func() string {
		return webtest.Eval[string](tab, `[...document.querySelectorAll(".yx-idle > *")].filter(e => e.offsetHeight > 0).map(e => e.innerText).join(" ")`)
	}
	pass := func(minutes string, words string) {
		t.Helper()
		webtest.Eval[float64](tab, "window.ahead = "+minutes)
		tab.Until(`[...document.querySelectorAll(".yx-idle > *")].filter(e => e.offsetHeight > 0).map(e => e.innerText).join(" ") === "` + words + `"`)
	}
	const soon = "不到 2 分钟就会自动退出。 继续工作"
	pass("12.9", "")
	tab.TickValue("item1", "ask").Type("item1_question", "请补租房合同")
	pass("13.1", soon)
	d.Clock.Advance(13 * time.Minute)
	webtest.Eval[bool](tab, `(document.querySelector("[data-go]").click(), true)`)
	tab.Want("这一页到 09:28")
	if got := shown(); got != "" {
		t.Errorf("still shown: %q", got)
	}
	if got := webtest.Eval[string](tab, `document.getElementById("item1_question").value + document.activeElement.id`); got != "请补租房合同item1_question" {
		t.Errorf("the page was not left as it was: %q", got)
	}
	pass("26.2", soon)
	// Another tab has heard from the portal since.
	webtest.Eval[bool](tab, `(localStorage.setItem("yx-desk-ends", JSON.stringify({ends: Date.now() + 800000, until: "09:41"})), true)`)
	pass("26.2", "")
	tab.Want("这一页到 09:41")
	pass("41", "已经自动退出。填写的没有丢：照常点下一步，登录以后会填回。")
	d.Clock.Advance(16 * time.Minute)
	tab.Press(`#decision .yx-buttons button`)
	tab.Want("您有 15 分钟没有操作")
	if d.signIn(d.officer.Get("/staff/signin"), "033127", d.secret); typedIn(d.officer.Get(d.href), "item1_question") != "请补租房合同" {
		t.Error("what was typed is lost")
	}
}

// Whole numbers do not stand on the screen of somebody who has gone: they are masked
// when the sign-in ends, and when the page is left for one that Back may bring back.
func TestOfficer_wholeNumbersGo(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	d := newDesk(t)
	const document, phone = "330203199003071232", "13800000001"
	const elsewhere = `localStorage.setItem("yx-desk-ends", JSON.stringify({gone: Date.now() + 1}))` // as another tab notes it
	if got := d.officer.Get("/officer/appeals").Find("[data-over]").Text(); got != "已经自动退出，请重新登录。" {
		t.Errorf("where nothing is filled in it says %q", got)
	}
	page := d.officer.Get(d.href).Form(d.href+"/identity").Set("reason", "call_person").Submit().Want(document, phone)
	if want := `<noscript><meta http-equiv="refresh" content="900; url=` + d.href + `"></noscript>`; !strings.Contains(page.Body, want) {
		t.Errorf("without scripts the page stays: no %s", want)
	}
	for how, end := range map[string]string{"ended": "window.ahead = 16", "left": `dispatchEvent(new Event("pagehide"))`, "signed out in another tab": elsewhere} {
		tab := open(t, d.Listen(false), webtest.Desk).Wear(d.officer)
		tab.Preload(clockAhead)
		tab.Open(d.href)
		webtest.Eval[bool](tab, `(document.querySelector(".yx-drawer").open = true)`)
		tab.Choose("reason", "call_person").Press(".yx-drawer button")
		tab.Want(document, phone)
		webtest.Eval[bool](tab, "("+end+", true)")
		tab.Until(`!document.body.innerHTML.includes("` + document + `") && !document.body.innerHTML.includes("` + phone + `")`)
		tab.Want("3302**********1232", "138****0001")
		if got := webtest.Eval[string](tab, `document.querySelector("[data-over]").textContent`); !strings.Contains(got, "填写的没有丢") {
			t.Errorf("%s: beside a form it says %q", how, got)
		}
		if got := webtest.Eval[float64](tab, `document.querySelector("[data-whole]").offsetHeight`); got != 0 {
			t.Errorf("%s: it still says that whole numbers stand there", how)
		}
		if how != "left" {
			continue
		}
		noted := webtest.Eval[bool](tab, `((form) => {
			form.addEventListener("submit", (e) => e.preventDefault());
			form.requestSubmit();
			return JSON.parse(localStorage.getItem("yx-desk-ends")).gone > 0;
		})(document.querySelector('form[action="/staff/signout"]'))`)
		if !noted {
			t.Error("other tabs do not hear that this one signs out")
		}
	}
}

// The end that a page tells is the one that the guard holds: of a session that is
// seen once a minute, and not after its tenth hour.
func TestOfficer_endIsTrue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Clock.Advance(59 * time.Second) // not worth a line on record: the end stays
	d.officer.Get(d.href).Want("这一页到 09:15")
	d.Clock.Advance(14*time.Minute + 2*time.Second)
	d.officer.Get(d.href).WantPath("/staff/signin")

	d.Clock.Advance(time.Minute)
	d.signIn(d.officer.Get("/staff/signin"), "033127", d.secret)
	for range 59 {
		d.Clock.Advance(10 * time.Minute)
		d.officer.Get("/staff/awake").WantStatus(200)
	}
	if got := d.officer.Get("/staff/awake").Body; !strings.Contains(got, `"left":600`) {
		t.Errorf("ten minutes before the tenth hour: %s", got)
	}
	d.Clock.Advance(10 * time.Minute)
	if res := d.officer.Do(http.MethodGet, "/staff/awake", "", nil); res.Header.Get("Location") != "/staff/signin" {
		t.Errorf("after ten hours: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
}
