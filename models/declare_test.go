package models

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/declaration"
	"yongxing/models/draft"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/store"
)

func linIs() declaration.IdentityForm {
	return declaration.IdentityForm{Name: "林芳", Kind: identity.ResidentID, Number: lin}
}

func livesIn(street string) declaration.ResidenceForm {
	return declaration.ResidenceForm{Street: street, Community: "秀水社区", Detail: "12 幢 301 室"}
}

func feels(isolation string, symptoms ...string) declaration.HealthForm {
	f := declaration.HealthForm{Measured: "yes", Temperature: "36.5", Symptoms: symptoms, Isolation: isolation}
	if len(symptoms) == 0 {
		f.Symptoms = []string{declaration.NoSymptom}
	}
	if isolation == declaration.IsolationOrdered {
		f.Class, f.IsolatedFrom, f.IsolatedTo = "home", "2026-03-01", "2026-03-14"
	}
	return f
}

// atHome answers everything as somebody who never left and met nobody.
func atHome(health declaration.HealthForm) []declaration.Form {
	return []declaration.Form{linIs(), livesIn("330203005"), declaration.TripForm{Kind: declaration.TripNone}, declaration.ContactForm{Met: "no"}, health}
}

// fill answers pages one after the other.
func (b *bench) fill(who int64, forms ...declaration.Form) DeclareDraft {
	b.t.Helper()
	d, err := b.DeclareDraft(b.t.Context(), who)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range forms {
		if d, err = b.AnswerStep(b.t.Context(), who, d.Version, f); err != nil {
			b.t.Fatalf("%s: %v", f.Step(), err)
		}
	}
	return d
}

// send sends the draft as its last page shows it.
func (b *bench) send(who int64, key string) (DeclarePreview, Declared, error) {
	b.t.Helper()
	v, err := b.PreviewDeclaration(b.t.Context(), who)
	if err != nil {
		b.t.Fatal(err)
	}
	done, err := b.Declare(b.t.Context(), Declaration{
		PersonID: who, Version: v.Draft.Version, Stamp: v.Stamp, Key: key, True: true, Browser: phoneOfLin, Language: "zh-Hans",
	})
	return v, done, err
}

// declareAll fills in and sends a declaration whose preview must come true.
func (b *bench) declareAll(who int64, key string, forms ...declaration.Form) Declared {
	b.t.Helper()
	b.fill(who, forms...)
	v, done, err := b.send(who, key)
	if err != nil {
		b.t.Fatal(err)
	}
	if v.Colour != done.Colour {
		b.t.Fatalf("previewed %s, became %s", v.Colour, done.Colour)
	}
	b.clock.Advance(time.Minute)
	return done
}

func (b *bench) declarations(who int64) (list []declaration.Declaration) {
	b.t.Helper()
	b.read(func(tx store.Tx) (err error) {
		list, err = declaration.OfPerson(tx, who)
		return err
	})
	return list
}

// First code: a resident with a valid ID and no findings declares
// truthfully and has a green code.
func TestFirstCode(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	if c := b.code(who); c.Colour != "" {
		t.Fatalf("%s before anything is declared", c.Colour)
	}
	done := b.declareAll(who, "key-1", atHome(feels(declaration.IsolationNone))...)
	if done.Version != 1 || done.Colour != review.Green {
		t.Errorf("declared %+v", done)
	}
	b.wantColour(who, "green")
	b.read(func(tx store.Tx) error {
		p, err := person.Get(tx, who)
		if err != nil {
			return err
		}
		if name, err := person.Name(tx, p); name != "林芳" || p.Sex != "male" || p.Division != "330203005" {
			t.Errorf("name %q, sex %q, lives in %q, %v", name, p.Sex, p.Division, err)
		}
		if _, _, ok, err := draft.Load(tx, who, draft.Declare); ok || err != nil {
			t.Errorf("the draft is still there: %v", err)
		}
		return nil
	})
}

// Mis-ticked isolation.
func TestMistickedIsolation(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID

	b.fill(who, atHome(feels(declaration.IsolationOrdered))...)
	v, err := b.PreviewDeclaration(t.Context(), who)
	if err != nil || v.Colour != review.Red || len(v.Findings) != 1 || v.Findings[0].Final || v.Findings[0].Steps[0] != declaration.StepHealth {
		t.Fatalf("preview %+v, %v", v, err)
	}
	b.declareAll(who, "before", feels(declaration.IsolationVoluntary)) // changed before sending
	b.wantColour(who, "green")

	b.declareAll(who, "ticked", atHome(feels(declaration.IsolationOrdered))...)
	b.wantColour(who, "red")
	b.declareAll(who, "corrected", atHome(feels(declaration.IsolationVoluntary))...) // and after
	b.wantColour(who, "green")
	list := b.declarations(who)
	if len(list) != 3 || list[0].Supersedes == nil || *list[0].Supersedes != list[1].ID {
		t.Fatalf("%d versions are kept", len(list))
	}
	b.read(func(tx store.Tx) error {
		a, err := declaration.OpenAnswers(tx, list[1])
		if a.Isolation.Kind != declaration.IsolationOrdered {
			t.Errorf("the version that was corrected says %q", a.Isolation.Kind)
		}
		return err
	})
}

