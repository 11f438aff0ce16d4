package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"yongxing/models/fault"
	"yongxing/models/pass"
	"yongxing/models/review"
	"yongxing/models/station"
	"yongxing/models/store"
)

// What a code page and a checkpoint show besides the colours of a review.
const (
	// StateUnverified is a person whose identity is not bound: nobody vouches.
	StateUnverified = "unverified"
	// StateUnconfirmed is a code that cannot be worked out just now.
	StateUnconfirmed = "unconfirmed"
)

// How much of the past the code page shows.
const (
	endedFor  = 14 * 24 * time.Hour
	mostEnded = 3
	mostAside = 5
)

// CodePage is everything that the code page says. Name and document are whole:
// whoever shows them masks them.
type CodePage struct {
	Now time.Time
	// AsOf is zero, but for a page of what was last shown, while the database is
	// gone (last_code_page.go): then when it was read. Of its findings only rule,
	// colour and times are known.
	AsOf time.Time
	// Last is the State that was shown at AsOf.
	Last string
	// State is a colour of package review, StateUnverified or StateUnconfirmed.
	State string
	// Colour is that of the review, also while nobody vouches for it; it is
	// empty if State is StateUnconfirmed.
	Colour review.Colour
	// Stored is the last outcome on record, with its time; None and zero before
	// the first.
	Stored   review.Colour
	StoredAt time.Time
	// Token is what the QR carries; empty if there is nothing to show at a gate.
	Token string

	Name, Document string
	Bound          bool
	Book           string
	// Declared is the newest declaration, zero if there is none; RemindAt when
	// the page asks for another one, which never changes a colour.
	Declared, RemindAt time.Time

	Findings []FindingView
	Ended    []EndedView
	Aside    []FactView
	// Station serves where the person lives; ID 0 if none does.
	Station station.Station

	// next is when the review will be another one by itself; zero = never.
	next time.Time
}

// EndedView is a finding that has ended of late.
type EndedView struct {
	review.Ended
	rule review.Rule
}

// RuleText is what the rulebook says about it, "en" or else Chinese.
func (e EndedView) RuleText(lang string) review.Text { return e.rule.Text(lang) }

// CodePage reads what a person's code is now and why. It reviews in memory, so
// that what has run out a second ago is over on the page; it never writes and
// waits for nobody. If the review fails, the page says that nobody can vouch for
// the code now: an old green is never shown as a new one. If the database is gone,
// it is what this node last showed, and says of when (AsOf).
func (p *Portal) CodePage(ctx context.Context, personID int64) (CodePage, error) {
	var page, unconfirmed CodePage
	var h holder
	since := p.shown.Mark()
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		unconfirmed = CodePage{}
		if h, err = holderOf(tx, personID); err != nil {
			return err
		}
		page = onRecord(tx, h)
		err = showHolder(tx, h, &page)
		unconfirmed = page
		if err == nil {
			err = p.codeNow(tx, h, &page)
		}
		if err != nil || h.CodeRef == "" || page.State == string(review.None) {
			return err
		}
		page.Token, err = p.Pass.Sign(pass.Pass{Kind: pass.Code, Ref: h.CodeRef}, tx.Now())
		return err
	})
	switch {
	case err == nil:
		p.rememberShown(since, h, page)
		return page, nil
	case ctx.Err() != nil:
		return CodePage{}, fmt.Errorf("code page: %w", err)
	}
	return p.codePageInstead(personID, unconfirmed, err)
}

