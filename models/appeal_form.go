package models

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"yongxing/models/appeal"
	"yongxing/models/draft"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/station"
	"yongxing/models/store"
)

// MostWords is how many characters a statement may have.
const MostWords = 1000

// mostItems bounds what one form can carry; nobody has so many findings.
const mostItems = 20

// AppealForm is everything that the pages of filing an appeal show: what can be
// appealed, what was filled in so far, who will decide.
type AppealForm struct {
	Now     time.Time
	Colour  review.Colour
	Choices []AppealChoice
	Others  []AppealChoice // under appeal already, or settled by a new declaration
	// Statement and Harm are from the draft; Started tells that there is one.
	Statement, Harm string
	Started         bool
	SavedAt         time.Time // of the draft
	Photos          []evidence.Evidence
	Station         station.Station // ID 0 if nobody serves the address
	Mine            []appeal.Appeal // newest first
	// Seen names what all this shows, for Filing: another tab may change it.
	Seen string
}

// AppealChoice is one finding that can be appealed. Token names it in forms.
type AppealChoice struct {
	Token   string
	View    FindingView
	Grounds []string
	Chosen  bool
	Ground  string
}

// Chosen are the findings that the draft has picked.
func (f AppealForm) Chosen() []AppealChoice {
	return slices.DeleteFunc(slices.Clone(f.Choices), func(c AppealChoice) bool { return !c.Chosen })
}

// Hours is within how many hours the answer comes.
func (f AppealForm) Hours() int {
	if f.Harm != "" {
		return int(appeal.DueInHarm / time.Hour)
	}
	return int(appeal.DueIn / time.Hour)
}

// appealDraft is what a draft of kind appeal holds.
type appealDraft struct {
	Items     map[string]string `json:"items"` // token → ground
	Statement string            `json:"statement"`
	Harm      string            `json:"harm"`
}

// AppealForm reads the state of a person's appeal that is being filled in.
func (p *Portal) AppealForm(ctx context.Context, personID int64) (AppealForm, error) {
	var form AppealForm
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		form, err = p.appealForm(tx, personID)
		return err
	})
	return form, err
}

func (p *Portal) appealForm(tx store.Tx, personID int64) (AppealForm, error) {
	form := AppealForm{Now: tx.Now()}
	d, kept, started, err := appealLoad(tx, personID)
	if err != nil {
		return AppealForm{}, err
	}
	form.SavedAt = d.UpdatedAt.Time()
	form.Started, form.Statement, form.Harm = started, kept.Statement, kept.Harm
	if err := p.appealChoices(tx, personID, kept, &form); err != nil {
		return AppealForm{}, err
	}
	if form.Photos, err = evidence.OfDraft(tx, personID); err != nil {
		return AppealForm{}, err
	}
	if form.Station, err = appealStation(tx, personID); err != nil {
		return AppealForm{}, err
	}
	form.Seen = form.digest()
	form.Mine, err = appeal.OfPerson(tx, personID)
	return form, err
}

// digest changes whenever what would be sent does.
func (f AppealForm) digest() string {
	h := sha256.New()
	for _, c := range f.Chosen() {
		fmt.Fprintf(h, "item %s %s\n", c.Token, c.Ground)
	}
	for _, photo := range f.Photos {
		fmt.Fprintf(h, "photo %s\n", photo.Ref)
	}
	fmt.Fprintf(h, "to %s for %q: %q", f.Station.Code, f.Harm, f.Statement)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// appealChoices sorts the active findings into those that can be appealed and
// the others.
func (p *Portal) appealChoices(tx store.Tx, personID int64, kept appealDraft, form *AppealForm) error {
	s, err := p.situation(tx, personID)
	if err != nil {
		return err
	}
	outcome := s.decide(tx.Now())
	form.Colour = outcome.Colour
	views, err := p.findingViews(tx, s, personID, outcome)
	if err != nil {
		return err
	}
	for _, v := range views {
		c := AppealChoice{Token: appealToken(s, v.Finding), View: v, Grounds: appealGrounds(v)}
		c.Ground, c.Chosen = kept.Items[c.Token]
		if v.Appealable && len(form.Choices) < mostItems {
			form.Choices = append(form.Choices, c)
		} else {
			form.Others = append(form.Others, c)
		}
	}
	return nil
}

// appealToken names a finding in a form: rule, public name of its leading fact
// and beginning, as the key does with the fact's id, which never leaves.
func appealToken(s situation, f review.Finding) string {
	lead, _ := s.row(f.Lead)
	return fmt.Sprintf("%s.%s.%d", f.Rule, lead.Ref, f.Since.Unix())
}

func appealGrounds(v FindingView) []string {
	var kinds []string
	for _, f := range v.Facts {
		kinds = append(kinds, f.Kind)
	}
	return appeal.Grounds(kinds, appealDeclared(v))
}

// appealDeclared tells whether all facts of a finding are the person's own
// words.
func appealDeclared(v FindingView) bool {
	return !slices.ContainsFunc(v.Facts, func(f FactView) bool {
		return f.Source != "declaration" && f.Source != "checkin" && f.Source != "legacy"
	})
}

// appealStation is who decides about a person's appeal: the station of the
// current residence, or another of the district if the person or their household
// works there. The zero station means that nobody serves the address.
func appealStation(tx store.Tx, personID int64) (station.Station, error) {
	who, err := person.Get(tx, personID)
	if err != nil {
		return station.Station{}, err
	}
	at, err := stationOf(tx, who.Division)
	if err != nil || at.ID == 0 {
		return at, err
	}
	own, err := appeal.Concerns(tx, at.ID, personID)
	if err != nil || !own {
		return at, err
	}
	next, err := station.Next(tx, at)
	if errors.Is(err, fault.NotFound) {
		return at, nil // the only one there: its other officers decide, those concerned never see the case
	}
	return next, err
}

// AppealPick is one finding that a person appeals, and why.
type AppealPick struct {
	Token, Ground string
}

// ChooseItems keeps in the draft which findings a person wants to appeal.
// Refusals name the field "items[]", or "ground.N" with the place N of the
// finding in the form's list.
func (p *Portal) ChooseItems(ctx context.Context, personID int64, picks []AppealPick) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock("person", personID); err != nil {
			return err
		}
		d, kept, _, err := appealLoad(tx, personID)
		if err != nil {
			return err
		}
		var form AppealForm
		if err := p.appealChoices(tx, personID, kept, &form); err != nil {
			return err
		}
		if len(form.Choices) == 0 {
			return &fault.Conflict{Key: "appeal.changed"}
		}
		if kept.Items, err = appealPicked(form.Choices, picks); err != nil {
			return err
		}
		return appealSave(tx, personID, d.Version, kept)
	})
}

