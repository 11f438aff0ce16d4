package declaration

import (
	"slices"
	"time"

	"yongxing/models/review"
)

// moment is how long a fact lasts that withdraws another one: over by the time at
// which it is told, so that no finding ever begins with it.
const moment = time.Millisecond

// Record is what is known already when somebody declares.
type Record struct {
	Book *review.Book
	// Facts are all facts on record about the person.
	Facts []review.Fact
	// Standing are those that stand (review.Standing).
	Standing []review.Fact
}

// States returns the facts that answers state, declared at now, as rulebook.md
// section 8 has it; the same call serves the preview and the declaration. What
// is on record already is not said again. IDs are zero. A fact with Replaces
// takes the place of an earlier declared one.
func States(a Answers, known Record, now time.Time) []review.Fact {
	s := statement{known: known, now: now}
	s.add(review.Fact{Kind: review.KindDeclaration, From: now})
	s.residence(a)
	s.trip(a.Trip)
	if a.Contact.Met {
		s.add(review.Fact{Kind: review.KindContact, Class: "symptomatic", From: a.Contact.Last.Start(), To: a.Contact.Last.End()})
	}
	s.health(a.Health)
	s.isolation(a.Isolation)
	s.test(a.Test)
	return s.facts
}

type statement struct {
	known Record
	now   time.Time
	facts []review.Fact
}

// add states a fact unless it is on record, unreplaced.
func (s *statement) add(f review.Fact) {
	f.Source, f.Known = "declaration", s.now
	for _, old := range s.known.Facts {
		if old.Source == f.Source && saysTheSame(old, f) && !s.replaced(old.ID) {
			return
		}
	}
	s.facts = append(s.facts, f)
}

func saysTheSame(a, b review.Fact) bool {
	return a.Kind == b.Kind && a.Class == b.Class && a.Place == b.Place && a.Ref == b.Ref &&
		a.From.Equal(b.From) && a.To.Equal(b.To) && a.Value == b.Value &&
		slices.Equal(slices.Sorted(slices.Values(a.Items)), slices.Sorted(slices.Values(b.Items)))
}

func (s *statement) replaced(id int64) bool {
	return slices.ContainsFunc(s.known.Facts, func(f review.Fact) bool { return f.Replaces == id })
}

// declared are the standing facts of a kind that the person declared before.
func (s *statement) declared(kind string) []review.Fact {
	var out []review.Fact
	for _, f := range s.known.Standing {
		if f.Kind == kind && f.Source == "declaration" {
			out = append(out, f)
		}
	}
	return out
}

// residence: where somebody lives from now on. The same place again adds
// nothing; another one cuts the one declared before short.
func (s *statement) residence(a Answers) {
	f := review.Fact{Kind: review.KindResidence, Place: a.Residence.Division, From: s.now}
	for _, old := range s.declared(review.KindResidence) {
		if !old.To.IsZero() {
			continue
		}
		if old.Place == f.Place {
			return
		}
		f.Replaces = old.ID
	}
	s.add(f)
}

func (s *statement) trip(t Trip) {
	for _, stay := range t.Stays {
		s.add(review.Fact{Kind: review.KindStay, Class: "stayed", Place: stay.Place, From: stay.From.Start(), To: stay.To.End()})
	}
	if place, ok := t.left(); ok {
		s.add(review.Fact{Kind: review.KindArrival, Place: place, From: t.Arrived.Start()})
	}
	if t.Kind == TripAbroad {
		s.add(review.Fact{Kind: review.KindEntry, Place: t.Country, From: t.Entered.Start()})
	}
}

// health: a symptom or a measured fever, and the known cause with the symptoms
// ticked; a chronic illness did not begin with the form, so the cause holds from
// the beginning of the day, and can be added on the day of the symptom. Without a symptom nothing is asked about the cause, so what was said
// about it before stays; who has one of its symptoms and names no cause ends it.
func (s *statement) health(h Health) {
	fever := h.Temperature >= s.known.Book.Parameters.TemperatureLimit
	if len(h.Symptoms) == 0 && !fever {
		return
	}
	s.add(review.Fact{Kind: review.KindSymptom, Items: h.Symptoms, Value: h.Temperature, From: s.now})
	for _, old := range s.declared(review.KindKnownCause) {
		if !old.To.IsZero() && !old.To.After(s.now) {
			continue
		}
		switch {
		case h.KnownCause && covers(old.Items, h.Symptoms):
			return
		case !h.KnownCause && shares(old.Items, h.Symptoms) && old.From.Before(s.now) && s.mayWithdraw(old):
			s.add(review.Fact{Kind: review.KindKnownCause, Items: old.Items, From: old.From, To: s.now, Replaces: old.ID})
		}
	}
	if h.KnownCause && len(h.Symptoms) > 0 {
		s.add(review.Fact{Kind: review.KindKnownCause, Items: h.Symptoms, From: DayOf(s.now).Start()})
	}
}

// isolation: an order, or that there is none. Who says so withdraws an order
// that they declared themselves and that is not over, as far as they may.
func (s *statement) isolation(i Isolation) {
	running := slices.DeleteFunc(s.declared(review.KindIsolation), func(f review.Fact) bool {
		return !f.To.IsZero() && !f.To.After(s.now) || !s.mayWithdraw(f)
	})
	if i.Kind != IsolationOrdered {
		for _, old := range running {
			s.add(review.Fact{Kind: review.KindIsolation, Class: old.Class, From: s.now.Add(-moment), To: s.now, Replaces: old.ID})
		}
		return
	}
	f := review.Fact{Kind: review.KindIsolation, Class: i.Class, From: i.From.Start(), To: i.To.End()}
	for n, old := range running {
		switch {
		case saysTheSame(old, f):
			return
		case n == 0:
			f.Replaces = old.ID
		}
	}
	s.add(f)
}

// test: a result takes the place of the pending one declared for the same day.
func (s *statement) test(t Test) {
	if t.Result == "" {
		return
	}
	f := review.Fact{Kind: review.KindTest, Class: t.Result, From: t.Taken.Start()}
	for _, old := range s.declared(review.KindTest) {
		if old.Class == "pending" && t.Result != "pending" && old.From.Equal(f.From) {
			f.Replaces = old.ID
		}
	}
	s.add(f)
}

// mayWithdraw tells whether a later declaration may take an earlier declared
// fact back: its kind is self-correctable, and no other source has a standing
// fact of the kind that overlaps it.
func (s *statement) mayWithdraw(old review.Fact) bool {
	if !slices.Contains(s.known.Book.Parameters.SelfCorrect, old.Kind) {
		return false
	}
	return !slices.ContainsFunc(s.known.Standing, func(f review.Fact) bool {
		return f.Kind == old.Kind && f.Source != "declaration" && overlap(f, old)
	})
}

// overlap of two windows of which either end may be open.
func overlap(a, b review.Fact) bool {
	return (a.To.IsZero() || b.From.Before(a.To)) && (b.To.IsZero() || a.From.Before(b.To))
}

func covers(whole, part []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(whole, s) })
}

func shares(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
