package review

import "time"

// ways is the progress of every alternative that ends a finding.
func (r *reviewer) ways(f *found) []Way {
	if len(f.rule.ends) == 0 {
		return nil
	}
	ways := make([]Way, len(f.rule.ends))
	for i := range f.rule.ends {
		a := &f.rule.ends[i]
		ways[i] = Way{Conditions: make([]Progress, len(a.conditions)), FollowRule: a.follow, FollowDays: a.followDays}
		for j := range a.conditions {
			ways[i].Conditions[j] = r.progress(f, a, &a.conditions[j])
		}
	}
	return ways
}

// progress says how far one condition is.
func (r *reviewer) progress(f *found, a *alternative, c *condition) Progress {
	p := Progress{By: c.by}
	met := r.met(f, a, c)
	switch c.by {
	case byDays:
		p.Need, p.Next = c.n, met.time()
		if f.last != noDay {
			p.Have = int(min(day(c.n), max(0, r.now.day()-f.last-1)))
		}
	case byCheckins:
		var next day
		p.Have, p.Need, next = r.checkinsHave(f, c)
		p.Next = next.start().time()
	case byNegatives:
		have, next := r.negativesHave(f, c)
		p.Have, p.Need, p.Next = have, c.n, next.time()
	case byNegativesOnDays:
		have, last := r.onDaysAt(f, c, r.now)
		p.Have, p.Need = have, len(c.onDays)
		if have < p.Need && f.last != noDay {
			next := (f.last + day(c.onDays[have])).start()
			if have > 0 {
				next = max(next, last+c.gap)
			}
			p.Next = next.time()
		}
	case byFactEnds:
		p.Next = met.time()
	}
	if met <= r.now {
		p.Met = max(met, f.assigned).time()
		p.Have = p.Need
		if c.by == byNegatives || c.by == byNegativesOnDays {
			p.Next = time.Time{}
		}
	}
	return p
}
