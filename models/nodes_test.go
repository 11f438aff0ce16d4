package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/declaration"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/ledger"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// The stories, raced: what two nodes on one PostgreSQL database, or two requests
// on SQLite, do at the same moment ends as if one had followed the other.

// nodes are two portals over one database: on PostgreSQL two nodes, on SQLite,
// which one process has for itself, the same one twice.
func (b *bench) nodes() [2]*Portal {
	b.t.Helper()
	if !modeltest.Postgres() {
		return [2]*Portal{b.Portal, b.Portal}
	}
	second := &Portal{Store: modeltest.Open(b.t, b.opts), Files: b.Files, Pass: b.Pass, Settings: b.Settings, Log: b.Log}
	return [2]*Portal{b.Portal, second}
}

// race runs do n times at once, on either node in turn, and returns the errors.
func (b *bench) race(n int, do func(p *Portal, i int) error) []error {
	b.t.Helper()
	nodes, errs := b.nodes(), make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = do(nodes[i%2], i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// each lets different stories happen at once, each on either node in turn.
func (b *bench) each(stories ...func(p *Portal) error) {
	b.t.Helper()
	for _, err := range b.race(len(stories), func(p *Portal, i int) error { return stories[i](p) }) {
		var conflict *fault.Conflict
		if err != nil && !errors.As(err, &conflict) {
			b.t.Error(err)
		}
	}
}

// settled holds the stored colour against all that is now on record: nobody's
// fact, area or binding was missed by the review that came last.
func (b *bench) settled(personID int64) {
	b.t.Helper()
	b.read(func(tx store.Tx) error {
		s, err := b.situation(tx, personID)
		if err != nil {
			return err
		}
		if now := s.decide(tx.Now()).Colour; string(now) != b.code(personID).Colour {
			b.t.Errorf("stored %s, and by what is on record it is %s", b.code(personID).Colour, now)
		}
		return nil
	})
}

// ledgerHolds verifies the whole ledger: no number is missing or twice.
func (b *bench) ledgerHolds() {
	b.t.Helper()
	if _, err := b.VerifyLedger(b.t.Context(), ledger.Head{}); err != nil {
		b.t.Error(err)
	}
}

// takesIn imports one row, which must be right.
func takesIn(ctx context.Context, p *Portal, row string) error {
	r, err := p.ImportFacts(ctx, strings.NewReader(factHead+row), operator)
	if err == nil && r.Refused > 0 {
		err = fmt.Errorf("refused: %v", r.Problems)
	}
	return err
}

func succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

// people are residents who have declared that all is well.
func (b *bench) people(n int) (ids []int64, documents []string) {
	b.t.Helper()
	for i := range n {
		number := fmt.Sprintf("33020319900307%03d", 100+i)
		number += string(checkSign(number))
		ids, documents = append(ids, b.resident(fmt.Sprintf("139000010%02d", i), number)), append(documents, number)
	}
	return ids, documents
}

func phoneOf(i int) string { return fmt.Sprintf("139000010%02d", i) }

func contactRow(i int, document, phone string) string {
	return fmt.Sprintf("province,P-%d,%s,%s,contact,close,,,,MJ-%d,2026-03-01,,,,浙江省疾控中心,yes,", i, document, phone, i)
}

// A record that names somebody's phone and makes them red, while they declare:
// bound and red in the end, whoever comes first.
func TestRace_declarationAndImport(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids, documents := b.people(6)
	for i, id := range ids {
		b.fill(id, atHome(feels(declaration.IsolationNone))[1:]...)
		v, err := b.PreviewDeclaration(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		b.each(
			func(p *Portal) error {
				return takesIn(t.Context(), p, contactRow(i, documents[i], phoneOf(i)))
			},
			func(p *Portal) error {
				_, err := p.Declare(t.Context(), Declaration{PersonID: id, Version: v.Draft.Version, Stamp: v.Stamp, Key: documents[i], True: true, Browser: phoneOfLin, Language: "zh-Hans"})
				return err
			},
		)
		b.settled(id)
		b.wantColour(id, "red")
	}
	b.ledgerHolds()
}

// Somebody claims a document for the first time while a record names their phone
// for it: neither misses the other.
func TestRace_claimAndRecord(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	for i := range 6 {
		document := fmt.Sprintf("33020319880808%03d", 100+i)
		document += string(checkSign(document))
		who := b.signIn(phoneOf(i), phoneOfLin).PersonID
		forms := append([]declaration.Form{declaration.IdentityForm{Name: "陈安", Kind: identity.ResidentID, Number: document}, livesIn("330225001")},
			atHome(feels(declaration.IsolationNone))[2:]...)
		b.fill(who, forms...)
		v, err := b.PreviewDeclaration(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		b.each(
			func(p *Portal) error {
				_, err := p.Declare(t.Context(), Declaration{PersonID: who, Version: v.Draft.Version, Stamp: v.Stamp, Key: document, True: true, Browser: phoneOfLin, Language: "zh-Hans"})
				return err
			},
			func(p *Portal) error {
				return takesIn(t.Context(), p, contactRow(i, document, phoneOf(i)))
			},
		)
		b.wantColour(who, "red")
	}
	b.ledgerHolds()
}

// A list of areas is published while somebody's stay is imported: whoever comes
// second sees the other.
func TestRace_areasAndStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids, documents := b.people(4)
	for i, id := range ids {
		b.bind(id)
		street := fmt.Sprintf("33020300%d", 1+i)
		b.each(
			func(p *Portal) error {
				row := fmt.Sprintf("province,T-%d,%s,,stay,stayed,,,%s,,2026-02-27 10:00,2026-02-27 20:00,,,浙江省疾控中心,,", i, documents[i], street)
				return takesIn(t.Context(), p, row)
			},
			func(p *Portal) error {
				_, err := p.PublishAreas(t.Context(), strings.NewReader(fmt.Sprintf("%sA%d,%s,high,2026-02-20,,YB-%d,", areaHead, i, street, i)), operator)
				return err
			},
		)
		b.wantColour(id, "red")
	}
	b.ledgerHolds()
}

// The same file at both nodes is on record once.
func TestRace_sameFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids, documents := b.people(2)
	b.bind(ids[0])
	file := factHead + contactRow(1, documents[0], "") + "\n" + contactRow(2, documents[1], "")
	b.race(4, func(p *Portal, _ int) error {
		_, err := p.ImportFacts(t.Context(), strings.NewReader(file), operator)
		return err
	})
	var n int
	b.read(func(tx store.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM fact WHERE source = 'province'").Scan(&n)
	})
	if n != 2 {
		t.Errorf("%d facts on record, want 2", n)
	}
	if got := b.notices(ids[0]); got != "code_changed" {
		t.Errorf("told %q", got)
	}
}

// One form is one declaration, however often it is sent; two forms of two tabs
// are one declaration and a conflict.
func TestRace_declare(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids, _ := b.people(2)
	for name, key := range map[string]func(i int) string{
		"one form": func(int) string { return "key" },
		"two tabs": func(i int) string { return fmt.Sprint("tab ", i) },
	} {
		id := ids[0]
		if name == "two tabs" {
			id = ids[1]
		}
		b.fill(id, atHome(feels(declaration.IsolationNone))[1:]...)
		v, err := b.PreviewDeclaration(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		errs := b.race(6, func(p *Portal, i int) error {
			_, err := p.Declare(t.Context(), Declaration{PersonID: id, Version: v.Draft.Version, Stamp: v.Stamp, Key: key(i), True: true, Browser: phoneOfLin, Language: "zh-Hans"})
			return err
		})
		if n := len(b.declarations(id)); n != 2 {
			t.Errorf("%s: %d declarations on record, want the first and one", name, n)
		}
		want := map[string]int{"one form": 6, "two tabs": 1}[name]
		if n := succeeded(errs); n != want {
			t.Errorf("%s: %d were told that it is done, want %d: %v", name, n, want, errors.Join(errs...))
		}
	}
}

func TestRace_fileAppeal(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	numbers := make([]string, 6)
	errs := b.race(6, func(p *Portal, i int) (err error) {
		numbers[i], err = p.FileAppeal(t.Context(), Filing{PersonID: b.lin, Channel: "web", Key: fmt.Sprint("form ", i%2)})
		return err
	})
	filed := map[string]bool{}
	for i, err := range errs {
		if err == nil {
			filed[numbers[i]] = true
		}
	}
	if len(filed) != 1 || succeeded(errs) != 3 {
		t.Errorf("%d appeals, %d answers with a number: %v", len(filed), succeeded(errs), errors.Join(errs...))
	}
	if got := b.notices(b.lin); strings.Count(got, "appeal_filed") != 1 {
		t.Errorf("told %q", got)
	}
}

// A case is claimed once, decided once or taken back once, by whoever is first.
func TestRace_case(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	claims := d.race(6, func(p *Portal, i int) error {
		return p.ClaimAppeal(t.Context(), []int64{d.wang, d.liu}[i%2], number)
	})
	if n := succeeded(claims); n != 3 { // the winner's own presses are no error
		t.Errorf("%d claims: %v", n, errors.Join(claims...))
	}
	a, _ := d.appealRow(number)
	d.wang = *a.ClaimedBy
	r, _ := d.preview(number, setAside(1))
	ends := d.race(8, func(p *Portal, i int) error {
		if i == 3 {
			return p.WithdrawAppeal(t.Context(), d.lin, number)
		}
		_, err := p.DecideAppeal(t.Context(), d.wang, r)
		return err
	})
	a, items := d.appealRow(number)
	if n := succeeded(ends); n != 1 {
		t.Errorf("%d ends, state %s: %v", n, a.State, errors.Join(ends...))
	}
	if withdrawn := a.State == appeal.Withdrawn; withdrawn != (items[0].State == appeal.ItemWithdrawn) || withdrawn != (d.code(d.lin).Colour == "yellow") {
		t.Errorf("the case is %s, its item %s, the code %s", a.State, items[0].State, d.code(d.lin).Colour)
	}
	d.settled(d.lin)
}

// A decision and a new fact: the colour that was shown comes true, or nothing is
// decided, and the fact counts in either case.
func TestRace_decisionAndFact(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	r, pre := d.preview(number, setAside(1))
	var decided Decided
	var err error
	d.each(
		func(p *Portal) error {
			decided, err = p.DecideAppeal(t.Context(), d.wang, r)
			return err
		},
		func(p *Portal) error {
			return takesIn(t.Context(), p, contactRow(1, lin, ""))
		},
	)
	if err == nil && decided.To != pre.To {
		t.Errorf("shown %s, decided %s", pre.To, decided.To)
	}
	d.settled(d.lin)
	d.wantColour(d.lin, "red")
}

func TestRace_material(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	number := b.file(b.lin, "form")
	b.race(6, func(p *Portal, _ int) error {
		return p.AddMaterial(t.Context(), Material{PersonID: b.lin, Number: number, Text: "附上租房合同"})
	})
	b.race(8, func(p *Portal, i int) error {
		return p.AddMaterial(t.Context(), Material{PersonID: b.lin, Number: number, Photo: lease(t, uint8(i))})
	})
	var said, photos int
	b.read(func(tx store.Tx) error {
		a, err := appeal.ByNumber(tx, number)
		if err != nil {
			return err
		}
		err = tx.QueryRow("SELECT COUNT(*) FROM appeal_event WHERE appeal_id = ? AND kind = 'added' AND text_sealed IS NOT NULL", a.ID).Scan(&said)
		return errors.Join(err, tx.QueryRow("SELECT COUNT(*) FROM evidence WHERE appeal_id = ?", a.ID).Scan(&photos))
	})
	if said != 1 || photos != 5 {
		t.Errorf("said %d times, %d photos", said, photos)
	}
}

// A phone is one person's, whichever of two browsers proves it first; wrong
// answers are counted one by one; a number gets one message a minute.
func TestRace_signIn(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	asks := b.race(6, func(p *Portal, i int) error {
		_, err := p.AskCode(t.Context(), AskCode{Phone: linsTel, Browser: fmt.Appendf(nil, "browser %d", i), Address: fmt.Sprint(i), Language: "en"})
		return err
	})
	if n := succeeded(asks); n != 1 {
		t.Errorf("%d messages in one minute: %v", n, errors.Join(asks...))
	}
	for i, err := range asks {
		var many *fault.TooMany
		if err != nil && !errors.As(err, &many) {
			t.Errorf("browser %d: %v", i, err)
		}
	}

	b.clock.Advance(2 * time.Minute)
	first, right := b.ask(linsTel, phoneOfLin)
	b.clock.Advance(2 * time.Minute)
	second, other := b.ask(linsTel, laptopOfLin)
	people := make([]int64, 2)
	proofs := b.race(2, func(p *Portal, i int) error {
		in := SignIn{CodeID: first.ID, Browser: phoneOfLin, Answer: right, Language: "en"}
		if i == 1 {
			in = SignIn{CodeID: second.ID, Browser: laptopOfLin, Answer: other, Language: "en"}
		}
		who, err := p.SignIn(t.Context(), in)
		people[i] = who.PersonID
		return err
	})
	if succeeded(proofs) != 2 || people[0] != people[1] {
		t.Errorf("the phone is of %v: %v", people, errors.Join(proofs...))
	}

	b.clock.Advance(2 * time.Minute)
	third, right := b.ask(linsTel, phoneOfLin)
	wrong := "000000"
	if right == wrong {
		wrong = "000001"
	}
	guesses := b.race(12, func(p *Portal, _ int) error {
		_, err := p.SignIn(t.Context(), SignIn{CodeID: third.ID, Browser: phoneOfLin, Answer: wrong, Language: "en"})
		return err
	})
	compared := 0
	for _, err := range guesses {
		if refusedFor(err) != "signin.code.used_up" {
			compared++
		}
	}
	if compared != 4 { // the fifth wrong answer is the first to be told that the code is used up
		t.Errorf("%d of 12 guesses were told to try again", compared)
	}
	if _, err := b.SignIn(t.Context(), SignIn{CodeID: third.ID, Browser: phoneOfLin, Answer: right, Language: "en"}); refusedFor(err) != "signin.code.used_up" {
		t.Errorf("after them the right one: %v", err)
	}
}

// What falls due is stored and told once, whichever node's timer is first.
func TestRace_storeDue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids, documents := b.people(3)
	for i, id := range ids {
		b.bind(id)
		b.imported("new 1", contactRow(i, documents[i], ""))
	}
	b.clock.Advance(40 * 24 * time.Hour)
	for _, err := range b.race(4, func(p *Portal, _ int) error { _, err := p.StoreDue(context.Background(), 100); return err }) {
		if err != nil {
			t.Error(err)
		}
	}
	for _, id := range ids {
		b.settled(id)
		var released int
		for _, o := range b.outcomes(id) {
			if o.Cause == CauseRelease {
				released++
			}
		}
		if released != 1 {
			t.Errorf("stored %d times; told %q", released, b.notices(id))
		}
	}
	b.ledgerHolds()
}
