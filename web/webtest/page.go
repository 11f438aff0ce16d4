package webtest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/PuerkitoBio/goquery"

	"yongxing/views/text"
)

// Page is an answer that has passed the checks of every page.
type Page struct {
	*goquery.Document
	Status int
	Header http.Header
	URL    *url.URL
	Body   string

	t      testing.TB
	client *Client
}

// Text is the visible text of the first match of a selector, spaces folded.
func (p *Page) Text(selector string) string {
	return strings.Join(strings.Fields(p.Find(selector).First().Text()), " ")
}

// Want fails the test unless the page's main part holds each of the words.
func (p *Page) Want(words ...string) *Page {
	p.t.Helper()
	body := strings.Join(strings.Fields(p.Find("body").Text()), " ")
	for _, w := range words {
		if !strings.Contains(body, w) {
			p.t.Fatalf("%s: no %q on the page:\n%s", p.URL, w, body)
		}
	}
	return p
}

// WantNot fails the test if the page holds one of the words anywhere, its
// markup included.
func (p *Page) WantNot(words ...string) *Page {
	p.t.Helper()
	for _, w := range words {
		if strings.Contains(p.Body, w) {
			p.t.Fatalf("%s: %q must not be on the page", p.URL, w)
		}
	}
	return p
}

// WantStatus fails the test unless the answer had this status.
func (p *Page) WantStatus(status int) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s: status %d, want %d:\n%s", p.URL, p.Status, status, p.Text("main"))
	}
	return p
}

// WantPath fails the test unless the last redirect ended here.
func (p *Page) WantPath(path string) *Page {
	p.t.Helper()
	if p.URL.Path != path {
		p.t.Fatalf("at %s, want %s: %s", p.URL, path, p.Text("main"))
	}
	return p
}

// Links are the addresses of this site that the page leads to or shows.
func (p *Page) Links() []string {
	var list []string
	for _, s := range p.Find("a[href], link[href], script[src], img[src]").EachIter() {
		href, _, _ := strings.Cut(s.AttrOr("href", s.AttrOr("src", "")), "#")
		if strings.HasPrefix(href, "/") && !slices.Contains(list, href) {
			list = append(list, href)
		}
	}
	return list
}

var inline = regexp.MustCompile(`(?i)\son[a-z]+\s*=\s*["']|javascript:|\sstyle\s*=\s*["']`)

// check holds what is true of every page of the portal, in every state.
func (p *Page) check() {
	p.t.Helper()
	fail := func(format string, args ...any) {
		p.t.Helper()
		p.t.Errorf("%s (%d): %s", p.URL, p.Status, fmt.Sprintf(format, args...))
	}
	if csp := p.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'; script-src 'self'") || strings.Contains(csp, "unsafe") {
		fail("content security policy is %q", csp)
	}
	if p.Header.Get("X-Content-Type-Options") != "nosniff" || p.Header.Get("Cache-Control") != "no-store" {
		fail("headers: %v", p.Header)
	}
	if title := strings.TrimSpace(p.Find("head > title").Text()); title == "" || !strings.Contains(title, " - ") {
		fail("title is %q", title)
	}
	if n := p.Find("h1").Length(); n != 1 {
		fail("%d h1, want one", n)
	}
	lang, _ := p.Find("html").Attr("lang")
	if lang != "zh-CN" && lang != "en" {
		fail("lang is %q", lang)
	}
	if strings.Contains(p.Body, "⟦") {
		fail("untranslated key: %s", around(p.Body, "⟦"))
	}
	if m := inline.FindString(p.Body); m != "" {
		fail("inline %q", m)
	}
	p.Find("script").Each(func(_ int, s *goquery.Selection) {
		if src, _ := s.Attr("src"); !strings.HasPrefix(src, "/static/") || strings.TrimSpace(s.Text()) != "" {
			fail("script that is not a file of ours: %q", src)
		}
	})
	if p.Status == http.StatusUnprocessableEntity && p.Find(".govuk-error-summary li, .yx-error p").Length() == 0 {
		fail("refused without a word: %s", p.Text("main"))
	}
	if tag, err := goquery.OuterHtml(p.Find("dialog, [popover], [inert], search").First()); err == nil && tag != "" {
		fail("old phones do not know %.80s", tag)
	}
	p.checkIDs(fail)
	p.checkForms(fail)
	p.checkAddresses(fail)
	if lang == "en" {
		p.checkEnglish(fail)
	}
}

