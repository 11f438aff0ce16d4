package review

import (
	"cmp"
	"slices"
	"time"
)

// statement is a fact that exists at the time of the review, with what the
// review finds out about it.
type statement struct {
	*Fact
	window          // what triggers see; of a residence cut at the move
	record   window // as it was recorded, which marks compare
	known    instant
	level    set
	symptoms set
	covered  set // of its symptoms: those that a standing known cause explains

	aside    string // appeal whose mark keeps it out
	setAside bool
	replaced bool
	stands   bool
	changed  string // appeal after which its source changed the record
}

// mark is an aside in force.
type mark struct {
	*Aside
	at     instant
	target *statement
}

// windowOf is the window that a fact states, by its kind.
func windowOf(f *Fact) window {
	from := at(f.From)
	w := window{from, from}
	switch f.Kind {
	case KindResidence, KindCase, KindIsolation, KindKnownCause:
		w.to = atOr(f.To, never)
	case KindStay:
		w.to = from.day().after(0)
		if !f.To.IsZero() {
			w.to = at(f.To)
		}
	case KindContact, KindDuty, KindExcuse, KindOther:
		w.to = atOr(f.To, from)
	}
	w.to = max(w.to, from)
	return w
}

// load takes the facts that exist: what is known by now and, until the identity
// is bound, what the person says themselves.
func (r *reviewer) load(facts []Fact) {
	bound := !r.subject.Bound.IsZero() && at(r.subject.Bound) <= r.now
	r.all = make([]statement, 0, len(facts))
	for i := range facts {
		f := &facts[i]
		known := at(f.Known)
		if known > r.now || !bound && !ownWord(f.Source) {
			continue
		}
		w := windowOf(f)
		s := statement{Fact: f, window: w, record: w, known: known, level: sourceLevels[f.Source]}
		if f.Kind == KindSymptom || f.Kind == KindCheckin || f.Kind == KindKnownCause {
			s.symptoms = setOf(Symptoms, f.Items)
			if f.Value != 0 && f.Value >= r.book.Parameters.TemperatureLimit {
				s.symptoms |= fever
			}
		}
		r.all = append(r.all, s)
	}
	slices.SortStableFunc(r.all, func(a, b statement) int { return cmp.Compare(a.ID, b.ID) })
}

// find returns the existing fact with this id, nil if there is none.
func (r *reviewer) find(id int64) *statement {
	i, ok := slices.BinarySearchFunc(r.all, id, func(s statement, id int64) int { return cmp.Compare(s.ID, id) })
	if id == 0 || !ok {
		return nil
	}
	return &r.all[i]
}

// stand decides which facts stand (rulebook.md section 3).
func (r *reviewer) stand(asides []Aside) {
	r.putAside(asides)
	for i := range r.all {
		r.replace(&r.all[i])
	}
	for i := range r.all {
		s := &r.all[i]
		cutAway := s.Kind == KindResidence && s.to <= s.from
		s.stands = !s.setAside && !s.replaced && !cutAway
		if s.stands && !ownWord(s.Source) && s.Source != "decision" {
			s.changed = r.changedAfter(s)
		}
	}
}

func (r *reviewer) putAside(asides []Aside) {
	for i := range asides {
		a := &asides[i]
		m := mark{Aside: a, at: at(a.At), target: r.find(a.Fact)}
		if m.target == nil || m.at > r.now || atOr(a.Lifted, never) <= r.now {
			continue
		}
		r.marks = append(r.marks, m)
	}
	slices.SortFunc(r.marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.Appeal, b.Appeal), cmp.Compare(a.Fact, b.Fact), cmp.Compare(a.Scope, b.Scope))
	})
	for _, m := range r.marks {
		for i := range r.all {
			if s := &r.all[i]; !s.setAside && r.keepsOut(m, s) {
				s.setAside, s.aside = true, m.Appeal
			}
		}
	}
}

// keepsOut says whether a mark covers a fact.
func (r *reviewer) keepsOut(m mark, s *statement) bool {
	f := m.target
	if f == s {
		return true
	}
	if m.Scope == "record" {
		return s.Source == f.Source && s.Upstream != "" && s.Upstream == f.Upstream &&
			s.Kind == f.Kind && s.Class == f.Class && s.Place == f.Place && s.Ref == f.Ref &&
			f.record.widened(r.drift).includes(s.record)
	}
	if s.Source == "decision" || ownWord(s.Source) && s.known > m.at {
		return false
	}
	return r.ofEvent(f, s)
}

// ofEvent says whether other is of the event of f.
func (r *reviewer) ofEvent(f, other *statement) bool {
	return sameEvent(r.drift, f.Fact, f.record, other.Fact, other.record)
}

func sameEvent(drift instant, f *Fact, fw window, other *Fact, ow window) bool {
	return f.Kind == other.Kind && f.Class == other.Class && f.Ref == other.Ref &&
		samePlace(f.Place, other.Place) && fw.widened(drift).includes(ow)
}

// samePlace says whether one place is a part of the other, or neither is named.
func samePlace(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return b[:len(a)] == a && (a != "" || b == "")
}

// replace takes a replaced fact out, and cuts a residence at the move. A move
// that was set aside did not happen, but those that follow it did.
func (r *reviewer) replace(s *statement) {
	old := r.find(s.Replaces)
	if old == nil || old == s || old.Kind != s.Kind {
		return
	}
	if s.Kind != KindResidence {
		old.replaced = true
		return
	}
	if s.setAside {
		return
	}
	for range r.all {
		if old == nil || old == s || old.Kind != KindResidence {
			return
		}
		old.to = max(old.from, min(old.to, s.record.from))
		old = r.find(old.Replaces)
	}
}

// changedAfter is the appeal of the latest mark after which a source reports
// something at the same time, wherever it was: the person is told so.
func (r *reviewer) changedAfter(s *statement) string {
	for i := len(r.marks) - 1; i >= 0; i-- {
		m := r.marks[i]
		f := m.target
		if s.known <= m.at || f.Kind != s.Kind || f.Class != s.Class ||
			f.Ref != s.Ref && f.Ref != "" && s.Ref != "" {
			continue
		}
		if _, ok := f.record.widened(r.drift).overlap(s.record); ok {
			return m.Appeal
		}
	}
	return ""
}

// SameEvent says whether other is of the event of f: a second record of what f
// reports, coarser or finer, under whatever id. It is not symmetric, since a
// longer window is a changed event.
func SameEvent(book *Book, f, other Fact) bool {
	return sameEvent(instant(book.Parameters.SameEventHours)*hour, &f, windowOf(&f), &other, windowOf(&other))
}

// Standing returns the facts that stand now, by id: known, not replaced and not
// set aside. A residence that was followed by another ends at the move (its To).
func Standing(book *Book, subject Subject, facts []Fact, asides []Aside, now time.Time) []Fact {
	r := newReviewer(book, nil, subject, now)
	r.load(facts)
	r.stand(asides)
	var standing []Fact
	for i := range r.all {
		s := &r.all[i]
		if !s.stands {
			continue
		}
		f := *s.Fact
		if s.to != s.record.to {
			f.To = s.to.time()
		}
		standing = append(standing, f)
	}
	return standing
}
