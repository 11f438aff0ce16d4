package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/code"
	"yongxing/models/fact"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/store"
)

// Kinds of entries of a history.
const (
	HistoryColour      = "colour"      // the code changed
	HistoryDeclaration = "declaration" // the person declared
	HistoryAppeal      = "appeal"      // the person appealed
	HistoryDecision    = "decision"    // an appeal was decided
)

// historyPage is how many entries a page of the history has.
const historyPage = 30

// HistoryEntry is one thing that happened. Which fields it has follows from Kind.
type HistoryEntry struct {
	Kind string
	At   time.Time
	// From and To are the colours of a change; Cause and Ref what brought it
	// (declaration, import, decision, release, area, rulebook, binding) and the
	// number behind it; Book the rulebook.
	From, To   review.Colour
	Cause, Ref string
	Book       string
	Findings   []HistoryFinding
	Ended      []HistoryEnded
	// Unverified tells that the identity was not bound then: pages and gates showed
	// no colour.
	Unverified bool
	// Version is that of a declaration: 1, 2, 3 …
	Version int
	// Channel is how a declaration or an appeal came in.
	Channel string
	// Outcome is that of a decided appeal.
	Outcome string
}

// HistoryFinding is a finding of a past outcome.
type HistoryFinding struct {
	Code   string
	Colour review.Colour
	// Fact is the fact that led to it.
	Fact FactView
	rule review.Rule
}

// RuleText is what the rulebook says about it, "en" or else Chinese.
func (f HistoryFinding) RuleText(lang string) review.Text { return f.rule.Text(lang) }

// HistoryEnded is a finding that an outcome ended, and by what: a condition of
// its rule, latest, excluded, rulebook, or code.Gone.
type HistoryEnded struct {
	Code, By string
	rule     review.Rule
}

// RuleText is what the rulebook says about it, "en" or else Chinese.
func (e HistoryEnded) RuleText(lang string) review.Text { return e.rule.Text(lang) }

// History is a page of what happened to a person's code, newest first. Older is
// what to ask for as before to go on; zero at the end.
type History struct {
	Entries []HistoryEntry
	Older   time.Time
}

// History reads what happened before an instant (zero: up to now): declarations,
// changes of colour with what brought them, and appeals. Outcomes rest on facts from outside only once the
// identity is bound, so nothing here needs to be hidden from who is not.
func (p *Portal) History(ctx context.Context, personID int64, before time.Time) (History, error) {
	var h History
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		if before.IsZero() {
			before = tx.Now().Add(time.Millisecond)
		}
		h = History{}
		for _, read := range []func(store.Tx, int64, store.Millis) ([]HistoryEntry, error){
			p.historyColours, historyDeclarations, historyAppeals,
		} {
			entries, err := read(tx, personID, store.At(before))
			if err != nil {
				return err
			}
			h.Entries = append(h.Entries, entries...)
		}
		return nil
	})
	if err != nil {
		return History{}, fmt.Errorf("history: %w", err)
	}
	slices.SortStableFunc(h.Entries, func(a, b HistoryEntry) int { return b.At.Compare(a.At) })
	h.Entries, h.Older = pageOf(h.Entries, historyPage, func(e HistoryEntry) time.Time { return e.At })
	return h, nil
}

// pageOf ends a page after n entries, the newest first, but never between two of
// the same instant: the instant of its last entry, older, is where the next page
// goes on, and the second would be lost. older is zero if there is no next page.
func pageOf[T any](entries []T, n int, at func(T) time.Time) (page []T, older time.Time) {
	for n < len(entries) && at(entries[n]).Equal(at(entries[n-1])) {
		n++
	}
	if n >= len(entries) {
		return entries, time.Time{}
	}
	return entries[:n], at(entries[n-1])
}

// historyMost is what each source of a page is asked for: enough for a page and
// to see that there is more.
const historyMost = 2 * historyPage

