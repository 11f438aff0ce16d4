package examples_test

import (
	"os"
	"strings"
	"testing"

	"yongxing/models/review"
	"yongxing/models/review/examples"
)

func TestExamplesHold(t *testing.T) {
	t.Parallel()
	for file, least := range map[string]int{"../data/review-examples.yaml": 68, "testdata/edge-cases.yaml": 20} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		results, err := examples.Run(data, review.DefaultBook())
		if err != nil {
			t.Fatal(err)
		}
		if len(results) < least {
			t.Errorf("only %d examples were read from %s", len(results), file)
		}
		for _, r := range results {
			t.Run(r.Name, func(t *testing.T) {
				if !r.OK {
					t.Error(r.Difference)
				}
			})
		}
	}
}

// one is an example that holds, to be spoiled.
const one = `
- name: well
  subject: {born: 1984-05-12, bound: null}
  facts:
    - {id: 1, kind: declaration, from: 2026-11-20T09:00, source: declaration}
  expect:
    - {at: 2026-11-20T09:00, colour: green, findings: [], ended: [], aside: [], next_change: null}
`

func TestRunRefusesMalformedFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{"colour: green", "color: green", `example well: expect 1 has the unknown key "color"`},
		{"colour: green, ", "", "example well: expect 1 has no colour"},
		{"colour: green", "colour: blue", `example well: expect 1 colour has the unknown "blue"`},
		{"kind: declaration, ", "", "example well: fact 1: kind: unknown"},
		{"id: 1, ", "", "example well: fact 1 has no id"},
		{"id: 1", "id: one", "example well: fact 1 id is not a whole number"},
		{"at: 2026-11-20T09:00", "at: noon", "example well: expect 1 at is neither a date nor a time"},
		{"source: declaration}", "source: declaration, ref: 7}", "example well: fact 1: ref: forbidden"},
		{"name: well", "story: no name", "example 1: name is missing"},
		{"subject: {born: 1984-05-12, bound: null}", "subject: []", "example well: subject is not a list of keys and values"},
		{"subject:", "book: {rules: {Y98: {to: 2027-01-01}}}\n  subject:", `there is no rule "Y98" to lay over`},
		{"subject:", "book: {parameters: {grace: 2}}\n  subject:", `example well: book: rulebook refused: parameters: the list has the unknown key "grace"`},
	} {
		if !strings.Contains(one, c.old) {
			t.Fatalf("%q is not in the example", c.old)
		}
		_, err := examples.Run([]byte(strings.Replace(one, c.old, c.new, 1)), review.DefaultBook())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("with %q in place of %q: got %v, want %q", c.new, c.old, err, c.want)
		}
	}
}

func TestRunTellsTheDifference(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{"colour: green", "colour: red", "2026-11-20T09:00: colour: want red, got green"},
		{"next_change: null", "next_change: 2026-12-01", "next_change: want 2026-12-01T00:00, got null"},
		{"aside: []", "aside: [1]", "aside: want [1], got []"},
		{"ended: []", "ended: [{rule: R07, lead: 2, at: 2026-11-05, by: days}]", "ended: want R07 lead 2 at 2026-11-05T00:00 by days, got none"},
		{"findings: []", "findings: [{rule: R07, lead: 1, since: 2026-11-02, assigned: 2026-11-02, until: null, facts: [1]}]", "finding 1: want R07 lead 1"},
	} {
		results, err := examples.Run([]byte(strings.Replace(one, c.old, c.new, 1)), review.DefaultBook())
		if err != nil {
			t.Fatal(err)
		}
		if results[0].OK || !strings.Contains(results[0].Difference, c.want) {
			t.Errorf("with %q: got %q, want %q", c.new, results[0].Difference, c.want)
		}
	}
}
