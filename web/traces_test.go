package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/modeltest"
	"yongxing/models/person"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// journey is a portal in which one person went all the way, and everything of
// theirs that must be found nowhere.
type journey struct {
	*webtest.Site
	metrics http.Handler
	number  string            // of the appeal
	secrets map[string]string // by what it is
}

var traveller = webtest.Somebody{Name: "诸葛鹦鹉", Phone: "13866660001", Number: "33020319551205001X"}

func newJourney(t *testing.T) *journey {
	t.Helper()
	site := webtest.New(t)
	server := at(site, "http://localhost:8080")
	site.Handler = server.Handler()
	j := &journey{Site: site, metrics: server.MetricsHandler(), secrets: map[string]string{
		"name": traveller.Name, "document": traveller.Number, "end of the document": traveller.Number[12:], "phone": traveller.Phone,
		"statement": "鹦鹉不在那幢楼里", "material": "鹦鹉的出入证", "address": "鹦鹉街 77 号", "illness": "鹦鹉热", "words of the decision": "鹦鹉确实不在那幢楼里 已经核实",
		"password": webtest.OfficerPassword, "date of birth": "1955-12-05",
	}}
	site.OpenStation("gl", "鼓楼派出所", "Gulou Police Station", "330203")
	resident := site.SignIn(traveller.Phone)
	j.keepCookies("resident", resident)
	j.declares(resident)
	site.Bind(traveller)
	site.Import(factColumns, fmt.Sprintf("city,B-3,%s,contact,same_building,,G-1,2026-02-27,,海曙区疾控中心", traveller.Number))
	page := resident.Get("/code").WantStatus(http.StatusOK)
	renew, _ := page.Find("[data-renew]").Attr("data-renew")
	resident.Do(http.MethodGet, renew, "", nil)
	resident.Get("/history")
	j.checkpoint(t)
	j.appeals(t, resident)
	j.decides(t)
	resident.Get("/code")
	j.goesWrong(resident)
	resident.Get("/code").Form("/signout").Submit()
	return j
}

func (j *journey) keepCookies(who string, c *webtest.Client) {
	for _, name := range []string{"yx_resident", "yx_staff", "yx_browser"} {
		if v := c.Cookie(name); v != "" {
			j.secrets["cookie "+name+" of the "+who] = v
		}
	}
}

func (j *journey) declares(c *webtest.Client) {
	c.Get("/declare/identity").Form("/declare/identity").Set("name", traveller.Name).Set("document_kind", "resident_id").Set("document_number", traveller.Number).Submit()
	c.Get("/declare/residence").Form("/declare/residence").Set("district", "330203").Submit("update=1").Form("/declare/residence").
		Set("street", "330203005").Set("community", "秀水社区").Set("detail", j.secrets["address"]).Submit().Form("/declare/stays").Set("trip", "no").
		Submit().Form("/declare/contact").Set("contact", "no").Submit()
	c.Get("/declare/health").Form("/declare/health").Set("measured", "yes").Set("temperature", "36.9").Set("symptoms[]", "dry_cough").
		Set("known_cause", "yes").Set("cause", j.secrets["illness"]).Set("isolation", "none").Set("test", "no").Submit().WantPath("/declare/check").
		Form("/declare/check").Set("true", "1").Submit().WantPath("/declare/done")
}

