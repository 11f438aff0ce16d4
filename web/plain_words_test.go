package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yongxing/web/webtest"
)

// Without a script the fields that a kind of document needs besides come with the
// next page, which begins at them and blames nobody; with it they come when the
// kind is chosen, and what was typed stays.
func TestFieldsOfAKindOfDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	new := newcomer(w.Site, "13800000077")
	for by, at := range map[*webtest.Client]string{new: "/declare/identity", w.green: "/me/document"} {
		form := by.Get(at).Form(at).Set("document_kind", "passport").Set("document_number", "925665416")
		if at == "/declare/identity" {
			form.Set("name", "Anne Novak")
		}
		page := form.Submit().WantStatus(http.StatusOK).WantPath(at)
		if status := page.Text("main [role=status]"); !strings.Contains(status, "请再选国籍") {
			t.Errorf("%s: the status says %q", at, status)
		}
		if page.Find(".govuk-error-summary, .govuk-error-message").Length() != 0 || page.Find("#nationality[autofocus]").Length() != 1 {
			t.Errorf("%s: it is told as a mistake, or the page does not begin at the new field", at)
		}
		page.Form(at).Submit().WantStatus(http.StatusUnprocessableEntity).Want("请选择国籍")
	}
	open := webtest.Chromium(t)
	base := w.Listen(false)
	for by, at := range map[*webtest.Client]string{new: "/declare/identity", w.green: "/me/document"} {
		tab := open(t, base, webtest.Phone).Wear(by).Open(at)
		choose := func(kind string) {
			tab.Choose("document_kind", kind)
			webtest.Eval[bool](tab, `document.getElementById("document_kind").dispatchEvent(new Event("change"))`)
		}
		tab.Type("document_number", "925665416")
		choose("passport")
		tab.Until(`document.getElementById("nationality") !== null`).Want("请再选国籍")
		if got := webtest.Eval[string](tab, `document.getElementById("document_number").value`); got != "925665416" {
			t.Errorf("%s: the number has become %q", at, got)
		}
		tab.Choose("nationality", "GBR")
		choose("resident_id")
		tab.Until(`document.getElementById("nationality") === null`)
	}
}

// A picture that comes without a word about what it shows is refused in words
// that say so, and that it must be chosen again; the kind is chosen beforehand.
func TestMaterialSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := "/appeal/" + w.open + "/material"
	page := w.opener.Get("/appeal/" + w.open)
	first := page.Find("#kind option[value!='']").First().AttrOr("value", "")
	if chosen := page.Find("#kind option[selected]").AttrOr("value", ""); chosen == "" || chosen != first {
		t.Errorf("%q is chosen beforehand", chosen)
	}
	refused := page.Form(at).Set("kind", "").Attach("file", "a.jpg", jpegOf(t, 9)).Submit().WantStatus(http.StatusUnprocessableEntity)
	for _, words := range []string{"请选这张照片是什么", "照片没有留下，请再选一次"} {
		if !strings.Contains(refused.Text(".govuk-error-summary"), words) {
			t.Errorf("the summary does not say %q: %s", words, refused.Text(".govuk-error-summary"))
		}
	}
	w.drafting.Get("/appeal/new/evidence").Form("/appeal/new/evidence").Set("kind", "").Attach("file", "a.jpg", jpegOf(t, 9)).Submit("do=add").
		WantStatus(http.StatusUnprocessableEntity).Want("照片没有留下")
	w.opener.Get("/appeal/"+w.open).Form(at).Set("kind", "").Set("text", "").Submit().WantNot("照片没有留下")
}

// A page that was refused does not say that it is saved, names a field that is on
// it, and says what a temperature looks like; on the check the name stands whole.
func TestWordsOfADeclaration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := newcomer(w.Site, "13800000078")
	fillIdentity(b, linNumber)
	form := b.Get("/declare/residence").Want("已保存").Form().Set("district", "330203").Submit("update=1").Form()
	form.Submit().WantStatus(http.StatusUnprocessableEntity).WantNot("已保存")
	short := form.Set("street", "330203005").Set("community", "秀水社区").Submit().WantStatus(http.StatusUnprocessableEntity).WantNot("已保存")
	kept := b.Get("/declare/residence")
	if kept.Find("#district option[selected]").AttrOr("value", "") != "330203" || kept.Find("#street option[selected]").AttrOr("value", "") != "330203005" || kept.Find("#community").AttrOr("value", "") != "秀水社区" {
		t.Error("what was in order is lost")
	}
	b.Get("/declare/stays").WantPath("/declare/residence") // the step is still open
	short.Form().Submit().WantStatus(http.StatusUnprocessableEntity)
	short.Form().Set("detail", "12 幢 301 室").Submit().WantPath("/declare/stays") // the refused page is of the draft as it is now
	add := b.Get("/declare/stays/add").Form()
	if said := add.Submit().WantStatus(http.StatusUnprocessableEntity).Text(".govuk-error-summary"); !strings.Contains(said, "请先选择省份") || strings.Contains(said, "区、县") {
		t.Errorf("of an empty stay the page says %q", said)
	}
	fillStays(b)
	fillContact(b)
	health := b.Get("/declare/health").Form().Set("measured", "yes").Set("temperature", "三十七度").Set("symptoms[]", "none").Set("isolation", "none")
	health.Submit().WantStatus(http.StatusUnprocessableEntity).Want("请填数字").WantNot("34 至 43")
	fillHealth(b, "none").WantPath("/declare/check").Want("林芳").WantNot(linNumber)
}

// Home and help stand without the database for whoever is not signed in, with the
// rules as last read, or without that part.
func TestPublicPagesWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	site, _ := outageSite(t)
	unread, _ := outageSite(t)
	site.Browser().Get("/help").Want("R07")
	for _, s := range []*webtest.Site{site, unread} {
		s.Gone()
		s.Clock.Advance(pastTrust)
	}
	site.Browser().Get("/help").WantStatus(http.StatusOK).Want("R07")
	site.Browser().Get("/").WantStatus(http.StatusOK).Want("2026-11-01")
	unread.Browser().Get("/").WantStatus(http.StatusOK).Want("12345").WantNot("2026-11-01")
	unread.Browser().Get("/help").WantStatus(http.StatusOK).Want("12345").WantNot("R07")
}

// The line of a picture that was looked at leads to its appeal, as that of the
// case does.
func TestLooksAtPicturesNameTheAppeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Clock.Advance(time.Minute)
	w.officer.Get(firstHref(w.officer.Get("/officer/appeals/"+w.open), w.photo)).WantStatus(http.StatusOK)
	found := false
	for _, look := range w.opener.Get("/me/looks").Find("main li").EachIter() {
		if strings.Contains(look.Text(), "查看了您的申诉材料") {
			found = true
			if !strings.Contains(look.Text(), w.open) {
				t.Errorf("the line of a picture is %q", look.Text())
			}
		}
	}
	if !found {
		t.Error("no line of a picture")
	}
}
