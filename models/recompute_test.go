package models

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"yongxing/models/code"
	"yongxing/models/declaration"
	"yongxing/models/fact"
	"yongxing/models/identity"
	"yongxing/models/modeltest"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/store"
)

// bench is a portal over a database of its own, with a clock that a test moves.
type bench struct {
	*Portal
	clock *modeltest.Clock
	t     testing.TB
	opts  store.Options // of the database, for another node
}

func newBench(t testing.TB) *bench {
	t.Helper()
	clock := modeltest.NewClock(modeltest.Start)
	opts := modeltest.Options(t, clock)
	b := &bench{Portal: &Portal{Store: modeltest.Open(t, opts)}, clock: clock, t: t, opts: opts}
	if err := b.EnsureRulebook(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) write(f func(tx store.Tx) error) {
	b.t.Helper()
	if err := b.Store.Write(b.t.Context(), f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(f func(tx store.Tx) error) {
	b.t.Helper()
	if err := b.Store.Read(b.t.Context(), f); err != nil {
		b.t.Fatal(err)
	}
}

// resident is somebody who has signed in and declared, page by page, that all is
// well. The clock stands where it stood.
func (b *bench) resident(phone, number string) int64 {
	b.t.Helper()
	now := b.clock.Now()
	demo, browser := b.Settings.Demo, []byte("browser of "+phone)
	b.Settings.Demo = true               // the one-time code can be read
	b.clock.Set(now.Add(-2 * time.Hour)) // no limit of signing in is used up afterwards
	who := b.signIn(phone, browser).PersonID
	b.clock.Set(now)
	identity := declaration.IdentityForm{Name: "陈安", Kind: identity.ResidentID, Number: number}
	b.fill(who, append([]declaration.Form{identity, livesIn("330225001")}, atHome(feels(declaration.IsolationNone))[2:]...)...)
	if _, _, err := b.send(who, "first of "+phone); err != nil {
		b.t.Fatal(err)
	}
	b.Settings.Demo = demo
	return who
}

// bind binds somebody as it happens in life: a laboratory sends an old result
// that names their document and phone.
func (b *bench) bind(personID int64) {
	b.t.Helper()
	var row string
	b.read(func(tx store.Tx) error {
		who, err := person.Get(tx, personID)
		if err != nil {
			return err
		}
		phone, err := person.Phone(tx, who)
		if err != nil {
			return err
		}
		c, _, err := person.ClaimOf(tx, personID)
		if err != nil {
			return err
		}
		d, err := person.OpenDocument(tx, c.DocumentID)
		row = fmt.Sprintf("lab,%s,%s,test,negative,2026-01-05 09:00\n", d.Number, phone)
		return err
	})
	r := b.importFacts("source,document_number,phone,kind,class,from\n" + row)
	if r.New != 1 {
		b.t.Fatalf("imported %+v", r)
	}
}

func (b *bench) code(personID int64) (c code.Code) {
	b.t.Helper()
	b.read(func(tx store.Tx) (err error) {
		c, _, err = code.Current(tx, personID)
		return err
	})
	return c
}

func (b *bench) wantColour(personID int64, want string) {
	b.t.Helper()
	if got := b.code(personID).Colour; got != want {
		b.t.Fatalf("colour %q, want %q", got, want)
	}
}

func (b *bench) outcomes(personID int64) (list []code.Outcome) {
	b.t.Helper()
	b.read(func(tx store.Tx) (err error) {
		list, err = code.Outcomes(tx, personID, 100, 0)
		return err
	})
	return list
}

// notices are the kinds of notice owed to a person, oldest first.
func (b *bench) notices(personID int64) string {
	b.t.Helper()
	var kinds []string
	b.read(func(tx store.Tx) error {
		return tx.DB().Table("notice").Where("person_id = ?", personID).Order("id").Pluck("kind", &kinds).Error
	})
	return strings.Join(kinds, " ")
}

const (
	lin     = "330203199003071232"
	linsTel = "13800000001"
)

// symptom is a fact that makes anybody yellow for 14 days (rule Y01).
func symptom(personID int64, at time.Time) fact.New {
	return fact.New{PersonID: personID, Kind: "symptom", Items: []string{"fever"}, Value: 38.2, From: at, Source: "declaration"}
}

func TestRecomputeStoresWhatChanged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident(linsTel, lin)
	b.wantColour(id, "green")
	b.write(func(tx store.Tx) error {
		if _, _, err := fact.Add(tx, symptom(id, tx.Now())); err != nil {
			return err
		}
		_, err := b.recompute(tx, id, Cause{Kind: CauseDeclaration, Ref: "D1"})
		return err
	})
	b.wantColour(id, "yellow")
	before := b.code(id)
	b.write(func(tx store.Tx) error { // nothing new is known
		_, err := b.recompute(tx, id, Cause{Kind: CauseImport})
		return err
	})
	list := b.outcomes(id)
	if len(list) != 2 || list[0].Seq != 2 || list[0].FromColour != "green" || list[0].Cause != "declaration" || list[0].CauseRef != "D1" {
		t.Errorf("outcomes %+v", list)
	}
	if after := b.code(id); after.OutcomeID != before.OutcomeID || after.NextChange == nil {
		t.Errorf("the code rests on %+v, before on %+v", after, before)
	}
	b.read(func(tx store.Tx) error {
		found, err := code.FindingsOf(tx, list[0].ID)
		if len(found) != 1 || found[0].Rule != "Y01" {
			t.Errorf("findings %+v", found)
		}
		return err
	})
	if got := b.notices(id); got != "" {
		t.Errorf("the page after a declaration tells it; notices: %s", got)
	}
}

func TestNoCodeBeforeAnythingIsKnown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write(func(tx store.Tx) error {
		p, err := person.Create(tx, linsTel, "en")
		if err != nil {
			return err
		}
		o, err := b.recompute(tx, p.ID, Cause{Kind: CauseDeclaration})
		if _, there, _ := code.Current(tx, p.ID); there || o.Colour != review.None {
			t.Errorf("colour %q, a code: %v", o.Colour, there)
		}
		return err
	})
}

// The database itself holds "no yellow or red without a finding", whoever writes.
func TestColourNeedsAFinding(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident(linsTel, lin)
	for _, colour := range []string{"yellow", "red"} {
		err := b.Store.Write(t.Context(), func(tx store.Tx) error {
			_, err := code.Record(tx, b.currentIn(tx, id), code.New{PersonID: id, Colour: colour, Cause: CauseImport, Rulebook: review.DefaultBook().Version})
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "needs a finding") {
			t.Errorf("%s without a finding: %v", colour, err)
		}
	}
	b.wantColour(id, "green")
}

func (b *bench) currentIn(tx store.Tx, id int64) code.Code {
	c, _, err := code.Current(tx, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func TestStampFollowsWhatIsKnownAndNotTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident(linsTel, lin)
	stamp := func() (s string) {
		b.read(func(tx store.Tx) error {
			known, err := b.situation(tx, id)
			s = known.with(review.Fact{Kind: "symptom", Items: []string{"fever"}, From: tx.Now(), Known: tx.Now(), Source: "declaration"}).stamp()
			if s != known.stamp() {
				t.Error("a preview has another stamp than what it previews")
			}
			return err
		})
		return s
	}
	first := stamp()
	b.clock.Advance(100 * 24 * time.Hour)
	if stamp() != first {
		t.Error("time changed the stamp")
	}
	b.write(func(tx store.Tx) error {
		_, _, err := fact.Add(tx, symptom(id, tx.Now()))
		return err
	})
	second := stamp()
	b.bind(id)
	if second == first || stamp() == second {
		t.Error("a new fact and a binding change the stamp")
	}
}

func TestFactSaidAgainAddsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident(linsTel, lin)
	b.write(func(tx store.Tx) error {
		home := fact.New{PersonID: id, Kind: "residence", Place: "330203001", From: modeltest.Start, Source: "declaration"}
		first, fresh, err := fact.Add(tx, home)
		if err != nil || !fresh {
			t.Fatalf("first: fresh %v, %v", fresh, err)
		}
		again, fresh, err := fact.Add(tx, home)
		if err != nil || fresh || again != first {
			t.Errorf("again: %d fresh %v, want %d", again, fresh, first)
		}
		moved := home
		moved.Place, moved.Replaces = "330212001", first
		if _, fresh, err = fact.Add(tx, moved); err != nil || !fresh {
			t.Errorf("moved: fresh %v, %v", fresh, err)
		}
		if back, fresh, err := fact.Add(tx, home); err != nil || !fresh || back == first {
			t.Errorf("moved back: %d fresh %v, %v: what was replaced counts no more, so this is news", back, fresh, err)
		}
		return nil
	})
}

func TestNoticeKind(t *testing.T) {
	t.Parallel()
	f := func(rule, key, facts string) code.Finding { return code.Finding{Rule: rule, Key: key, Facts: facts} }
	changed, overdue := f("R07", "R07/1/d", "[1]"), f("R07", "R07/1/d", "[1]")
	changed.ChangedAfter, overdue.Overdue = "YS-2603-0000001-1", true
	r07, y13, y01 := f("R07", "R07/1/d", "[1]"), f("Y13", "Y13/1/e", "[1]"), f("Y01", "Y01/2/d", "[2]")
	list := func(f ...code.Finding) []code.Finding { return f }
	tests := []struct {
		name, from, to string
		before, after  []code.Finding
		want           string
	}{
		{"first green", "none", "green", nil, nil, "code_changed"},
		{"something new", "green", "red", nil, list(r07), "code_changed"},
		{"one more of the same colour", "yellow", "yellow", list(y01), list(y01, y13), "code_changed"},
		{"one less", "yellow", "yellow", list(y01, y13), list(y01), "code_released"},
		{"all over", "red", "green", list(r07), nil, "code_released"},
		{"monitoring follows", "red", "yellow", list(r07), list(y13), "code_released"},
		{"only the end moved", "red", "red", list(r07), list(r07), ""},
		{"led by another of its facts", "red", "red", list(f("R07", "R07/1/d", "[1,3]")), list(f("R07", "R07/3/d", "[3]")), ""},
		{"another event", "red", "red", list(r07), list(f("R07", "R07/4/d", "[4]")), "code_changed"},
		{"the source came back", "green", "red", nil, list(changed), "source_changed"},
		{"told of that before", "red", "red", list(changed), list(changed), ""},
		{"a doctor must look", "red", "red", list(r07), list(overdue), "code_changed"},
	}
	for _, tt := range tests {
		if got := noticeKind(code.Outcome{FromColour: tt.from, Colour: tt.to}, tt.before, tt.after); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
