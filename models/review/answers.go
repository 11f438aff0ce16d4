package review

import (
	"cmp"
	"slices"
)

// test is a test that counts: negative or positive, standing, of a level above
// the person's own word.
type test struct {
	sampled, known instant
	positive       bool
	// void is from when on a positive is ruled out and takes no part.
	void instant
	id   int64
}

// checkin is a standing check-in.
type checkin struct {
	day   day
	known instant
	// normal is from when on it is known to be free of what the rules watch for:
	// always, never, or when a known cause was learned that explains it.
	normal instant
	fact   *statement
}

// gather sorts the standing facts that answer findings by what they answer.
func (r *reviewer) gather() {
	for i := range r.all {
		s := &r.all[i]
		if !s.stands {
			continue
		}
		switch s.Kind {
		case KindClearance:
			r.clearances = append(r.clearances, s)
		case KindDeclaration:
			r.declarations = append(r.declarations, s)
		case KindExcuse:
			r.excuses = append(r.excuses, s)
		case KindKnownCause:
			r.causes = append(r.causes, s)
		}
	}
	// Tests and check-ins are judged by the clearances and causes above.
	for i := range r.all {
		s := &r.all[i]
		switch {
		case !s.stands:
		case s.Kind == KindTest && tested.has(s.level) && (s.Class == "negative" || s.Class == "positive"):
			r.addTest(s)
		case s.Kind == KindCheckin || s.Kind == KindSymptom:
			s.covered = r.explained(s)
			if s.Kind == KindCheckin {
				r.checkins = append(r.checkins, checkin{s.from.day(), s.known, r.normalFrom(s), s})
			}
		}
	}
	slices.SortFunc(r.tests, func(a, b test) int {
		return cmp.Or(cmp.Compare(a.sampled, b.sampled), compareBool(a.positive, b.positive), cmp.Compare(a.id, b.id))
	})
	slices.SortFunc(r.checkins, func(a, b checkin) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.fact.ID, b.fact.ID))
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (r *reviewer) addTest(s *statement) {
	t := test{sampled: s.from, known: s.known, positive: s.Class == "positive", void: never, id: s.ID}
	if t.positive {
		t.void = r.cleared(s, excluding, healthOrSource)
	}
	if t.void != never && t.void > r.now {
		r.mayChange(t.void)
	}
	r.tests = append(r.tests, t)
}

var healthOrSource = setOf(Levels, []string{"health", "source"})

// covering is the symptoms that a known cause answers for. The person's own word
// covers mild ones only.
func (r *reviewer) covering(cause, s *statement) set {
	if !cause.window.contains(s.from) {
		return 0
	}
	if cause.level == levelSelf {
		return cause.symptoms & r.book.Parameters.mild
	}
	return cause.symptoms
}

func (r *reviewer) explained(s *statement) set {
	var covered set
	for _, cause := range r.causes {
		covered |= r.covering(cause, s)
	}
	return covered
}

// normalFrom is from when on a check-in is known to have none of the watched
// symptoms, those with a known cause apart.
func (r *reviewer) normalFrom(s *statement) instant {
	watched := s.symptoms & r.book.watched
	from := always
	for one := set(1); one <= watched; one <<= 1 {
		if !watched.has(one) {
			continue
		}
		since := never
		for _, cause := range r.causes {
			if r.covering(cause, s).has(one) {
				since = min(since, cause.known)
			}
		}
		from = max(from, since)
	}
	return from
}
