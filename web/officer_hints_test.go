package web_test

import (
	"regexp"
	"testing"
	"time"

	"yongxing/web/webtest"
)

// What the form says that upholding does is what it does: of a finding in force,
// and of one that has ended by itself.
func TestOfficer_upholdingHints(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := d.officer.Get(d.href).Want("属实，规则适用", "这一项不改，须写明理由和途径").WantNot("已经结束，无需更改").Form(d.href + "/preview")
	form.Set("item1", "uphold").Submit().WantStatus(200).Want("不成立，这项依据仍然有效", "维持的要您写").WantNot("按认定拟好的")

	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	site.Clock.Advance(8 * 24 * time.Hour)
	officer, href := atDesk(t, site, "033127"), "/officer/appeals/"+number
	page := officer.Get(href).Form(href+"/claim").Submit().Want("这项依据已经结束", "已经结束，无需更改", "结果不算驳回").WantNot("属实，规则适用", "记录属实，规则适用")
	preview := page.Form(href+"/preview").Set("item1", "uphold").Submit().WantStatus(200).Want("已经结束，无需更改", "按认定拟好的", "现在不影响您的码").WantNot("不成立")
	preview.Form(href + "/decide").Submit().WantPath("/officer/appeals").Want("已无需更改")
	resident.Get("/appeal/" + number).Want("已无需更改").WantNot("申诉不成立")
}

// figures is a date in figures alone, which an English reader takes for another
// day or for none.
var figures = regexp.MustCompile(`\b\d\d-\d\d \d\d:\d\d`)

// The English desk writes dates in one form, 2 March, whatever stands around it.
func TestOfficer_oneFormOfDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct{ path, words string }{
		{"/officer/appeals", "2 March"}, {"/officer/appeals?tab=done", "2 March, 09:"}, {"/officer/appeals/" + w.open, "25 February, 08:00"},
		{"/officer/appeals/" + w.claimed, "2 March, 09:"}, {"/officer/appeals/" + w.asking, "2 March, 09:"}, {"/officer/appeals/" + w.decided, "2 March, 09:"},
	} {
		if m := figures.FindString(w.officer.English().Get(c.path).Want(c.words).Body); m != "" {
			t.Errorf("%s says %q", c.path, m)
		}
	}
}
