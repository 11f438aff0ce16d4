package models

import (
	"context"
	"slices"
	"strconv"

	"yongxing/models/declaration"
	"yongxing/models/draft"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/store"
)

// DeclarePreview is the last page before a declaration is sent: the answers,
// and what they will lead to.
type DeclarePreview struct {
	Draft    DeclareDraft
	Colour   review.Colour
	Findings []PreviewFinding
	// Stamp is a digest of what the preview rests on; the form carries it.
	Stamp string
}

// PreviewFinding is a finding that there will be.
type PreviewFinding struct {
	Rule   string
	Colour review.Colour
	// Steps are the pages whose answers it rests on; none if it was there before.
	Steps []string
	// Kinds are the kinds of facts that these answers state.
	Kinds []string
	// Final tells that a later declaration cannot take these answers back.
	Final bool

	rule review.Rule
}

// RuleText is what the rulebook says about it, "en" or else Chinese.
func (f PreviewFinding) RuleText(lang string) review.Text { return f.rule.Text(lang) }

// Declaration is a person who sends what they have filled in.
type Declaration struct {
	PersonID int64
	Version  int64  // of the draft that the page showed
	Stamp    string // of the preview that the page showed
	Key      string // one-time key of the form: sent twice it declares once
	True     bool   // the statement of truth is ticked
	Browser  []byte
	Language string
}

// Declared is a declaration on record.
type Declared struct {
	Ref     string
	Version int64
	Colour  review.Colour
}

// PreviewDeclaration reviews the person as if the draft were sent: the same pure
// call on the same facts as Declare makes.
func (p *Portal) PreviewDeclaration(ctx context.Context, personID int64) (DeclarePreview, error) {
	var v DeclarePreview
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		v = DeclarePreview{}
		if v.Draft, err = declareDraft(tx, personID); err != nil {
			return err
		}
		if v.Draft.Answers.Open() != "" {
			return &fault.Conflict{Key: "declare.step_order"}
		}
		s, facts, err := p.declareStates(tx, personID, v.Draft.Answers)
		if err != nil {
			return err
		}
		o := s.decide(tx.Now())
		v.Colour, v.Stamp = o.Colour, s.stamp()
		for _, f := range o.Findings {
			v.Findings = append(v.Findings, declareFinding(s.Book, f, facts))
		}
		return nil
	})
	return v, err
}

// Declare puts the draft on record and works out the colour, all or nothing. It
// refuses a form whose draft or whose circumstances have changed since its page
// was made (fault.Conflict).
func (p *Portal) Declare(ctx context.Context, in Declaration) (Declared, error) {
	if !in.True {
		return Declared{}, fault.Refuse("true", "declare.true_missing")
	}
	var done Declared
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		if err := lockDeclarer(tx, in.PersonID); err != nil {
			return err
		}
		earlier, again, err := declaration.ByKey(tx, in.Key)
		if err != nil {
			return err
		}
		if again {
			done, err = declaredBefore(earlier, in.PersonID)
			return err
		}
		done, err = p.declare(tx, in)
		return err
	})
	return done, err
}

// lockDeclarer takes the locks of a declaration in the order in which an import
// takes them: the document that the draft names, then the person.
func lockDeclarer(tx store.Tx, personID int64) error {
	d, err := declareDraft(tx, personID)
	if err != nil {
		return err
	}
	if d.Answers.Identity.Number != "" {
		document, err := person.DocumentRow(tx, d.Answers.Identity.Document())
		if err != nil {
			return err
		}
		if err := tx.Lock("document", document); err != nil {
			return err
		}
	}
	return tx.Lock("person", personID)
}

func declaredBefore(d declaration.Declaration, personID int64) (Declared, error) {
	if d.PersonID != personID {
		return Declared{}, fault.NotFound
	}
	return Declared{Ref: d.Ref, Version: d.Version}, nil
}

