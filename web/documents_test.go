package web_test

import (
	"net/http"
	"strings"
	"testing"

	"yongxing/web/webtest"
)

const passportColumns = "source,upstream,document_type,nationality,document_number,phone,kind,class,ref,from,authority"

// Foreigner: a British passport shows its entry rule to day 14, in English; a new
// passport keeps the person, their code, history and appeal.
func TestForeignerGetsANewPassport(t *testing.T) {
	t.Parallel()
	site := webtest.New(t) // 2 March, 09:00
	station(t, site)
	browser := newcomer(site, linPhone).English()
	browser.Get("/declare")
	first := browser.Get("/declare/identity").Form().Set("name", "Anne Novak").Set("document_kind", "passport").Set("document_number", "925665416").Submit()
	first.Form().Set("nationality", "GBR").Set("born", "1980-02-29").Submit().WantPath("/declare/residence")
	fillResidence(browser)
	browser.Get("/declare/stays").Form("/declare/stays").Set("trip", "abroad").Set("country", "GBR").Set("entered", "2026-02-20").Submit().WantPath("/declare/contact")
	fillContact(browser)
	fillHealth(browser, "none").Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done").Want("R06")
	browser.Get("/me/document").WantPath("/declare/identity") // not verified yet: the declaration names the document

	site.Import(passportColumns,
		"lab,T-1,passport,GBR,925665416,"+linPhone+",test,negative,,2026-02-21 09:00,City lab",
		"city,C-1,passport,GBR,925665416,,contact,same_building,LD-1,2026-03-01 09:00,Haishu health")
	code := browser.Get("/code").Want("Red", "R06", "within the last 14 days", "20 February", "Y04").WantNot("R04")
	number := fileSecond(t, browser)
	browser.Get("/history").Want("R06")

	// A new passport. What sources know of it stays out while nobody vouches for it.
	site.Import(passportColumns, "health,K-1,passport,GBR,135792468,,contact,close,TR-1,2026-03-01 10:00,Haishu health")
	page := browser.Get("/me").Want("Verified")
	if page.Find("a[href='/me/document']").Length() != 1 {
		t.Error("the account does not lead to the documents")
	}
	list := browser.Get("/me/document").Want("Passport", "92*****16", "In use").WantNot("925665416")
	form := list.Form("/me/document").Set("document_kind", "passport").Set("document_number", "135792468")
	more := form.Submit().WantStatus(http.StatusOK).WantPath("/me/document").Want("we also need").Form("/me/document")
	more.Submit().WantStatus(http.StatusUnprocessableEntity).Want("Choose your nationality")
	more.Set("nationality", "GBR").Submit().WantStatus(http.StatusOK).Want("It waits to be verified", "13*****68", "Waiting").WantNot("135792468")
	browser.Get("/code").Want("Red", "R06").WantNot("R04")
	desk := atDesk(t, site, "033127")
	desk.Get("/officer/appeals/"+number).Want("92*****16", "护照 13*****68（本人登记，未核验，记录不计入）").WantNot("记在")
	browser.Get("/declare/identity").Want("92*****16").WantNot("13*****68")
	again := browser.Get("/me/document").Form("/me/document").Set("document_kind", "passport").Set("document_number", "135792468").Submit()
	again.Form("/me/document").Set("nationality", "GBR").Submit().WantStatus(http.StatusUnprocessableEntity).Want("on your record already")

	// A record names it with her phone: both documents count, and she is who she was.
	site.Import(passportColumns, "lab,T-2,passport,GBR,135792468,"+linPhone+",test,negative,,2026-03-02 08:00,City lab")
	after := browser.Get("/code").Want("Red", "R04", "R06", "Y04", "20 February")
	if a, b := code.Find("#who").Text(), after.Find("#who").Text(); a != b {
		t.Errorf("the code was %q, is %q", a, b)
	}
	browser.Get("/appeal/" + number).WantStatus(http.StatusOK).Want(number)
	browser.Get("/history").Want("R06", "R04")
	both := browser.Get("/me/document").Want("13*****68", "92*****16", "In use").WantNot("Waiting")
	if n := strings.Count(both.Text("main"), "In use"); n != 1 {
		t.Errorf("%d documents are in use", n)
	}
	browser.Get("/declare/identity").Want("13*****68")

	desk.Get("/officer/appeals/"+number).Want("护照 92*****16（也已核验）", "记在护照 92*****16 上").WantNot("未核验，记录")

	// The old passport goes on counting, and a new browser may name either.
	site.Import(passportColumns, "clinic,F-1,passport,GBR,925665416,,clinic,,,2026-03-02 08:30,Haishu clinic")
	browser.Get("/code").Want("Y02")
	for _, tail := range []string{"665416", "135792468"} {
		other := site.Browser().English()
		enter(site, other, linPhone).WantPath("/signin/document").Form("/signin/document").Set("document_tail", tail).Submit().WantPath("/code")
	}
}

