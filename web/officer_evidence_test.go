package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yongxing/models/store"
	"yongxing/web/webtest"
)

// A picture has a page of the desk: who sent it and when, the others, the way back
// to the case and its list. A look at it is one line on the person's page; what is
// not of the case or out of reach is nowhere.
func TestOfficerEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.officer
	w.Clock.Advance(time.Minute)
	w.opener.Get("/appeal/"+w.open).Form("/appeal/"+w.open+"/material").Set("kind", "tickets").Attach("file", "b.jpg", jpegOf(t, 40)).Submit().WantStatus(http.StatusOK)
	href := "/officer/appeals/" + w.open
	looks := func() (n int) {
		t.Helper()
		if err := w.Store().Read(t.Context(), func(tx store.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM staff_read").Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := looks()
	first := o.Get(firstHref(o.Get(href+"?list=colour%3Dred"), w.photo)).WantStatus(200).Want("材料 1 / 2", w.open, "本人，3 月 2 日", "上一张", "下一张")
	wantLink(t, first, "返回本件", href+"?list=colour%3Dred")
	src, _ := first.Find("main img").Attr("src")
	if alt, _ := first.Find("main img").Attr("alt"); src != "/officer/evidence/"+w.photo || alt == "" {
		t.Errorf("the picture is %q, %q", src, alt)
	}
	if res := o.Do(http.MethodGet, src, "", nil); res.StatusCode != http.StatusOK || res.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("%d, %s", res.StatusCode, res.Header.Get("Content-Security-Policy"))
	}
	if got := looks() - before; got != 2 { // the case, and the picture
		t.Errorf("%d looks on record", got)
	}
	w.Clock.Advance(2 * time.Minute)
	if o.Do(http.MethodGet, src, "", nil); looks()-before != 3 {
		t.Error("a picture alone is no look")
	}
	second := o.Get(hrefOf(t, first, "下一张")).WantStatus(200).Want("材料 2 / 2")
	if hrefOf(t, second, "上一张") != first.URL.RequestURI() || second.Find(".yx-paging a").Length() != 1 {
		t.Error("the last picture has another after it, or not this one before it")
	}
	o.English().Get(first.URL.RequestURI()).Want("Photo 1 of 2", "By the person, Monday 2 March")
	o.Get("/officer/appeals/" + w.claimed + "/evidence/" + w.photo).WantStatus(404)
	o.Get(href + "/evidence/0000000000000").WantStatus(404)
	w.OpenStation("wc", "望春派出所", "Wangchun Police Station", "330203008")
	w.Officer("044001", "wc").Get(first.URL.RequestURI()).WantStatus(404)
}

func firstHref(p *webtest.Page, part string) (found string) {
	for _, a := range p.Find("main a").EachIter() {
		if href, _ := a.Attr("href"); found == "" && strings.Contains(href, part) {
			found = href
		}
	}
	return found
}
