package models

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yongxing/models/appeal"
	"yongxing/models/division"
	"yongxing/models/fault"
	"yongxing/models/review"
)

// What an officer finds about an item is a sentence about facts. This file says
// which sentences there are, what each needs, and what it does to the facts:
// marks that keep some out of reviews, and new facts of source "decision". The
// preview and the decision both apply what effectOf returns, which is why they
// agree.

// ActionAsk is the one answer that decides nothing: the person is asked for
// material, and the clock stands still.
const ActionAsk = "ask"

// ItemRuling is what the officer chose for one item. Which fields count follows
// from Action; the others are ignored, as the form leaves them filled.
type ItemRuling struct {
	N      int
	Action string // set_aside, correct, clear, uphold, ask
	Basis  string // set_aside, correct, uphold: one of Bases
	Scope  string // set_aside: event or record

	Place    string    // correct: division digits or alpha-3; "" = as recorded
	Transit  bool      // correct: passed through without stopping
	From, To time.Time // correct: zero = as recorded

	Proof    string    // clear: one of the item's Proofs
	Issuer   string    // clear: who issued the document
	Document string    // clear: its number
	Day      time.Time // clear: 00:00 of its date, or the instant at which a sample was taken

	Question string // ask: what the person should add

	// Unread is what was typed and cannot be read, told with all that is wrong: the
	// field it stands at is the zero value here.
	Unread []fault.Problem
}

// Scopes of setting aside.
const (
	ScopeEvent  = "event"  // this event, under whatever record id it comes again
	ScopeRecord = "record" // this one record
)

// Bases lists, for each action, what a finding can rest on.
var Bases = map[string][]string{
	appeal.ActionSetAside: {"elsewhere", "not_resident", "not_contact", "phone_elsewhere", "source_error", "duplicate", "misfilled"},
	appeal.ActionCorrect:  {"material", "source_confirmed", "seen_on_site"},
	appeal.ActionUphold:   {"rule_applies", "not_shown", basisEnded},
}

// basisEnded is what upholding rests on once the finding has ended, and only then.
const basisEnded = "ended_already"

// UpholdBases are what upholding an item can rest on.
func (c Choices) UpholdBases() []string {
	all := Bases[appeal.ActionUphold]
	i := slices.Index(all, basisEnded)
	if c.Over {
		return all[i:]
	}
	return all[:i]
}

// basisLocked is what upholding a locked item always rests on.
const basisLocked = "source_locked"

// Proofs of clearing: the class of the clearance, or the kind of fact, that the
// document states.
const (
	ProofExcluded   = "excluded"
	ProofEnded      = "ended"
	ProofDischarged = "discharged"
	ProofCause      = "known_cause"
	ProofTest       = "test"
)

// proofs says which documents can answer a fact of a kind.
var proofs = map[string][]string{
	"stay":      {ProofTest, ProofExcluded},
	"residence": {ProofTest, ProofExcluded},
	"entry":     {ProofTest, ProofExcluded},
	"arrival":   {ProofTest, ProofExcluded},
	"contact":   {ProofTest, ProofExcluded, ProofEnded},
	"case":      {ProofExcluded, ProofDischarged},
	"isolation": {ProofEnded, ProofExcluded},
	"symptom":   {ProofCause, ProofExcluded, ProofTest},
	"checkin":   {ProofCause, ProofExcluded, ProofTest},
	"clinic":    {ProofExcluded, ProofTest},
	"test":      {ProofExcluded},
	"duty":      {ProofTest, ProofExcluded},
	"breach":    {ProofEnded, ProofExcluded},
	"other":     {ProofTest, ProofExcluded},
}

// correctable are the kinds whose place or time an officer can put right.
var correctable = []string{"stay", "residence", "entry", "arrival", "contact", "isolation", "clinic"}

// Choices says what the officer can find about one item.
type Choices struct {
	// Locked: the source forbids local correction; only uphold and ask are left.
	Locked bool
	// Over: no finding rests on the facts any more. To uphold it then changes
	// nothing and refuses nobody.
	Over bool
	// Correct, Place and Transit: whether place or time can be put right, whether
	// it has a place, and whether "passed through" makes sense.
	Correct, Place, Transit bool
	Proofs                  []string
}

// choicesFor an item whose facts these are, the leading one first.
func choicesFor(facts []review.Fact, locked bool) Choices {
	if locked || len(facts) == 0 {
		return Choices{Locked: locked}
	}
	lead := facts[0]
	return Choices{
		Correct: slices.Contains(correctable, lead.Kind),
		Place:   lead.Place != "" && lead.Kind != "entry",
		Transit: lead.Kind == "stay",
		Proofs:  proofs[lead.Kind],
	}
}