func (p *Page) checkIDs(fail func(string, ...any)) {
	ids := map[string]bool{}
	p.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		if ids[id] {
			fail("id %q twice", id)
		}
		ids[id] = true
	})
	p.Find("[aria-describedby], [aria-labelledby], label[for]").Each(func(_ int, s *goquery.Selection) {
		for _, attr := range []string{"aria-describedby", "aria-labelledby", "for"} {
			v, _ := s.Attr(attr)
			for id := range strings.FieldsSeq(v) {
				if !ids[id] {
					fail("%s names %q, which is not there", attr, id)
				}
			}
		}
	})
	p.Find("a[href^='#']").Each(func(_ int, s *goquery.Selection) {
		if href, _ := s.Attr("href"); len(href) > 1 && !ids[href[1:]] {
			fail("link to %s, which is not there", href)
		}
	})
}

// checkAddresses refuses addresses that tell of a person: they end in histories,
// in proxies' logs and in chats.
func (p *Page) checkAddresses(fail func(string, ...any)) {
	var all []string
	for _, s := range p.Find("[href], [src], [action], [formaction], [data-renew]").EachIter() {
		for _, name := range []string{"href", "src", "action", "formaction", "data-renew"} {
			all = append(all, s.AttrOr(name, ""))
		}
	}
	if what := p.client.site.wire.inAddress(strings.Join(all, "\n")); what != "" {
		fail("an address with %s", what)
	}
}

func (p *Page) checkForms(fail func(string, ...any)) {
	p.Find("form").Each(func(_ int, s *goquery.Selection) {
		action, _ := s.Attr("action")
		if action == "" || strings.Contains(action, "//") {
			fail("form without an action of ours: %q", action)
		}
		if method, _ := s.Attr("method"); strings.EqualFold(method, "post") && s.Find("input[type=hidden][name=csrf][value!='']").Length() != 1 {
			fail("form %s without its csrf field", action)
		}
	})
	p.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		if kind, _ := s.Attr("type"); kind == "hidden" || kind == "submit" {
			return
		}
		id, _ := s.Attr("id")
		labelled := id != "" && p.Find(fmt.Sprintf("label[for=%q]", id)).Length() > 0
		if _, aria := s.Attr("aria-label"); !labelled && !aria && s.Closest("label").Length() == 0 {
			name, _ := s.Attr("name")
			fail("field %q without a label", name)
		}
	})
}

// checkEnglish refuses Chinese on an English page, names apart: they are marked
// as Chinese, and are no words of our own Chinese catalogue.
func (p *Page) checkEnglish(fail func(string, ...any)) {
	body := p.Find("html").Clone()
	body.Find("[lang^=zh]:not(span), input, textarea").Remove() // chosen by the page: the switch of languages, what people wrote
	for _, run := range hanRuns(body.Text()) {
		if text.IsOurChinese(run) {
			fail("Chinese on an English page: %q", run)
		}
	}
	if i := strings.IndexAny(body.Text(), "，。；：？、（）「」"); i >= 0 {
		fail("Chinese punctuation on an English page: %s", around(body.Text(), body.Text()[i:i+3]))
	}
	body.Find("[lang^=zh], title").Remove()
	for _, run := range hanRuns(body.Text()) {
		fail("a Chinese name without its language on an English page: %q", run)
	}
}

func hanRuns(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.Is(unicode.Han, r) })
}

func around(s, what string) string {
	i := strings.Index(s, what)
	return s[max(0, i-60):min(len(s), i+90)]
}
