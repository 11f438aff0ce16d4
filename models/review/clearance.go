package review

import "slices"

// covers says whether clearance c is about fact s.
func (r *reviewer) covers(c, s *statement) bool {
	if c.About == s.Kind && s.record.from <= c.record.from && r.names(c, s) {
		return true
	}
	// An ended order also takes along what was already announced under it.
	if c.Class == "ended" && c.Ref != "" && c.Ref == s.Ref && c.About == s.Kind && s.known <= c.effective() {
		return true
	}
	return c.About == KindCase && s.record.from <= c.record.from && r.coversAround(c, s)
}

// names says whether a clearance names this fact, by number, by the fact or one
// of whose event it is, or, from the health authority, by naming nothing.
func (r *reviewer) names(c, s *statement) bool {
	if c.Ref != "" && c.Ref == s.Ref || c.AboutFact != 0 && c.AboutFact == s.ID {
		return true
	}
	if f := r.find(c.AboutFact); f != nil {
		return r.ofEvent(f, s)
	}
	return c.Ref == "" && c.AboutFact == 0 && c.level == levelHealth
}

// coversAround says whether a clearance about a case also answers for what led
// to it. A clinic that rules out its own suspicion says nothing about a
// laboratory's positive.
func (r *reviewer) coversAround(c, s *statement) bool {
	positive := s.Kind == KindTest && s.Class == "positive"
	contact := s.Kind == KindContact && c.Class == "discharged"
	if !positive && !contact {
		return false
	}
	return c.level == levelHealth || c.Class == "discharged" && r.namesInfection(c)
}

// namesInfection says whether a clearance names a confirmed or asymptomatic
// case. A case that was set aside still is what the clearance names: otherwise
// setting it aside would bring back what the discharge has ended. One that its
// source has replaced is not.
func (r *reviewer) namesInfection(c *statement) bool {
	for i := range r.all {
		s := &r.all[i]
		if s.Kind == KindCase && !s.replaced && (s.Class == "confirmed" || s.Class == "asymptomatic") &&
			(c.Ref != "" && c.Ref == s.Ref || c.AboutFact != 0 && c.AboutFact == s.ID) {
			return true
		}
	}
	return false
}

// effective is from when on a clearance or declaration answers.
func (s *statement) effective() instant { return max(s.record.from, s.known) }

// cleared is the earliest instant at which a clearance of these classes and
// levels covers the fact, never if none does.
func (r *reviewer) cleared(s *statement, classes []string, levels set) instant {
	earliest := never
	for _, c := range r.clearances {
		if levels.has(c.level) && c.effective() < earliest && slices.Contains(classes, c.Class) && r.covers(c, s) {
			earliest = c.effective()
		}
	}
	return earliest
}

var excluding = []string{"excluded"}

// excluded is from when on a rule sees the fact no more.
func (r *reviewer) excluded(s *statement, rule *Rule) instant {
	return r.cleared(s, excluding, rule.clearedBy)
}