// checkpoint has the code checked, also when it is too old and when it is forged.
func (j *journey) checkpoint(t *testing.T) {
	t.Helper()
	var id int64
	err := j.Store().Read(t.Context(), func(tx store.Tx) error {
		who, _, err := person.ByPhone(tx, traveller.Phone)
		id = who.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pass := token(t, j.Site, id)
	j.secrets["pass"], j.secrets["pass in small letters"] = pass, strings.ToLower(pass)
	gate := j.Browser()
	gate.Get("/V/" + pass).Want("黄码")
	gate.Get("/v/" + strings.ToLower(pass))
	gate.Get("/v/" + pass[:len(pass)-1] + "A")
	gate.Get("/v/" + pass + "/more")
}

func (j *journey) appeals(t *testing.T, c *webtest.Client) {
	page := c.Get("/appeal/new").Form("/appeal/new")
	choices, _ := c.Get("/appeal/new").Find("input[name='items[]']").First().Attr("value")
	page.Force("items[]", choices).Force("ground.1", "moved").Submit().WantPath("/appeal/new/statement").
		Form("/appeal/new/statement").Set("statement", j.secrets["statement"]).Submit().
		Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "鹦鹉.jpg", jpegOf(t, 90)).Submit("do=next").WantPath("/appeal/new/check")
	sent := c.Get("/appeal/new/check").Form("/appeal/new/check").Submit().WantStatus(http.StatusOK)
	j.number = appealNumber.FindString(sent.URL.Path)
	material := "/appeal/" + j.number + "/material"
	sent.Form(material).Set("text", j.secrets["material"]).Submit().WantStatus(http.StatusOK)
	src, _ := sent.Find(".yx-thumb").Attr("src")
	c.Do(http.MethodGet, src, "", nil)
}

func (j *journey) decides(t *testing.T) {
	t.Helper()
	j.Clock.Advance(time.Minute)
	secret := j.AddOfficer("033127", "gl")
	j.secrets["second factor"] = secret
	c := j.Browser()
	c.Get("/staff/signin").Form("/staff/signin").Set("login", "033127").Set("password", webtest.OfficerPassword).Set("code", "000000").Submit().WantStatus(422)
	c.Get("/staff/signin").Form("/staff/signin").Set("login", "033127").Set("password", webtest.OfficerPassword).Set("code", j.TOTP(secret)).Submit().WantPath("/officer/appeals")
	j.keepCookies("officer", c)
	href := "/officer/appeals/" + j.number
	c.Get(href).Form(href + "/claim").Submit()
	picture, _ := c.Get(firstHref(c.Get(href), "/evidence/")).Find("main img").Attr("src")
	c.Do(http.MethodGet, picture, "", nil)
	c.Get(href).Form(href+"/preview").Set("item1", "set_aside").Submit().WantStatus(200).
		Form(href+"/decide").Set("words", j.secrets["words of the decision"]).Submit().WantPath("/officer/appeals")
	c.Get(href).Want(j.secrets["words of the decision"])
}

// goesWrong makes errors with everything in them.
func (j *journey) goesWrong(c *webtest.Client) {
	c.Do(traveller.Phone, "/help", "", nil) // any word may stand where the method stands
	for _, secret := range j.secrets {
		quoted := url.PathEscape(secret)
		for _, path := range []string{"/" + quoted, "/appeal/" + quoted, "/evidence/" + quoted, "/code?" + quoted + "=1", "/history?before=" + url.QueryEscape(secret), "/help?lang=" + url.QueryEscape(secret)} {
			c.Do(http.MethodGet, path, "", nil)
		}
		post(c, "/signin", url.Values{"phone": {secret}})
		post(c, "/signin?"+url.QueryEscape(secret)+"=1", url.Values{"csrf": {secret}, secret: {secret}})
		c.With("User-Agent", secret+"\r\n{\"level\":\"ERROR\"}\x1b[31m").With("Referer", "http://localhost:8080/"+quoted).With("Cookie", "yx_lang="+quoted)
		c.Do(http.MethodGet, "/code", "", nil)
		c.With("User-Agent", "webtest").With("Referer", "").With("Cookie", "")
	}
}

// Nothing of a person is in the log or in the metrics, whatever they and an
// officer did, also where it went wrong; and each line of the log is one line.
func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	rec := httptest.NewRecorder()
	j.metrics.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	book, metrics := j.Log.String(), rec.Body.String()
	if strings.Count(book, `"route":"/code"`) < 3 || !strings.Contains(metrics, `route="/officer/appeals/:number/decide"`) {
		t.Fatalf("the log or the metrics do not know of the journey: this test proves nothing\n%s", metrics[:min(len(metrics), 500)])
	}
	j.secrets["number of the appeal"] = j.number
	for what, secret := range j.secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if strings.Contains(book, form) {
				t.Errorf("the log holds the %s", what)
			}
			if strings.Contains(metrics, form) {
				t.Errorf("the metrics hold the %s", what)
			}
		}
	}
	for line := range strings.Lines(book) {
		if !strings.HasPrefix(line, `{"time":`) || strings.Contains(line, "\x1b") {
			t.Errorf("not a line of ours: %q", line)
		}
	}
}

