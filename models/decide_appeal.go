package models

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yongxing/models/appeal"
	"yongxing/models/draft"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/notice"
	"yongxing/models/review"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// Ruling is what the officer found about every open item of a case.
type Ruling struct {
	Number string
	Items  []ItemRuling
	// Seen and SeenAt come from the preview: what it was computed from and made
	// of, and when. A decision needs Seen; SeenAt lets a second preview say what
	// is new.
	Seen   string
	SeenAt time.Time
	// Added is how often the person had added something by the preview. What they
	// add later is shown before anything is decided, but once: with Again the
	// decision stands whatever comes, or somebody who goes on adding could put it
	// off for ever.
	Added int
	Again bool
	// Typed is all of it as it was typed, by field: a preview keeps it, see
	// KeepDecision.
	Typed map[string]string
	// Words are what the person reads, at least wordsMin characters unless the
	// whole case is only asked about.
	Words string
}

const (
	wordsMin = 10
	wordsMax = 2000
)

// Preview is what a ruling would make of the person's colour.
type Preview struct {
	Case     AppealCase
	Rulings  []ItemRuling // by item, as many as Case has open ones
	From, To review.Colour
	After    []AfterFinding // what would be in force, the worst first
	Seen     string         // for Ruling.Seen
	Added    int            // for Ruling.Added
	Fresh    []FactView     // facts learned since Ruling.SeenAt
	// Stands tells, by the number of an item, whether the finding that it is about
	// would still be in force.
	Stands map[int]bool
	// Decides and Asks: whether anything is decided, and whether anything is
	// asked, so that the case goes to the person first.
	Decides, Asks bool
}

// AfterFinding is a finding that would be in force after a decision.
type AfterFinding struct {
	review.Finding
	rule review.Rule
}

// RuleText is what the rulebook says about it, "en" or else Chinese.
func (f AfterFinding) RuleText(lang string) review.Text { return f.rule.Text(lang) }

// PreviewDecision tells what a ruling would do, without doing it: it applies the
// same effects to the same facts in memory. What is missing is an Invalid at the
// fields "item1", "item1_basis" and so on.
func (p *Portal) PreviewDecision(ctx context.Context, staffID int64, r Ruling) (Preview, error) {
	var pre Preview
	err := p.looks(ctx, staffID, r.Number, func(tx store.Tx) (look, error) {
		v, err := p.weigh(tx, staffID, r)
		if err != nil {
			return look{}, err
		}
		pre = Preview{Rulings: v.rulings, From: v.before.Colour, To: v.after.Colour, Seen: v.seen, Added: v.added, Stands: v.stands(), Decides: v.decides(), Asks: v.asks()}
		for _, f := range v.after.Findings {
			rule, _ := v.s.Book.Rule(f.Rule)
			pre.After = append(pre.After, AfterFinding{f, rule})
		}
		if !r.SeenAt.IsZero() {
			if pre.Fresh, err = p.freshFacts(tx, v.s, r.SeenAt); err != nil {
				return look{}, err
			}
		}
		pre.Case, err = p.readCase(tx, v.member, v.appeal, v.s)
		l := caseLook(v.member, v.appeal)
		l.also = func(tx store.Tx) error { return keepWhileMine(tx, staffID, r.Number, r.Typed) }
		return l, err
	})
	if err != nil {
		return Preview{}, err
	}
	return pre, nil
}

func (p *Portal) freshFacts(tx store.Tx, s situation, since time.Time) ([]FactView, error) {
	var ids []int64
	for _, f := range s.Facts {
		if f.Known.After(since) {
			ids = append(ids, f.ID)
		}
	}
	return p.factViews(tx, s, ids)
}

// Decided is what a decision came to.
type Decided struct {
	Outcome  string // empty while the person is asked about some item
	From, To review.Colour
	// Added tells that the person added something that the officer has not seen.
	Added bool
}

