package models

import (
	"context"
	"fmt"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/evidence"
	"yongxing/models/fact"
	"yongxing/models/review"
	"yongxing/models/station"
	"yongxing/models/store"
)

// AppealStatus is where an appeal stands, as the person may see it: units, never
// the name of an officer.
type AppealStatus struct {
	Now     time.Time
	Appeal  appeal.Appeal
	Station station.Station
	// Place is the place in the station's queue, 0 if it is not waiting there.
	Place     int
	Due       time.Time
	Overdue   bool
	Items     []AppealItemStatus
	Steps     []AppealStep
	Photos    []evidence.Evidence
	PhotoRoom int // how many photos can still be added
	Statement string
	// Question is what an officer asked and waits for; AskUntil by when.
	Question string
	AskUntil time.Time
	Decision string
}

// AppealItemStatus is one finding in question and what has become of it.
type AppealItemStatus struct {
	appeal.Item
	Facts []FactView
	// Effect is the fact that a correction or clearance added; Kind empty if none.
	Effect FactView
	rule   review.Rule
	known  bool
}

// RuleText is what the rulebook says about the item's rule, "en" or else
// Chinese; ok is false if the current book has no such rule any more.
func (i AppealItemStatus) RuleText(lang string) (words review.Text, ok bool) {
	if !i.known {
		return review.Text{}, false
	}
	return i.rule.Text(lang), true
}

// AppealStep is one thing that has happened.
type AppealStep struct {
	Kind string // of package appeal
	At   time.Time
	Text string // what one side wrote to the other
}

// AppealStatus reads an appeal of the person's own. Somebody else's number and
// an unknown one are alike fault.NotFound.
func (p *Portal) AppealStatus(ctx context.Context, personID int64, number string) (AppealStatus, error) {
	var s AppealStatus
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		a, err := ownAppeal(tx, personID, number)
		if err != nil {
			return err
		}
		s, err = p.appealStatus(tx, a)
		return err
	})
	return s, err
}

func (p *Portal) appealStatus(tx store.Tx, a appeal.Appeal) (AppealStatus, error) {
	s := AppealStatus{Now: tx.Now(), Appeal: a, Due: a.Due(tx.Now()), Overdue: a.Overdue(tx.Now()), AskUntil: store.TimeOf(a.AskUntil)}
	err := s.read(tx)
	if err == nil {
		s.Items, err = p.appealItemsOf(tx, a)
	}
	if err != nil {
		return AppealStatus{}, fmt.Errorf("appeal status: %w", err)
	}
	return s, nil
}

func (s *AppealStatus) read(tx store.Tx) (err error) {
	a := s.Appeal
	if s.Station, err = station.Get(tx, a.StationID); err != nil {
		return err
	}
	if s.Place, err = appeal.Place(tx, a); err != nil {
		return err
	}
	if s.Statement, err = appeal.Statement(tx, a); err != nil {
		return err
	}
	if s.Decision, err = appeal.Decision(tx, a); err != nil {
		return err
	}
	var used int
	if s.Photos, used, err = materialUsed(tx, a); err != nil {
		return err
	}
	s.PhotoRoom = max(0, evidence.Most-used)
	events, err := appeal.Events(tx, a.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		text, err := appeal.Text(tx, e)
		if err != nil {
			return err
		}
		s.Steps = append(s.Steps, AppealStep{Kind: e.Kind, At: e.At.Time(), Text: text})
		if e.Kind == appeal.EventAsked && a.State == appeal.AwaitingCitizen {
			s.Question = text
		}
	}
	return nil
}

func (p *Portal) appealItemsOf(tx store.Tx, a appeal.Appeal) ([]AppealItemStatus, error) {
	book, err := p.book(tx)
	if err != nil {
		return nil, err
	}
	items, err := appeal.Items(tx, a.ID)
	if err != nil {
		return nil, err
	}
	out := make([]AppealItemStatus, len(items))
	for i, item := range items {
		out[i].Item = item
		out[i].rule, out[i].known = book.Rule(item.Rule)
		ids, err := item.FactIDs()
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			v, err := p.appealFact(tx, id)
			if err != nil {
				return nil, err
			}
			out[i].Facts = append(out[i].Facts, v)
		}
		if item.EffectFact != nil {
			if out[i].Effect, err = p.appealFact(tx, *item.EffectFact); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (p *Portal) appealFact(tx store.Tx, id int64) (FactView, error) {
	row, err := fact.ByID(tx, id)
	if err != nil {
		return FactView{}, err
	}
	return p.factView(tx, row)
}
