package webtest

import (
	"fmt"
	"strings"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/ledger"
	"yongxing/models/org"
	"yongxing/models/staff"
)

// Somebody is who a test's resident is. Everything they do goes through pages.
type Somebody struct {
	Name, Phone, Number string
	// Street is where they live, 9 digits; empty = 330203005 in Haishu.
	Street string
}

// OperatorEntry is who imports and publishes in tests.
var OperatorEntry = ledger.Entry{Actor: "system", Purpose: "operator"}

// Police is the organisation of the tests' stations.
var Police = org.Org{Code: "nbga", Name: "宁波市公安局", NameEn: "Ningbo Police", Kind: "police"}

// OpenStation opens a station that serves these divisions.
func (s *Site) OpenStation(code, name, english string, serves ...string) {
	s.t.Helper()
	_, err := s.Portal.OpenStation(s.t.Context(), models.NewStation{
		Code: code, Name: name, NameEn: english, District: serves[0][:6], Phone: "0574-87001234", Serves: serves, Org: Police,
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// SignIn proves a phone in a new browser, by the code that stands on the demo's
// page.
func (s *Site) SignIn(phone string) *Client {
	s.t.Helper()
	c := s.Browser()
	page := c.Get("/signin").Form("/signin").Set("phone", phone).Submit().WantPath("/signin/code")
	page.Form("/signin/code").Set("code", page.Text("[data-demo-code]")).Submit().WantStatus(200)
	return c
}

// Declared is a new browser in which somebody has signed in and declared, page by
// page, that they never left and are well.
func (s *Site) Declared(who Somebody) *Client {
	s.t.Helper()
	c := s.SignIn(who.Phone)
	c.Declare(who)
	return c
}

// Declare answers the whole declaration and returns the page that follows it.
func (c *Client) Declare(who Somebody) *Page {
	c.t.Helper()
	street := who.Street
	if street == "" {
		street = "330203005"
	}
	page := c.Get("/declare/identity").Form("/declare/identity")
	if page.page.Find("#name").Length() > 0 { // a bound identity is not asked again
		page.Set("name", who.Name).Set("document_kind", "resident_id").Set("document_number", who.Number)
	}
	page.Submit().WantPath("/declare/residence")
	home := c.Get("/declare/residence").Form("/declare/residence").Set("district", street[:6]).Submit("update=1")
	home.Form("/declare/residence").Set("street", street).Set("community", "秀水社区").Set("detail", who.Number[len(who.Number)-4:]+" 室").
		Submit().WantPath("/declare/stays").Form("/declare/stays").Set("trip", "no").
		Submit().WantPath("/declare/contact").Form("/declare/contact").Set("contact", "no").
		Submit().WantPath("/declare/health").Form("/declare/health").Set("measured", "yes").Set("temperature", "36.5").Set("symptoms[]", "none").
		Set("isolation", "none").Set("test", "no").Submit().WantPath("/declare/check")
	return c.Get("/declare/check").Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done")
}

// Import imports rows of facts under a head of columns; refused rows fail the
// test.
func (s *Site) Import(columns string, rows ...string) {
	s.t.Helper()
	report, err := s.Portal.ImportFacts(s.t.Context(), strings.NewReader(columns+"\n"+strings.Join(rows, "\n")+"\n"), OperatorEntry)
	if err != nil || report.Refused > 0 {
		s.t.Fatalf("import: %+v, %v", report, err)
	}
}

// Publish publishes rows of the list of areas.
func (s *Site) Publish(rows ...string) {
	s.t.Helper()
	_, err := s.Portal.PublishAreas(s.t.Context(), strings.NewReader("id,code,level,from,to,document,replaces\n"+strings.Join(rows, "\n")+"\n"), OperatorEntry)
	if err != nil {
		s.t.Fatal(err)
	}
}

// Bind binds somebody as it happens in life: an old result of a laboratory names
// their document and phone, and colours nobody.
func (s *Site) Bind(who Somebody) {
	s.t.Helper()
	s.Import("source,document_number,phone,kind,class,from", fmt.Sprintf("lab,%s,%s,test,negative,2026-01-05 09:00", who.Number, who.Phone))
}

// OfficerPassword is the password of every officer of the tests.
const OfficerPassword = "雪落甬江-7 boats"

// AddOfficer adds an officer of a station and returns what makes their codes.
func (s *Site) AddOfficer(login, station string) (totpSecret string) {
	s.t.Helper()
	added, err := s.Portal.AddStaff(s.t.Context(), models.NewStaff{
		Login: login, Name: "王警官", Badge: login, Role: staff.Officer, Password: OfficerPassword, Station: station,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return added.TOTPSecret
}

// TOTP is the code of a secret by the site's clock.
func (s *Site) TOTP(secret string) string {
	s.t.Helper()
	code, err := totp.GenerateCode(secret, s.Clock.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// Officer is a new browser in which a new officer of the station is signed in.
func (s *Site) Officer(login, station string) *Client {
	s.t.Helper()
	secret := s.AddOfficer(login, station)
	c := s.Browser()
	c.Get("/staff/signin").Form("/staff/signin").Set("login", login).Set("password", OfficerPassword).Set("code", s.TOTP(secret)).
		Submit().WantStatus(200).WantPath("/officer/appeals")
	return c
}
