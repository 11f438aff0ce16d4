package review

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"yongxing/models/review/strict"
)

func parseEndings(r *strict.Reader, f map[string]*yaml.Node, rule *Rule) {
	if r.Err != nil {
		return
	}
	for _, key := range []string{"ends", "latest"} {
		if rule.FollowUp && f[key] != nil {
			r.Refuse("it is a follow-up and has %s", key)
		}
		if !rule.FollowUp && (f[key] == nil || len(f[key].Content) == 0) {
			r.Refuse("%s is missing", key)
		}
	}
	if rule.FollowUp || r.Err != nil {
		return
	}
	latest := r.Map(f["latest"], "latest", "days", "then")
	for _, key := range []string{"days", "then"} {
		if r.Err == nil && latest[key] == nil {
			r.Refuse("latest has no %s", key)
		}
	}
	rule.latestDays = r.Number(latest["days"], "latest days", 0, mostDays, 0)
	rule.district = r.Word(latest["then"], "latest then", []string{"end", "district"}) == "district"
	if r.Err == nil && rule.Locked && !rule.district {
		r.Refuse("it is locked, so its latest must lead to the district")
	}
	bySelf := false
	for i, n := range r.List(f["ends"], "ends") {
		a := parseAlternative(r, n, fmt.Sprintf("ends %d", i+1), rule)
		bySelf = bySelf || !slices.ContainsFunc(a.conditions, func(c condition) bool { return c.by == byCleared })
		rule.ends = append(rule.ends, a)
	}
	if r.Err == nil && rule.Colour == Red && !rule.Locked && !bySelf {
		r.Refuse("it is red and not locked, and no alternative ends it without a clearance")
	}
}

func parseAlternative(r *strict.Reader, n *yaml.Node, what string, rule *Rule) alternative {
	f := r.Map(n, what, byDays, byCheckins, byNegatives, byNegativesOnDays, byCleared, byFactEnds, byDeclared, byDone,
		"gap_hours", "within_days", "sampled_after", "by", "then")
	a := alternative{days: r.Number(f[byDays], what+" days", 1, mostDays, 0)}
	add := func(c condition) { a.conditions = append(a.conditions, c) }
	if f[byDays] != nil {
		add(condition{by: byDays, n: a.days})
	}
	if f[byCheckins] != nil {
		r.Word(f[byCheckins], what+" checkins", []string{"daily"})
		if f[byDays] == nil {
			r.Refuse("%s has checkins without days", what)
		}
		add(condition{by: byCheckins, n: a.days})
	}
	gap := instant(r.Number(f["gap_hours"], what+" gap_hours", 1, 24*30, 24)) * hour
	if f[byNegatives] != nil {
		add(parseNegatives(r, f, what, gap, rule))
	}
	if f[byNegativesOnDays] != nil {
		add(condition{by: byNegativesOnDays, gap: gap, onDays: parseOnDays(r, f[byNegativesOnDays], what)})
	}
	if f[byCleared] != nil {
		add(parseCleared(r, f, what))
	}
	for _, key := range []string{byFactEnds, byDeclared, byDone} {
		if f[key] == nil {
			continue
		}
		if !r.Flag(f[key], what+" "+key) {
			r.Refuse("%s has %s that is not true", what, key)
		}
		add(condition{by: key})
	}
	misplaced(r, f, what)
	if r.Err == nil && len(a.conditions) == 0 {
		r.Refuse("%s has no condition", what)
	}
	if f[byDone] != nil && slices.ContainsFunc(rule.when, func(t trigger) bool { return !t.missed }) {
		r.Refuse("%s has done in a rule that is not about duties", what)
	}
	if f["then"] != nil {
		if !rule.district {
			r.Refuse("%s has then in a rule whose latest ends it", what)
		}
		then := r.Map(f["then"], what+" then", "rule", "days")
		if r.Err == nil && (then["rule"] == nil || then["days"] == nil) {
			r.Refuse("%s has a then without rule or days", what)
		}
		a.follow = r.Text(then["rule"], what+" then rule")
		a.followDays = r.Number(then["days"], what+" then days", 1, mostDays, 0)
	}
	return a
}

// misplaced refuses the details of a condition that is not there.
func misplaced(r *strict.Reader, f map[string]*yaml.Node, what string) {
	negatives := f[byNegatives] != nil
	for _, detail := range []struct {
		key  string
		fits bool
	}{
		{"gap_hours", negatives || f[byNegativesOnDays] != nil},
		{"within_days", negatives},
		{"sampled_after", negatives},
		{"by", f[byCleared] != nil},
	} {
		if f[detail.key] != nil && !detail.fits {
			r.Refuse("%s has %s without the condition that it belongs to", what, detail.key)
		}
	}
}

func parseNegatives(r *strict.Reader, f map[string]*yaml.Node, what string, gap instant, rule *Rule) condition {
	c := condition{
		by:     byNegatives,
		n:      r.Number(f[byNegatives], what+" negatives", 1, 10, 0),
		gap:    gap,
		within: instant(r.Number(f["within_days"], what+" within_days", 1, 60, 7)) * oneDay,
	}
	if r.Err == nil && f["sampled_after"] == nil {
		r.Refuse("%s has negatives without sampled_after", what)
	}
	c.fromBegin = r.Word(f["sampled_after"], what+" sampled_after", []string{"exposure", "begin"}) == "begin"
	if c.fromBegin && slices.ContainsFunc(rule.when, func(t trigger) bool { return joins(t.kind) }) {
		r.Refuse("%s counts negatives from the begin, in a rule whose facts can join", what)
	}
	if r.Err == nil && instant(c.n-1)*c.gap > c.within {
		r.Refuse("%s has negatives that cannot be so far apart within within_days", what)
	}
	return c
}

func parseOnDays(r *strict.Reader, n *yaml.Node, what string) []int {
	var days []int
	for _, element := range r.List(n, what+" negatives_on_days") {
		d := r.Number(element, what+" negatives_on_days", 0, mostDays, 0)
		if len(days) > 0 && d <= days[len(days)-1] {
			r.Refuse("%s has negatives_on_days that do not rise", what)
		}
		days = append(days, d)
	}
	if len(days) == 0 {
		r.Refuse("%s has no days in negatives_on_days", what)
	}
	return days
}

func parseCleared(r *strict.Reader, f map[string]*yaml.Node, what string) condition {
	c := condition{by: byCleared, classes: r.Words(f[byCleared], what+" cleared", Kinds[KindClearance].Classes)}
	levels := []string{"health", "source"}
	if f["by"] != nil {
		levels = r.Words(f["by"], what+" by", Levels)
	}
	c.levels = setOf(Levels, levels)
	if r.Err == nil && (len(c.classes) == 0 || c.levels == 0) {
		r.Refuse("%s can be cleared by nobody", what)
	}
	return c
}

// checkFollows refuses a `then` that names no follow-up. It needs the whole book.
func checkFollows(r *strict.Reader, book *Book, rule *Rule) {
	r.Where = "rule " + rule.Code
	for i, a := range rule.ends {
		if a.follow == "" {
			continue
		}
		if to, ok := book.index[a.follow]; !ok || !book.Rules[to].FollowUp {
			r.Refuse("ends %d has a then that names %s, which is not a follow-up", i+1, a.follow)
		}
	}
}
