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

// axeFile is installed by npm ci in .node, as .ci/run does.
const axeFile = "../.node/node_modules/axe-core/axe.min.js"

// axeRun answers one line for each rule that is broken, and for each contrast
// that axe cannot decide.
const axeRun = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => {
	const say = (kind, list) => list.map(v => kind + " " + v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | "));
	return say("violation", r.violations).concat(say("undecided", r.incomplete.filter(v => v.id === "color-contrast"))).join("\n");
})`

// Every page in every state passes axe (WCAG 2.2 AA and best practice), has no
// sideways scroll at 320 pixels, and on code pages leaves no contrast undecided.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		if os.Getenv("YX_REQUIRE_BROWSER") != "" {
			t.Fatal(err)
		}
		t.Skip("left out: axe-core is not installed; npm ci in .node")
	}
	open := webtest.Chromium(t)
	w := newWorld(t)
	base := w.Listen(false)
	tabs := map[*webtest.Client]*webtest.Tab{}
	visits := w.visits()
	for _, path := range slices.Sorted(maps.Keys(visits)) {
		for _, v := range visits[path] {
			if v.status != http.StatusOK || v.leads != "" || strings.Contains(v.path, "fragment") || strings.Contains(v.path, "evidence/") || strings.HasSuffix(v.path, "z") {
				continue // pictures, parts of pages, and words for machines
			}
			for _, r := range readings {
				v.by.SetCookie("yx_lang", r.lang)
				v.by.SetCookie("yx_elder", r.elder)
				tab := tabs[v.by]
				if tab == nil {
					tab = open(t, base, webtest.Phone)
					tabs[v.by] = tab
				}
				tab.Wear(v.by).Open(v.path)
				looksRight(t, tab, string(axe), fmt.Sprintf("%s %s elder=%s", v.path, r.lang, r.elder))
			}
		}
	}
}

func looksRight(t *testing.T, tab *webtest.Tab, axe, where string) {
	t.Helper()
	webtest.Eval[bool](tab, axe+";true")
	for line := range strings.Lines(webtest.Await(tab, axeRun)) {
		if strings.HasPrefix(line, "violation") || strings.Contains(where, "/code") {
			t.Errorf("%s: %s", where, line)
		}
	}
	for _, width := range []int64{320, 375} {
		tab.Resize(width, 667)
		if wide := webtest.Eval[int](tab, "document.scrollingElement.scrollWidth"); int64(wide) > width {
			t.Errorf("%s: %d pixels wide at %d", where, wide, width)
		}
	}
}
