package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/code"
	"yongxing/models/evidence"
	"yongxing/models/fact"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// AppealCase is everything that the page of a case says. Name, document and
// phone are whole: handlers mask them.
type AppealCase struct {
	Desk                   Desk
	Number, Channel, State string
	Version                int64
	Outcome, Words         string // of a decided case: outcome, and what the person was told
	Colour                 review.Colour
	Book                   string
	HarmGround             string // of immediate harm, or ""
	Paused                 bool
	Submitted, Due         time.Time
	AskUntil, Decided      time.Time
	Mine, MayClaim         bool      // whether it is on the officer's desk, or free
	Until                  time.Time // when it goes back to the queue, if it is on a desk
	MayRelease             bool
	MayReveal              bool   // whether the officer may ask for the whole identity
	Revealed               int    // how often they have, for this case
	Handler                string // who has it or had it last
	Kept                   KeptDecision
	Person                 CasePerson
	Earlier                []EarlierAppeal
	Items                  []CaseItem
	Statement              string
	Evidence               []evidence.Evidence
	Events                 []CaseEvent
	Now                    time.Time
}

// KeptDecision is what the officer had typed when their session ended, by field;
// At is zero if nothing was kept.
type KeptDecision struct {
	Typed map[string]string
	At    time.Time
}

// CasePerson is who the case is about.
type CasePerson struct {
	Name, DocumentKind, Document, Phone string
	Division, Community                 string // where they live
	Bound                               time.Time
	BoundBy                             string
	Others                              []DocumentView // what else they are bound to, and what they claim
	Language                            string
}

// EarlierAppeal is an appeal that the person filed before.
type EarlierAppeal struct {
	Number, State, Outcome string
	At                     time.Time
}

// CaseItem is one finding in question.
type CaseItem struct {
	N            int
	Rule         string
	Colour       string
	Ground       string
	State        string
	Finding      *FindingView // nil once it is in force no more
	Facts        []FactView   // the leading one first
	Choices      Choices
	Action       string // of a decided item
	Basis, Scope string
	Effect       *FactView // the fact that a decided item added
	rule         review.Rule
	row          appeal.Item
	facts        []review.Fact
}

// RuleText is what the rulebook says about the item's rule, "en" or else
// Chinese.
func (i CaseItem) RuleText(lang string) review.Text { return i.rule.Text(lang) }

// Open tells whether the item waits for a decision.
func (i CaseItem) Open() bool { return i.State == appeal.ItemOpen || i.State == appeal.ItemAsked }

// CaseEvent is one step of the case, one change of the person's colour, or one look
// at their whole identity; the newest stands first.
type CaseEvent struct {
	At       time.Time
	Kind     string // filed, claimed, … or "colour", "identity"
	Actor    string
	Who      string // of the staff
	Text     string
	Reason   string // of a look at the identity
	From, To review.Colour
	Rules    []string // of a change of colour
}

// AppealCase opens a case for an officer of its station. That they have looked
// is on record, for the person too, before anything is shown.
func (p *Portal) AppealCase(ctx context.Context, staffID int64, number string) (AppealCase, error) {
	var c AppealCase
	err := p.looks(ctx, staffID, number, func(tx store.Tx) (look, error) {
		member, a, err := officerCase(tx, staffID, staff.ViewCase, number)
		if err != nil {
			return look{}, err
		}
		s, err := p.situation(tx, a.PersonID)
		if err != nil {
			return look{}, err
		}
		c, err = p.readCase(tx, member, a, s)
		return caseLook(member, a), err
	})
	if err != nil {
		return AppealCase{}, err
	}
	return c, nil
}

