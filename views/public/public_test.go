package public

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"yongxing/views/text"
	"yongxing/views/ui"
)

var now = time.Date(2026, 11, 23, 0, 15, 42, 0, time.UTC)

// pages are all pages of this package in all their states.
func pages(f ui.Frame) map[string]templ.Component {
	out := map[string]templ.Component{
		"home":           Home(HomePage{Frame: f, Book: "2026-11-01"}),
		"home with code": Home(HomePage{Frame: f, Book: "2026-11-01", Colour: ui.Yellow, Notice: "N"}),
		"help": Help(HelpPage{Frame: f, Book: "2026-11-01", Rules: []Rule{
			{Code: "R07", Colour: ui.Red, Name: "N", Why: "W", Advice: "A", Ways: []string{"X"}, LatestDays: 21, DecidedBy: "station"},
			{Code: "R02", Colour: ui.Red, Name: "N", Why: "W", Advice: "A", LatestDays: 3, District: true, DecidedBy: "health"},
			{Code: "Y05", Colour: ui.Yellow, Name: "N", Why: "W", Advice: "A", DecidedBy: "district"},
			{Code: "Y09", Colour: ui.Yellow, Name: "N", Why: "W", Advice: "A", DecidedBy: "self"},
		}}),
		"privacy":       Privacy(StatementPage{f}),
		"accessibility": Accessibility(StatementPage{f}),
	}
	for _, r := range []string{ui.Green, ui.Yellow, ui.Red, ui.Unverified, ui.Unconfirmed, ui.Disputed, Expired, Forged, Void} {
		d := VerifyPage{Frame: f, Result: r, Day: f.T.Full(now), Clock: f.T.Seconds(now), AtISO: f.T.ISO(now)}
		out["verify "+r] = Verify(d)
		d.Name, d.Tail, d.SecondsLeft = "N", "1234", 72
		out["verify named "+r] = Verify(d)
	}
	for _, status := range []int{400, 403, 404, 405, 409, 413, 422, 429, 500, 502, 503} {
		out[fmt.Sprintf("error %d", status)] = Error(ErrorPage{Frame: f, Status: status, Reference: "R", Minutes: 5})
		desk := f
		desk.Path = "/officer/appeals/x"
		out[fmt.Sprintf("error %d, an outage", status)] = Error(ErrorPage{Frame: f, Status: status, Outage: true})
		out[fmt.Sprintf("error %d at the desk", status)] = Error(ErrorPage{Frame: desk, Status: status, Reference: "R", Detail: "D"})
	}
	return out
}

func frame(lang string) ui.Frame {
	t := text.For(lang)
	return ui.Frame{Title: "T", Lang: t.Lang(), T: t, CSRF: "token", Path: "/x?y=1", Flash: "F"}
}

func render(t *testing.T, c templ.Component) (string, *goquery.Document) {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), doc
}

var inline = regexp.MustCompile(`(?i)\s(style|on[a-z]+)=|<style|<script[^>]*>[^<]`)

// links that this release serves; a link to anything else leads nowhere.
var served = map[string]bool{"/": true, "/me": true, "/notices": true, "/appeal/find": true, "/code": true, "/declare": true, "/appeal/new": true, "/history": true, "/help": true,
	"/privacy": true, "/accessibility": true, "/officer/appeals": true, "/signin": true, "/x": true, "/officer/appeals/x": true}

func TestPages(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{text.Chinese, text.English} {
		for _, elder := range []bool{false, true} {
			f := frame(lang)
			f.Elder, f.SignedIn = elder, elder
			for name, page := range pages(f) {
				t.Run(fmt.Sprintf("%s %s elder=%v", name, lang, elder), func(t *testing.T) {
					html, doc := render(t, page)
					check(t, html, doc)
				})
			}
		}
	}
}

func check(t *testing.T, html string, doc *goquery.Document) {
	t.Helper()
	if i := strings.Index(html, "⟦"); i >= 0 {
		t.Errorf("a text is missing: %.60s", html[i:])
	}
	if m := inline.FindString(html); m != "" {
		t.Errorf("inline style or script: %s", m)
	}
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%d h1", n)
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		if ids[id] {
			t.Errorf("id %q twice", id)
		}
		ids[id] = true
	})
	doc.Find("a[href]").Each(func(_ int, s *goquery.Selection) {
		href, _ := s.Attr("href")
		if strings.HasPrefix(href, "tel:") {
			return
		}
		path, _, _ := strings.Cut(href, "?")
		path, fragment, _ := strings.Cut(path, "#")
		if path != "" && !served[path] {
			t.Errorf("a link leads nowhere: %s", href)
		}
		if path == "" && fragment != "" && !ids[fragment] {
			t.Errorf("a link to a place that is not there: %s", href)
		}
	})
}

func TestVerifyShowsNobodyUnlessThePassIsGood(t *testing.T) {
	t.Parallel()
	f := frame(text.Chinese)
	html, _ := render(t, Verify(VerifyPage{Frame: f, Result: Forged, AtISO: f.T.ISO(now)}))
	if strings.Contains(html, "证件尾号") {
		t.Error("a forged pass has no holder")
	}
	if strings.Contains(html, "yx-code--red") || strings.Contains(html, "yx-code--green") {
		t.Error("a forged pass looks like a colour")
	}
}

func TestErrorTitles(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{404: "找不到这一页 - 甬行码", 405: "这个请求不完整 - 甬行码", 502: "系统出了问题 - 甬行码"} {
		_, doc := render(t, Error(ErrorPage{Frame: frame(text.Chinese), Status: status}))
		if got := doc.Find("title").Text(); got != want {
			t.Errorf("%d: got %q, want %q", status, got, want)
		}
	}
}
