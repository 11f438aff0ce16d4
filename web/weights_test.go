package web_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"yongxing/web/webtest"
)

// Limits of what goes over the air, compressed, and of requests. A kilobyte is
// a tenth of a second on the line of an old phone.
const (
	pageLimit, visitLimit, visitRequests = 10 << 10, 45 << 10, 6
	codeAgainLimit                       = 6 << 10
	queueLimit, queueVisitLimit          = 20 << 10, 90 << 10
)

// over is how many bytes of body an address answers with to a browser that takes
// gzip, as all do.
func over(t *testing.T, c *webtest.Client, path string) int {
	t.Helper()
	body, err := io.ReadAll(c.Do(http.MethodGet, path, "", nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	return len(body)
}

// Every page of residents weighs little, and so does a first visit to it with
// all that it asks for; coming back to the code costs the page alone.
func TestWeightOfEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.allVisits()
	for _, path := range slices.Sorted(maps.Keys(all)) {
		for _, v := range all[path] {
			if v.status != http.StatusOK || v.leads != "" || slices.Contains(partsOnly, path) && path != "/code/fragment" {
				continue
			}
			for _, r := range readings {
				v.by.SetCookie("yx_lang", r.lang)
				v.by.SetCookie("yx_elder", r.elder)
				v.by.Loose = true // a part of a page is weighed too
				page := v.by.Get(v.path)
				v.by.Loose = false
				v.by.With("Accept-Encoding", "gzip")
				weigh(t, v.by, v.path, page)
				v.by.With("Accept-Encoding", "")
			}
		}
	}
}

func weigh(t *testing.T, c *webtest.Client, path string, page *webtest.Page) {
	t.Helper()
	html := over(t, c, path)
	visit, requests := html, 1
	page.Find("link[rel=stylesheet], link[rel=icon], script[src], img[src]").Each(func(_ int, s *goquery.Selection) {
		visit += over(t, c, s.AttrOr("href", s.AttrOr("src", "")))
		requests++
	})
	most, mostVisit := pageLimit, visitLimit
	if strings.HasPrefix(path, "/officer/") {
		most, mostVisit = queueLimit, queueVisitLimit
	}
	if strings.HasPrefix(path, "/code") {
		most = codeAgainLimit
	}
	if html > most || visit > mostVisit || requests > visitRequests {
		t.Errorf("%s: %d bytes of HTML (at most %d), %d with all it asks for (%d), in %d requests (%d)", path, html, most, visit, mostVisit, requests, visitRequests)
	}
}

// A queue of 25 rows, one full page.
func TestWeightOfAFullQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := 40; i < 65; i++ {
		w.Clock.Advance(5 * time.Minute) // so many messages an hour from one network
		w.file(w.coloured(i, w.travel(i)))
	}
	officer := w.Officer("033777", "gl")
	page := officer.Get("/officer/appeals")
	if rows := page.Find(".yx-table tbody tr").Length(); rows != 25 {
		t.Fatalf("%d rows", rows)
	}
	officer.With("Accept-Encoding", "gzip")
	weigh(t, officer, "/officer/appeals", page)
}

// agents are the browsers that people come with: WeChat on iOS, on Android with
// its own kernel, on a PC, and one that says nothing.
var agents = []string{
	"Mozilla/5.0 (iPhone; CPU iPhone OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.33(0x18002129) NetType/4G Language/zh_CN",
	webtest.WeChat,
	"Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/81.0.4044.138 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63060012)",
	"",
}

// changing is what differs from answer to answer: tokens, references, the QR and
// what renews it, one-time keys.
var changing = regexp.MustCompile(`name="(csrf|key)" value="[^"]*"|<path d="M4 4\.5[^"]*"|data-renew="[^"]*"`)

// Whatever a browser says it is, the pages are the same; only at the door WeChat
// hears in addition that its sign-in is not the other browser's.
func TestPagesDoNotDependOnTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, s := range []struct {
		by   *webtest.Client
		path string
	}{{w.anybody, "/"}, {w.anybody, "/signin"}, {w.green, "/code"}, {w.red, "/code"}, {w.red, "/code/show"}, {w.half, "/declare/health"}, {w.drafting, "/appeal/new/evidence"},
		{w.opener, "/appeal/" + w.open}, {w.red, "/history"}, {w.officer, "/officer/appeals"}} {
		first := ""
		for _, agent := range agents {
			s.by.With("User-Agent", agent)
			page := s.by.Get(s.path).WantStatus(http.StatusOK)
			body := changing.ReplaceAllString(page.Body, "")
			if s.path == "/signin" {
				body = page.Text("main form")
			}
			if first == "" {
				first = body
			}
			if body != first {
				t.Errorf("%s is another page for %q:\n%s", s.path, agent, difference(first, body))
			}
		}
		s.by.With("User-Agent", "webtest")
	}
}

// difference is where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("…%.80q\n…%.80q", a[max(0, i-20):], b[max(0, i-20):])
}
