package review

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// reviewer is the state of one review: what exists, what stands, and the time
// line of findings that follows from it.
type reviewer struct {
	book    *Book
	areas   []Area
	subject Subject
	now     instant
	drift   instant // same_event_hours

	all   []statement // by id
	marks []mark      // in force, the latest last

	clearances, declarations, excuses, causes []*statement
	tests                                     []test    // by time of sampling
	checkins                                  []checkin // by day

	line    []found // every finding that was, is or will be
	follows []found
	next    instant // earliest change seen so far

	// Room that is used again and again.
	spans     []span
	overlaps  []overlap
	samples   []instant
	testTurns []instant
}

func newReviewer(book *Book, areas []Area, subject Subject, now time.Time) *reviewer {
	return &reviewer{
		book: book, areas: areas, subject: subject, now: at(now), next: never,
		drift: instant(book.Parameters.SameEventHours) * hour,
	}
}

// Decide reviews one person: what the book makes of the facts that are known by
// now. It is a pure function, so the same arguments give the same outcome for
// ever, and the order of areas, facts and asides does not matter. What is known,
// marked, lifted or bound after now does not exist yet. Nothing in the arguments
// is changed. rulebook.md is its specification.
func Decide(book *Book, areas []Area, subject Subject, facts []Fact, asides []Aside, now time.Time) Outcome {
	r := newReviewer(book, areas, subject, now)
	r.load(facts)
	r.stand(asides)
	r.gather()
	for i := range book.Rules {
		rule := &book.Rules[i]
		if r.spansOf(rule); len(r.spans) > 0 {
			r.findings(rule)
		}
	}
	r.placeFollowUps()
	return r.outcome()
}

// Worse says whether a is a worse colour than b: red, yellow, green. None is not
// better or worse than green, since it says nothing.
func Worse(a, b Colour) bool { return a.rank() > b.rank() }

func (c Colour) rank() int {
	switch c {
	case Red:
		return 2
	case Yellow:
		return 1
	}
	return 0
}

// outcome tells what of the time line is active, what is over and what comes.
func (r *reviewer) outcome() Outcome {
	slices.SortFunc(r.line, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.rule.Colour.rank(), a.rule.Colour.rank()), cmp.Compare(a.rule.Code, b.rule.Code),
			cmp.Compare(a.since, b.since), cmp.Compare(a.lead, b.lead))
	})
	out := Outcome{Book: r.book.Version}
	for i := range r.line {
		f := &r.line[i]
		switch {
		case f.end <= r.now:
			out.Ended = append(out.Ended, f.ended())
		case f.assigned <= r.now:
			out.Findings = append(out.Findings, r.active(f))
		}
		r.watch(f)
	}
	slices.SortStableFunc(out.Ended, func(a, b Ended) int { return a.At.Compare(b.At) })
	for i := range r.all {
		if s := &r.all[i]; s.setAside {
			out.Aside = append(out.Aside, SetAside{s.ID, s.aside})
		}
	}
	out.Colour = r.colour(out.Findings)
	out.NextChange = r.next.time()
	return out
}

// colour is that of the worst active finding. Without any it is green for
// whoever has declared.
func (r *reviewer) colour(active []Finding) Colour {
	if len(active) > 0 {
		return active[0].Colour
	}
	newest := always
	for _, s := range r.declarations {
		newest = max(newest, s.from)
	}
	if newest == always {
		return None
	}
	if days := r.book.Parameters.DeclarationLapseDays; days > 0 {
		lapse := newest.day().after(days)
		if lapse <= r.now {
			return None
		}
		r.mayChange(lapse)
	}
	return Green
}

func (f *found) ids() []int64 {
	ids := make([]int64, len(f.facts))
	for i, s := range f.facts {
		ids[i] = s.ID
	}
	return ids
}

// key is what a stored outcome knows a finding by.
func (f *found) key() string {
	key := make([]byte, 0, 32)
	key = append(key, f.rule.Code...)
	key = append(key, '/')
	key = strconv.AppendInt(key, f.lead, 10)
	key = append(key, '/')
	return string(f.since.day().date().AppendFormat(key, time.DateOnly))
}

func (r *reviewer) active(f *found) Finding {
	finding := Finding{
		Rule: f.rule.Code, Colour: f.rule.Colour, Key: f.key(), Lead: f.lead, Facts: f.ids(),
		Since: f.since.time(), Exposure: f.exposure.time(), Assigned: f.assigned.time(),
		Until: f.end.time(), Latest: f.latest.time(), District: f.rule.district,
		Locked: f.locked, Overdue: f.rule.district && f.latest <= r.now,
		DecidedBy: f.rule.DecidedBy, ChangedAfter: f.changed,
		Sooner: r.ways(f),
	}
	if f.locked {
		finding.DecidedBy = "health"
	}
	return finding
}

func (f *found) ended() Ended {
	return Ended{
		Rule: f.rule.Code, Colour: f.rule.Colour, Key: f.key(), Lead: f.lead, Facts: f.ids(),
		Since: f.since.time(), Assigned: f.assigned.time(), At: f.end.time(), By: f.by,
	}
}