func (p *Portal) declare(tx store.Tx, in Declaration) (Declared, error) {
	d, err := declareDraft(tx, in.PersonID)
	if err != nil {
		return Declared{}, err
	}
	if d.sentSince(in.Version, tx.Now()) {
		return Declared{}, &fault.Conflict{Key: declareSent}
	}
	if d.Version != in.Version || d.Answers.Open() != "" {
		return Declared{}, &fault.Conflict{Key: "declare.other_tab"}
	}
	s, facts, err := p.declareStates(tx, in.PersonID, d.Answers)
	if err != nil {
		return Declared{}, err
	}
	if s.stamp() != in.Stamp {
		return Declared{}, &fault.Conflict{Key: "declare.moved"}
	}
	made, err := declaration.Add(tx, declaration.New{
		PersonID: in.PersonID, FilerID: in.PersonID, Answers: d.Answers, Channel: "web", Key: in.Key,
	})
	if err != nil {
		return Declared{}, err
	}
	who, err := declarePerson(tx, in, d.Answers)
	if err != nil {
		return Declared{}, err
	}
	for _, f := range facts {
		if _, _, err := fact.Add(tx, declaredFact(f, in.PersonID, made.ID)); err != nil {
			return Declared{}, err
		}
	}
	if err := moveAppeals(tx, in.PersonID); err != nil {
		return Declared{}, err
	}
	if err := draft.Remove(tx, in.PersonID, draft.Declare); err != nil {
		return Declared{}, err
	}
	err = ledger.Append(tx, "declared", ledger.Entry{Actor: "person", Object: who.Ref}, map[string]string{
		"person": who.Ref, "declaration": made.Ref, "version": strconv.FormatInt(made.Version, 10), "channel": made.Channel,
	})
	if err != nil {
		return Declared{}, err
	}
	o, err := p.recompute(tx, in.PersonID, Cause{Kind: CauseDeclaration, Ref: made.Ref})
	return Declared{Ref: made.Ref, Version: made.Version, Colour: o.Colour}, err
}

// declareStates is the situation with the facts that the answers state, and
// these facts, with the ids that they have in it.
func (p *Portal) declareStates(tx store.Tx, personID int64, a declaration.Answers) (situation, []review.Fact, error) {
	s, err := p.situation(tx, personID)
	if err != nil {
		return situation{}, nil, err
	}
	s.Subject.Born = a.Identity.Born.Start()
	facts := declaration.States(a, declaration.Record{
		Book: s.Book, Facts: s.Facts, Standing: review.Standing(s.Book, s.Subject, s.Facts, s.Asides, tx.Now()),
	}, tx.Now())
	for i := range facts {
		facts[i].ID = -int64(i + 1)
	}
	return s.with(facts...), facts, nil
}

// declarePerson writes who somebody is and where they live, and binds the
// identity if a record that came before names their phone. A document that is
// bound to somebody else is claimed like any other: nothing here tells.
func declarePerson(tx store.Tx, in Declaration, a declaration.Answers) (person.Person, error) {
	who, err := person.Get(tx, in.PersonID)
	if err != nil {
		return person.Person{}, err
	}
	document, err := person.DocumentRow(tx, a.Identity.Document())
	if err != nil {
		return person.Person{}, err
	}
	if err := claimIn(tx, who.ID, document, in.Browser); err != nil {
		return person.Person{}, err
	}
	who.Language = in.Language
	err = person.Describe(tx, who, person.Profile{
		Name: a.Identity.Name, Born: a.Identity.Born.Start(), Sex: a.Identity.Sex, Address: a.Residence,
	})
	if err != nil {
		return person.Person{}, err
	}
	_, err = tryBind(tx, who.ID)
	return who, err
}

func declaredFact(f review.Fact, personID, declarationID int64) fact.New {
	return fact.New{
		PersonID: personID, Kind: f.Kind, Class: f.Class, Place: f.Place, From: f.From, To: f.To, Items: f.Items, Value: f.Value,
		Source: f.Source, Known: f.Known, Replaces: f.Replaces, DeclarationID: declarationID,
	}
}

// declareSteps is the page that asks for each kind of fact.
var declareSteps = map[string]string{
	review.KindResidence: declaration.StepResidence, review.KindStay: declaration.StepStays, review.KindArrival: declaration.StepStays,
	review.KindEntry: declaration.StepStays, review.KindContact: declaration.StepContact, review.KindSymptom: declaration.StepHealth,
	review.KindIsolation: declaration.StepHealth, review.KindTest: declaration.StepHealth,
}

func declareFinding(book *review.Book, f review.Finding, answers []review.Fact) PreviewFinding {
	v := PreviewFinding{Rule: f.Rule, Colour: f.Colour}
	v.rule, _ = book.Rule(f.Rule)
	for _, a := range answers {
		step := declareSteps[a.Kind]
		if step == "" || !slices.Contains(f.Facts, a.ID) {
			continue
		}
		if !slices.Contains(v.Steps, step) {
			v.Steps = append(v.Steps, step)
		}
		if !slices.Contains(v.Kinds, a.Kind) {
			v.Kinds = append(v.Kinds, a.Kind)
		}
		v.Final = v.Final || !slices.Contains(book.Parameters.SelfCorrect, a.Kind)
	}
	return v
}
