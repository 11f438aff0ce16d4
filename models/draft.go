package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"yongxing/models/declaration"
	"yongxing/models/draft"
	"yongxing/models/fault"
	"yongxing/models/person"
	"yongxing/models/store"
)

// DeclareDraft is a declaration that is being filled in.
type DeclareDraft struct {
	// Version names what the page has seen; 0 = nothing is saved yet.
	Version int64
	Answers declaration.Answers
	SavedAt time.Time // zero if nothing is saved yet
	// Before is what was declared last; nil before the first declaration.
	Before *declaration.Answers
	// SentAt is when that was; zero if never.
	SentAt time.Time
	// Typed is Before with what a refused page held in its place; only with a
	// fault.Conflict that says that the draft was sent meanwhile.
	Typed *declaration.Answers
	// Kept tells that what was in order of a refused page is in the draft.
	Kept bool
	// Bound tells that the identity is bound: it is part of every declaration
	// and not changed by one.
	Bound bool
}

// DeclareDraft returns the draft that a person left, or one that begins with
// what is known: who they are, where they live, and stays of the last two weeks.
func (p *Portal) DeclareDraft(ctx context.Context, personID int64) (DeclareDraft, error) {
	var d DeclareDraft
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		d, err = declareDraft(tx, personID)
		return err
	})
	return d, err
}

// AnswerStep checks one page of the form and saves it. version is that of the
// draft the page was made from: if the draft changed meanwhile in another tab,
// and would change by this page too, the answer is a fault.Conflict.
func (p *Portal) AnswerStep(ctx context.Context, personID, version int64, form declaration.Form) (DeclareDraft, error) {
	var d DeclareDraft
	var refused error
	err := p.Store.Write(ctx, func(tx store.Tx) (err error) {
		refused = nil
		if err = tx.Lock("person", personID); err != nil {
			return err
		}
		if d, err = declareDraft(tx, personID); err != nil {
			return err
		}
		if d.sentSince(version, tx.Now()) {
			d.Typed = typedOver(*d.Before, form, tx.Now())
			return &fault.Conflict{Key: declareSent}
		}
		if !d.Answers.Reached(form.Step()) {
			return &fault.Conflict{Key: "declare.step_order"}
		}
		was, err := d.Answers.Encode()
		if err != nil {
			return err
		}
		if d.Bound && form.Step() == declaration.StepIdentity {
			return nil // the page says that it is settled
		}
		if refused = form.Apply(&d.Answers, tx.Now()); refused != nil && !keeps(form, &d.Answers) {
			return refused
		}
		body, err := d.Answers.Encode()
		if err != nil || body == was && d.Version > 0 {
			return err // the same form twice
		}
		d.Version, err = draft.Save(tx, personID, draft.Declare, version, body)
		if errors.Is(err, fault.Stale) && refused != nil {
			return refused
		}
		if errors.Is(err, fault.Stale) {
			return &fault.Conflict{Key: "declare.other_tab"}
		}
		d.SavedAt = tx.Now()
		d.Kept = refused != nil
		return err
	})
	if err == nil {
		err = refused
	}
	return d, err
}

// keeps tells that a page that was refused left something in a draft, so that who
// comes back finds it.
func keeps(form declaration.Form, a *declaration.Answers) bool {
	kept, ok := form.(interface {
		Keep(*declaration.Answers) bool
	})
	return ok && kept.Keep(a)
}

// declareSent is the conflict of a page whose draft was sent from another one.
const declareSent = "declare.sent_elsewhere"

// sentSince tells that a page was made from a draft that has been sent since:
// there is none any more, and a declaration is younger than any draft.
func (d DeclareDraft) sentSince(version int64, now time.Time) bool {
	return version > 0 && d.Version == 0 && !d.SentAt.IsZero() && now.Sub(d.SentAt) < draft.Lifetime
}

// typedOver is what was sent with the answers of one page in their place; nil if
// they are not complete.
func typedOver(sent declaration.Answers, form declaration.Form, now time.Time) *declaration.Answers {
	sent.Trip.Stays = slices.Clone(sent.Trip.Stays)
	if form.Apply(&sent, now) != nil {
		return nil
	}
	return &sent
}

func declareDraft(tx store.Tx, personID int64) (DeclareDraft, error) {
	var d DeclareDraft
	latest, declared, err := declaration.Latest(tx, personID)
	if err != nil {
		return DeclareDraft{}, err
	}
	if declared {
		before, err := declaration.OpenAnswers(tx, latest)
		if err != nil {
			return DeclareDraft{}, err
		}
		d.Before, d.SentAt = &before, latest.At.Time()
		d.Answers = declareAnew(before, tx.Now())
	}
	row, body, saved, err := draft.Load(tx, personID, draft.Declare)
	if err != nil {
		return DeclareDraft{}, err
	}
	if saved {
		if d.Answers, err = declaration.Decode(body); err != nil {
			return DeclareDraft{}, err
		}
		d.Version, d.SavedAt = row.Version, row.UpdatedAt.Time()
	}
	bound, ok, err := declareIdentity(tx, personID)
	if ok {
		d.Bound, d.Answers.Identity = true, bound
	}
	return d, err
}

// declareAnew is what a new declaration begins with: what seldom changes, and
// stays that still matter. How somebody is today is always asked again.
func declareAnew(before declaration.Answers, now time.Time) declaration.Answers {
	a := declaration.Answers{Identity: before.Identity, Residence: before.Residence}
	since := declaration.DayOf(now).Add(-declaration.Lookback)
	for _, s := range before.Trip.Stays {
		if s.To >= since {
			a.Trip.Stays = append(a.Trip.Stays, s)
		}
	}
	if before.Trip.Arrived >= since {
		a.Trip.Arrived = before.Trip.Arrived
	}
	return a
}

// declareIdentity is the identity of a person who is bound to a document.
func declareIdentity(tx store.Tx, personID int64) (declaration.Identity, bool, error) {
	claim, ok, err := person.ClaimOf(tx, personID)
	if err != nil || !ok || claim.BoundAt == nil {
		return declaration.Identity{}, false, err
	}
	document, err := person.OpenDocument(tx, claim.DocumentID)
	if err != nil {
		return declaration.Identity{}, false, err
	}
	who, err := person.Get(tx, personID)
	if err != nil {
		return declaration.Identity{}, false, err
	}
	name, err := person.Name(tx, who)
	if err != nil || name == "" {
		return declaration.Identity{}, false, err
	}
	born, _, err := person.Born(tx, who)
	return declaration.Identity{
		Name: name, Kind: document.Kind, Nationality: document.Nationality, Number: document.Number,
		Born: declaration.DayOf(born), Sex: who.Sex,
	}, err == nil, err
}