func (p *Portal) historyColours(tx store.Tx, personID int64, before store.Millis) ([]HistoryEntry, error) {
	var rows []code.Outcome
	err := tx.DB().Where("person_id = ? AND at < ?", personID, before).
		Order("at DESC, seq DESC").Limit(historyMost).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("outcomes: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	book, err := p.book(tx)
	if err != nil {
		return nil, err
	}
	findings, err := p.historyFindings(tx, book, rows)
	if err != nil {
		return nil, err
	}
	documents, err := person.DocumentsOf(tx, personID)
	if err != nil {
		return nil, err
	}
	bound, everBound := person.BoundSince(documents)
	var out []HistoryEntry
	for _, r := range rows {
		ended, err := historyEnded(book, r)
		if err != nil {
			return nil, err
		}
		out = append(out, HistoryEntry{Kind: HistoryColour, At: r.At.Time(), From: review.Colour(r.FromColour), To: review.Colour(r.Colour),
			Cause: r.Cause, Ref: r.CauseRef, Book: r.Rulebook, Findings: findings[r.ID], Ended: ended,
			Unverified: !everBound || r.At < bound})
	}
	return out, nil
}

// historyFindings reads the findings of outcomes, by outcome.
func (p *Portal) historyFindings(tx store.Tx, book *review.Book, outcomes []code.Outcome) (map[int64][]HistoryFinding, error) {
	ids := make([]int64, len(outcomes))
	for i, o := range outcomes {
		ids[i] = o.ID
	}
	var rows []code.Finding
	err := tx.DB().Where("outcome_id IN ?", ids).Order("outcome_id, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("findings of outcomes: %w", err)
	}
	out := map[int64][]HistoryFinding{}
	for _, r := range rows {
		lead, err := fact.ByID(tx, r.LeadFact)
		if err != nil {
			return nil, err
		}
		view, err := p.factView(tx, lead)
		if err != nil {
			return nil, err
		}
		rule, _ := book.Rule(r.Rule)
		out[r.OutcomeID] = append(out[r.OutcomeID], HistoryFinding{Code: r.Rule, Colour: review.Colour(r.Colour), Fact: view, rule: rule})
	}
	return out, nil
}

func historyEnded(book *review.Book, o code.Outcome) ([]HistoryEnded, error) {
	list, err := o.EndedList()
	if err != nil {
		return nil, err
	}
	out := make([]HistoryEnded, len(list))
	for i, e := range list {
		rule, _ := book.Rule(e.Rule)
		out[i] = HistoryEnded{Code: e.Rule, By: e.By, rule: rule}
	}
	return out, nil
}

func historyDeclarations(tx store.Tx, personID int64, before store.Millis) ([]HistoryEntry, error) {
	var rows []struct {
		Version int
		Channel string
		At      store.Millis
	}
	err := tx.DB().Table("declaration").Where("person_id = ? AND at < ?", personID, before).
		Order("at DESC, version DESC").Limit(historyMost).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("declarations: %w", err)
	}
	out := make([]HistoryEntry, len(rows))
	for i, r := range rows {
		out[i] = HistoryEntry{Kind: HistoryDeclaration, At: r.At.Time(), Version: r.Version, Channel: r.Channel}
	}
	return out, nil
}

func historyAppeals(tx store.Tx, personID int64, before store.Millis) ([]HistoryEntry, error) {
	appeals, err := appeal.OfPerson(tx, personID)
	if err != nil {
		return nil, fmt.Errorf("appeals: %w", err)
	}
	var out []HistoryEntry
	for _, a := range appeals {
		if a.SubmittedAt < before {
			out = append(out, HistoryEntry{Kind: HistoryAppeal, At: a.SubmittedAt.Time(), Ref: a.Number, Channel: a.Channel})
		}
		if a.DecidedAt != nil && *a.DecidedAt < before {
			out = append(out, HistoryEntry{Kind: HistoryDecision, At: a.DecidedAt.Time(), Ref: a.Number, Outcome: a.Outcome})
		}
	}
	return out, nil
}
