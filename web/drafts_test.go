package web_test

import (
	"net/http"
	"testing"
	"time"

	"yongxing/models/draft"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// A page whose declaration was sent from another tab says so, shows what was sent
// and what it held, and leads on; nothing is saved by it.
func TestDeclaredInAnotherTab(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	browser := newcomer(site, linPhone)
	fillAll(browser, "none")
	health := browser.Get("/declare/health")
	contact := browser.Get("/declare/contact")
	check := browser.Get("/declare/check")
	site.Clock.Advance(time.Minute)
	browser.Get("/declare/check").Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done")
	before := tables(t, site)

	late := health.Form("/declare/health").Set("measured", "yes").Set("temperature", "38.4").Submit().WantStatus(http.StatusConflict)
	late.Want("已经在另一个页面提交", "已于今天（周一）09:02提交", "没有量", "38.4 ℃")
	for _, href := range []string{"/code", "/declare"} {
		if late.Find("main a[href='"+href+"']").Length() == 0 {
			t.Errorf("no way to %s", href)
		}
	}
	contact.Form("/declare/contact").Set("contact", "yes").Set("contact_last").Submit().WantStatus(http.StatusConflict).Want("没有填完")
	check.Form("/declare/check").Set("true", "1").Submit().WantStatus(http.StatusConflict).Want("已经在另一个页面提交", "没有量", "林*")
	if changed := moved(before, tables(t, site)); changed != "" {
		t.Errorf("something was saved: %s", changed)
	}
	browser.English()
	health.Form("/declare/health").Submit().WantStatus(http.StatusConflict).Want("Already sent from another page")

	// A draft that was begun since is a draft like any other.
	site.Clock.Advance(time.Hour)
	browser.SetCookie("yx_lang", "zh")
	browser.Get("/declare/stays").Form("/declare/stays").Set("trip", "no").Submit().WantPath("/declare/contact")
	health.Form("/declare/health").Submit().WantPath("/declare/contact")
}

// What was filled in is there for seven days, says when it was saved, and is gone
// when it is given up, photos and all.
func TestDraftsAreKeptAndGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Clock.Advance(7*24*time.Hour - time.Hour)
	page := w.half.Get("/declare").Want("3 月 2 日（周一）09:00保存过", "保留 7 天", "继续填写")
	page.Form("/declare/anew").Submit().WantPath("/declare").Want("已清空", "开始填写").WantNot("保存过")
	w.half.Get("/declare/residence").WantPath("/declare/identity")

	w.drafting.Get("/appeal/new/check").WantPath("/appeal/new/check").Want("那天我在鄞州的工地")
	before := tables(t, w.Site)["draft"]
	w.drafting.Get("/appeal/new").Want("保存过").Form("/appeal/new/anew").Submit().WantPath("/appeal/new").Want("已清空").WantNot("保存过")
	w.drafting.Get("/appeal/new/check").WantPath("/appeal/new")
	left := 0
	err := w.Store().Read(t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM evidence WHERE appeal_id IS NULL AND removed_at IS NULL").Scan(&left)
	})
	if err != nil || left != 0 {
		t.Errorf("%d photos of what was given up are left, %v", left, err)
	}
	w.draft(w.drafting)
	if n := w.drafting.Get("/appeal/new/evidence").Find("main img").Length(); n != 1 {
		t.Errorf("%d photos after starting anew with one", n)
	}
	if after := tables(t, w.Site)["draft"]; after != before {
		t.Errorf("%d drafts, want %d", after, before)
	}
	w.Clock.Advance(draft.Lifetime)
	w.drafting.Get("/appeal/new/check").WantPath("/appeal/new")
}