// field is the form field that a problem with an item stands at: "item1" for the
// choice itself, "item1_place" and so on for what it needs, "item1_basis_uphold"
// for the basis of an action.
func (r ItemRuling) field(name string) string {
	if name == "" {
		return fmt.Sprintf("item%d", r.N)
	}
	return fmt.Sprintf("item%d_%s", r.N, name)
}

// unread tells whether one of these fields cannot be read.
func (r ItemRuling) unread(names ...string) bool {
	return slices.ContainsFunc(r.Unread, func(p fault.Problem) bool {
		return slices.ContainsFunc(names, func(name string) bool { return p.Field == r.field(name) })
	})
}

// check refuses what the item does not allow, what is missing and what cannot be
// read, all of it at once. facts are those of the item, the leading one first.
func (r ItemRuling) check(c Choices, facts []review.Fact, now time.Time, bad *fault.Invalid) {
	if c.Locked && r.Action != appeal.ActionUphold && r.Action != ActionAsk {
		bad.Add(r.field(""), "officer.refused_locked")
		return
	}
	switch r.Action {
	case appeal.ActionSetAside:
		r.checkBasis(bad)
		if r.Scope != ScopeEvent && r.Scope != ScopeRecord {
			bad.Add(r.field("scope"), "officer.scope_missing")
		}
	case appeal.ActionUphold:
		if !c.Locked && !slices.Contains(c.UpholdBases(), r.Basis) {
			bad.Add(r.field("basis_uphold"), "officer.basis_missing")
		}
	case appeal.ActionCorrect:
		r.checkBasis(bad)
		r.checkCorrection(c, facts, now, bad)
	case appeal.ActionClear:
		r.checkProof(c, facts, now, bad)
	case ActionAsk:
		if n := utf8.RuneCountInString(r.Question); n < 5 || n > 500 {
			bad.Add(r.field("question"), "officer.question_missing")
		}
	default:
		bad.Add(r.field(""), "officer.choice_missing")
	}
	bad.Problems = append(bad.Problems, r.Unread...)
}

func (r ItemRuling) checkBasis(bad *fault.Invalid) {
	if !slices.Contains(Bases[r.Action], r.Basis) {
		bad.Add(r.field("basis_"+r.Action), "officer.basis_missing")
	}
}

func (r ItemRuling) checkCorrection(c Choices, facts []review.Fact, now time.Time, bad *fault.Invalid) {
	if !c.Correct {
		bad.Add(r.field(""), "officer.choice_missing")
		return
	}
	lead := facts[0]
	to := r.corrected(c, lead)
	known := r.Place == "" || division.Known(r.Place) || division.KnownCountry(r.Place)
	if !known {
		bad.Add(r.field("place"), "officer.place_unknown")
	}
	switch {
	case r.unread("from", "to"): // said already
	case known && !r.unread("place") && to.Place == lead.Place && to.From.Equal(lead.From) && to.To.Equal(lead.To) && to.Class == lead.Class:
		bad.Add(r.field("from"), "officer.correct_same")
	case !to.To.IsZero() && !to.To.After(to.From):
		bad.Add(r.field("to"), "officer.to_before_from")
	case to.From.After(now):
		bad.Add(r.field("from"), "officer.future")
	}
}

func (r ItemRuling) checkProof(c Choices, facts []review.Fact, now time.Time, bad *fault.Invalid) {
	if !slices.Contains(c.Proofs, r.Proof) {
		bad.Add(r.field("proof"), "officer.proof_missing")
	}
	length := func(name, value string, least int, missing, wrong string) {
		switch n := utf8.RuneCountInString(value); {
		case n == 0:
			bad.Add(r.field(name), missing)
		case n < least || n > 60:
			bad.Add(r.field(name), wrong, least, 60)
		}
	}
	length("issuer", r.Issuer, 4, "officer.issuer_missing", "officer.issuer_length")
	length("document", r.Document, 3, "officer.document_missing", "officer.document_length")
	switch {
	case r.unread("day"): // said already
	case r.Day.IsZero():
		bad.Add(r.field("day"), "officer.day_missing")
	case r.Day.After(now):
		bad.Add(r.field("day"), "officer.future")
	case r.Proof != ProofCause && !r.unread("time") && slices.ContainsFunc(facts, func(f review.Fact) bool { return r.states(now).Before(f.From) }):
		// A document from before the event says nothing about it.
		bad.Add(r.field("day"), "officer.day_before")
	}
}

