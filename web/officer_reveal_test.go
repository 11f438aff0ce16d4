package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yongxing/models/staff"
	"yongxing/views/text"
	"yongxing/web/webtest"
)

// Why somebody looked is told in the same words at the desk and to the person.
func TestReasonsOfAReveal_sameWords(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{text.Chinese, text.English} {
		p := text.For(lang)
		for _, reason := range staff.RevealReasons {
			if desk, person := p.T("officer.reveal_reason_"+reason), p.T("looks.reason_"+reason); desk != person {
				t.Errorf("%s, %s: %q at the desk, %q to the person", lang, reason, desk, person)
			}
		}
	}
}

// The whole document number and phone: only with a reason, on that answer only,
// and told to the person in words.
func TestOfficerReveals(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	officer := atDesk(t, site, "033127")
	href := "/officer/appeals/" + number
	const document, phone = "330203199003071232", "13800000001"
	if officer.Get(href).Find("form[action$='/identity']").Length() != 0 {
		t.Error("an identity is offered before the case is claimed")
	}
	page := officer.Get(href).Form(href+"/claim").Submit().WantStatus(200).WantNot(document, phone).Want("查看完整证件和手机号", "每天最多 30 次")
	refused := page.Form(href+"/identity").Submit().WantStatus(http.StatusUnprocessableEntity).Want("请选一个理由").WantNot(document, phone)
	if _, open := refused.Find(".yx-drawer").Attr("open"); !open {
		t.Error("the refused form is closed")
	}
	page.Form(href+"/identity").Set("reason", "other").Submit().WantStatus(422).Want("请写明理由，至少 4 个字")
	form := page.Form(href+"/identity").Set("reason", "call_person")
	shown := form.Submit().WantStatus(200).Want(document, phone, "只在这一页显示", "本人看得到", "本人不在那里")
	if shown.Find("form[action$='/identity']").Length() != 0 {
		t.Error("the page with the numbers asks for them again")
	}
	form.Submit().WantStatus(http.StatusConflict).WantNot(document, phone).Want("同一张表格不再显示") // a reload
	officer.Get(href).WantNot(document, phone)
	resident.Get("/me/looks").Want("查看了您的完整证件号码或手机号", "原因：打电话联系本人")
	officer.Get(href).Want("王警官查看了完整证件和手机号，理由：打电话联系本人") // whoever opens the case sees it
	officer.Get(href).Form(href+"/identity").Set("reason", "other").Set("note", "家属来电核对").Submit().WantStatus(200).Want("理由：其他", "家属来电核对")
	resident.English().Get("/me/looks").Want("To call the person")
	if strings.Contains(site.Log.String(), document) {
		t.Error("the document number is in the log")
	}

	for n := 2; n < 30; n++ {
		officer.Get(href).Form(href+"/identity").Set("reason", "at_counter").Submit().WantStatus(200).Want(document)
	}
	officer.Get(href).Form(href+"/identity").Set("reason", "at_counter").Submit().WantStatus(http.StatusTooManyRequests).Want("今天查看完整证件的次数已经用完").WantNot(document, phone)
}

// A person who adds while the officer decides is heard once, and then the
// decision stands.
func TestOfficerDecides_addedTwice(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	resident, number := filed(t, site)
	officer := atDesk(t, site, "033127")
	href := "/officer/appeals/" + number
	add := func(text string) {
		site.Clock.Advance(time.Minute)
		resident.Get("/appeal/"+number).Form("/appeal/"+number+"/material").Set("text", text).Submit().WantStatus(http.StatusOK)
	}
	preview := officer.Get(href).Form(href+"/claim").Submit().Form(href+"/preview").Set("item1", "set_aside").Submit().Want("绿码")
	add("第一次补充")
	again := preview.Form(href+"/decide").Submit().WantStatus(http.StatusConflict).Want("还没有作出决定", "补充了材料：第一次补充")
	add("第二次补充")
	again.Form(href+"/decide").Submit().WantStatus(200).WantPath("/officer/appeals").Want("已决定", "您确认的同时本人又补充了材料")
	officer.Get(href).Want("第二次补充", "申诉成立")
}