// readCase reads the case; see looks for how it goes on record.
func (p *Portal) readCase(tx store.Tx, member staff.Staff, a appeal.Appeal, s situation) (AppealCase, error) {
	now := s.decide(tx.Now())
	c := AppealCase{
		Number: a.Number, Channel: a.Channel, State: a.State, Version: a.Version, Outcome: a.Outcome, Colour: now.Colour, Book: s.Book.Version,
		HarmGround: a.HarmGround, Paused: a.PausedAt != nil, Submitted: a.SubmittedAt.Time(), Due: a.Due(tx.Now()),
		AskUntil: store.TimeOf(a.AskUntil), Decided: store.TimeOf(a.DecidedAt),
		Mine: a.ClaimedByStaff(member.ID), Until: a.ClaimUntil(), MayClaim: a.State == appeal.Submitted && staff.May(member.Role, staff.Claim),
		Now: tx.Now(),
	}
	c.MayRelease = c.Mine || a.State == appeal.Claimed && staff.May(member.Role, staff.ReleaseOther)
	var err error
	if a.ClaimedBy != nil {
		if c.Handler, err = staff.NameOf(tx, *a.ClaimedBy); err != nil {
			return AppealCase{}, err
		}
	}
	if c.Items, err = p.caseItems(tx, a, s, now); err != nil {
		return AppealCase{}, err
	}
	if c.Mine {
		if c.Kept, err = keptDecision(tx, member.ID, a.ID); err != nil {
			return AppealCase{}, err
		}
	}
	c.MayReveal = a.OnDeskOf(member.ID) && staff.May(member.Role, staff.RevealIdentity)
	for _, read := range []func() error{
		func() (err error) { c.Revealed, err = staff.Revealed(tx, member.ID, a.PersonID, a.Number); return err },
		func() (err error) { c.Desk, err = deskOf(tx, member); return err },
		func() (err error) { c.Words, err = appeal.Decision(tx, a); return err },
		func() (err error) { c.Statement, err = appeal.Statement(tx, a); return err },
		func() (err error) { c.Evidence, err = evidence.OfAppeal(tx, a.ID); return err },
		func() (err error) { c.Person, err = casePerson(tx, a.PersonID); return err },
		func() (err error) { c.Earlier, err = earlierAppeals(tx, a); return err },
		func() (err error) { c.Events, err = caseEvents(tx, a); return err },
	} {
		if err := read(); err != nil {
			return AppealCase{}, fmt.Errorf("read case: %w", err)
		}
	}
	return c, nil
}

// caseItems joins each item with the finding that it is about now, which may
// rest on more facts than when the appeal was filed, or be over.
func (p *Portal) caseItems(tx store.Tx, a appeal.Appeal, s situation, o review.Outcome) ([]CaseItem, error) {
	rows, err := appeal.Items(tx, a.ID)
	if err != nil {
		return nil, err
	}
	views, err := p.findingViews(tx, s, a.PersonID, o)
	if err != nil {
		return nil, err
	}
	items := make([]CaseItem, len(rows))
	for i, row := range rows {
		item := CaseItem{
			N: row.N, Rule: row.Rule, Colour: row.Colour, Ground: row.Ground, State: row.State,
			Action: row.Action, Basis: row.Basis, Scope: row.Scope, row: row,
		}
		if rule, ok := s.Book.Rule(row.Rule); ok {
			item.rule = rule
		}
		ids, err := row.FactIDs()
		if err != nil {
			return nil, err
		}
		locked := row.Locked
		for _, v := range views {
			if v.Rule == row.Rule && slices.ContainsFunc(v.Finding.Facts, func(id int64) bool { return slices.Contains(ids, id) }) {
				item.Finding, locked = &v, locked || v.Locked
				ids = append(ids, v.Finding.Facts...)
			}
		}
		item.facts = factsOf(s, row.LeadFact, ids)
		for _, f := range item.facts {
			locked = locked || f.Locked
		}
		item.Choices = choicesFor(item.facts, locked)
		item.Choices.Over = item.Finding == nil
		if item.Facts, err = p.factViews(tx, s, reviewIDs(item.facts)); err != nil {
			return nil, err
		}
		if err := onDocuments(tx, s, reviewIDs(item.facts), item.Facts); err != nil {
			return nil, err
		}
		if row.EffectFact != nil {
			effect, err := p.factViews(tx, s, []int64{*row.EffectFact})
			if err != nil {
				return nil, err
			}
			if len(effect) == 1 {
				item.Effect = &effect[0]
			}
		}
		items[i] = item
	}
	return items, nil
}