// An order that the province has on record cannot be declared away.
func TestIsolationOnRecordStays(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	b.declareAll(who, "first", atHome(feels(declaration.IsolationOrdered))...)
	b.bind(who)
	b.write(func(tx store.Tx) error {
		c, _, err := person.ClaimOf(tx, who)
		if err != nil {
			return err
		}
		_, _, err = fact.Add(tx, fact.New{DocumentID: c.DocumentID, Kind: "isolation", Class: "home", Ref: "D-1",
			From: b.clock.Now().AddDate(0, 0, -1), To: b.clock.Now().AddDate(0, 0, 9), Source: "province", Upstream: "V-1"})
		return err
	})
	b.declareAll(who, "away", atHome(feels(declaration.IsolationNone))...)
	b.wantColour(who, "red")
}

// A symptom is not declared away; a known cause may be added on the same day.
func TestSymptomStays(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	b.declareAll(who, "cough", atHome(feels(declaration.IsolationNone, "dry_cough"))...)
	b.wantColour(who, "yellow")
	b.declareAll(who, "well", atHome(feels(declaration.IsolationNone))...)
	b.wantColour(who, "yellow")
	allergic := feels(declaration.IsolationNone, "dry_cough")
	allergic.KnownCause, allergic.Cause = "yes", "过敏"
	b.declareAll(who, "allergic", atHome(allergic)...)
	b.wantColour(who, "green")
}

// Wrong check digit and impossible birthday: refused, and nothing
// is stored.
func TestWrongDocumentIsNotStored(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"330203199003071231": "field.document_number.check_sign",
		"33020519990229001X": "field.document_number.date",
	} {
		b := newSignInBench(t)
		who := b.signIn(linsTel, phoneOfLin).PersonID
		form := linIs()
		form.Number = number
		if _, err := b.AnswerStep(t.Context(), who, 0, form); refusedFor(err) != want {
			t.Errorf("refused for %q, want %q", refusedFor(err), want)
		}
		b.read(func(tx store.Tx) error {
			var drafts, documents int64
			if err := tx.QueryRow("SELECT (SELECT COUNT(*) FROM draft), (SELECT COUNT(*) FROM document)").Scan(&drafts, &documents); err != nil {
				return err
			}
			if drafts != 0 || documents != 0 {
				t.Errorf("%d drafts, %d documents", drafts, documents)
			}
			return nil
		})
	}
}

func TestDeclareOnce(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	b.fill(who, atHome(feels(declaration.IsolationNone))...)
	v, first, err := b.send(who, "once")
	if err != nil {
		t.Fatal(err)
	}
	in := Declaration{PersonID: who, Version: v.Draft.Version, Stamp: v.Stamp, Key: "once", True: true}
	if again, err := b.Declare(t.Context(), in); err != nil || again.Ref != first.Ref {
		t.Errorf("the same form again: %+v, %v", again, err)
	}
	if n := len(b.declarations(who)); n != 1 {
		t.Errorf("%d declarations", n)
	}
	other := b.signIn("13800000002", laptopOfLin).PersonID
	in.PersonID = other
	if _, err := b.Declare(t.Context(), in); !errors.Is(err, fault.NotFound) {
		t.Errorf("another's key: %v", err)
	}
}