// fileSecond appeals against the second finding and returns the number.
func fileSecond(t *testing.T, browser *webtest.Client) string {
	t.Helper()
	items := browser.Get("/appeal/new")
	second, _ := items.Find("input[name='items[]']").Eq(1).Attr("value")
	page := items.Form("/appeal/new").Set("items[]", second).Set("ground.2", "moved").Submit().WantPath("/appeal/new/statement")
	page = page.Form("/appeal/new/statement").Set("statement", "I left that flat in October").Submit().WantPath("/appeal/new/evidence")
	page = page.Form("/appeal/new/evidence").Submit("do=next").WantPath("/appeal/new/check")
	return appealNumber.FindString(page.Form("/appeal/new/check").Submit().Text("main"))
}

// A document that says another date of birth is a slip, or somebody else's; one
// that is somebody else's and says nothing is taken like any other, and tells
// nothing.
func TestFurtherDocumentOfAnother(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	owner := holderOf(t, site, "13800000002", "330206195801010013", "王明")
	owner.green(t, site)
	site.Import(passportColumns, "lab,T-1,hk_macau_permit,,H12345678,13800000002,test,negative,,2026-02-21 09:00,宁波市检验所")
	claim := func(b *webtest.Client, kind, number string) *webtest.Page {
		return b.Get("/me/document").Form("/me/document").Set("document_kind", kind).Set("document_number", number).Submit()
	}
	claim(owner.Client, "hk_macau_permit", "H1234567801").WantPath("/me/document").Want("已登记，并已核验") // a record has named their phone

	lin := holderOf(t, site, linPhone, linNumber, "林芳")
	lin.green(t, site)
	claim(lin.Client, "resident_id", "330206195801010013").WantStatus(http.StatusUnprocessableEntity).Want("出生日期和您登记的不一致")
	claim(lin.Client, "hk_macau_permit", "12345678").WantStatus(http.StatusUnprocessableEntity).Want("字母 H 或 M")
	claim(lin.Client, "hk_macau_permit", "H12345678").WantStatus(http.StatusOK).Want("已登记，等待核验")
	site.Import(passportColumns, "health,K-1,hk_macau_permit,,H12345678,"+linPhone+",contact,close,TR-1,2026-03-01 10:00,海曙区疾控中心")
	lin.Get("/code").Want("绿码").WantNot("R04") // held by the owner, whoever else is named
	owner.Get("/code").Want("R04")
	for _, number := range []string{"H12345671", "H12345672", "H12345673", "H12345674"} {
		claim(lin.Client, "hk_macau_permit", number).WantStatus(http.StatusOK)
	}
	claim(lin.Client, "hk_macau_permit", "H12345675").WantStatus(http.StatusTooManyRequests).Want("证件的次数太多")
	list := lin.Get("/me/document").Want("H1*****74").WantNot("H1*****71") // one claim at a time
	list.Want("再登记一份")
}
