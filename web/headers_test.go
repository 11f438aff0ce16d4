package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"yongxing/models/evidence"
	"yongxing/static"
	"yongxing/web/webtest"
)

// The headers that protect a page stand on every answer, whatever its status.
func TestHeadersOnEveryStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := func(c *webtest.Client, path string, pairs ...string) func() *http.Response {
		return func() *http.Response {
			v := url.Values{"csrf": {csrf(t, c)}}
			for i := 0; i < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
			return post(c, path, v)
		}
	}
	get := func(c *webtest.Client, path string) func() *http.Response {
		return func() *http.Response { return c.Do(http.MethodGet, path, "", nil) }
	}
	tooOften := form(w.anybody, "/signin", "phone", "13800000077")
	tooOften()
	tooLarge := func() *http.Response {
		return w.drafting.Do(http.MethodPost, "/appeal/new/evidence", "multipart/form-data; boundary=x",
			io.MultiReader(strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n"), bytes.NewReader(make([]byte, evidence.MaxBytes+1<<20))))
	}
	sheet := stylesheet(t, w)
	known := func() *http.Response {
		tag := get(w.anybody, sheet)().Header.Get("ETag")
		defer w.anybody.With("If-None-Match", "")
		return w.anybody.With("If-None-Match", tag).Do(http.MethodGet, sheet, "", nil)
	}
	gone, h := outageSite(t)
	for _, site := range []*webtest.Site{w.Site, gone} { // as people come: by TLS, which a proxy ends
		site.Handler = hostCookies(at(site, "https://localhost").Handler())
	}
	h.Get("/code") // which this server has not shown yet
	gone.Gone()
	gone.Clock.Advance(pastTrust)
	renew := h.Get("/code").Find("[data-renew]").AttrOr("data-renew", "")
	stale := form(w.officer, "/officer/appeals/"+w.decided+"/claim")
	address := listening(t, w.Site, "https://localhost")
	line := func(sent string) func() *http.Response {
		return func() *http.Response { return say(t, address, sent) }
	}
	seen := map[int]bool{}
	for _, c := range []struct {
		status int
		ask    func() *http.Response
	}{
		{400, line("GET / HTTP/1.1\r\n\r\n")}, {431, line("GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 32<<10) + "\r\n\r\n")},
		{200, get(w.green, "/code")}, {200, get(w.anybody, "/")}, {200, get(w.opener, "/evidence/"+w.photo)}, {200, get(w.officer, "/officer/appeals/"+w.open)},
		{200, get(w.anybody, "/healthz")}, {200, get(w.anybody, sheet)},
		{205, get(w.green, "/code/fragment?seen=x")},
		{200, get(h.Client, "/code")}, {200, get(h.Client, "/code/show")}, {200, get(h.Client, "/")}, {200, get(h.Client, renew)}, {205, get(h.Client, "/code/fragment?seen=x")},
		{503, get(h.Client, "/history")}, {503, get(gone.Browser(), "/v/X")}, {200, get(gone.Browser(), "/help")}, {503, get(gone.Browser(), "/readyz")},
		{304, known},
		{303, get(w.anybody, "/code")}, {303, get(w.anybody, "/help?lang=en")}, {303, form(w.anybody, "/signin", "phone", "13800000078")},
		{403, func() *http.Response { return post(w.green, "/appeal/new", nil) }},
		{404, get(w.anybody, "/nosuch")}, {404, get(w.green, "/appeal/"+w.open)}, {404, get(w.anybody, "/.git/config")}, {404, get(w.anybody, "/metrics")}, {404, get(w.anybody, "/debug/pprof/")},
		{405, func() *http.Response { return w.anybody.Do(http.MethodDelete, "/help", "", nil) }},
		{405, func() *http.Response { return w.anybody.Do(http.MethodTrace, "/", "", nil) }},
		{409, stale},
		{413, form(w.green, "/appeal/new", "ground.1", strings.Repeat("x", 70<<10))}, {413, tooLarge},
		{422, form(w.anybody, "/signin", "phone", "1")}, {422, get(w.green, "/history?before=x")}, {422, form(w.anybody, "/signin", "phone", "13800000079", "colour", "green")},
		{404, get(w.green, "/evidence/"+w.photo)}, {404, get(w.anybody, "/static/nosuch.css")}, {404, get(w.anybody, "/static/")},
		{429, tooOften},
		{500, func() *http.Response {
			defer func(files *evidence.Folder) { w.Portal.Files = files }(w.Portal.Files)
			w.Portal.Files = nil // a mistake of ours
			return get(w.opener, "/evidence/"+w.photo)()
		}},
	} {
		res := c.ask()
		seen[res.StatusCode] = true
		if res.StatusCode != c.status {
			t.Errorf("%s %s: status %d, want %d", res.Request.Method, res.Request.URL.Path, res.StatusCode, c.status)
			continue
		}
		wantHeaders(t, res)
		wantTLS(t, res)
		due := (c.status == http.StatusTooManyRequests || c.status == http.StatusServiceUnavailable) && res.Request.URL.Path != "/readyz" // a balancer has its own pace
		if again := res.Header.Get("Retry-After"); (again != "") != due {
			t.Errorf("%s (%d): Retry-After %q", res.Request.URL.Path, c.status, again)
		}
	}
	for _, status := range []int{200, 303, 304, 400, 403, 404, 405, 409, 413, 422, 429, 431, 500, 503} {
		if !seen[status] {
			t.Errorf("no answer with %d is looked at", status)
		}
	}
	for _, name := range static.Names() {
		res := get(w.green, static.URL(name))()
		wantHeaders(t, res)
		if cache := res.Header.Get("Cache-Control"); res.StatusCode != http.StatusOK || !strings.Contains(cache, "immutable") || len(res.Cookies()) > 0 {
			t.Errorf("%s: %d, %q, cookies %v", name, res.StatusCode, cache, res.Cookies())
		}
	}
	for path, by := range map[string]*webtest.Client{"/evidence/": w.opener, "/officer/evidence/": w.officer} {
		res := get(by, path+w.photo)()
		if policy := res.Header.Get("Content-Security-Policy"); res.Header.Get("Content-Type") != "image/jpeg" || policy != "default-src 'none'; sandbox" {
			t.Errorf("%s: %q, policy %q", path, res.Header.Get("Content-Type"), policy)
		}
	}
	gone.Clock.Advance(time.Hour)
	for _, at := range []string{"/code", "/code/show", "/", "/code/fragment?seen=x"} {
		wantHeaders(t, get(h.Client, at)())
	}
	for _, out := range []*http.Response{form(w.green, "/signout")(), form(w.officer, "/staff/signout")(), form(h.Client, "/signout")()} {
		wantHeaders(t, out)
		if clear := out.Header.Get("Clear-Site-Data"); !strings.Contains(clear, `"cache"`) || !strings.Contains(clear, `"storage"`) {
			t.Errorf("%s leaves what the browser kept: %q", out.Request.URL.Path, clear)
		}
	}
}

// hostCookies lets the browsers of a site that has no TLS talk to a server that
// has: there the names of its cookies begin with __Host-.
func hostCookies(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Cookie", strings.ReplaceAll(r.Header.Get("Cookie"), "yx_", "__Host-yx_"))
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		for name, values := range rec.Header() {
			for _, v := range values {
				if name == "Set-Cookie" {
					v = strings.ReplaceAll(strings.ReplaceAll(v, "__Host-", ""), "; Secure", "")
				}
				w.Header().Add(name, v)
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func wantTLS(t *testing.T, res *http.Response) {
	t.Helper()
	if got := res.Header.Values("Strict-Transport-Security"); len(got) != 1 || got[0] != "max-age=63072000; includeSubDomains" {
		t.Errorf("%s (%d): Strict-Transport-Security is %q", res.Request.URL.Path, res.StatusCode, got)
	}
}

func wantHeaders(t *testing.T, res *http.Response) {
	t.Helper()
	what := res.Request.Method + " " + res.Request.URL.Path
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := res.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s (%d): %s is %q", what, res.StatusCode, name, got)
		}
	}
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("%s (%d): policy %q", what, res.StatusCode, policy)
	}
	if !strings.Contains(policy, "sandbox") && (!strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "base-uri 'none'") || !strings.Contains(policy, "form-action 'self'")) {
		t.Errorf("%s (%d): policy %q", what, res.StatusCode, policy)
	}
	if cache := res.Header.Get("Cache-Control"); cache != "no-store" && (res.StatusCode >= 400 || !strings.HasPrefix(res.Request.URL.Path, "/static/")) {
		t.Errorf("%s (%d): cache %q", what, res.StatusCode, cache)
	}
	if server := res.Header.Get("Server") + res.Header.Get("X-Powered-By"); server != "" {
		t.Errorf("%s: it says what it is made of: %q", what, server)
	}
}

func stylesheet(t *testing.T, w *world) string {
	t.Helper()
	href, ok := w.anybody.Get("/").Find("link[rel=stylesheet]").First().Attr("href")
	if !ok {
		t.Fatal("no stylesheet")
	}
	return href
}