// states is the instant that a document speaks of: that of a sample, else the
// end of the day it was issued on, so that it covers what happened that day.
func (r ItemRuling) states(now time.Time) time.Time {
	if r.Proof == ProofTest {
		return r.Day
	}
	if end := r.Day.Add(24*time.Hour - time.Millisecond); end.Before(now) {
		return end
	}
	return now
}

// corrected is the fact as the officer says it was.
func (r ItemRuling) corrected(c Choices, lead review.Fact) review.Fact {
	f := lead
	f.ID, f.Source, f.Upstream, f.Locked, f.Replaces = 0, "decision", "", false, lead.ID
	if c.Place && r.Place != "" {
		f.Place = r.Place
	}
	if c.Transit && r.Transit {
		f.Class = "transit"
	}
	if !r.From.IsZero() && !sameMinute(r.From, lead.From) {
		f.From = r.From
	}
	if !r.To.IsZero() && !sameMinute(r.To, lead.To) {
		f.To = r.To
	}
	return f
}

// sameMinute tells whether a field that shows minutes was left as it was.
func sameMinute(typed, recorded time.Time) bool {
	return typed.Equal(recorded.Truncate(time.Minute))
}

// effect is what a ruling does to the facts: Aside are the ids of those that it
// keeps out of reviews, Add the facts that it states, without id and known.
type effect struct {
	Scope string
	Aside []int64
	Add   []review.Fact
}

// effectOf a ruling that check has passed. facts are those of the item, the
// leading one first; unit is the station, which answers for what it states.
func effectOf(r ItemRuling, c Choices, facts []review.Fact, unit string, now time.Time) effect {
	switch r.Action {
	case appeal.ActionSetAside:
		return effect{Scope: r.Scope, Aside: reviewIDs(facts)}
	case appeal.ActionCorrect:
		f := r.corrected(c, facts[0])
		f.Authority, f.Known = unit, now
		return effect{Scope: ScopeEvent, Aside: reviewIDs(facts), Add: []review.Fact{f}}
	case appeal.ActionClear:
		return effect{Add: r.proven(facts, now)}
	}
	return effect{}
}

// proven are the facts that the document of a clearing states.
func (r ItemRuling) proven(facts []review.Fact, now time.Time) []review.Fact {
	base := review.Fact{Source: "decision", Upstream: r.Document, Authority: r.Issuer, From: r.states(now), Known: now}
	switch r.Proof {
	case ProofTest:
		base.Kind, base.Class = "test", "negative"
		return []review.Fact{base}
	case ProofCause:
		// The illness was there when the symptom was, whenever the letter was written.
		base.Kind, base.From = "known_cause", r.Day
		for _, f := range facts {
			if f.From.Before(base.From) {
				base.From = f.From
			}
			base.Items = append(base.Items, f.Items...)
			if f.Value > 0 {
				base.Items = append(base.Items, "fever")
			}
		}
		slices.Sort(base.Items)
		base.Items = slices.Compact(base.Items)
		return []review.Fact{base}
	}
	out := make([]review.Fact, len(facts))
	for i, f := range facts {
		base.Kind, base.Class, base.About, base.AboutFact = "clearance", r.Proof, f.Kind, f.ID
		out[i] = base
	}
	return out
}

func reviewIDs(facts []review.Fact) []int64 {
	ids := make([]int64, len(facts))
	for i, f := range facts {
		ids[i] = f.ID
	}
	return ids
}

// basisOf is what is put on record as the basis of a ruling.
func (r ItemRuling) basisOf(c Choices) string {
	switch {
	case r.Action == appeal.ActionClear:
		return r.Proof
	case r.Action == appeal.ActionUphold && c.Locked:
		return basisLocked
	}
	return r.Basis
}

// ParsePlace reads a place as an officer types it: the digits of a division, an
// alpha-3 country, or the name of a place, in full or as far as it is the only
// one of that name. ok is false if it names no place or several.
func ParsePlace(s string) (code string, ok bool) {
	s = strings.Join(strings.Fields(s), "")
	if upper := strings.ToUpper(s); division.KnownCountry(upper) {
		return upper, true
	}
	if division.Known(s) {
		return s, true
	}
	for _, l := range division.Countries("zh-Hans") {
		if l.Name("zh-Hans") == s {
			return l.Code, true
		}
	}
	if utf8.RuneCountInString(s) < 2 {
		return "", false
	}
	var found []string
	var walk func(parent string)
	walk = func(parent string) {
		for _, d := range division.Children(parent) {
			if strings.HasSuffix(s, d.Name) && strings.HasSuffix(division.Name(d.Code), s) {
				found = append(found, d.Code)
			}
			walk(d.Code)
		}
	}
	walk("")
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}