// factsOf a person with these ids, each once, the leading one first and then in
// the order of recording.
func factsOf(s situation, lead int64, ids []int64) []review.Fact {
	var facts []review.Fact
	for _, f := range s.Facts {
		if f.ID == lead || slices.Contains(ids, f.ID) {
			facts = append(facts, f)
		}
	}
	slices.SortFunc(facts, func(a, b review.Fact) int {
		switch {
		case a.ID == b.ID:
			return 0
		case a.ID == lead, a.ID < b.ID && b.ID != lead:
			return -1
		}
		return 1
	})
	return facts
}

func casePerson(tx store.Tx, id int64) (CasePerson, error) {
	row, err := person.Get(tx, id)
	if err != nil {
		return CasePerson{}, err
	}
	c := CasePerson{Division: row.Division, Language: row.Language}
	if c.Name, err = person.Name(tx, row); err != nil {
		return CasePerson{}, err
	}
	if c.Phone, err = person.Phone(tx, row); err != nil {
		return CasePerson{}, err
	}
	if home, ok, err := person.Home(tx, row); err != nil {
		return CasePerson{}, err
	} else if ok {
		c.Community = home.Community
	}
	documents, err := documentViews(tx, id)
	if err != nil || len(documents) == 0 {
		return c, err
	}
	by := documents[0]
	c.DocumentKind, c.Document, c.Bound, c.BoundBy, c.Others = by.Kind, by.Number, by.Bound, by.BoundBy, documents[1:]
	return c, nil
}

// onDocuments notes on which of a person's documents a source's record is, if
// there are several: the officer compares it with the papers.
func onDocuments(tx store.Tx, s situation, ids []int64, views []FactView) error {
	if len(s.Documents) < 2 {
		return nil
	}
	on, err := fact.DocumentsOf(tx, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if on[id] == 0 {
			continue
		}
		if views[i].Document, err = person.OpenDocument(tx, on[id]); err != nil {
			return err
		}
	}
	return nil
}

func earlierAppeals(tx store.Tx, a appeal.Appeal) ([]EarlierAppeal, error) {
	all, err := appeal.OfPerson(tx, a.PersonID)
	if err != nil {
		return nil, err
	}
	var earlier []EarlierAppeal
	for _, b := range all {
		if b.ID < a.ID {
			earlier = append(earlier, EarlierAppeal{Number: b.Number, State: b.State, Outcome: b.Outcome, At: b.SubmittedAt.Time()})
		}
	}
	return earlier, nil
}

// caseColours is how many changes of colour the timeline of a case shows.
const caseColours = 10

func caseEvents(tx store.Tx, a appeal.Appeal) ([]CaseEvent, error) {
	steps, err := appeal.Events(tx, a.ID)
	if err != nil {
		return nil, err
	}
	var events []CaseEvent
	for _, step := range slices.Backward(steps) {
		e := CaseEvent{At: step.At.Time(), Kind: step.Kind, Actor: step.Actor}
		if e.Text, err = appeal.Text(tx, step); err != nil {
			return nil, err
		}
		if step.StaffID != nil {
			if e.Who, err = staff.NameOf(tx, *step.StaffID); err != nil {
				return nil, err
			}
		}
		events = append(events, e)
	}
	reveals, err := staff.RevealsOf(tx, a.PersonID, a.Number)
	if err != nil {
		return nil, err
	}
	for _, r := range reveals {
		e := CaseEvent{At: r.At.Time(), Kind: "identity", Actor: appeal.ByStaff, Reason: r.Reason, Text: r.Note}
		if e.Who, err = staff.NameOf(tx, r.StaffID); err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	outcomes, err := code.Outcomes(tx, a.PersonID, caseColours, 0)
	if err != nil {
		return nil, err
	}
	for _, o := range outcomes {
		if o.Colour == o.FromColour {
			continue
		}
		findings, err := code.FindingsOf(tx, o.ID)
		if err != nil {
			return nil, err
		}
		e := CaseEvent{At: o.At.Time(), Kind: "colour", From: review.Colour(o.FromColour), To: review.Colour(o.Colour)}
		for _, f := range findings {
			if f.Colour == o.Colour && !slices.Contains(e.Rules, f.Rule) {
				e.Rules = append(e.Rules, f.Rule)
			}
		}
		events = append(events, e)
	}
	slices.SortStableFunc(events, func(a, b CaseEvent) int { return b.At.Compare(a.At) })
	return events, nil
}
