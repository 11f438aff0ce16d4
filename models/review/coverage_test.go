package review_test

import (
	"testing"

	"pgregory.net/rapid"

	"yongxing/models/review"
)

// The properties are worth as much as the worlds that they are tried on: this
// holds that most of them reach findings, and all of them together every rule,
// every way of ending and every flag.
func TestGeneratedWorldsReachEverything(t *testing.T) {
	t.Parallel()
	const worlds = 4000
	generator := rapid.Custom(drawWorld)
	withFindings, reached := 0, map[string]int{}
	for seed := range worlds {
		w := generator.Example(seed)
		for _, f := range w.facts {
			if err := review.Check(w.book, f); err != nil {
				t.Fatalf("a generated fact would be refused at the door: %v in %+v", err, f)
			}
		}
		out := w.decide(w.now)
		if len(out.Findings) > 0 {
			withFindings++
		}
		note := func(what string, yes bool) {
			if yes {
				reached[what]++
			}
		}
		for _, f := range out.Findings {
			reached["rule "+f.Rule]++
			note("overdue", f.Overdue)
			note("changed after", f.ChangedAfter != "")
			note("several facts", len(f.Facts) > 1)
			note("open exposure", f.Exposure.IsZero())
		}
		for _, e := range out.Ended {
			reached["ended by "+e.By]++
		}
		note("aside", len(out.Aside) > 0)
		note("next change", !out.NextChange.IsZero())
		reached["colour "+string(out.Colour)]++
	}
	if withFindings < worlds/2 {
		t.Errorf("only %d of %d worlds have findings", withFindings, worlds)
	}
	wanted := []string{"overdue", "changed after", "several facts", "open exposure", "aside", "next change",
		"colour none", "colour green", "colour yellow", "colour red"}
	for _, rule := range review.DefaultBook().Rules {
		wanted = append(wanted, "rule "+rule.Code)
	}
	for _, by := range []string{"days", "checkins", "negatives", "negatives_on_days", "cleared", "fact_ends", "declared",
		"done", "latest", "excluded", "rulebook"} {
		wanted = append(wanted, "ended by "+by)
	}
	for _, what := range wanted {
		if reached[what] == 0 {
			t.Errorf("no world reaches: %s", what)
		}
	}
	t.Logf("%d of %d worlds have findings; reached %v", withFindings, worlds, reached)
}
