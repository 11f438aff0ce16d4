package review

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"yongxing/models/review/strict"
)

// mostDays bounds every number of days of a book: a year.
const mostDays = 366

var ruleCode = regexp.MustCompile(`^[A-Z][A-Z0-9]{0,7}$`)

func parseRule(r *strict.Reader, n *yaml.Node, i int) Rule {
	r.Where = fmt.Sprintf("rule %d of the list", i+1)
	if code := child(n, "code"); code != nil && ruleCode.MatchString(code.Value) {
		r.Where = "rule " + code.Value
	}
	f := r.Map(n, "it", "code", "colour", "from", "to", "when", "join_classes", "gap_hours", "ends", "latest",
		"cleared_by", "locked", "manual", "decided_by", "text")
	for _, key := range []string{"code", "colour", "from", "when", "decided_by", "text"} {
		if r.Err == nil && f[key] == nil {
			r.Refuse("%s is missing", key)
		}
	}
	rule := Rule{
		Code:        r.Text(f["code"], "code"),
		Colour:      Colour(r.Word(f["colour"], "colour", []string{string(Yellow), string(Red)})),
		From:        r.Time(f["from"], "from"),
		To:          r.Time(f["to"], "to"),
		joinClasses: r.Flag(f["join_classes"], "join_classes"),
		gap:         instant(r.Number(f["gap_hours"], "gap_hours", 0, 24*mostDays, 24)) * hour,
		Locked:      r.Flag(f["locked"], "locked"),
		Manual:      r.Flag(f["manual"], "manual"),
		DecidedBy:   r.Word(f["decided_by"], "decided_by", []string{"self", "station", "district", "health"}),
		ClearedBy:   []string{"health", "source"},
	}
	if r.Err == nil && !ruleCode.MatchString(rule.Code) {
		r.Refuse("the code is not a capital letter with letters and digits")
	}
	if r.Err == nil && rule.From.IsZero() {
		r.Refuse("from is missing")
	}
	if r.Err == nil && !rule.To.IsZero() && !rule.To.After(rule.From) {
		r.Refuse("to is not after from")
	}
	rule.from, rule.to = at(rule.From), atOr(rule.To, never)
	if f["cleared_by"] != nil {
		rule.ClearedBy = r.Words(f["cleared_by"], "cleared_by", Levels)
	}
	rule.clearedBy = setOf(Levels, rule.ClearedBy)
	parseTexts(r, f["text"], &rule)
	parseWhen(r, f["when"], &rule)
	parseEndings(r, f, &rule)
	return rule
}

func parseTexts(r *strict.Reader, n *yaml.Node, rule *Rule) {
	f := r.Map(n, "text", "zh", "en")
	for lang, target := range []*Text{&rule.Zh, &rule.En} {
		key := []string{"zh", "en"}[lang]
		what := "text " + key
		words := r.Map(f[key], what, "name", "why", "advice")
		for _, key := range []string{"name", "why", "advice"} {
			if r.Err == nil && (words[key] == nil || strings.TrimSpace(words[key].Value) == "") {
				r.Refuse("%s has no %s", what, key)
			}
		}
		*target = Text{
			Name:   r.Text(words["name"], what),
			Why:    r.Text(words["why"], what),
			Advice: r.Text(words["advice"], what),
		}
	}
}

func parseWhen(r *strict.Reader, n *yaml.Node, rule *Rule) {
	if n != nil && n.Kind == yaml.ScalarNode {
		rule.FollowUp = r.Word(n, "when", []string{"follow_up"}) != ""
		return
	}
	entries := r.List(n, "when")
	if r.Err == nil && len(entries) == 0 {
		r.Refuse("when is empty")
	}
	for i, entry := range entries {
		rule.when = append(rule.when, parseTrigger(r, entry, fmt.Sprintf("when %d", i+1)))
	}
}

func parseTrigger(r *strict.Reader, n *yaml.Node, what string) trigger {
	f := r.Map(n, what, "kind", "class", "by", "area", "inside", "outside", "symptoms", "missed", "lookback_days")
	if r.Err == nil && f["kind"] == nil {
		r.Refuse("%s has no kind", what)
	}
	name := r.Word(f["kind"], what+" kind", names(Kinds))
	kind := Kinds[name]
	t := trigger{
		kind:     name,
		classes:  r.Words(f["class"], what+" class", kind.Classes),
		by:       setOf(Levels, r.Words(f["by"], what+" by", Levels)),
		area:     setOf(AreaLevels, r.Words(f["area"], what+" area", AreaLevels)),
		inside:   setOf(AreaLevels, r.Words(f["inside"], what+" inside", AreaLevels)),
		outside:  r.Text(f["outside"], what+" outside"),
		symptoms: setOf(Symptoms, r.Words(f["symptoms"], what+" symptoms", Symptoms)),
		missed:   r.Flag(f["missed"], what+" missed"),
		lookback: r.Number(f["lookback_days"], what+" lookback_days", 0, mostDays, -1),
	}
	for _, key := range []string{"class", "by", "area", "inside", "symptoms"} {
		if f[key] != nil && len(f[key].Content) == 0 {
			r.Refuse("%s has an empty %s, which would fit nothing", what, key)
		}
	}
	switch {
	case (t.placed() || t.outside != "") && kind.Place == Forbidden:
		r.Refuse("%s asks for the place of %s, which has none", what, name)
	case t.symptoms != 0 && kind.Value == Forbidden:
		r.Refuse("%s asks for symptoms of %s, which has none", what, name)
	case f["outside"] != nil && !ValidPlace(t.outside):
		r.Refuse("%s has an outside that is no place", what)
	case t.missed != (name == KindDuty):
		r.Refuse("%s: missed belongs to duties, and a duty triggers only when missed", what)
	case answers(t):
		// Not in the list of section 9, but without it a good result or a
		// clearance could make a colour worse (section 10, property 5).
		r.Refuse("%s would raise a colour by %s, which answers findings and cannot raise one", what, name)
	}
	return t
}

// answers says whether a trigger rests on what ends findings or makes a green.
func answers(t trigger) bool {
	switch t.kind {
	case KindDeclaration, KindExcuse, KindKnownCause, KindClearance:
		return true
	case KindTest:
		return len(t.classes) == 0 || slices.Contains(t.classes, "negative")
	}
	return false
}

// joins says whether facts of a kind can be one event.
func joins(kind string) bool { return kind != KindDuty && kind != KindOther && kind != KindBreach }
