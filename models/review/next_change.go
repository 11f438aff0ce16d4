package review

// Since knowledge alone decides, the time line of findings does not move while
// nothing new is learned; what changes is only which part of it is active.

// mayChange notes an instant at which the outcome may be another one.
func (r *reviewer) mayChange(t instant) {
	if t > r.now {
		r.next = min(r.next, t)
	}
}

// watch notes the instants at which a finding begins, ends or falls overdue.
func (r *reviewer) watch(f *found) {
	r.mayChange(f.assigned)
	r.mayChange(f.end)
	if f.rule.district && f.latest > f.assigned && f.latest < f.end {
		r.mayChange(f.latest)
	}
}
