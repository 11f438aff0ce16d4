package review_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"yongxing/models/review"
)

func TestDefaultBook(t *testing.T) {
	t.Parallel()
	book := review.DefaultBook()
	if book.Version != "2026-11-01" || len(book.Rules) != 22 {
		t.Fatalf("version %q with %d rules", book.Version, len(book.Rules))
	}
	rule, ok := book.Rule("R05")
	if !ok || rule.Colour != review.Red || rule.DecidedBy != "district" || rule.Locked || rule.Manual || rule.FollowUp ||
		!slices.Equal(rule.ClearedBy, []string{"health", "source", "station"}) {
		t.Errorf("R05 is %+v", rule)
	}
	if rule.Text("en").Name != "Isolation ordered" || rule.Text("zh").Name != "隔离观察中" || rule.Text("").Advice == "" {
		t.Errorf("R05 says %+v", rule.Text("en"))
	}
	if locked, _ := book.Rule("R01"); !locked.Locked || !slices.Equal(locked.ClearedBy, []string{"health", "source"}) {
		t.Errorf("R01 is %+v", locked)
	}
	if _, ok := book.Rule("R98"); ok {
		t.Error("there is a rule R98")
	}
	if p := book.Parameters; p.TemperatureLimit != 37.3 || p.DeclarationReminderDays != 14 ||
		!slices.Equal(p.SelfCorrect, []string{"isolation", "residence", "known_cause"}) ||
		!slices.Equal(p.DwellSources, []string{"carrier"}) {
		t.Errorf("parameters are %+v", p)
	}
	again, err := review.ParseBook(book.Source())
	if err != nil || again.Version != book.Version {
		t.Errorf("the source of a book is no book: %v", err)
	}
}

// small is a book that is accepted, to be spoiled.
const small = `
book: test
parameters: {grace_days: 1, mild_symptoms: [fatigue], self_correct: [isolation], dwell_sources: [carrier]}
rules:
  - code: R01
    colour: red
    from: 2026-01-01
    when: [{kind: contact, class: [close], by: [health], lookback_days: 14}]
    ends:
      - {days: 14, negatives_on_days: [1, 7], gap_hours: 24, then: {rule: Y13, days: 7}}
      - {cleared: [ended], by: [health]}
    latest: {days: 28, then: district}
    locked: true
    decided_by: health
    text: {zh: {name: 一, why: 一, advice: 一}, en: {name: one, why: one, advice: one}}
  - code: R07
    colour: red
    from: 2026-01-01
    when: [{kind: stay, class: [stayed], area: [high]}, {kind: checkin, symptoms: [fever]}]
    ends:
      - {days: 7, checkins: daily}
      - {negatives: 2, gap_hours: 24, within_days: 7, sampled_after: exposure}
    latest: {days: 21, then: end}
    decided_by: station
    text: {zh: {name: 二, why: 二, advice: 二}, en: {name: two, why: two, advice: two}}
  - code: Y07
    colour: yellow
    from: 2026-01-01
    when: [{kind: duty, class: [test], missed: true}]
    ends: [{done: true}]
    latest: {days: 14, then: end}
    decided_by: station
    text: {zh: {name: 三, why: 三, advice: 三}, en: {name: three, why: three, advice: three}}
  - code: Y13
    colour: yellow
    from: 2026-01-01
    when: follow_up
    decided_by: district
    text: {zh: {name: 四, why: 四, advice: 四}, en: {name: four, why: four, advice: four}}
`

