package web_test

import (
	"fmt"
	"strings"
	"testing"

	"yongxing/web/webtest"
)

// In forced colours, light and dark, the state's word and shape, borders and the
// focus are seen, and a scanner still reads the QR: black on white.
func TestForcedColours(t *testing.T) {
	t.Parallel()
	scanner := webtest.Tool(t, "zbarimg")
	open := webtest.Chromium(t)
	w := newWorld(t)
	tab := open(t, w.Listen(false), webtest.Phone)
	tab.Preload(readFile(t, "testdata/look.js"))
	for _, theme := range []string{"light", "dark"} {
		tab.Media("", "forced-colors: active", "prefers-color-scheme: "+theme)
		for _, s := range []struct {
			by   *webtest.Client
			path string
		}{
			{w.green, "/code"}, {w.yellow, "/code"}, {w.red, "/code"}, {w.unbound, "/code"}, {w.fresh, "/code"}, {w.anybody, "/"}, {w.half, "/declare/health"},
			{w.half, "/declare/stays"}, {w.red, "/appeal/new"}, {w.drafting, "/appeal/new/evidence"}, {w.opener, "/appeal/" + w.open}, {w.green, "/notices"}, {w.anybody, "/help"},
			{w.officer, "/officer/appeals"}, {w.officer, "/officer/appeals/" + w.claimed}, {w.anybody, "/staff/signin"},
		} {
			tab.Undress().Wear(s.by).Open(s.path)
			if !webtest.Eval[bool](tab, `matchMedia("(forced-colors: active)").matches`) {
				t.Fatal("no forced colours")
			}
			for line := range strings.Lines(webtest.Eval[string](tab, `look.faint().concat(look.blind(), look.unseen()).join("\n")`)) {
				t.Errorf("%s, %s: %s", s.path, theme, line)
			}
			for _, box := range []string{".yx-card", ".yx-code", ".govuk-button", ".yx-chip", ".yx-panel", ".govuk-input", ".govuk-select"} {
				if webtest.Eval[bool](tab, fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.checkVisibility() && getComputedStyle(e).borderTopWidth === "0px")`, box)) {
					t.Errorf("%s, %s: %s has no border", s.path, theme, box)
				}
			}
			if webtest.Eval[bool](tab, `[...document.querySelectorAll("a[aria-current]")].some(e => [...e.parentElement.children].some(o => o !== e && getComputedStyle(o).borderBottomColor === getComputedStyle(e).borderBottomColor))`) {
				t.Errorf("%s, %s: the current tab looks like the others", s.path, theme)
			}
			if s.path == "/code" && s.by != w.fresh {
				if read := scan(t, scanner, tab.Shot()); !strings.HasPrefix(read, "HTTP://LOCALHOST:8080/V/") {
					t.Errorf("%s: the scanner reads %q", theme, read)
				}
			}
		}
	}
}

// On A4 stand the words and the full numbers, in ink and without a QR that would
// be out of date; nothing to press, nothing that stands out or is cut off.
func TestOnPaper(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	w := newWorld(t)
	tab := open(t, w.Listen(false), webtest.Desk)
	tab.Preload(readFile(t, "testdata/look.js"))
	tab.Media("print")
	tab.Resize(680, 960) // A4 at 96 dots an inch, without its margins
	for _, s := range []struct {
		by   *webtest.Client
		path string
		want []string
	}{
		{w.red, "/code", []string{"红码", "R07", "停留", "打印件上没有二维码", "现在要做什么"}},
		{w.green, "/code", []string{"绿码", "打印件上没有二维码", "林*明"}},
		{w.granted, "/history", []string{"红码", "R07", "绿码"}},
		{w.opener, "/appeal/" + w.open, []string{w.open, "鼓楼派出所", "0574-87001234", "提出时间"}},
		{w.granted, "/appeal/" + w.decided, []string{w.decided, "申诉成立"}},
		{w.officer, "/officer/appeals/" + w.claimed, []string{w.claimed, "R07", "本人怎么说", "经过"}},
		{w.officer, "/officer/appeals?tab=mine", []string{w.claimed}},
		{w.anybody, "/help", []string{"R07"}},
		{w.half, "/declare/check", []string{"海曙区", "37.8"}},
		{w.green, "/me", []string{"3302**********1021", "138****0002"}},
	} {
		tab.Undress().Wear(s.by).Open(s.path)
		text := webtest.Eval[string](tab, `document.body.innerText`)
		for _, word := range s.want {
			if !strings.Contains(text, word) {
				t.Errorf("%s: no %q on paper:\n%s", s.path, word, text)
			}
		}
		for line := range strings.Lines(webtest.Eval[string](tab, `look.pressable().concat(look.crooked(680), look.blind()).join("\n")`)) {
			t.Errorf("%s: %s", s.path, line)
		}
		// Printers leave grounds out: every word must be dark by itself.
		if pale := webtest.Eval[string](tab, `[...document.querySelectorAll("main *")].filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest(".govuk-visually-hidden") && getComputedStyle(e).color.match(/\d+/g).slice(0, 3).every(v => v > 140)).map(e => e.outerHTML.slice(0, 120)).join("\n")`); pale != "" {
			t.Errorf("%s: pale on paper: %s", s.path, pale)
		}
	}
}

// The bar that shows that a code is alive moves, and for who has asked for less
// motion it only steps.
func TestTheBarRespectsReducedMotion(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	w := newWorld(t)
	tab := open(t, w.Listen(false), webtest.Phone).Wear(w.green).Open("/code")
	const bar = `(() => { const s = getComputedStyle(document.querySelector(".yx-live"), "::before"); return [s.animationName, s.animationDuration, s.animationTimingFunction].join(" ") })()`
	if got := webtest.Eval[string](tab, bar); got != "yx-live 1.2s linear" {
		t.Errorf("the bar is %q", got)
	}
	tab.Media("", "prefers-reduced-motion: reduce")
	if got := webtest.Eval[string](tab, bar); got != "yx-live 6s steps(6)" {
		t.Errorf("with less motion the bar is %q", got)
	}
}

// After signing out nothing personal comes back: not by the back button, and not
// from a page that the browser has kept as it was.
func TestBackAfterSigningOut(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	w := newWorld(t)
	base := w.Listen(false)
	tab := open(t, base, webtest.Phone).Wear(w.opener)
	for _, path := range []string{"/code", "/history", "/appeal/" + w.open, "/"} {
		tab.Open(path)
		tab.Want("退出登录")
	}
	tab.Press(`form[action="/signout"] button`)
	for range 4 {
		tab.Back()
		if text := webtest.Eval[string](tab, `document.body.innerText`); strings.Contains(text, "林*明") || strings.Contains(text, "红码") || strings.Contains(text, w.open) {
			t.Errorf("back at %s: %s", tab.Location(), text)
		}
	}
	// A second tab signs out; the first comes back out of the browser's cache.
	first, second := open(t, base, webtest.Phone).Wear(w.red), w.red
	for _, path := range []string{"/history", "/appeal/new", "/declare/identity"} {
		first.Open(path)
		webtest.Eval[bool](first, `(window.old = true, dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true})), true)`)
		first.Until(`window.old === undefined && document.readyState === "complete"`)
		if at := first.Location(); at != base+path {
			t.Errorf("%s, kept as it was, comes back as %s", path, at)
		}
	}
	second.Get("/help").Form("/signout").Submit()
	webtest.Eval[bool](first, `(window.old = true, dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true})), true)`)
	first.Until(`window.old === undefined && document.readyState === "complete"`)
	if at := first.Location(); !strings.HasPrefix(at, base+"/signin") {
		t.Errorf("signed out in another tab, and the page that was kept shows %s", at)
	}
}

// Two taps on the button that sends make one appeal; the second tap finds the
// button at rest.
func TestTwoTapsSendOnce(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	w := newWorld(t)
	tab := open(t, w.Listen(false), webtest.Phone).Wear(w.drafting).Open("/appeal/new/check")
	webtest.Eval[bool](tab, `(document.querySelector("main form .govuk-button[data-once]").click(), document.querySelector("main form .govuk-button[data-once]").click(), true)`)
	tab.Until(`/^\/appeal\/YS-/.test(location.pathname) && document.readyState === "complete"`)
	number := appealNumber.FindString(tab.Location())
	if page := w.drafting.Get("/appeal/new"); page.URL.Path != "/appeal/"+number && !strings.Contains(page.Body, number) {
		t.Errorf("after two taps /appeal/new leads to %s", page.URL)
	}
	if n := strings.Count(w.officer.Get("/officer/appeals").Text("main"), number); n == 0 {
		t.Errorf("%s is not in the queue", number)
	}
}
