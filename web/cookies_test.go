package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"yongxing/handlers"
	"yongxing/web"
	"yongxing/web/session"
	"yongxing/web/webtest"
)

// at serves a site's portal as it would be under another address or behind
// proxies, and returns the server.
func at(site *webtest.Site, base string, proxies ...netip.Prefix) *web.Server {
	return server(site, base, web.Config{Proxies: proxies, Rates: webtest.Patient()})
}

func server(site *webtest.Site, base string, cfg web.Config) *web.Server {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	log := slog.New(slog.NewJSONHandler(site.Log, nil))
	sessions := session.New(site.Store(), session.Options{Secure: u.Scheme == "https"})
	cfg.BaseURL, cfg.Log = u, log
	return web.New(cfg, &handlers.Kit{Portal: site.Portal, Sessions: sessions, Log: log})
}

// Every cookie is out of reach of scripts and of other sites' requests, and with
// an https address bound to this host and to TLS.
func TestCookies(t *testing.T) {
	t.Parallel()
	for base, secure := range map[string]bool{"http://localhost:8080": false, "https://code.example.cn": true} {
		site := webtest.New(t)
		h := at(site, base).Handler()
		jar := map[string]*http.Cookie{}
		seen := map[string]bool{}
		visit := func(method, path string, form url.Values) *goquery.Document {
			req := httptest.NewRequest(method, base+path, strings.NewReader(form.Encode()))
			req.RemoteAddr = "192.0.2.7:40000"
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, c := range jar {
				req.AddCookie(c)
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			for _, c := range rec.Result().Cookies() {
				name := c.Name
				if secure {
					var ok bool
					if name, ok = strings.CutPrefix(c.Name, "__Host-"); !ok && !strings.HasPrefix(name, "yx_lang") && !strings.HasPrefix(name, "yx_elder") {
						t.Errorf("%s: cookie %s is not bound to its host", base, c.Name)
					}
				}
				seen[name] = true
				if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure {
					t.Errorf("%s %s: cookie %+v", base, path, c)
				}
				if c.MaxAge < 0 {
					delete(jar, c.Name)
				} else {
					jar[c.Name] = c
				}
			}
			if hsts := rec.Header().Get("Strict-Transport-Security"); (hsts != "") != secure || secure && hsts != "max-age=63072000; includeSubDomains" {
				t.Errorf("%s %s: HSTS %q", base, path, hsts)
			}
			page, err := goquery.NewDocumentFromReader(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			return page
		}
		token := func(p *goquery.Document) string { v, _ := p.Find("input[name=csrf]").Attr("value"); return v }
		visit("POST", "/signin", url.Values{"csrf": {token(visit("GET", "/signin", nil))}, "phone": {"13800000001"}})
		page := visit("GET", "/signin/code", nil)
		visit("POST", "/signin/code", url.Values{"csrf": {token(page)}, "code": {strings.TrimSpace(page.Find("[data-demo-code]").Text())}})
		visit("GET", "/help?lang=en", nil)
		visit("GET", "/help?elder=1", nil)
		visit("POST", "/signout", url.Values{"csrf": {token(visit("GET", "/declare", nil))}})
		visit("GET", "/", nil)
		for _, name := range []string{"yx_resident", "yx_browser", "yx_flash", "yx_lang", "yx_elder"} {
			if !seen[name] {
				t.Errorf("%s: cookie %s was never set", base, name)
			}
		}
	}
}

// reaches tells whether a browser with this cookie alone is let in.
func reaches(site *webtest.Site, name, value, path string) bool {
	thief := site.Browser()
	thief.SetCookie(name, value)
	return thief.Do(http.MethodGet, path, "", nil).StatusCode == http.StatusOK
}

// A token from before a sign-in is worth nothing after it, and one from before a
// sign-out nothing either, wherever it was copied to.
func TestTokensEnd(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	station(t, site)
	officer := site.Browser()
	secret := site.AddOfficer("033127", "330203001")
	officer.SetCookie("yx_staff", strings.Repeat("A", 43)) // planted before
	in := func() {
		site.Clock.Advance(time.Minute)
		officer.Get("/staff/signin").Form("/staff/signin").Set("login", "033127").Set("password", webtest.OfficerPassword).Set("code", site.TOTP(secret)).
			Submit().WantPath("/officer/appeals")
	}
	in()
	first := officer.Cookie("yx_staff")
	if first == strings.Repeat("A", 43) || !reaches(site, "yx_staff", first, "/officer/appeals") {
		t.Fatal("the token did not change, or a copy of it is not let in: this test proves nothing")
	}
	if reaches(site, "yx_staff", strings.Repeat("A", 43), "/officer/appeals") {
		t.Error("a planted token was signed in")
	}
	officer.Get("/officer/appeals").Form("/staff/signout").Submit().WantPath("/staff/signin")
	if reaches(site, "yx_staff", first, "/officer/appeals") {
		t.Error("a staff token lives on after signing out")
	}
	in()
	if officer.Cookie("yx_staff") == first {
		t.Error("a token came again")
	}

	resident := site.SignIn("13800000001")
	token := resident.Cookie("yx_resident")
	if !reaches(site, "yx_resident", token, "/declare") {
		t.Fatal("a copy of the token is not let in: this test proves nothing")
	}
	for _, path := range []string{"/officer/appeals", "/declare"} {
		if reaches(site, "yx_staff", token, path) {
			t.Errorf("a resident's token in the staff's cookie opens %s", path)
		}
	}
	resident.Get("/declare").Form("/signout").Submit()
	if reaches(site, "yx_resident", token, "/declare") {
		t.Error("a resident's token lives on after signing out")
	}
}

// An officer is out after 15 idle minutes, after 10 hours whatever they do, and
// within a second once disabled.
func TestStaffSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wait func(site *webtest.Site, officer *webtest.Client)
		in   bool
	}{
		"14 minutes idle":          {func(site *webtest.Site, _ *webtest.Client) { site.Clock.Advance(14 * time.Minute) }, true},
		"16 minutes idle":          {func(site *webtest.Site, _ *webtest.Client) { site.Clock.Advance(16 * time.Minute) }, false},
		"at work for 9 hours 50":   {func(site *webtest.Site, officer *webtest.Client) { work(site, officer, 59) }, true},
		"at work for 10 hours":     {func(site *webtest.Site, officer *webtest.Client) { work(site, officer, 60) }, false},
		"another site's page open": {func(site *webtest.Site, officer *webtest.Client) { heldAwake(site, officer, "cross-site") }, false},
		"a neighbour's page open":  {func(site *webtest.Site, officer *webtest.Client) { heldAwake(site, officer, "same-site") }, false},
		"a typed address":          {func(site *webtest.Site, officer *webtest.Client) { heldAwake(site, officer, "none") }, true},
		"disabled": {func(site *webtest.Site, _ *webtest.Client) {
			if err := site.Portal.DisableStaff(context.Background(), "033127"); err != nil {
				panic(err)
			}
			site.Clock.Advance(time.Second)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := webtest.New(t)
			station(t, site)
			officer := site.Officer("033127", "330203001")
			officer.Get("/officer/appeals").WantPath("/officer/appeals")
			c.wait(site, officer)
			res := officer.Do(http.MethodGet, "/officer/appeals", "", nil)
			if in := res.StatusCode == http.StatusOK; in != c.in {
				t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
			}
			if n := tables(t, site)["session"]; name == "disabled" && n != 0 {
				t.Errorf("%d sessions of who is disabled are on record", n)
			}
		})
	}
}

// heldAwake asks for everything that there is, from another place than the portal
// itself, while the officer is away for longer than they may be.
func heldAwake(site *webtest.Site, officer *webtest.Client, from string) {
	for range 2 {
		site.Clock.Advance(8 * time.Minute)
		officer.With("Sec-Fetch-Site", from)
		for _, row := range site.Rows {
			if row.Path != "/staff/signout" {
				officer.Do(row.Method, row.Path, "", nil)
			}
		}
	}
	officer.With("Sec-Fetch-Site", "")
}

// work looks at the queue every ten minutes, so many times.
func work(site *webtest.Site, officer *webtest.Client, times int) {
	for range times {
		officer.Do(http.MethodGet, "/officer/appeals", "", nil)
		site.Clock.Advance(10 * time.Minute)
	}
}