func TestParseBookRefuses(t *testing.T) {
	t.Parallel()
	if _, err := review.ParseBook([]byte(small)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, place, reason string }{
		{"book: test", "", "", "the version (book) is missing"},
		{"book: test", "book: test\ntitle: x", "", `unknown key "title"`},
		{"grace_days: 1", "grace_days: 31", "parameters", "grace_days is 31 and out of its range, 0 to 30"},
		{"grace_days: 1", "grace_days: one", "parameters", "grace_days is not a whole number"},
		{"grace_days: 1", "grace: 1", "parameters", `unknown key "grace"`},
		{"grace_days: 1", "temperature_limit: 50", "parameters", "temperature_limit is 50 and out of its range"},
		{"mild_symptoms: [fatigue]", "mild_symptoms: [tired]", "parameters", `mild_symptoms has the unknown "tired"`},
		{"self_correct: [isolation]", "self_correct: [petition]", "parameters", `unknown "petition"`},
		{"dwell_sources: [carrier]", "dwell_sources: [camera]", "parameters", `unknown "camera"`},
		{"code: R07", "code: R01", "rule R01", "the code stands twice"},
		{"code: R07", "code: r07", "rule 2 of the list", "the code is not a capital letter"},
		{"colour: yellow", "colour: green", "rule Y07", `colour has the unknown "green"`},
		{"kind: stay", "kind: petition", "rule R07", `when 1 kind has the unknown "petition"`},
		{"kind: stay", "kind: scan", "rule R07", `unknown "scan"`},
		{"class: [stayed]", "class: [passed]", "rule R07", `class has the unknown "passed"`},
		{"class: [stayed]", "class: []", "rule R07", "empty class"},
		{"area: [high]", "area: [red]", "rule R07", `area has the unknown "red"`},
		{"by: [health], lookback", "by: [police], lookback", "rule R01", `by has the unknown "police"`},
		{"symptoms: [fever]", "symptoms: [debt]", "rule R07", `symptoms has the unknown "debt"`},
		{"lookback_days: 14", "lookback_days: 400", "rule R01", "lookback_days is 400 and out of its range"},
		{"lookback_days: 14", "place: 3302", "rule R01", `unknown key "place"`},
		{"{kind: contact, class: [close], by", "{kind: contact, area: [high], by", "rule R01", "asks for the place of contact, which has none"},
		{"area: [high]", "symptoms: [fever]", "rule R07", "asks for symptoms of stay, which has none"},
		{"area: [high]", "outside: north", "rule R07", "outside that is no place"},
		{", missed: true", "", "rule Y07", "a duty triggers only when missed"},
		{"kind: checkin, symptoms: [fever]", "kind: test, class: [negative]", "rule R07", "cannot raise one"},
		{"kind: checkin, symptoms: [fever]", "kind: clearance", "rule R07", "cannot raise one"},
		{"days: 7, checkins: daily", "checkins: daily", "rule R07", "ends 1 has checkins without days"},
		{"checkins: daily", "checkins: weekly", "rule R07", `unknown "weekly"`},
		{"checkins: daily", "payments: all", "rule R07", `unknown key "payments"`},
		{", sampled_after: exposure", "", "rule R07", "ends 2 has negatives without sampled_after"},
		{"sampled_after: exposure", "sampled_after: begin", "rule R07", "from the begin, in a rule whose facts can join"},
		{"negatives: 2", "negatives: 0", "rule R07", "negatives is 0 and out of its range"},
		{"within_days: 7", "within_days: 1", "", ""},
		{"negatives: 2", "negatives: 9", "rule R07", "cannot be so far apart"},
		{"gap_hours: 24, within", "gap_hours: 0, within", "rule R07", "gap_hours is 0 and out of its range"},
		{"negatives_on_days: [1, 7]", "negatives_on_days: [7, 1]", "rule R01", "do not rise"},
		{"negatives_on_days: [1, 7]", "negatives_on_days: []", "rule R01", "no days"},
		{"cleared: [ended]", "cleared: [paid]", "rule R01", `cleared has the unknown "paid"`},
		{"{days: 7, checkins: daily}", "{days: 7, by: [health]}", "rule R07", "by without the condition"},
		{"done: true", "declared: false", "rule Y07", "declared that is not true"},
		{"{days: 7, checkins: daily}", "{done: true}", "rule R07", "not about duties"},
		{"{days: 7, checkins: daily}", "{}", "rule R07", "ends 1 has no condition"},
		{"ends: [{done: true}]", "", "rule Y07", "ends is missing"},
		{"ends: [{done: true}]", "ends: []", "rule Y07", "ends is missing"},
		{"latest: {days: 14, then: end}", "", "rule Y07", "latest is missing"},
		{"latest: {days: 14, then: end}", "latest: {days: 14, then: jail}", "rule Y07", `unknown "jail"`},
		{"latest: {days: 28, then: district}", "latest: {days: 28, then: end}", "rule R01", "locked, so its latest must lead to the district"},
		{"when: follow_up", "when: follow_up\n    latest: {days: 7, then: end}", "rule Y13", "follow-up and has latest"},
		{"when: follow_up", "when: follow_up\n    ends: [{days: 7}]", "rule Y13", "follow-up and has ends"},
		{"when: follow_up", "when: always", "rule Y13", `unknown "always"`},
		{"when: follow_up", "", "rule Y13", "when is missing"},
		{"{days: 7, checkins: daily}", "{days: 7, then: {rule: Y13, days: 7}}", "rule R07", "then in a rule whose latest ends it"},
		{"rule: Y13", "rule: Y07", "rule R01", "names Y07, which is not a follow-up"},
		{"rule: Y13", "rule: Y98", "rule R01", "names Y98, which is not a follow-up"},
		{"then: {rule: Y13, days: 7}", "then: {rule: Y13}", "rule R01", "then without rule or days"},
		{"decided_by: station", "decided_by: police", "rule R07", `decided_by has the unknown "police"`},
		{"en: {name: two, why: two, advice: two}", "en: {name: two, why: two}", "rule R07", "text en has no advice"},
		{", en: {name: two, why: two, advice: two}", "", "rule R07", "text en is missing"},
		{"zh: {name: 二", `zh: {name: " "`, "rule R07", "text zh has no name"},
		{"from: 2026-01-01", "from: soon", "rule R01", "from is neither a date nor a time"},
		{"from: 2026-01-01", "from: 2026-01-01\n    to: 2025-01-01", "rule R01", "to is not after from"},
		{"colour: yellow", "colour: yellow\n    colour: red", "rule Y07", `the key "colour" twice`},
		{"book: test", "book: &b test\nparameters: *b\nrules: []\n---\n", "", "more than one document"},
		{"- code: R07", "- &x\n    code: R07", "", ""},
		{"locked: true", "locked: yes", "rule R01", "locked is neither true nor false"},
	} {
		if !strings.Contains(small, c.old) {
			t.Fatalf("%q is not in the book", c.old)
		}
		_, err := review.ParseBook([]byte(strings.Replace(small, c.old, c.new, 1)))
		if c.reason == "" {
			if err != nil {
				t.Errorf("with %q: %v", c.new, err)
			}
			continue
		}
		var refusal *review.Refusal
		if !errors.As(err, &refusal) || refusal.Place != c.place || !strings.Contains(refusal.Reason, c.reason) {
			t.Errorf("with %q: got %v, want %s: …%s…", c.new, err, c.place, c.reason)
		}
	}
}