// codePageInstead is the page when it could not be made because of err: if the
// database is gone, what was last shown, else that nobody can vouch for the code,
// as far as it is known whose it is. What was shown of a code that cannot be worked
// out any more was perhaps not right: it is forgotten.
func (p *Portal) codePageInstead(personID int64, unconfirmed CodePage, err error) (CodePage, error) {
	switch {
	case errors.Is(err, fault.Unavailable):
		if last, ok := p.lastShown(personID); ok {
			p.Log.Warn("code page as it was last shown", "error", err)
			return last, nil
		}
	case !errors.Is(err, fault.Busy): // which is often the first of an outage
		p.shown.Forget(personID)
	}
	if unconfirmed.State == "" {
		return CodePage{}, fmt.Errorf("code page: %w", err)
	}
	p.Log.Error("code page cannot be worked out", "error", err)
	return unconfirmed, nil
}

// onRecord is the page as far as it needs neither a key nor a review: what was
// last on record.
func onRecord(tx store.Tx, h holder) CodePage {
	page := CodePage{Now: tx.Now(), State: StateUnconfirmed, Stored: review.Colour(h.Colour), Bound: h.BoundAt != nil}
	if h.ComputedAt != 0 {
		page.StoredAt = h.ComputedAt.Time()
	}
	return page
}

// showHolder fills whose code it is.
func showHolder(by store.Opener, h holder, page *CodePage) (err error) {
	if page.Name, err = h.name(by); err != nil {
		return err
	}
	page.Document, err = h.number(by)
	return err
}

// codeNow reviews the person as of now and explains the outcome.
func (p *Portal) codeNow(tx store.Tx, h holder, page *CodePage) error {
	s, err := p.situationOf(tx, h)
	if err != nil {
		return err
	}
	o := s.decide(tx.Now())
	if err := p.vouch(tx.Now(), h, o.Colour); err != nil {
		return err
	}
	page.Colour, page.Book = o.Colour, o.Book
	page.State, page.next = shownState(s, o), o.NextChange
	page.Declared = newestDeclaration(s)
	if days := s.Book.Parameters.DeclarationReminderDays; days > 0 && !page.Declared.IsZero() {
		page.RemindAt = page.Declared.AddDate(0, 0, days)
	}
	if page.Findings, err = p.findingViews(tx, s, h.PersonID, o); err != nil {
		return err
	}
	page.Ended = endedViews(s, o, tx.Now())
	for _, mark := range o.Aside[:min(len(o.Aside), mostAside)] {
		views, err := p.factViews(tx, s, []int64{mark.Fact})
		if err != nil {
			return err
		}
		views[0].Aside = mark.Appeal // of an event mark the copies too
		page.Aside = append(page.Aside, views[0])
	}
	if len(page.Findings) == 0 && page.State != StateUnverified {
		return nil
	}
	page.Station, err = stationOf(tx, h.Division)
	return err
}

// shownState is what a page or a checkpoint shows for an outcome: a colour, or
// that nobody vouches for it.
func shownState(s situation, o review.Outcome) string {
	if s.Subject.Bound.IsZero() && o.Colour != review.None {
		return StateUnverified
	}
	return string(o.Colour)
}

func newestDeclaration(s situation) time.Time {
	var newest time.Time
	for _, f := range s.Facts {
		if f.Kind == review.KindDeclaration && f.From.After(newest) {
			newest = f.From
		}
	}
	return newest
}

// endedViews are the findings that ended within endedFor, the latest first.
func endedViews(s situation, o review.Outcome, now time.Time) []EndedView {
	var out []EndedView
	for _, e := range o.Ended {
		if now.Sub(e.At) > endedFor {
			continue
		}
		if rule, ok := s.Book.Rule(e.Rule); ok {
			out = append(out, EndedView{Ended: e, rule: rule})
		}
	}
	slices.SortStableFunc(out, func(a, b EndedView) int { return b.At.Compare(a.At) })
	return out[:min(len(out), mostEnded)]
}

// stationOf is the station that serves a division; the zero Station if a person
// has not said where they live, or nobody serves it.
func stationOf(tx store.Tx, division string) (station.Station, error) {
	s, err := station.For(tx, division)
	if errors.Is(err, fault.NotFound) {
		return station.Station{}, nil
	}
	return s, err
}