// DecideAppeal decides the open items of a case in one transaction: what was
// found takes effect on the facts, the colour follows, the person is told, and
// all of it is in the ledger. It is refused as a *fault.Conflict, with nothing
// done, if the case is not on the officer's desk any more, with who has done what
// and when (appeal.Gone), or if the facts, the rules or the case
// have moved since the preview, so that the colour shown there is not certain
// any more (Moved), or if the person has added something (MaterialAdded).
func (p *Portal) DecideAppeal(ctx context.Context, staffID int64, r Ruling) (Decided, error) {
	var d Decided
	err := p.onCase(ctx, staffID, r.Number, func(tx store.Tx) error {
		v, err := p.weigh(tx, staffID, r)
		if err != nil {
			return err
		}
		if v.seen != r.Seen {
			return errMoved
		}
		if v.added > r.Added && !r.Again {
			return &fault.Conflict{Key: MaterialAdded}
		}
		words := strings.TrimSpace(r.Words)
		if n := utf8.RuneCountInString(words); v.decides() && (n < wordsMin || n > wordsMax) {
			return fault.Refuse("words", "officer.words_missing", wordsMin, wordsMax)
		}
		if err := p.applyRulings(tx, v); err != nil {
			return err
		}
		outcome, err := p.leaveDesk(tx, v, words)
		if err != nil {
			return err
		}
		after, err := p.recompute(tx, v.appeal.PersonID, Cause{Kind: "decision", Ref: v.appeal.Number})
		if err != nil {
			return err
		}
		if after.Colour != v.after.Colour {
			return errMoved // never another colour than the one that was shown
		}
		if err := draft.RemoveDecision(tx, staffID, v.appeal.ID); err != nil {
			return err
		}
		d = Decided{Outcome: outcome, From: v.before.Colour, To: after.Colour, Added: v.added > r.Added}
		return nil
	})
	return d, err
}

// What can have come between a preview and its decision.
const (
	Moved         = "appeal.moved"          // facts, rules, or the case
	MaterialAdded = "appeal.material_added" // only what the person says
)

var errMoved = &fault.Conflict{Key: Moved}

// verdict is a ruling held against the case as it is now.
type verdict struct {
	member        staff.Staff
	appeal        appeal.Appeal
	s             situation
	all           []CaseItem   // every item
	items         []CaseItem   // the open ones
	rulings       []ItemRuling // of items, in their order
	effects       []effect     // of rulings, in their order
	before, after review.Outcome
	seen          string
	added         int // how often the person has added something
}

func (v verdict) asks() bool {
	return slices.ContainsFunc(v.rulings, func(r ItemRuling) bool { return r.Action == ActionAsk })
}

func (v verdict) decides() bool {
	return slices.ContainsFunc(v.rulings, func(r ItemRuling) bool { return r.Action != ActionAsk })
}

// stands tells which of the items are about a finding that is in force before and
// after.
func (v verdict) stands() map[int]bool {
	stands := map[int]bool{}
	for _, item := range v.items {
		stands[item.N] = item.Finding != nil && slices.ContainsFunc(v.after.Findings, func(f review.Finding) bool { return f.Key == item.Finding.Key })
	}
	return stands
}

// weigh checks who rules and about what, and works out what follows.
func (p *Portal) weigh(tx store.Tx, staffID int64, r Ruling) (verdict, error) {
	member, a, err := officerCase(tx, staffID, staff.Decide, r.Number)
	if err != nil {
		return verdict{}, err
	}
	if !a.ClaimedByStaff(staffID) {
		return verdict{}, a.Gone(staffID)
	}
	v := verdict{member: member, appeal: a}
	if v.added, err = appeal.Added(tx, a.ID, time.Time{}); err != nil {
		return verdict{}, err
	}
	if v.s, err = p.situation(tx, a.PersonID); err != nil {
		return verdict{}, err
	}
	v.before = v.s.decide(tx.Now())
	if v.all, err = p.caseItems(tx, a, v.s, v.before); err != nil {
		return verdict{}, err
	}
	at, err := deskOf(tx, member)
	if err != nil {
		return verdict{}, err
	}
	if err := v.rule(tx, r.Items, at.StationName); err != nil {
		return verdict{}, err
	}
	v.foresee(tx)
	return v, nil
}