// A red rule that only a clearance ends would leave people red who can do
// nothing about it.
func TestParseBookRefusesRedWithoutAWayOut(t *testing.T) {
	t.Parallel()
	text := strings.Replace(small, "locked: true", "", 1)
	if _, err := review.ParseBook([]byte(text)); err != nil {
		t.Fatalf("14 days and tests are a way out: %v", err)
	}
	text = strings.Replace(text, "- {days: 14, negatives_on_days: [1, 7], gap_hours: 24, then: {rule: Y13, days: 7}}\n", "- {days: 14, cleared: [discharged]}\n", 1)
	_, err := review.ParseBook([]byte(text))
	if err == nil || !strings.Contains(err.Error(), "rule R01: it is red and not locked, and no alternative ends it without a clearance") {
		t.Errorf("got %v", err)
	}
}

func FuzzParseBook(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(""))
	f.Add([]byte("rules: [*a]"))
	f.Add([]byte("book: 1\nrules: [{code: R01, when: [[]], ends: {a: b}, text: 1}]"))
	if data, err := os.ReadFile("data/rulebook.yaml"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		book, err := review.ParseBook(data)
		if err != nil {
			var refusal *review.Refusal
			if !errors.As(err, &refusal) || refusal.Reason == "" {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		again, err := review.ParseBook(book.Source())
		if err != nil || again.Version != book.Version || len(again.Rules) != len(book.Rules) {
			t.Fatalf("what was accepted is refused the second time: %v", err)
		}
		// Any accepted book can judge.
		review.Decide(book, nil, review.Subject{}, []review.Fact{
			{ID: 1, Kind: "checkin", Items: []string{"fever"}, From: start, Known: start, Source: "checkin"},
			{ID: 2, Kind: "isolation", Class: "home", From: start, Known: start, Source: "declaration"},
		}, nil, start.AddDate(0, 0, 3))
	})
}
