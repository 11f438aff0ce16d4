package models

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yongxing/models/code"
	"yongxing/models/ledger"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/store"
)

// Cause is why a code was looked at again: one of the kinds below, and the
// number of what was behind it, such as an appeal's.
type Cause struct{ Kind, Ref string }

// Kinds of cause, as outcomes and the history tell them.
const (
	CauseDeclaration = "declaration" // the person declared
	CauseImport      = "import"      // a source sent facts
	CauseDecision    = "decision"    // an officer decided an appeal
	CauseRelease     = "release"     // nothing new: an end was reached
	CauseArea        = "area"        // the list of risk areas changed
	CauseRulebook    = "rulebook"    // another rulebook is in force
	CauseBinding     = "binding"     // the identity was bound, or is no longer
)

// published is the lock of what reviews of everybody rest on: the rulebook and
// the list of risk areas. A review shares it, a publication has it alone.
const published = "published"

// recompute is the tail that every story shares which changes what is known
// about somebody: load, review, record the outcome if it says something new,
// enter it in the ledger, owe the person one notice, and note when the code
// changes by itself.
func (p *Portal) recompute(tx store.Tx, personID int64, cause Cause) (review.Outcome, error) {
	// Whoever else changes what is known about this person, or publishes rules or
	// areas, is either on record before the facts are read here or reviews again.
	if err := tx.LockShared(published, 0); err != nil {
		return review.Outcome{}, err
	}
	if err := tx.Lock("person", personID); err != nil {
		return review.Outcome{}, err
	}
	tx.Afterwards(func() { p.shown.Forget(personID) })
	s, err := p.situation(tx, personID)
	if err != nil {
		return review.Outcome{}, err
	}
	now := s.decide(tx.Now())
	before, there, err := code.Current(tx, personID)
	if err != nil {
		return review.Outcome{}, err
	}
	if !there && len(s.Facts) == 0 {
		return now, nil // nothing is known: no code yet
	}
	var shown []code.Finding
	if there {
		if shown, err = code.FindingsOf(tx, before.OutcomeID); err != nil {
			return review.Outcome{}, err
		}
	}
	findings := codeFindings(now.Findings)
	if there && before.Colour == string(now.Colour) && slices.EqualFunc(shown, findings, sameFinding) {
		return now, code.Wait(tx, before, now.NextChange)
	}
	o, err := code.Record(tx, before, code.New{
		PersonID: personID, Colour: string(now.Colour), Cause: cause.Kind, CauseRef: cause.Ref, Rulebook: now.Book,
		Findings: findings, Ended: endedSince(shown, findings, now, tx.Now()), NextChange: now.NextChange,
	})
	if err != nil {
		return review.Outcome{}, err
	}
	if err := recomputeLedger(tx, o, findings); err != nil {
		return review.Outcome{}, err
	}
	return now, recomputeNotice(tx, o, shown, findings)
}

// codeFindings are the findings of a review as they are stored.
func codeFindings(list []review.Finding) []code.Finding {
	stored := make([]code.Finding, len(list))
	for i, f := range list {
		ids, err := json.Marshal(f.Facts)
		if err != nil {
			panic(err) // a list of numbers
		}
		stored[i] = code.Finding{
			Rule: f.Rule, Key: f.Key, Colour: string(f.Colour), LeadFact: f.Lead, Facts: string(ids),
			Since: store.At(f.Since), Assigned: store.At(f.Assigned), UntilAt: store.AtOrNil(f.Until),
			Locked: f.Locked, Overdue: f.Overdue, ChangedAfter: f.ChangedAfter,
		}
	}
	return stored
}

// sameFinding says whether a stored finding already tells what a new one does.
func sameFinding(a, b code.Finding) bool {
	return a.Key == b.Key && a.Facts == b.Facts && store.TimeOf(a.UntilAt).Equal(store.TimeOf(b.UntilAt)) &&
		a.Locked == b.Locked && a.Overdue == b.Overdue && a.ChangedAfter == b.ChangedAfter
}

