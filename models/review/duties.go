package review

// missedTest adds the span of a test duty that was missed (rulebook.md
// section 6): the instant at which there was neither a result nor a sample that
// is still being tested.
func (r *reviewer) missedTest(rule *Rule, t *trigger, duty *statement) {
	if r.small(duty.last()) || r.excused(duty) {
		return
	}
	missed := r.missedAt(duty)
	done := never
	for _, result := range r.tests {
		if result.sampled < duty.from {
			continue
		}
		if result.known <= missed {
			return
		}
		done = min(done, result.known)
	}
	r.span(rule, t, span{fact: duty, window: window{missed, missed}, assigned: always, done: done})
}

// missedAt is when a test duty counts as missed if there is no result: at its
// due time, or later while a sample taken in its window waits for the result.
// The sample that a result has replaced was taken all the same.
func (r *reviewer) missedAt(duty *statement) instant {
	due := duty.to
	sampled := always
	for i := range r.all {
		s := &r.all[i]
		if s.Kind == KindTest && !s.setAside && tested.has(s.level) && s.known <= due && duty.contains(s.from) {
			sampled = max(sampled, s.from)
		}
	}
	return max(due, sampled.plus(instant(r.book.Parameters.ResultHours)*hour))
}

// excused says whether an excuse takes a test duty away.
func (r *reviewer) excused(duty *statement) bool {
	for _, e := range r.excuses {
		if _, overlaps := e.overlap(duty.window); overlaps && excuses(e, duty) {
			return true
		}
	}
	return false
}

func excuses(e, duty *statement) bool { return e.Ref == "" || e.Ref == duty.Ref }

// missedCheckins adds a span for each stretch of a check-in duty during which
// the person was silent for too long (rulebook.md section 6).
func (r *reviewer) missedCheckins(rule *Rule, t *trigger, duty *statement) {
	due := duty.to
	kept := max(duty.from.day(), duty.known.day()) - 1
	for {
		missed := kept.after(1 + r.book.Parameters.GraceDays)
		if missed >= due {
			return
		}
		if last := r.lastKept(duty, kept, missed); last > kept {
			kept = last
			continue
		}
		done := min(due, r.heardAgain(duty, missed))
		r.span(rule, t, span{fact: duty, window: window{missed, due}, assigned: always, done: done})
		kept = done.day()
	}
}

// lastKept is the last day after the last kept one and before missed on which
// the person was heard, as far as that was known before missed; the last kept
// one if there is none.
func (r *reviewer) lastKept(duty *statement, kept day, missed instant) day {
	last := kept
	keep := func(first, final day) {
		if final = min(final, missed.day()-1); final >= first {
			last = max(last, final)
		}
	}
	for _, in := range r.checkins {
		if in.known < missed {
			keep(in.day, in.day)
			keep(in.known.day(), in.known.day())
		}
	}
	for _, e := range r.excuses {
		if e.known < missed && excuses(e, duty) {
			keep(e.from.day(), e.last())
			keep(e.known.day(), e.known.day())
		}
	}
	return last
}

// heardAgain is when a check-in or an excuse was first learned from missed on.
func (r *reviewer) heardAgain(duty *statement, missed instant) instant {
	heard := never
	for _, in := range r.checkins {
		if in.known >= missed {
			heard = min(heard, in.known)
		}
	}
	for _, e := range r.excuses {
		if e.known >= missed && excuses(e, duty) {
			heard = min(heard, e.known)
		}
	}
	return heard
}
