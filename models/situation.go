package models

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"yongxing/models/fact"
	"yongxing/models/review"
	"yongxing/models/store"
)

// situation is everything that a review of one person takes into account. A
// story that decides and the page that previews the decision load the same one.
type situation struct {
	Book    *review.Book
	Areas   []review.Area
	Subject review.Subject
	Facts   []review.Fact
	Asides  []review.Aside
	// Documents are those that the person is bound to.
	Documents []int64
	// rows are the facts on record, for who tells about them: see row.
	rows []fact.Row
	// list are all areas in force: those that touch the facts are Areas.
	list *areaIndex
}

// situation loads what is known about a person. What sources state about a
// document is in it only if the person is bound to that document: nothing of it
// leaks to somebody who merely claims it.
func (p *Portal) situation(tx store.Tx, personID int64) (situation, error) {
	h, err := holderOf(tx, personID)
	if err != nil {
		return situation{}, err
	}
	return p.situationOf(tx, h)
}

// situationOf is situation for who has read the holder already.
func (p *Portal) situationOf(tx store.Tx, h holder) (s situation, err error) {
	if s.Book, err = p.bookOf(tx, h.Book, h.BookAt); err != nil {
		return situation{}, err
	}
	if s.list, err = p.areas(tx, h.AreaMark); err != nil {
		return situation{}, err
	}
	if s.Subject.Born, err = h.born(tx); err != nil {
		return situation{}, err
	}
	s.Subject.Bound, s.Documents = store.TimeOf(h.Since), h.Bound
	rows, err := fact.OfPerson(tx, h.PersonID, h.Bound...)
	if err != nil {
		return situation{}, err
	}
	s.Facts, s.rows = make([]review.Fact, len(rows)), rows
	for i, row := range rows {
		if s.Facts[i], err = reviewFact(tx, row); err != nil {
			return situation{}, err
		}
	}
	s.Areas = s.list.touching(placesOf(s.Facts))
	if !h.HasAside {
		return s, nil
	}
	marks, err := fact.AsidesOf(tx, h.PersonID)
	if err != nil {
		return situation{}, err
	}
	for _, m := range marks {
		s.Asides = append(s.Asides, review.Aside{
			Scope: m.Scope, Fact: m.FactID, At: m.At.Time(), Lifted: store.TimeOf(m.LiftedAt), Appeal: m.AppealNumber,
		})
	}
	return s, nil
}

// row is a fact of the situation as it is on record.
func (s situation) row(id int64) (fact.Row, bool) {
	i, ok := slices.BinarySearchFunc(s.rows, id, func(r fact.Row, id int64) int { return cmp.Compare(r.ID, id) })
	if !ok {
		return fact.Row{}, false
	}
	return s.rows[i], true
}

// placesOf are the places that facts name, each once.
func placesOf(facts []review.Fact) []string {
	var places []string
	for _, f := range facts {
		if f.Place != "" && !slices.Contains(places, f.Place) {
			places = append(places, f.Place)
		}
	}
	return places
}

// reviewFact is a fact on record as the engine takes it.
func reviewFact(tx store.Tx, r fact.Row) (review.Fact, error) {
	items, value, err := fact.Detail(tx, r)
	if err != nil {
		return review.Fact{}, err
	}
	f := review.Fact{
		ID: r.ID, Kind: r.Kind, Class: r.Class, About: r.About, Place: r.Place, Ref: r.FactRef,
		From: r.FromAt.Time(), To: store.TimeOf(r.ToAt), Items: items, Value: value,
		Source: r.Source, Upstream: r.Upstream, Authority: r.Authority, Locked: r.Locked, Known: r.Known.Time(),
	}
	if r.AboutFact != nil {
		f.AboutFact = *r.AboutFact
	}
	if r.Replaces != nil {
		f.Replaces = *r.Replaces
	}
	return f, nil
}

// decide reviews the situation as it is at now.
func (s situation) decide(now time.Time) review.Outcome {
	return review.Decide(s.Book, s.Areas, s.Subject, s.Facts, s.Asides, s.notBefore(now))
}

// nodesApart is how far the clocks of two nodes may lie apart, and how long a
// piece may have waited for its lock, at most.
const nodesApart = 5 * time.Minute

// notBefore is now, or a little later: what has been read is known, though another
// node wrote it after this piece began, or by a clock that is ahead of this one's.
// The engine would leave it out as not known yet, and nothing would bring it back.
func (s situation) notBefore(now time.Time) time.Time {
	latest := now
	known := func(at time.Time) {
		if at.After(latest) && !at.After(now.Add(nodesApart)) {
			latest = at
		}
	}
	for _, f := range s.Facts {
		known(f.Known)
	}
	for _, a := range s.Areas {
		known(a.Known)
	}
	for _, m := range s.Asides {
		known(m.At)
		known(m.Lifted)
	}
	known(s.Subject.Bound)
	return latest
}

// with is the situation as it would be with more facts, for a preview. Facts
// without an id get a negative one, which no fact on record has.
func (s situation) with(extra ...review.Fact) situation {
	s.Facts = slices.Clone(s.Facts)
	for i, f := range extra {
		if f.ID == 0 {
			f.ID = -int64(i + 1)
		}
		s.Facts = append(s.Facts, f)
	}
	s.Areas = s.list.touching(placesOf(s.Facts))
	return s
}

// stamp is a digest of what the situation rests on. A form carries it, and if it
// is another when the form comes back, what the person saw is out of date (409).
// Time alone does not change it.
func (s situation) stamp() string {
	h := sha256.New()
	fmt.Fprintf(h, "book %s born %d bound %d to %d\n", s.Book.Version, s.Subject.Born.Unix(), s.Subject.Bound.UnixMilli(), s.Documents)
	for _, a := range s.Areas {
		fmt.Fprintf(h, "area %d\n", a.ID)
	}
	for _, f := range s.Facts {
		if f.ID > 0 { // those of a preview are not on record
			fmt.Fprintf(h, "fact %d\n", f.ID)
		}
	}
	for _, m := range s.Asides {
		fmt.Fprintf(h, "aside %s %d %d %d\n", m.Scope, m.Fact, m.At.UnixMilli(), m.Lifted.UnixMilli())
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
