package review

import "time"

// Ending is one alternative of a rule's ends as a page tells it.
type Ending struct {
	Demands []Demand // in the order of the table of conditions, as in Way
	// FollowRule and FollowDays name the finding that follows; empty and 0 if
	// none does.
	FollowRule string
	FollowDays int
}

// Demand is one condition of an Ending. Only what its By has is filled.
type Demand struct {
	By      string
	N       int           // days, negatives
	Gap     time.Duration // between two tests
	Within  time.Duration // from the first test to the last
	OnDays  []int         // negatives_on_days
	Classes []string      // cleared
}

// Endings are the alternatives that end a finding of the rule, in the order of
// the book and of Finding.Sooner. A rule that only follows another has none.
func (r Rule) Endings() []Ending {
	out := make([]Ending, len(r.ends))
	for i, a := range r.ends {
		out[i] = Ending{FollowRule: a.follow, FollowDays: a.followDays, Demands: make([]Demand, len(a.conditions))}
		for j, c := range a.conditions {
			out[i].Demands[j] = Demand{
				By: c.by, N: c.n, OnDays: append([]int(nil), c.onDays...), Classes: append([]string(nil), c.classes...),
				Gap: time.Duration(c.gap) * time.Microsecond, Within: time.Duration(c.within) * time.Microsecond,
			}
		}
	}
	return out
}

// Latest is after how many days a finding of the rule ends whatever else, or
// goes to the district; 0 for a rule that only follows another.
func (r Rule) Latest() (days int, district bool) { return r.latestDays, r.district }

// Fits tells whether the rule looks at areas of this level: at those that
// contain a fact's place, or (inside) at those that lie in it.
func (r Rule) Fits(level string, inside bool) bool {
	one := setOf(AreaLevels, []string{level})
	for _, w := range r.when {
		if !inside && w.area.has(one) || inside && w.inside.has(one) {
			return true
		}
	}
	return false
}
