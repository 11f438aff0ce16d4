package review

import "slices"

// sampledFrom is from when on a sample counts for `negatives`.
func (f *found) sampledFrom(c *condition) instant {
	if c.fromBegin {
		return f.since
	}
	return f.exposure
}

// turns are the instants at which what is known about tests changed, ascending:
// a result, or a positive that was ruled out.
func (r *reviewer) turns() []instant {
	if r.testTurns == nil {
		for _, t := range r.tests {
			r.testTurns = append(r.testTurns, t.known)
			if t.void != never {
				r.testTurns = append(r.testTurns, t.void)
			}
		}
		slices.Sort(r.testTurns)
		r.testTurns = slices.Compact(r.testTurns)
	}
	return r.testTurns
}

// negativesMet is the earliest instant at which the negatives known then make
// the chain that a condition asks for.
func (r *reviewer) negativesMet(f *found, c *condition) instant {
	start := f.sampledFrom(c)
	if start == never {
		return never
	}
	for _, t := range r.turns() {
		if chain(r.negativesAt(start, t), c, c.n) == c.n {
			return t
		}
	}
	return never
}

// negativesAt returns when the negatives known by t were sampled, of those from
// start on and after the last positive known by then. The slice is reused.
func (r *reviewer) negativesAt(start, t instant) []instant {
	r.samples = r.samples[:0]
	for _, test := range r.tests {
		switch {
		case test.known > t:
		case test.positive && test.void > t:
			// Negatives of the same instant come before a positive.
			r.samples = r.samples[:0]
		case !test.positive && test.sampled >= start:
			r.samples = append(r.samples, test.sampled)
		}
	}
	return r.samples
}

// chain is the length, at most enough, of the longest chain among ascending
// samples: each at least the gap after the one before, the last within the time
// allowed after the first. From a given first one, taking the next possible is
// always best.
func chain(samples []instant, c *condition, enough int) int {
	longest := 0
	for i := range samples {
		_, n := chainFrom(samples[i:], c, enough)
		if longest = max(longest, n); longest == enough {
			break
		}
	}
	return longest
}

// chainFrom is the last sample and the length of the chain that begins with the
// first.
func chainFrom(samples []instant, c *condition, enough int) (last instant, n int) {
	last, n = samples[0], 1
	for _, s := range samples[1:] {
		if n == enough || s-samples[0] > c.within {
			break
		}
		if s-last >= c.gap {
			last, n = s, n+1
		}
	}
	return last, n
}

// negativesHave is how long the chain is now, of negatives that are not too old,
// and from when on one more would make it longer. That one comes after those
// that are there: a page tells somebody when to be sampled next.
//
// With no chain the answer is the start, also when a positive came after it; so
// say the examples (positive-empties-the-chain), while the page would have the
// instant just after the positive. Both are past, and mean "at any time now".
func (r *reviewer) negativesHave(f *found, c *condition) (have int, next instant) {
	start := f.sampledFrom(c)
	if start == never {
		return 0, never
	}
	samples := r.negativesAt(start, r.now)
	for len(samples) > 0 && r.now-samples[0] > c.within {
		samples = samples[1:]
	}
	have = chain(samples, c, c.n)
	if have == 0 {
		return 0, start
	}
	next = never
	for i := range samples {
		last, n := chainFrom(samples[i:], c, have)
		if t := max(start, last+c.gap); n == have && t-samples[i] <= c.within {
			next = min(next, t)
		}
	}
	return have, next
}

// onDaysMet is the earliest instant at which the tests known then have answered
// all days of a condition.
func (r *reviewer) onDaysMet(f *found, c *condition) instant {
	if f.last == noDay {
		return never
	}
	for _, t := range r.turns() {
		if counted, _ := r.onDaysAt(f, c, t); counted == len(c.onDays) {
			return t
		}
	}
	return never
}

// onDaysAt walks the tests known by t in order of sampling. A positive starts
// again with the first day.
func (r *reviewer) onDaysAt(f *found, c *condition, t instant) (counted int, last instant) {
	for _, test := range r.tests {
		switch {
		case test.known > t:
		case test.positive && test.void > t:
			counted = 0
		case test.positive || counted == len(c.onDays):
		case counted > 0 && test.sampled-last < c.gap:
		case test.sampled >= (f.last + day(c.onDays[counted])).start():
			counted, last = counted+1, test.sampled
		}
	}
	return counted, last
}
