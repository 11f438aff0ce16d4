package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"yongxing/web/webtest"
)

// axeRun answers one line for each rule that is broken, for each contrast that
// axe cannot decide, and for what the page's own policy has refused. In large
// type only what depends on sizes is asked again: the words and the markup are
// the same.
const axeRun = `axe.run(document, {resultTypes: ["violations", "incomplete"], runOnly: %s}).then(r => {
	const say = (kind, list) => list.map(v => kind + " " + v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ((n.any[0] || {}).data && n.any[0].data.messageKey ? " (" + n.any[0].data.messageKey + ")" : "")).join(" | "));
	return say("violation", r.violations).concat(say("undecided", r.incomplete.filter(v => v.id === "color-contrast")), refused).join("\n");
})`

var (
	axeAll   = fmt.Sprintf(axeRun, `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`)
	axeSizes = fmt.Sprintf(axeRun, `{type: "rule", values: ["color-contrast", "target-size", "scrollable-region-focusable"]}`)
)

// sight is one page to look at: an address, or an answer that was kept.
type sight struct {
	by          *webtest.Client
	path, what  string
	lang, elder string
	desk        bool
	form        int // sent empty before looking; -1 = none
}

func (s sight) String() string {
	if s.form >= 0 {
		return fmt.Sprintf("%s form %d sent empty, %s elder=%s", s.what, s.form, s.lang, s.elder)
	}
	return fmt.Sprintf("%s %s elder=%s", s.what, s.lang, s.elder)
}

// sizes are the windows and text sizes that every page must bear: a narrow phone,
// WeChat's largest text (which grows text and not the boxes around it), a reader
// whose browser has text half as large again (which grows both), and, with the
// first of them, 400 % zoom of a desk.
var sizes = []struct{ width, text, zoom int64 }{{320, 100, 100}, {320, 150, 100}, {375, 100, 150}, {375, 100, 100}}

// Every page in every state, error pages and refused forms included, passes axe
// (WCAG 2.2 AA and best practice) with no contrast undecided, has no text of its
// ground's colour, no sideways scroll, nothing cut off and no text on text in any
// of sizes, targets for thumbs, and asks for nothing that its policy refuses.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe := readFile(t, webtest.NodeFile(t, "axe-core/axe.min.js"))
	open := webtest.Chromium(t)
	w := newWorld(t)
	base, todo := w.Listen(false), make(chan sight)
	go func(sights []sight) {
		for _, s := range sights {
			todo <- s
		}
		close(todo)
	}(w.sights())
	for i := range runtime.GOMAXPROCS(0) {
		t.Run(fmt.Sprint("tab", i), func(t *testing.T) {
			t.Parallel()
			tab := open(t, base, webtest.Phone)
			tab.Preload(axe + "\n" + readFile(t, "testdata/look.js"))
			for s := range todo {
				inspect(t, tab, s)
			}
		})
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sights is everything there is to look at: every visit and moment in every
// reading, and every form of these pages sent empty.
func (w *world) sights() (list []sight) {
	sent := map[string]bool{}
	add := func(s sight, in ...struct{ lang, elder string }) {
		for _, r := range in {
			s.lang, s.elder = r.lang, r.elder
			list = append(list, s)
		}
	}
	all := w.allVisits()
	for _, path := range slices.Sorted(maps.Keys(all)) {
		for _, v := range all[path] {
			if v.status != http.StatusOK || v.leads != "" || slices.Contains(partsOnly, path) {
				continue
			}
			s := sight{by: v.by, desk: v.by == w.officer || strings.Contains(path, "/officer/"), path: v.path, what: v.path, form: -1}
			add(s, readings...)
			for i, form := range v.by.Get(v.path).Forms() {
				if what := fmt.Sprint(appealNumber.ReplaceAllString(form.Action(), "N"), form.Typed()); len(form.Typed()) > 0 && !sent[what] && !slices.Contains(patient, form.Action()) {
					sent[what], s.form = true, i
					add(s, readings[0], readings[3])
				}
			}
		}
	}
	for _, m := range w.moments() {
		for _, r := range readings {
			m.by.SetCookie("yx_lang", r.lang)
			m.by.SetCookie("yx_elder", r.elder)
			add(sight{by: w.anybody, path: w.Keep(m.by.Page(m.ask())), what: m.name, form: -1}, r)
		}
	}
	return list
}

// inspect looks at one page.
func inspect(t *testing.T, tab *webtest.Tab, s sight) {
	t.Helper()
	tab.Undress().Wear(s.by).Cookie("yx_lang", s.lang).Cookie("yx_elder", s.elder)
	switch {
	case !s.desk:
		tab.Resize(375, 667)
	case s.elder == "1":
		tab.Resize(1920, 1080) // the large type of the desk, without its tables' scroll bars: axe does not see behind them
	default:
		tab.Resize(1280, 800)
	}
	tab.Open(s.path)
	if s.form >= 0 {
		tab.SendEmpty(s.form)
		if !webtest.Eval[bool](tab, `document.querySelector(".govuk-error-summary") !== null`) {
			t.Errorf("%s: it says nothing at %s", s, tab.Location())
		}
	}
	run := axeAll
	if s.elder == "1" {
		run = axeSizes
	}
	said := webtest.Await(tab, run) + "\n" + webtest.Eval[string](tab, `look.faint().join("\n")`)
	if webtest.Eval[bool](tab, `!document.documentElement.classList.contains("yx-desk") && !document.querySelector(".yx-deskbar")`) {
		main := map[string]int{"0": 44, "1": 60}[s.elder]
		said += "\n" + webtest.Eval[string](tab, fmt.Sprintf(`look.small(44, %d).join("\n")`, main))
	}
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" {
			t.Errorf("%s: %s", s, line)
		}
	}
	for _, c := range sizes {
		tab.Resize(c.width, 667)
		tab.Enlarge(c.text)
		tab.ZoomText(c.zoom)
		for line := range strings.Lines(webtest.Eval[string](tab, fmt.Sprintf(`look.crooked(%d).join("\n")`, c.width))) {
			t.Errorf("%s at %d, text %d %%, zoomed %d %%: %s", s, c.width, c.text, c.zoom, line)
		}
	}
}
