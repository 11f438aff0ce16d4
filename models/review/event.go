package review

import (
	"cmp"
	"slices"
)

// found is a finding on the time line: what is known now says when it begins
// and ends, whether that is past or ahead.
type found struct {
	rule     *Rule
	facts    []*statement // by id
	lead     int64
	since    instant
	exposure instant // its end; never while it is open
	last     day     // last day of the exposure
	assigned instant
	// assignedLast is when the last of its spans was assigned.
	assignedLast instant
	// endless says that the exposure goes on because somebody lives there or the
	// area is still listed; then `latest` does not run.
	endless  bool
	locked   bool
	changed  string
	done     instant
	excluded instant // when nothing was left of it

	latest instant
	end    instant
	by     string
}

// group numbers the events that the spans belong to and returns how many there
// are (rulebook.md section 4, step 3). It sorts the spans.
func group(rule *Rule, spans []span) int {
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.fact.ID, b.fact.ID), cmp.Compare(a.to, b.to))
	})
	n := 0
	for i := range spans {
		sp := &spans[i]
		sp.group = -1
		// The latest event of its kind, class and number is the only one that
		// a span can still join.
		for j := i - 1; j >= 0 && sp.group < 0; j-- {
			if !comparable(rule, spans[j].fact, sp.fact) {
				continue
			}
			if joinsByNumber(sp.fact) || sp.from <= latestEnd(spans[:i], spans[j].group).plus(rule.gap) {
				sp.group = spans[j].group
			}
			break
		}
		if sp.group < 0 {
			sp.group = n
			n++
		}
	}
	return n
}

// comparable says whether two facts could be one event, time apart.
func comparable(rule *Rule, a, b *statement) bool {
	return joins(a.Kind) && joins(b.Kind) && a.Ref == b.Ref &&
		(rule.joinClasses || a.Kind == b.Kind && a.Class == b.Class) &&
		joinsByNumber(a) == joinsByNumber(b)
}

// joinsByNumber says whether a fact joins those of its number however far apart
// they are. Orders to isolate may come again under one number.
func joinsByNumber(s *statement) bool { return s.Ref != "" && s.Kind != KindIsolation }

func latestEnd(spans []span, group int) instant {
	end := always
	for i := range spans {
		if spans[i].group == group {
			end = max(end, spans[i].to)
		}
	}
	return end
}

// findings turns the spans of a rule into findings on the time line.
func (r *reviewer) findings(rule *Rule) {
	n := group(rule, r.spans)
	if slices.ContainsFunc(r.spans, func(sp span) bool { return sp.excluded != never }) {
		r.spans = withoutExcluded(r.spans, n, r.now)
		n = group(rule, r.spans)
	}
	for g := range n {
		f := r.finding(rule, g)
		r.conclude(&f)
		r.place(f)
	}
}

// withoutExcluded drops the spans that the rule sees no more. Of an event of
// which nothing is left those stay that went last: with them it ended.
func withoutExcluded(spans []span, n int, now instant) []span {
	last := make([]instant, n)
	for _, sp := range spans {
		last[sp.group] = max(last[sp.group], sp.excluded)
	}
	kept := spans[:0]
	for _, sp := range spans {
		if sp.excluded > now || sp.excluded == last[sp.group] {
			kept = append(kept, sp)
		}
	}
	return kept
}

// finding sums up the spans of one event.
func (r *reviewer) finding(rule *Rule, g int) found {
	f := found{
		rule: rule, since: never, assigned: never, last: -noDay, exposure: always, assignedLast: always,
		locked: rule.Locked, done: never, excluded: always,
	}
	for i := range r.spans {
		sp := &r.spans[i]
		if sp.group != g {
			continue
		}
		f.since = min(f.since, sp.from)
		f.assigned = min(f.assigned, sp.assigned)
		f.assignedLast = max(f.assignedLast, sp.assigned)
		f.exposure = max(f.exposure, sp.to)
		f.last = max(f.last, sp.last)
		f.excluded = max(f.excluded, sp.excluded)
		f.done = min(f.done, sp.done)
		f.endless = f.endless || sp.to == never && (sp.listed || sp.fact.Kind == KindResidence)
		f.facts = append(f.facts, sp.fact)
	}
	f.sumFacts()
	return f
}

// sumFacts puts the facts in order and takes from them what a finding says of
// them.
func (f *found) sumFacts() {
	slices.SortFunc(f.facts, func(a, b *statement) int { return cmp.Compare(a.ID, b.ID) })
	f.facts = slices.CompactFunc(f.facts, func(a, b *statement) bool { return a == b })
	lead := f.facts[0]
	for _, s := range f.facts {
		if s.known < lead.known {
			lead = s
		}
		f.locked = f.locked || s.Locked
		if f.changed == "" {
			f.changed = s.changed
		}
	}
	f.lead = lead.ID
}

// place puts a finding on the time line, unless it never was.
func (r *reviewer) place(f found) {
	if f.end > f.assigned {
		r.line = append(r.line, f)
	}
}
