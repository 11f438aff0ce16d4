package models

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"yongxing/models/area"
	"yongxing/models/fact"
	"yongxing/models/person"
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
	// Rows are the facts on record by id, for who tells about them.
	Rows map[int64]fact.Row
}

// situation loads what is known about a person. What sources state about their
// document is in it only if the identity is bound: nothing of it leaks to
// somebody who merely claims the document.
func (p *Portal) situation(tx store.Tx, personID int64) (situation, error) {
	book, err := p.book(tx)
	if err != nil {
		return situation{}, err
	}
	s := situation{Book: book}
	var document int64
	if s.Subject, document, err = situationSubject(tx, personID); err != nil {
		return situation{}, err
	}
	rows, err := fact.OfPerson(tx, personID, document)
	if err != nil {
		return situation{}, err
	}
	s.Rows = make(map[int64]fact.Row, len(rows))
	for _, row := range rows {
		f, err := reviewFact(tx, row)
		if err != nil {
			return situation{}, err
		}
		s.Rows[row.ID] = row
		s.Facts = append(s.Facts, f)
	}
	if s.Areas, err = situationAreas(tx, s.Facts); err != nil {
		return situation{}, err
	}
	marks, err := fact.AsidesOf(tx, personID)
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

// situationSubject is the person as the engine sees them, and the document they
// are bound to, 0 if they are not.
func situationSubject(tx store.Tx, personID int64) (review.Subject, int64, error) {
	who, err := person.Get(tx, personID)
	if err != nil {
		return review.Subject{}, 0, err
	}
	var s review.Subject
	if s.Born, _, err = person.Born(tx, who); err != nil {
		return review.Subject{}, 0, err
	}
	claim, ok, err := person.ClaimOf(tx, personID)
	if err != nil || !ok || claim.BoundAt == nil {
		return s, 0, err
	}
	s.Bound = claim.BoundAt.Time()
	return s, claim.DocumentID, nil
}

func situationAreas(tx store.Tx, facts []review.Fact) ([]review.Area, error) {
	var places []string
	for _, f := range facts {
		if f.Place != "" && !slices.Contains(places, f.Place) {
			places = append(places, f.Place)
		}
	}
	rows, err := area.Touching(tx, places)
	if err != nil {
		return nil, err
	}
	areas := make([]review.Area, len(rows))
	for i, r := range rows {
		areas[i] = review.Area{
			ID: r.ID, Code: r.Code, Level: r.Level, From: r.FromAt.Time(), To: store.TimeOf(r.ToAt),
			Known: r.Known.Time(), Document: r.Document,
		}
		if r.Replaces != nil {
			areas[i].Replaces = *r.Replaces
		}
	}
	return areas, nil
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
	return review.Decide(s.Book, s.Areas, s.Subject, s.Facts, s.Asides, now)
}

// with is the situation as it would be with more facts, for a preview. Facts
// without an id get a negative one, which no fact on record has. A place that
// they name brings no further areas: use withAreas for that.
func (s situation) with(extra ...review.Fact) situation {
	s.Facts = slices.Clone(s.Facts)
	for i, f := range extra {
		if f.ID == 0 {
			f.ID = -int64(i + 1)
		}
		s.Facts = append(s.Facts, f)
	}
	return s
}

// withAreas is with, and loads the areas that touch the places of the extra
// facts.
func (s situation) withAreas(tx store.Tx, extra ...review.Fact) (situation, error) {
	s = s.with(extra...)
	areas, err := situationAreas(tx, s.Facts)
	s.Areas = areas
	return s, err
}

// stamp is a digest of what the situation rests on. A form carries it, and if it
// is another when the form comes back, what the person saw is out of date (409).
// Time alone does not change it.
func (s situation) stamp() string {
	h := sha256.New()
	fmt.Fprintf(h, "book %s born %d bound %d\n", s.Book.Version, s.Subject.Born.Unix(), s.Subject.Bound.UnixMilli())
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
