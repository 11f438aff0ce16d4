package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/code"
	"yongxing/models/fact"
	"yongxing/models/review"
	"yongxing/models/store"
)

// Kinds of entries of a history.
const (
	HistoryColour      = "colour"      // the code changed
	HistoryDeclaration = "declaration" // the person declared
	HistoryAppeal      = "appeal"      // the person appealed
	HistoryDecision    = "decision"    // an appeal was decided
	HistoryRead        = "read"        // somebody of the staff looked
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
	// Version is that of a declaration: 1, 2, 3 …
	Version int
	// Channel is how a declaration or an appeal came in.
	Channel string
	// Unit and UnitEN are who looked or decided, What they looked at: case,
	// evidence, search_hit, identity.
	Unit, UnitEN, What string
	// Times is how often, on the day of the entry.
	Times int
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
// changes of colour with what brought them, appeals, and every look that the
// staff took at the person. Outcomes rest on facts from outside only once the
// identity is bound, so nothing here needs to be hidden from who is not.
func (p *Portal) History(ctx context.Context, personID int64, before time.Time) (History, error) {
	var h History
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		if before.IsZero() {
			before = tx.Now().Add(time.Millisecond)
		}
		h = History{}
		for _, read := range []func(store.Tx, int64, store.Millis) ([]HistoryEntry, error){
			p.historyColours, historyDeclarations, historyAppeals, historyReads,
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
	h.cut()
	return h, nil
}

// cut ends the page after historyPage entries, but never between two of the same
// instant: before would lose the second.
func (h *History) cut() {
	n := historyPage
	for n < len(h.Entries) && h.Entries[n].At.Equal(h.Entries[n-1].At) {
		n++
	}
	if n < len(h.Entries) {
		h.Entries = h.Entries[:n]
		h.Older = h.Entries[n-1].At
	}
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
	var out []HistoryEntry
	for _, r := range rows {
		ended, err := historyEnded(book, r)
		if err != nil {
			return nil, err
		}
		out = append(out, HistoryEntry{Kind: HistoryColour, At: r.At.Time(), From: review.Colour(r.FromColour), To: review.Colour(r.Colour),
			Cause: r.Cause, Ref: r.CauseRef, Book: r.Rulebook, Findings: findings[r.ID], Ended: ended})
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

// Days of Asia/Shanghai in the milliseconds of the store.
const (
	eightHours = 8 * 60 * 60 * 1000
	oneDay     = 24 * 60 * 60 * 1000
)

// historyReads are the looks of the staff: unit, time and what, never who. The
// looks of one unit at one thing on one day are one entry, with the time of the
// last and how many there were: an officer at work reloads a case a dozen times,
// and what matters must not drown in it.
func historyReads(tx store.Tx, personID int64, before store.Millis) ([]HistoryEntry, error) {
	rows, err := tx.Query(`SELECT MAX(r.at), COUNT(*), r.what, r.object, COALESCE(s.name, o.name), COALESCE(NULLIF(s.name_en, ''), s.name, NULLIF(o.name_en, ''), o.name)
		FROM staff_read r JOIN staff m ON m.id = r.staff_id JOIN org o ON o.id = r.org_id LEFT JOIN station s ON s.id = m.station_id
		WHERE r.person_id = ? AND r.at < ? GROUP BY (r.at + ?) / ?, r.what, r.object, s.id, o.id, s.name, s.name_en, o.name, o.name_en
		ORDER BY MAX(r.at) DESC LIMIT ?`, personID, before, eightHours, oneDay, historyMost)
	if err != nil {
		return nil, fmt.Errorf("staff reads: %w", err)
	}
	defer rows.Close()
	var out []HistoryEntry
	for rows.Next() {
		e := HistoryEntry{Kind: HistoryRead}
		var at store.Millis
		if err := rows.Scan(&at, &e.Times, &e.What, &e.Ref, &e.Unit, &e.UnitEN); err != nil {
			return nil, fmt.Errorf("staff reads: %w", err)
		}
		e.At = at.Time()
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("staff reads: %w", err)
	}
	return out, nil
}