func appealPicked(choices []AppealChoice, picks []AppealPick) (map[string]string, error) {
	var bad fault.Invalid
	items := map[string]string{}
	for _, pick := range picks {
		i := slices.IndexFunc(choices, func(c AppealChoice) bool { return c.Token == pick.Token })
		if i < 0 {
			return nil, &fault.Conflict{Key: "appeal.changed"}
		}
		if !slices.Contains(choices[i].Grounds, pick.Ground) {
			bad.Add(AppealGroundField(i), "appeal.ground_needed")
			continue
		}
		items[pick.Token] = pick.Ground
	}
	if len(picks) == 0 {
		bad.Add("items[]", "appeal.items_needed")
	}
	return items, bad.OrNil()
}

// AppealGroundField is the name of the field that holds the ground of the i-th
// choice, counted from 0.
func AppealGroundField(i int) string { return fmt.Sprintf("ground.%d", i+1) }

// AppealGroundFields are all names that AppealGroundField can give.
func AppealGroundFields() []string {
	names := make([]string, mostItems)
	for i := range names {
		names[i] = AppealGroundField(i)
	}
	return names
}

// ExplainAppeal keeps what the person wrote and whether something urgent hangs
// on it. Refusals name the fields "statement" and "harm".
func (p *Portal) ExplainAppeal(ctx context.Context, personID int64, statement, harm string) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock("person", personID); err != nil {
			return err
		}
		d, kept, _, err := appealLoad(tx, personID)
		if err != nil {
			return err
		}
		kept.Statement, kept.Harm = statement, harm
		if err := kept.checkWords(); err != nil {
			return err
		}
		return appealSave(tx, personID, d.Version, kept)
	})
}

func (d appealDraft) checkWords() error {
	var bad fault.Invalid
	if n := utf8.RuneCountInString(d.Statement); n > MostWords {
		bad.Add("statement", "appeal.statement_long", n)
	}
	if d.Statement == "" && slices.Contains(appealValues(d.Items), "other") {
		bad.Add("statement", "appeal.statement_needed")
	}
	if d.Harm != "" && !slices.Contains(appeal.HarmGrounds, d.Harm) {
		bad.Add("harm", "appeal.harm_unknown")
	}
	return bad.OrNil()
}

func appealValues(items map[string]string) (grounds []string) {
	for _, g := range items {
		grounds = append(grounds, g)
	}
	return grounds
}

func appealLoad(tx store.Tx, personID int64) (draft.Draft, appealDraft, bool, error) {
	d, data, ok, err := draft.Load(tx, personID, draft.Appeal)
	if err != nil || !ok {
		return draft.Draft{}, appealDraft{}, false, err
	}
	var kept appealDraft
	if err := json.Unmarshal([]byte(data), &kept); err != nil {
		return draft.Draft{}, appealDraft{}, false, fmt.Errorf("appeal draft: %w", err)
	}
	return d, kept, true, nil
}

func appealSave(tx store.Tx, personID, version int64, kept appealDraft) error {
	data, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("appeal draft: %w", err)
	}
	_, err = draft.Save(tx, personID, draft.Appeal, version, string(data))
	return err
}
