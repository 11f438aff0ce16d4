package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"yongxing/models/store"
	"yongxing/web/webtest"
)

// While little room is left on the disk photos are refused, in words that say what
// to do instead, and with what else was typed; everything else goes on. Then they
// are taken again.
func TestLittleRoom(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	left := uint64(100 << 30)
	site.Portal.Room = store.NewRoom(slog.New(slog.DiscardHandler), func(string) (uint64, uint64, error) { return left, 200 << 30, nil }, t.TempDir())
	server := at(site, "http://localhost:8080")
	site.Handler = server.Handler()
	state := func() string {
		w := httptest.NewRecorder()
		server.MetricsHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return site.Browser().Get("/readyz").WantStatus(http.StatusOK).Body + w.Body.String()
	}
	browser := appellant(t, site, "13800000001", "330203199003071232")
	officer := atDesk(t, site, "033127")
	if said := state(); strings.Contains(said, "ready, but") || !strings.Contains(said, "yx_disk_low 0") {
		t.Error("told that there is little room while there is")
	}

	left = 1 << 30
	site.Portal.Room.Look()
	if said := state(); !strings.Contains(said, "ready, but") || !strings.Contains(said, "yx_disk_low 1") || !strings.Contains(said, "yx_disk_free_bytes 1.073741824e+09") {
		t.Error("nobody is told that there is little room")
	}
	const later, instead = "暂时收不下照片", "把材料带到派出所窗口"
	page := browser.Get("/appeal/new").Form("/appeal/new").Set("ground.1", "moved").Submit()
	page = page.Form("/appeal/new/statement").Set("statement", "十月底已经搬走").Submit().WantStatus(http.StatusOK).Want(later, instead, "12345")
	refused := func(p *webtest.Page) *webtest.Page {
		t.Helper()
		p.WantStatus(http.StatusServiceUnavailable).Want(later, instead, "现在不行，请稍后再试").WantNot("处要改")
		if p.Header.Get("Retry-After") != "300" || p.Find("#file[aria-invalid=true]").Length() != 1 || p.Find("main .yx-note--warn").Length() != 0 {
			t.Errorf("Retry-After %q, or it does not stand at the field alone", p.Header.Get("Retry-After"))
		}
		return p
	}
	page = refused(page.Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "a.jpg", jpegOf(t, 90)).Submit("do=add"))
	if kind, _ := page.Find("#kind option[selected]").Attr("value"); kind != "lease" {
		t.Errorf("what was chosen is gone: %q", kind)
	}
	page = page.Form("/appeal/new/evidence").Submit("do=next").WantPath("/appeal/new/check")
	page = page.Form("/appeal/new/check").Submit().WantStatus(http.StatusOK)
	number := appealNumber.FindString(page.URL.Path)
	material := "/appeal/" + number + "/material"
	page = refused(page.Want(later).Form(material).Set("text", "补一句话").Set("kind", "lease").Attach("file", "a.jpg", jpegOf(t, 90)).Submit()).Want("补一句话")
	page.Form(material).Submit().WantStatus(http.StatusOK).Want("您补充了材料") // the words alone

	href := "/officer/appeals/" + number
	desk := officer.Get(href).Form(href + "/claim").Submit()
	desk.Form(href+"/preview").Set("item1", "set_aside").Submit().Form(href + "/decide").Submit().WantPath("/officer/appeals")

	left = 100 << 30
	site.Portal.Room.Look()
	other := appellant(t, site, "13800000002", "330206195801010013")
	file(t, other).WantStatus(http.StatusOK).WantNot(later)
	if strings.Contains(state(), "ready, but") {
		t.Error("told that there is little room while there is")
	}
}