// rule joins the open items with what was found about them.
func (v *verdict) rule(tx store.Tx, found []ItemRuling, unit string) error {
	var bad fault.Invalid
	for _, item := range v.all {
		if !item.Open() {
			continue
		}
		r := ItemRuling{N: item.N}
		if i := slices.IndexFunc(found, func(r ItemRuling) bool { return r.N == item.N }); i >= 0 {
			r = found[i]
		}
		r.check(item.Choices, item.facts, tx.Now(), &bad)
		if r.Action == appeal.ActionClear && r.Document != "" {
			used, err := documentUsed(tx, v.appeal.PersonID, r)
			if err != nil {
				return err
			}
			if used {
				bad.Add(r.field("document"), "officer.document_used")
			}
		}
		v.items, v.rulings = append(v.items, item), append(v.rulings, r)
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	for i, r := range v.rulings {
		v.effects = append(v.effects, effectOf(r, v.items[i].Choices, v.items[i].facts, unit, tx.Now()))
	}
	return nil
}

// documentUsed tells whether the same document of the same issuer has proved
// something about somebody else: its number is its owner's, city-wide.
func documentUsed(tx store.Tx, personID int64, r ItemRuling) (bool, error) {
	if err := tx.LockKey("proof", []byte(r.Issuer+"/"+r.Document)); err != nil { // another officer may be about to use it
		return false, err
	}
	var n int
	err := tx.QueryRow("SELECT COUNT(*) FROM fact WHERE source = 'decision' AND upstream = ? AND authority = ? AND person_id <> ?",
		r.Document, r.Issuer, personID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for a document: %w", err)
	}
	return n > 0, nil
}

// foresee reviews the facts with the effects applied in memory. What they add
// has temporary ids below all others, in the order in which it would be added.
func (v *verdict) foresee(tx store.Tx) {
	s, now := v.s, tx.Now()
	s.Asides = slices.Clone(s.Asides)
	var add []review.Fact
	for _, e := range v.effects {
		for _, id := range e.Aside {
			s.Asides = append(s.Asides, review.Aside{Scope: e.Scope, Fact: id, At: now, Appeal: v.appeal.Number})
		}
		add = append(add, e.Add...)
	}
	for i := range add {
		add[i].ID = int64(i - len(add))
	}
	v.after = s.with(add...).decide(now) // a corrected place may lie in other areas
	v.seen = v.digest()
}

// digest names what was seen: the facts, rules and areas, whose case it is since
// when, what was found and what follows. A decision that carries another one is
// about something else than its preview. What the person adds is not in it: it
// changes nothing that is computed here, see Ruling.Added.
func (v *verdict) digest() string {
	type line struct {
		Key     string
		Until   time.Time
		Overdue bool
	}
	var after []line
	for _, f := range v.after.Findings {
		after = append(after, line{f.Key, f.Until, f.Overdue})
	}
	body, err := json.Marshal([]any{v.s.stamp(), v.appeal.Number, v.appeal.ClaimedAt, v.rulings, v.before.Colour, v.after.Colour, after})
	if err != nil {
		panic(err) // plain values
	}
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// applyRulings does to the facts what was found, and closes the items.
func (p *Portal) applyRulings(tx store.Tx, v verdict) error {
	for i, r := range v.rulings {
		if r.Action == ActionAsk {
			continue
		}
		e, item := v.effects[i], v.items[i]
		for _, id := range e.Aside {
			if err := fact.SetAside(tx, v.appeal.PersonID, id, e.Scope, v.appeal.ID, v.appeal.Number); err != nil {
				return err
			}
		}
		ruling := appeal.Ruling{Action: r.Action, Scope: e.Scope, Basis: r.basisOf(item.Choices)}
		for _, f := range e.Add {
			if err := review.Check(v.s.Book, f); err != nil {
				return fmt.Errorf("fact of a decision: %w", err)
			}
			id, _, err := fact.Add(tx, fact.New{
				PersonID: v.appeal.PersonID, Kind: f.Kind, Class: f.Class, About: f.About, AboutFact: f.AboutFact, Place: f.Place, Ref: f.Ref,
				From: f.From, To: f.To, Items: f.Items, Value: f.Value, Source: f.Source, Upstream: f.Upstream, Authority: f.Authority,
				Replaces: f.Replaces, AppealID: v.appeal.ID,
			})
			if err != nil {
				return err
			}
			if ruling.EffectFact == 0 {
				ruling.EffectFact = id
			}
		}
		err := appeal.DecideItem(tx, item.row.ID, v.member.ID, ruling)
		if errors.Is(err, fault.Stale) {
			return errMoved
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leaveDesk closes the case, or sends it to the person if some item is asked
// about, and tells them. It returns the outcome, "" if there is none yet.
func (p *Portal) leaveDesk(tx store.Tx, v verdict, words string) (outcome string, err error) {
	number := v.appeal.Number
	if v.asks() {
		if !v.decides() {
			words = ""
		}
		if err := p.askMaterial(tx, v, words); err != nil {
			return "", err
		}
	} else {
		var actions []string
		inForce := false
		for _, item := range v.all {
			if !item.Open() {
				actions = append(actions, item.Action)
			}
			inForce = inForce || item.Finding != nil
		}
		for _, r := range v.rulings {
			actions = append(actions, r.Action)
		}
		outcome = appeal.OutcomeOf(actions, inForce)
		if err := appeal.Close(tx, v.appeal, v.member.ID, outcome, words); err != nil {
			return "", err
		}
		if err := notice.Queue(tx, v.appeal.PersonID, notice.AppealDecided, "appeal_decided:"+number, number); err != nil {
			return "", err
		}
	}
	if !v.decides() {
		return "", nil
	}
	if err := appeal.AddEvent(tx, v.appeal.ID, appeal.EventDecided, appeal.ByStaff, v.member.ID, words); err != nil {
		return "", err
	}
	var items []string
	for _, r := range v.rulings {
		items = append(items, fmt.Sprintf("%d:%s", r.N, r.Action))
	}
	return outcome, ledger.Append(tx, "appeal_decided", staffEntry(v.member, "appeal", number),
		map[string]string{"number": number, "outcome": outcome, "items": strings.Join(items, " ")})
}
