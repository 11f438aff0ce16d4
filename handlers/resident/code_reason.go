package resident

import (
	"slices"
	"strings"
	"time"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/review"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// mostReasons is how many findings stand in short above the appeal button: more
// would push it under the edge of a phone.
const mostReasons = 2

// codeReasons are the findings in short, and a line for those that stand only
// further down.
func codeReasons(t *text.Printer, page models.CodePage) (reasons []resident.CodeReason, more string) {
	alone := len(page.Findings) == 1 // else two have to fit: the rest stands in full below
	for i, f := range page.Findings {
		if i == mostReasons {
			return reasons, t.T("code.more_reasons", len(page.Findings)-mostReasons)
		}
		r := resident.CodeReason{Name: f.RuleText(t.Lang()).Name}
		if len(f.Facts) > 0 {
			fact := f.Facts[0]
			if r.Fact = facttext.Gist(t, fact); alone {
				r.Fact, r.Source = facttext.Brief(t, fact), sourceLine(t, fact)
				if len(f.Areas) > 0 {
					r.Fact += t.T("code.area_then", t.T("code.level_"+f.Areas[0].Level))
				}
			}
			r.Fact += t.T("code.stop")
		}
		reasons = append(reasons, r)
	}
	return reasons, ""
}

func sourceLine(t *text.Printer, f models.FactView) string {
	if f.Authority == "" {
		return t.T("code.source_line", facttext.Source(t, f))
	}
	return t.T("code.source_unit", facttext.Source(t, f), f.Authority)
}

// codeEnds is the box of two above the appeal button: when the last finding is
// over, and what is left to do if that is the same for all.
func codeEnds(t *text.Printer, page models.CodePage) []ui.Pair {
	var last models.FindingView
	lastAt := time.Time{}
	for i, f := range page.Findings {
		at, _ := findingEnd(f)
		if i == 0 || at.IsZero() || !lastAt.IsZero() && at.After(lastAt) {
			last, lastAt = f, at
		}
	}
	label, value := endWords(t, last)
	ends := []ui.Pair{{Key: label, Value: value}}
	if left := leftOfAll(t, page); left != "" {
		ends = append(ends, ui.Pair{Key: t.T("code.end_sooner"), Value: left})
	}
	return ends
}

// findingEnd is when a finding is over at the latest; zero if that is not known.
// review tells that at that time the district looks, instead of an end.
func findingEnd(f models.FindingView) (at time.Time, review bool) {
	switch {
	case !f.Until.IsZero() && (f.Latest.IsZero() || f.Until.Before(f.Latest)):
		return f.Until, false
	case !f.Latest.IsZero():
		return f.Latest, f.District
	}
	return time.Time{}, false
}

// endWords is the term and the day of a finding's end.
func endWords(t *text.Printer, f models.FindingView) (label, value string) {
	at, byDistrict := findingEnd(f)
	switch {
	case f.Overdue:
		return t.T("code.end_overdue_label"), t.T("code.end_overdue")
	case at.IsZero():
		return t.T("code.end_open"), t.T("code.end_open_value")
	case byDistrict:
		return t.T("code.end_review"), t.Day(at)
	case at.Before(f.Latest) || f.Latest.IsZero():
		return t.T("code.end"), t.Day(at)
	}
	return t.T("code.end_latest"), t.Day(at)
}

// leftOfAll is what ends all findings sooner, in a few words; "" if they differ
// or nothing does. One test counts for all of them: the most that any asks for.
func leftOfAll(t *text.Printer, page models.CodePage) string {
	most, allTests, left := 0, true, ""
	for i, f := range page.Findings {
		n := fewestTests(f)
		most, allTests = max(most, n), allTests && n > 0
		words := leftOf(t, f)
		if i > 0 && words != left {
			words = ""
		}
		left = words
	}
	if allTests && most > 0 {
		return t.T("code.left_negatives", most)
	}
	return left
}

// fewestTests is how many more negative tests alone end a finding; 0 if tests
// alone do not.
func fewestTests(f models.FindingView) int {
	fewest := 0
	for _, way := range f.Sooner {
		if n, ok := testsLeft(way); ok && (fewest == 0 || n < fewest) {
			fewest = n
		}
	}
	return fewest
}

// leftOf is what ends a finding sooner, in a few words: tests where they alone
// do it, else the day on which waiting does, else a paper or a thing to do.
func leftOf(t *text.Printer, f models.FindingView) string {
	if n := fewestTests(f); n > 0 {
		return t.T("code.left_negatives", n)
	}
	if f.OwesCheckIns() {
		return ""
	}
	end, _ := findingEnd(f)
	for _, way := range f.Sooner {
		for _, c := range way.Conditions {
			if c.By == "days" && !c.Next.IsZero() && (end.IsZero() || c.Next.Before(end)) {
				return t.T("code.left_earliest", t.Day(c.Next))
			}
		}
	}
	for _, way := range f.Sooner {
		switch by := way.Conditions[0].By; by {
		case "cleared", "declared", "done":
			return t.T("code.left_" + by)
		}
	}
	return ""
}

// testsLeft is how many more negative tests a way takes that asks for nothing
// else.
func testsLeft(way review.Way) (left int, ok bool) {
	if len(way.Conditions) != 1 || !isTest(way.Conditions[0]) {
		return 0, false
	}
	c := way.Conditions[0]
	return c.Need - c.Have, c.Have < c.Need
}

func isTest(c review.Progress) bool { return c.By == "negatives" || c.By == "negatives_on_days" }

// codeActions are the buttons: an appeal under way, an appeal to file, or a new
// declaration where that settles it.
func codeActions(t *text.Printer, page models.CodePage) []resident.CodeAction {
	var open, file, declare, call []resident.CodeAction
	seen := map[string]bool{}
	for _, f := range page.Findings {
		switch {
		case f.OpenAppeal != "":
			if !seen[f.OpenAppeal] {
				seen[f.OpenAppeal] = true
				open = append(open, resident.CodeAction{Href: "/appeal/" + f.OpenAppeal, Label: t.T("code.appeal_open", f.OpenAppeal)})
			}
		case f.Appealable:
			label := "code.appeal"
			if len(page.Findings) == 1 && len(f.Facts) > 0 && f.Facts[0].Kind == review.KindStay {
				label = "code.appeal_stay"
			}
			file = []resident.CodeAction{{Href: "/appeal/new", Label: t.T(label)}}
		case f.OwesCheckIns():
			call = []resident.CodeAction{{Href: "tel:12345", Label: t.T("code.call")}}
		default:
			declare = []resident.CodeAction{{Href: "/declare", Label: t.T("code.declare_again")}}
		}
	}
	return slices.Concat(file, open, declare, call)
}

// codeTodo is what to do now, in the order of urgency.
func codeTodo(t *text.Printer, page models.CodePage) [][]text.Part {
	first := "code.todo_mask"
	if page.State == ui.Red {
		first = "code.todo_home"
	}
	steps := [][]text.Part{t.Parts(first)}
	if at, ok := nextSample(page); ok {
		if at.After(page.Now) {
			steps = append(steps, t.Parts("code.todo_sample_after", t.Near(at, page.Now)))
		} else {
			steps = append(steps, t.Parts("code.todo_sample_now"))
		}
	}
	for _, f := range page.Findings {
		if f.Decider() == "self" && !f.OwesCheckIns() {
			steps = append(steps, t.Parts("code.todo_declare"))
			break
		}
	}
	return append(steps, t.Parts("code.todo_doctor"), t.Parts("code.todo_help"))
}

// nextSample is the earliest instant at which one more negative test would bring
// any finding nearer to its end.
func nextSample(page models.CodePage) (time.Time, bool) {
	var earliest time.Time
	found := false
	for _, f := range page.Findings {
		for _, way := range f.Sooner {
			for _, c := range way.Conditions {
				if isTest(c) && c.Met.IsZero() && !c.Next.IsZero() && (!found || c.Next.Before(earliest)) {
					earliest, found = c.Next, true
				}
			}
		}
	}
	return earliest, found
}

// codeAside are the facts that an appeal took out. A source may report one event
// under several ids: it is told once.
func codeAside(t *text.Printer, page models.CodePage) []resident.CodeAside {
	var out []resident.CodeAside
	for _, f := range page.Aside {
		if told := (resident.CodeAside{Words: facttext.Sentence(t, f), Appeal: f.Aside}); !slices.Contains(out, told) {
			out = append(out, told)
		}
	}
	return out
}

// distinct puts words on lines, each once, in order.
func distinct(words []string) string {
	var out []string
	seen := map[string]bool{"": true}
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return strings.Join(out, "\n")
}
