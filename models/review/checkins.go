package review

import "slices"

// owed is how many normal check-in days a condition asks for, of those from the
// day after the exposure ended and the finding was assigned.
func (r *reviewer) owed(f *found, c *condition) int {
	first := max(f.last, f.assigned.day())
	days := int(max(0, f.last+day(c.n)-first))
	return days - days*r.book.Parameters.GraceDaysPerWeek/7
}

// checkinsMet is the earliest instant at which enough normal days are known.
func (r *reviewer) checkinsMet(f *found, c *condition) instant {
	if f.last == noDay {
		return never
	}
	need := r.owed(f, c)
	if need == 0 {
		return always
	}
	mine := r.checkinsFrom(f.last)
	var turns []instant
	for _, in := range mine {
		turns = append(turns, in.known)
		if in.normal != always && in.normal != never {
			turns = append(turns, in.normal)
		}
	}
	slices.Sort(turns)
	for _, t := range turns {
		if normalDays(mine, t) >= need {
			return t
		}
	}
	return never
}

// checkinsFrom returns the check-ins of a day and later.
func (r *reviewer) checkinsFrom(d day) []checkin {
	i := slices.IndexFunc(r.checkins, func(in checkin) bool { return in.day >= d })
	if i < 0 {
		return nil
	}
	return r.checkins[i:]
}

// normalDays counts the days that have a check-in known by t and of which every
// such check-in is normal by what is known then.
func normalDays(checkins []checkin, t instant) int {
	n := 0
	for i := 0; i < len(checkins); {
		d, seen, normal := checkins[i].day, false, true
		for ; i < len(checkins) && checkins[i].day == d; i++ {
			if in := checkins[i]; in.known <= t {
				seen, normal = true, normal && in.normal <= t
			}
		}
		if seen && normal {
			n++
		}
	}
	return n
}

// checkinsHave is how many normal days there are now, and the first day from
// today on that has no check-in yet.
func (r *reviewer) checkinsHave(f *found, c *condition) (have, need int, next day) {
	if f.last == noDay {
		return 0, 0, noDay
	}
	need = r.owed(f, c)
	mine := r.checkinsFrom(f.last)
	next = max(f.last, r.now.day())
	for _, in := range mine {
		if in.day == next {
			next++
		}
	}
	return min(need, normalDays(mine, r.now)), need, next
}
