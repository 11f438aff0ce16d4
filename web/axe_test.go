package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"yongxing/web/webtest"
)

// axeRun answers one line for each rule that is broken, for each contrast that
// axe cannot decide, and for what the page's own policy has refused.
const axeRun = `axe.run(document, {resultTypes: ["violations", "incomplete"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => {
	const say = (kind, list) => list.map(v => kind + " " + v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | "));
	return say("violation", r.violations).concat(say("undecided", r.incomplete.filter(v => v.id === "color-contrast")), refused).join("\n");
})`

// axeBefore stands before axe: it notes what the policy refuses.
const axeBefore = `const refused = []; addEventListener("securitypolicyviolation", e => refused.push("policy " + e.effectiveDirective + ": " + e.blockedURI));`

// widest is the innermost element that stands out furthest, tables apart: they
// scroll in a box of their own.
const widest = `[...document.body.querySelectorAll("*")].filter(e => !e.closest(".yx-scroll")).reduce((a, b) => b.getBoundingClientRect().right >= a.getBoundingClientRect().right ? b : a).outerHTML.slice(0, 200)`

// inspector looks at pages through a tab for each browser.
type inspector struct {
	t    *testing.T
	open func(testing.TB, string, webtest.Screen) *webtest.Tab
	base string
	axe  string
	tabs map[*webtest.Client]*webtest.Tab
}

// Every page in every state passes axe (WCAG 2.2 AA and best practice), has no
// sideways scroll at 320 pixels, neither with the reader's text at 150 %, asks
// for nothing that its policy refuses, and on code pages leaves no contrast
// undecided. So does every form that refuses what was sent.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(webtest.NodeFile(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	open := webtest.Chromium(t)
	w := newWorld(t)
	in := &inspector{t: t, open: open, base: w.Listen(false), axe: axeBefore + string(axe), tabs: map[*webtest.Client]*webtest.Tab{}}
	visits := w.visits()
	visits["no such page"] = []visit{{by: w.anybody, path: "/nosuch", status: http.StatusOK}}
	sent := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(visits)) {
		for _, v := range visits[path] {
			if v.status != http.StatusOK || v.leads != "" || strings.Contains(v.path, "fragment") || strings.Contains(v.path, "evidence/") || strings.HasSuffix(v.path, "z") {
				continue // pictures, parts of pages, and words for machines
			}
			for _, r := range readings {
				in.visit(v.by, v.path, r.lang, r.elder)
			}
			for i, form := range v.by.Get(v.path).Forms() {
				if what := fmt.Sprint(appealNumber.ReplaceAllString(form.Action(), "N"), form.Typed()); len(form.Typed()) > 0 && !sent[what] && !slices.Contains(patient, form.Action()) {
					sent[what] = true
					in.refusal(v.by, v.path, i)
				}
			}
		}
	}
}

// visit looks at a page.
func (in *inspector) visit(by *webtest.Client, path, lang, elder string) {
	in.t.Helper()
	tab := in.read(by, path, lang, elder)
	in.looksRight(tab, fmt.Sprintf("%s %s elder=%s", path, lang, elder))
}

// refusal looks at what follows when the n-th form of a page is sent empty.
func (in *inspector) refusal(by *webtest.Client, path string, n int) {
	in.t.Helper()
	for _, r := range []struct{ lang, elder string }{{"zh", "0"}, {"en", "1"}} {
		tab := in.read(by, path, r.lang, r.elder)
		tab.SendEmpty(n)
		if !webtest.Eval[bool](tab, `document.querySelector(".govuk-error-summary") !== null`) {
			in.t.Errorf("%s: form %d sent empty says nothing at %s", path, n, tab.Location())
		}
		in.looksRight(tab, fmt.Sprintf("%s form %d sent empty, %s elder=%s", path, n, r.lang, r.elder))
	}
}

// read opens a page in the tab of a browser.
func (in *inspector) read(by *webtest.Client, path, lang, elder string) *webtest.Tab {
	in.t.Helper()
	by.SetCookie("yx_lang", lang)
	by.SetCookie("yx_elder", elder)
	tab := in.tabs[by]
	if tab == nil {
		tab = in.open(in.t, in.base, webtest.Phone)
		tab.Preload(in.axe)
		in.tabs[by] = tab
	}
	return tab.Wear(by).Open(path)
}

func (in *inspector) looksRight(tab *webtest.Tab, where string) {
	in.t.Helper()
	for line := range strings.Lines(webtest.Await(tab, axeRun)) {
		if !strings.HasPrefix(line, "undecided") || strings.Contains(where, "/code") {
			in.t.Errorf("%s: %s", where, line)
		}
	}
	for _, c := range []struct{ width, text int64 }{{320, 150}, {320, 100}, {375, 100}} {
		tab.Resize(c.width, 667)
		tab.Enlarge(c.text)
		if wide := webtest.Eval[int64](tab, "document.scrollingElement.scrollWidth"); wide > c.width {
			in.t.Errorf("%s: %d pixels wide at %d with text at %d %%: %s", where, wide, c.width, c.text, webtest.Eval[string](tab, widest))
		}
	}
}