func TestDeclareRefuses(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	if _, err := b.PreviewDeclaration(t.Context(), who); refusedFor(err) != "declare.step_order" {
		t.Errorf("a preview of nothing: %v", err)
	}
	if _, err := b.AnswerStep(t.Context(), who, 0, declaration.ContactForm{Met: "no"}); refusedFor(err) != "declare.step_order" {
		t.Errorf("a step too early: %v", err)
	}
	d := b.fill(who, atHome(feels(declaration.IsolationNone))...)
	v, err := b.PreviewDeclaration(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	in := Declaration{PersonID: who, Version: d.Version, Stamp: v.Stamp, Key: "k"}
	if _, err := b.Declare(t.Context(), in); refusedFor(err) != "declare.true_missing" {
		t.Errorf("without the statement of truth: %v", err)
	}
	in.True = true
	if _, err := b.AnswerStep(t.Context(), who, d.Version, feels(declaration.IsolationVoluntary)); err != nil { // another tab
		t.Fatal(err)
	}
	if _, err := b.Declare(t.Context(), in); refusedFor(err) != "declare.other_tab" {
		t.Errorf("the draft changed: %v", err)
	}
	if _, err := b.AnswerStep(t.Context(), who, d.Version, feels(declaration.IsolationNone, "fever")); refusedFor(err) != "declare.other_tab" {
		t.Errorf("two tabs: %v", err)
	}
	if _, err := b.AnswerStep(t.Context(), who, d.Version, feels(declaration.IsolationVoluntary)); err != nil {
		t.Errorf("the same page twice: %v", err)
	}
	in.Version = d.Version + 1
	b.write(func(tx store.Tx) error { // what the preview rests on changes
		_, _, err := fact.Add(tx, fact.New{PersonID: who, Kind: "checkin", From: tx.Now(), Source: "checkin"})
		return err
	})
	if _, err := b.Declare(t.Context(), in); refusedFor(err) != "declare.moved" {
		t.Errorf("the circumstances changed: %v", err)
	}
	if n := len(b.declarations(who)); n != 0 {
		t.Errorf("%d declarations", n)
	}
}

// A declaration binds the identity if a record that came before names the phone
// for the document; then what sources report counts at once.
func TestDeclareBinds(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	b.write(func(tx store.Tx) error {
		d, err := identity.ParseDocument(identity.ResidentID, lin, "", tx.Now())
		if err != nil {
			return err
		}
		doc, err := person.DocumentRow(tx, d)
		if err != nil {
			return err
		}
		if _, err := person.NamePhone(tx, doc, linsTel, "province"); err != nil {
			return err
		}
		_, _, err = fact.Add(tx, fact.New{DocumentID: doc, Kind: "clinic", From: tx.Now().Add(-time.Hour), Source: "clinic", Upstream: "F-1"})
		return err
	})
	who := b.signIn(linsTel, phoneOfLin).PersonID
	b.fill(who, atHome(feels(declaration.IsolationNone))...)
	v, done, err := b.send(who, "key")
	if err != nil || v.Colour != review.Green || done.Colour != review.Yellow {
		t.Fatalf("previewed %s, became %s, %v", v.Colour, done.Colour, err)
	}
	if again := b.signIn(linsTel, phoneOfLin); again.AskDocument {
		t.Error("the browser in which the whole number was typed is asked for its end")
	}
	if other := b.signIn(linsTel, laptopOfLin); !other.AskDocument {
		t.Error("another browser is not asked")
	}
	d := b.fill(who, linIs()) // the identity is settled: the page changes nothing
	if !d.Bound || d.Answers.Identity.Name != "林芳" || d.Version != 0 {
		t.Errorf("draft %+v", d)
	}
	other := linIs()
	other.Number = "330206195801010013"
	if d = b.fill(who, other); d.Answers.Identity.Number != lin {
		t.Error("a bound identity was changed by declaring")
	}
}

// A document that is bound to somebody else: the declaration goes through and
// tells nothing.
func TestDeclareAnothersDocument(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	owner := b.resident(linsTel, lin)
	b.bind(owner)
	b.write(func(tx store.Tx) error {
		c, _, err := person.ClaimOf(tx, owner)
		if err != nil {
			return err
		}
		_, _, err = fact.Add(tx, fact.New{DocumentID: c.DocumentID, Kind: "contact", Class: "close", Ref: "T-1", From: tx.Now().Add(-time.Hour), Source: "health"})
		if err != nil {
			return err
		}
		_, err = b.recompute(tx, owner, Cause{Kind: CauseImport})
		return err
	})
	b.wantColour(owner, "red")
	who := b.signIn("13800000002", strangers).PersonID
	if done := b.declareAll(who, "key", atHome(feels(declaration.IsolationNone))...); done.Colour != review.Green {
		t.Errorf("became %s", done.Colour)
	}
	b.read(func(tx store.Tx) error {
		c, ok, err := person.ClaimOf(tx, who)
		if !ok || c.BoundAt != nil {
			t.Errorf("claim %+v, %v", c, ok)
		}
		return err
	})
	b.wantColour(owner, "red")
}

func TestDeclareAnewRemembers(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	forms := atHome(feels(declaration.IsolationNone, "dry_cough"))
	forms[2] = declaration.StayForm{Place: "330106", From: "2026-02-20", To: "2026-02-22"}
	b.declareAll(who, "first", forms...)
	d := b.fill(who)
	if d.Version != 0 || d.Answers.Open() != declaration.StepStays || len(d.Answers.Trip.Stays) != 1 || len(d.Answers.Health.Symptoms) != 0 {
		t.Errorf("a new draft begins with %+v", d.Answers)
	}
	b.clock.Advance(7 * 24 * time.Hour)
	if d = b.fill(who); len(d.Answers.Trip.Stays) != 0 {
		t.Error("a stay of three weeks ago is still asked about")
	}
	d = b.fill(who, declaration.TripForm{Kind: declaration.TripNone})
	b.clock.Advance(draft.Lifetime - time.Minute)
	if d = b.fill(who); d.Version == 0 || d.Answers.Open() != declaration.StepContact {
		t.Errorf("the draft is lost within seven days: open %q", d.Answers.Open())
	}
	b.clock.Advance(time.Minute)
	if d = b.fill(who); d.Version != 0 {
		t.Error("the draft is kept for longer than seven days")
	}
}
