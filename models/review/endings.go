package review

import "slices"

// conclude finds out when and by what a finding ends (rulebook.md section 5),
// and lets follow what follows it.
func (r *reviewer) conclude(f *found) {
	f.latest = r.latest(f)
	f.end = never
	f.ends(f.excluded, byExcluded)
	var met *alternative
	for i := range f.rule.ends {
		a := &f.rule.ends[i]
		if end, by := r.meets(f, a); f.ends(end, by) {
			met = a
		}
	}
	if !f.rule.district && f.ends(f.latest, byLatest) {
		met = nil
	}
	if f.ends(f.rule.to, byRulebook) {
		met = nil
	}
	if met != nil && met.follow != "" {
		r.follow(f, met)
	}
}

// ends moves the end to an earlier instant. Of several at the same instant the
// first that is tried counts.
func (f *found) ends(end instant, by string) bool {
	if end >= f.end {
		return false
	}
	f.end, f.by = end, by
	return true
}

// latest is when `latest` falls, never while it does not run.
func (r *reviewer) latest(f *found) instant {
	switch {
	case f.exposure != never:
		return f.last.after(f.rule.latestDays)
	case f.endless:
		return never
	}
	return f.since.day().after(f.rule.latestDays)
}

// meets is when all conditions of an alternative are met, and which was last.
func (r *reviewer) meets(f *found, a *alternative) (instant, string) {
	end, by := always, ""
	for i := range a.conditions {
		c := &a.conditions[i]
		if t := r.met(f, a, c); t >= end {
			end, by = t, c.by
		}
	}
	return end, by
}

// met is the earliest instant at which what was known then meets a condition;
// always if it is met at once.
func (r *reviewer) met(f *found, a *alternative, c *condition) instant {
	if r.spared(f, a, c) {
		return always
	}
	switch c.by {
	case byDays:
		return f.last.after(c.n)
	case byCheckins:
		return r.checkinsMet(f, c)
	case byNegatives:
		return r.negativesMet(f, c)
	case byNegativesOnDays:
		return r.onDaysMet(f, c)
	case byCleared:
		last := always
		for _, s := range f.facts {
			last = max(last, r.cleared(s, c.classes, c.levels))
		}
		return last
	case byFactEnds:
		return f.exposure
	case byDeclared:
		return r.declaredAfter(f.assignedLast)
	default: // byDone
		return f.done
	}
}

// declaredAfter is the earliest instant at which a declaration from after t is
// known.
func (r *reviewer) declaredAfter(t instant) instant {
	earliest := never
	for _, s := range r.declarations {
		if s.from > t {
			earliest = min(earliest, s.effective())
		}
	}
	return earliest
}

// spared says whether the person is too small for a test condition that stands
// beside days.
func (r *reviewer) spared(f *found, a *alternative, c *condition) bool {
	if a.days == 0 || c.by != byNegatives && c.by != byNegativesOnDays {
		return false
	}
	if f.exposure == never {
		return r.small(f.assigned.day())
	}
	return r.small(f.last)
}

// small says whether the person owes no tests yet on a day. Whoever was born on
// 29 February is a year older on 1 March of other years, which is what Go's
// calendar makes of that date.
func (r *reviewer) small(d day) bool {
	if r.subject.Born.IsZero() {
		return false
	}
	born := at(r.subject.Born).day().date()
	return d < at(born.AddDate(r.book.Parameters.TestFromYears, 0, 0)).day()
}

// follow notes the finding that follows one that ended by this alternative.
func (r *reviewer) follow(f *found, a *alternative) {
	rule := &r.book.Rules[r.book.index[a.follow]]
	next := found{
		rule: rule, facts: slices.Clone(f.facts), lead: f.lead, since: f.end, exposure: f.end,
		last: window{f.end - 1, f.end}.last(), assigned: max(f.end, f.assigned, rule.from),
		locked: rule.Locked, changed: f.changed, done: never, excluded: f.excluded, latest: never, end: never,
	}
	if next.assigned >= rule.to {
		return
	}
	next.ends(next.excluded, byExcluded)
	next.ends(next.last.after(a.followDays), byDays)
	next.ends(rule.to, byRulebook)
	r.follows = append(r.follows, next)
}

// placeFollowUps puts the follow-ups on the time line; those of one rule that
// begin at the same instant are one finding.
func (r *reviewer) placeFollowUps() {
	for i := range r.follows {
		f := &r.follows[i]
		if f.rule == nil {
			continue // part of an earlier one
		}
		for j := i + 1; j < len(r.follows); j++ {
			if o := &r.follows[j]; o.rule == f.rule && o.exposure == f.exposure {
				f.merge(o)
				o.rule = nil
			}
		}
		f.locked = f.rule.Locked || slices.ContainsFunc(f.facts, func(s *statement) bool { return s.Locked })
		r.place(*f)
	}
}

// merge takes another follow-up in: the facts of both, the smallest lead, the
// earliest assigned and the latest end. One that ended because its facts are
// excluded leaves nothing to one that goes on.
func (f *found) merge(o *found) {
	if o.by == byExcluded && f.end > o.end {
		return
	}
	if f.by == byExcluded && o.end > f.end {
		*f = *o
		return
	}
	if o.end > f.end {
		f.end, f.by = o.end, o.by
	}
	lead := min(f.lead, o.lead)
	f.assigned = min(f.assigned, o.assigned)
	f.facts, f.changed = append(f.facts, o.facts...), ""
	f.sumFacts()
	f.lead = lead
}
