package review

import (
	"cmp"
	"slices"
	"strings"
)

// span is one stretch of time for which a fact triggers a rule.
type span struct {
	window
	fact     *statement
	assigned instant
	last     day
	listed   bool    // rests on areas
	done     instant // duties: when it was made up for
	excluded instant // from when on the rule sees it no more
	group    int     // event that it belongs to
}

// spansOf collects the spans of all standing facts that trigger a rule.
func (r *reviewer) spansOf(rule *Rule) {
	r.spans = r.spans[:0]
	for i := range r.all {
		s := &r.all[i]
		if !s.stands {
			continue
		}
		for j := range rule.when {
			t := &rule.when[j]
			if !r.fits(t, s) {
				continue
			}
			switch {
			case t.placed():
				// Entries with other levels of areas can add spans.
				r.areaSpans(rule, t, s)
				continue
			case t.missed && s.Class == "test":
				r.missedTest(rule, t, s)
			case t.missed:
				r.missedCheckins(rule, t, s)
			default:
				r.span(rule, t, span{fact: s, window: s.window, assigned: always, done: never})
			}
			break
		}
	}
}

// fits says whether an entry is about this fact, areas and lookback apart.
func (r *reviewer) fits(t *trigger, s *statement) bool {
	if t.kind != s.Kind || s.Class == "transit" ||
		len(t.classes) > 0 && !slices.Contains(t.classes, s.Class) ||
		t.by != 0 && !t.by.has(s.level) {
		return false
	}
	if t.outside != "" && strings.HasPrefix(s.Place, t.outside) {
		return false
	}
	return t.symptoms == 0 || t.symptoms.has(s.symptoms&^s.covered)
}

// span adds a span unless its rule was not in force when it was assigned, or it
// lies too far back. What it comes with as assigned is what its areas say.
func (r *reviewer) span(rule *Rule, t *trigger, sp span) {
	sp.assigned = max(sp.assigned, sp.from, sp.fact.known, rule.from)
	sp.last = sp.window.last()
	if sp.assigned >= rule.to {
		return
	}
	if t.lookback >= 0 && sp.last != noDay && sp.assigned.day()-sp.last > day(t.lookback) {
		return
	}
	sp.excluded = r.excluded(sp.fact, rule)
	if sp.excluded > r.now {
		r.mayChange(sp.excluded)
	}
	r.spans = append(r.spans, sp)
}

// overlap is the time that a fact shares with one area, and when that was known.
type overlap struct {
	window
	assigned instant
}

// areaSpans joins the overlaps of a fact with the areas of an entry to spans.
func (r *reviewer) areaSpans(rule *Rule, t *trigger, s *statement) {
	r.overlaps = r.overlaps[:0]
	for i := range r.areas {
		a := &r.areas[i]
		if !t.concerns(a, s.Place) || at(a.Known) > r.now || r.superseded(a) {
			continue
		}
		if w, ok := s.window.overlap(areaWindow(a)); ok {
			r.overlaps = append(r.overlaps, overlap{w, max(w.from, r.listedSince(a, w.from))})
		}
	}
	slices.SortFunc(r.overlaps, func(a, b overlap) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	for rest := r.overlaps; len(rest) > 0; {
		hull, dwell, n := rest[0], rest[0].to-rest[0].from, 1
		for ; n < len(rest) && rest[n].from <= hull.to.plus(rule.gap); n++ {
			dwell += max(0, rest[n].to-max(rest[n].from, hull.to))
			hull.to = max(hull.to, rest[n].to)
			hull.assigned = min(hull.assigned, rest[n].assigned)
		}
		rest = rest[n:]
		if !r.onlySignals(s) || dwell >= instant(r.book.Parameters.MinDwellMinutes)*minute {
			r.span(rule, t, span{fact: s, window: hull.window, assigned: hull.assigned, listed: true, done: never})
		}
	}
}

// onlySignals says whether a fact is a stay that rests on phone signals alone,
// which pass through many places without stopping.
func (r *reviewer) onlySignals(s *statement) bool {
	return s.Kind == KindStay && slices.Contains(r.book.Parameters.DwellSources, s.Source)
}

// concerns says whether an entry asks for areas like this one at this place.
func (t *trigger) concerns(a *Area, place string) bool {
	var level set
	switch a.Level {
	case "high":
		level = 1
	case "medium":
		level = 1 << 1
	case "low":
		level = 1 << 2
	}
	if t.area.has(level) && a.Code != "" && strings.HasPrefix(place, a.Code) {
		return true
	}
	return t.inside.has(level) && place != "" && len(a.Code) > len(place) && strings.HasPrefix(a.Code, place)
}

func areaWindow(a *Area) window {
	from := at(a.From)
	return window{from, max(from, atOr(a.To, never))}
}

// superseded says whether a known row has taken the place of this one.
func (r *reviewer) superseded(a *Area) bool {
	return a.ID != 0 && slices.ContainsFunc(r.areas, func(b Area) bool {
		return b.Replaces == a.ID && b.ID != a.ID && at(b.Known) <= r.now
	})
}

// listedSince is when it was known that the place was listed at an instant: a
// row that only closes or shortens an earlier one tells nothing new about it.
func (r *reviewer) listedSince(a *Area, begin instant) instant {
	since := at(a.Known)
	row := a
	for range r.areas {
		i := slices.IndexFunc(r.areas, func(b Area) bool { return row.Replaces != 0 && b.ID == row.Replaces })
		if i < 0 {
			break
		}
		row = &r.areas[i]
		if row.Code != a.Code || row.Level != a.Level || at(row.Known) > r.now || !areaWindow(row).contains(begin) {
			break
		}
		since = min(since, at(row.Known))
	}
	return since
}
