package web_test

import (
	"net/http"
	"testing"
	"time"

	"yongxing/web/webtest"
)

// Two tabs, the back button and a second press: a stale page does nothing, and
// says what has been done since, when, and by them or by a colleague without a
// name.
func TestOfficer_staleTabs(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	wang, liu := atDesk(t, site, "033127"), atDesk(t, site, "033128")
	href := "/officer/appeals/" + number
	stale := func(p *webtest.Page, words string) {
		p.WantStatus(http.StatusConflict).Want(words).WantNot("王警官在")
	}

	first, others := wang.Get(href), liu.Get(href)
	first.Form(href + "/claim").Submit().WantStatus(200)
	first.Form(href + "/claim").Submit().WantStatus(200).WantPath(href) // pressed twice
	stale(others.Form(href+"/claim").Submit(), "本所另一位民警已于 3 月 2 日（周一）09:00 认领这件申诉")

	open := wang.Get(href)
	preview := open.Form(href+"/preview").Set("item1", "set_aside").Submit().WantStatus(200)
	site.Clock.Advance(time.Minute)
	wang.Get(href).Form(href + "/release").Submit().WantPath("/officer/appeals")
	stale(preview.Form(href+"/decide").Submit(), "这件申诉在队列里，现在没有人办理")
	stale(open.Form(href+"/release").Submit(), "这件申诉在队列里，现在没有人办理")
	liu.Get(href).Form(href + "/claim").Submit().WantStatus(200)
	stale(preview.Form(href+"/decide").Submit(), "本所另一位民警已于 3 月 2 日（周一）09:01 认领这件申诉")

	form := liu.Get(href).Form(href+"/preview").Set("item1", "set_aside").Submit().WantStatus(200).Form(href + "/decide")
	form.Submit().WantPath("/officer/appeals").Want("已决定")
	stale(form.Submit(), "您已于 3 月 2 日（周一）09:01 对这件申诉作出决定，没有再做一遍")
	stale(preview.Form(href+"/decide").Submit(), "本所另一位民警已于 3 月 2 日（周一）09:01 对这件申诉作出决定")
	stale(open.Form(href+"/identity").Set("reason", "at_counter").Submit(), "另一位民警")
	resident.Get("/appeal/" + number).Want("申诉成立")
}

// A person who takes the appeal back while the officer looks at the preview.
func TestOfficer_staleWithdrawn(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	officer := atDesk(t, site, "033127")
	href := "/officer/appeals/" + number
	preview := officer.Get(href).Form(href+"/claim").Submit().Form(href+"/preview").Set("item1", "set_aside").Submit().WantStatus(200)
	resident.Get("/appeal/" + number + "/withdraw").Form("/appeal/" + number + "/withdraw").Submit().WantStatus(200)
	preview.Form(href + "/decide").Submit().WantStatus(http.StatusConflict).Want("本人已于 3 月 2 日（周一）09:00 撤回这件申诉")
}