// Whatever goes wrong with what somebody has typed, nothing of it is in the log: a
// mistake of ours, too often, too much, too long a header, no database. The watch
// over every test's log looks at it; here it has something to look at.
func TestNothingIsLoggedOfWhatFails(t *testing.T) {
	t.Parallel()
	site, h := outageSite(t)
	address := listening(t, site, "http://localhost:8080")
	const canary = "Alice Green of 12 Hill Street"
	token := csrf(t, h.Client)
	send := func(status int, path string, form url.Values) {
		t.Helper()
		form.Set("csrf", token)
		h.With("User-Agent", canary).With("Referer", "http://localhost:8080/"+url.PathEscape(canary))
		if res := post(h.Client, path, form); res.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, status)
		}
	}
	files, signer := site.Portal.Files, site.Portal.Pass
	site.Portal.Files, site.Portal.Pass = nil, nil // mistakes of ours
	send(500, "/appeal/"+traveller.Phone+"/material", url.Values{"text": {canary}})
	h.Do(http.MethodGet, "/code?"+url.QueryEscape(canary)+"=1", "", nil)
	site.Portal.Files, site.Portal.Pass = files, signer
	if !strings.Contains(site.Log.String(), `"msg":"panic"`) {
		t.Error("no mistake was made: this test proves nothing")
	}
	send(303, "/me/phone", url.Values{"phone": {traveller.Phone}, "document_tail": {h.number[12:]}})
	send(429, "/me/phone", url.Values{"phone": {traveller.Phone}, "document_tail": {h.number[12:]}})
	send(413, "/me/phone", url.Values{"phone": {traveller.Phone + strings.Repeat(canary, 4000)}})
	for _, sent := range []string{
		"GET /" + url.PathEscape(canary) + " HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat(canary, 4000) + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n" + canary + "\r\n\r\n",
		"POST /signin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + canary,
	} {
		if res := say(t, address, sent); res.StatusCode < 400 {
			t.Errorf("%.20q: %d", sent, res.StatusCode)
		}
	}
	site.Gone()
	site.Clock.Advance(pastTrust)
	for path, form := range map[string]url.Values{
		"/me/phone": {"phone": {traveller.Phone}}, "/declare/identity": {"name": {canary}, "document_number": {traveller.Number}}, "/signin": {"phone": {traveller.Phone}},
		"/staff/signin": {"login": {canary}, "password": {canary}, "code": {"654321"}}, "/appeal/find": {"number": {appeal.NewNumber(site.Clock.Now())}, "phone": {traveller.Phone}},
	} {
		send(503, path, form)
	}
	if book := site.Log.String(); strings.Contains(book, "Alice") || strings.Contains(book, traveller.Number) {
		t.Error("the log holds what was typed")
	}
}

// Nothing that identifies a person, nothing they wrote and no token is in the
// database or its log as it is: who takes the files without the keys has nothing.
func TestNothingPersonalIsReadableOnDisk(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	var disk strings.Builder
	err := filepath.WalkDir(filepath.Dir(j.Store().Dir()), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		disk.WriteString(path + "\n")
		disk.Write(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files := disk.String()
	holds := func(text string) bool { return strings.Contains(files, text) }
	if modeltest.Postgres() { // the folder holds the photos, the database the rest
		holds = func(text string) bool { return strings.Contains(files, text) || modeltest.Holds(t, j.Store(), text) }
	}
	if !holds(j.number) || !holds("same_building") {
		t.Fatal("the database does not know of the journey: this test proves nothing")
	}
	for what, secret := range j.secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), strings.Trim(fmt.Sprintf("%+q", secret), `"`)} {
			if holds(form) {
				t.Errorf("the disk holds the %s", what)
			}
		}
	}
	if strings.Contains(files, "\xff\xd8\xff") {
		t.Error("a photo lies open on the disk")
	}
}

// To look changes nothing: no row comes or goes, but for the record of what
// staff have looked at.
func TestLookingWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	visits := w.visits()
	for _, path := range slices.Sorted(maps.Keys(visits)) {
		for _, v := range visits[path] {
			var apart []string
			if strings.HasPrefix(path, "/officer/") {
				apart = []string{"staff_read", "ledger"}
			}
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				before := tables(t, w.Site)
				v.by.Do(method, v.path, "", nil)
				if m := moved(before, tables(t, w.Site), apart...); m != "" {
					t.Errorf("%s %s has written: %s", method, v.path, m)
				}
			}
		}
	}
}