// endedSince lists the findings of the outcome before that are no longer active.
func endedSince(before, after []code.Finding, now review.Outcome, at time.Time) []code.Ended {
	var list []code.Ended
	for _, f := range before {
		if slices.ContainsFunc(after, func(g code.Finding) bool { return continues(g, f) }) {
			continue
		}
		e := code.Ended{Key: f.Key, Rule: f.Rule, Colour: f.Colour, At: at, By: code.Gone, Facts: findingFacts(f)}
		if i := slices.IndexFunc(now.Ended, func(g review.Ended) bool { return g.Key == f.Key }); i >= 0 {
			e.At, e.By = now.Ended[i].At, now.Ended[i].By
		}
		list = append(list, e)
	}
	return list
}

// continues says whether a finding goes on with an earlier one: the same key,
// or the same rule with facts that are part of the earlier one's, or the other
// way round. A person is not told of it as of something new.
func continues(later, earlier code.Finding) bool {
	if later.Key == earlier.Key {
		return true
	}
	if later.Rule != earlier.Rule {
		return false
	}
	return allWithin(findingFacts(later), findingFacts(earlier)) || allWithin(findingFacts(earlier), findingFacts(later))
}

func allWithin(part, whole []int64) bool {
	for _, id := range part {
		if !slices.Contains(whole, id) {
			return false
		}
	}
	return true
}

func findingFacts(f code.Finding) []int64 {
	ids, err := f.FactIDs()
	if err != nil {
		return nil // written by codeFindings; whoever shows a finding reports it
	}
	return ids
}

func recomputeLedger(tx store.Tx, o code.Outcome, findings []code.Finding) error {
	who, err := person.Get(tx, o.PersonID)
	if err != nil {
		return err
	}
	var rules []string
	for _, f := range findings {
		if !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	return ledger.Append(tx, "colour_changed", ledger.Entry{Actor: "system", Object: who.Ref}, map[string]string{
		"person": who.Ref, "outcome": strconv.FormatInt(o.Seq, 10), "from": o.FromColour, "to": o.Colour,
		"rules": strings.Join(rules, " "), "rulebook": o.Rulebook, "cause": o.Cause, "cause_ref": o.CauseRef,
	})
}

// recomputeNotice owes the person one notice for an outcome that tells them
// something new. After their own declaration the page that follows tells it, and
// a decision has a notice of its own.
func recomputeNotice(tx store.Tx, o code.Outcome, before, after []code.Finding) error {
	if o.Cause == CauseDeclaration || o.Cause == CauseDecision {
		return nil
	}
	kind := noticeKind(o, before, after)
	if kind == "" {
		return nil
	}
	return notice.Queue(tx, o.PersonID, kind, fmt.Sprintf("outcome/%d", o.ID))
}

// noticeKind is what an outcome is to the person: a source that came back on a
// settled record, else something new against them, else a release, else "". A
// better colour is a release though another finding follows, as monitoring does.
func noticeKind(o code.Outcome, before, after []code.Finding) string {
	kind := ""
	better := review.Worse(review.Colour(o.FromColour), review.Colour(o.Colour))
	for _, f := range before {
		if !slices.ContainsFunc(after, func(g code.Finding) bool { return continues(g, f) }) {
			kind = notice.CodeReleased
		}
	}
	if kind == "" && o.Colour != o.FromColour {
		kind = notice.CodeChanged
	}
	for _, f := range after {
		i := slices.IndexFunc(before, func(g code.Finding) bool { return continues(f, g) })
		switch {
		case f.ChangedAfter != "" && (i < 0 || before[i].ChangedAfter != f.ChangedAfter):
			return notice.SourceChanged
		case better:
		case i < 0, f.Overdue && !before[i].Overdue:
			kind = notice.CodeChanged
		}
	}
	return kind
}
