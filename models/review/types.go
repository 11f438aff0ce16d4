// Package review is the rules engine: facts in, colour out. It is pure (no
// clock, no database, no randomness), so that anybody can replay a past
// outcome from the rulebook, areas and facts of its time, and so that a preview
// is the very call that the decision makes.
//
// Its terms are those of the city's rulebook: a fact is one dated statement
// from one source, a rule turns facts into findings, and the colour is the
// worst active finding. Nobody sets a colour.
package review

import "time"

// Colour is what a code shows. The zero value is not a colour.
type Colour string

// The colours, best to worst; None means that nothing was declared yet.
const (
	None   Colour = "none"
	Green  Colour = "green"
	Yellow Colour = "yellow"
	Red    Colour = "red"
)

// Subject is what the engine needs to know of a person.
type Subject struct {
	// Born is the date of birth at 00:00 Asia/Shanghai; zero if unknown (then
	// no rule for small children applies).
	Born time.Time
	// Bound is when the identity was bound; zero if it never was. Facts from
	// outside exist only for a bound person.
	Bound time.Time
}

// Area is one row of the published list of risk areas.
type Area struct {
	ID       int64
	Code     string    // division digits without filling zeros, or an alpha-3 country
	Level    string    // high, medium, low
	From, To time.Time // half open; zero To = open
	Known    time.Time
	Document string // number of the document that lists it
	Replaces int64  // the row that this one changes or closes; 0 = none
}

// Fact is one row on record. Only the fields that its kind names are filled.
type Fact struct {
	ID        int64
	Kind      string
	Class     string
	About     string // for a clearance: the kind that it clears
	AboutFact int64  // for a clearance: the one fact that it clears
	Place     string
	Ref       string
	From, To  time.Time // zero To = instant, or open where the kind says so
	Items     []string
	Value     float64 // temperature in °C; 0 = not measured
	Source    string
	Upstream  string
	Authority string
	Locked    bool
	Replaces  int64
	Known     time.Time
}

// Aside is a mark from an accepted appeal that keeps facts out of reviews.
type Aside struct {
	Scope  string // record or event
	Fact   int64
	At     time.Time
	Lifted time.Time // zero = not lifted
	Appeal string    // number of the appeal, shown to the person
}

// Outcome is everything that a review says.
type Outcome struct {
	Colour   Colour
	Findings []Finding // active, red before yellow, then by code, since, lead
	Ended    []Ended
	Aside    []SetAside
	// NextChange is the earliest instant at which, with nothing new learned,
	// something would differ; zero = never. It may be early, never late.
	NextChange time.Time
	Book       string // version of the rulebook
}

// Finding is one rule applied to one event of one person.
type Finding struct {
	Rule      string
	Colour    Colour
	Key       string // rule, lead and day of since
	Lead      int64
	Facts     []int64 // ascending
	Since     time.Time
	Exposure  time.Time // end of the exposure; zero while it is open
	Assigned  time.Time
	Until     time.Time // zero = no end known
	Latest    time.Time // when `latest` falls; zero if it does not run
	District  bool      // Latest leads to the district, not to an end
	Locked    bool
	Overdue   bool
	DecidedBy string // self, station, district, health
	// ChangedAfter is the number of the appeal after which the source changed
	// its record; empty if it did not.
	ChangedAfter string
	Sooner       []Way
}

// Way is one alternative that ends a finding: all its conditions must be met.
type Way struct {
	Conditions []Progress
	// FollowRule and FollowDays name the finding that follows when it ends this
	// way; empty and 0 if none does.
	FollowRule string
	FollowDays int
}

// Progress says how far one condition is.
type Progress struct {
	By   string // days, checkins, negatives, negatives_on_days, cleared, fact_ends, declared, done
	Have int
	Need int       // 0 where the condition does not count
	Next time.Time // zero if there is none; of check-ins the 00:00 of a day
	Met  time.Time // zero if not met by now
}

// Ended is a finding that was active once.
type Ended struct {
	Rule     string
	Colour   Colour
	Key      string
	Lead     int64
	Facts    []int64
	Since    time.Time
	Assigned time.Time
	At       time.Time
	By       string // the condition met last, or latest, excluded, rulebook
}

// SetAside is a fact that a mark in force keeps out, with its appeal.
type SetAside struct {
	Fact   int64
	Appeal string
}
