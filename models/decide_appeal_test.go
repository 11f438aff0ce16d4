package models

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/area"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/org"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// deskBench is a bench with two stations, two officers at the first and one at
// the second, and Lin, who lives in the first one's street and is bound.
type deskBench struct {
	*bench
	wang, liu, far int64
	lin            int64
}

const (
	linsStreet = "330203005"
	linsHome   = "苍水街 12 号 3 幢 501"
)

func newDeskBench(t *testing.T) *deskBench {
	t.Helper()
	d := &deskBench{bench: newBench(t)}
	police := org.Org{Code: "haishu-police", Name: "海曙公安分局", Kind: "police"}
	for _, s := range []NewStation{
		{Code: "gulou", Name: "鼓楼派出所", District: "330203", Serves: []string{linsStreet}, Org: police},
		{Code: "wangchun", Name: "望春派出所", District: "330203", Serves: []string{"330203008"}, Org: police},
	} {
		if _, err := d.OpenStation(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	d.wang = d.officer("033127", "gulou", nil)
	d.liu = d.officer("033128", "gulou", nil)
	d.far = d.officer("044001", "wangchun", nil)
	d.lin = d.resident(linsTel, lin)
	d.bind(d.lin)
	d.livesAt(d.lin, linsHome)
	return d
}

// officer adds an officer without the cost of a real password.
func (d *deskBench) officer(login, at string, change func(tx store.Tx, n *staff.New)) (id int64) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		var s struct{ ID, OrgID int64 }
		if err := tx.DB().Raw("SELECT id, org_id FROM station WHERE code = ?", at).Scan(&s).Error; err != nil {
			return err
		}
		n := staff.New{Login: login, Name: login + "警官", Role: staff.Officer, StationID: s.ID, OrgID: s.OrgID, PasswordHash: "-", TOTPSecret: "-"}
		if change != nil {
			change(tx, &n)
		}
		member, err := staff.Add(tx, n)
		id = member.ID
		return err
	})
	return id
}

func (d *deskBench) livesAt(id int64, detail string) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		p, err := person.Get(tx, id)
		if err != nil {
			return err
		}
		return person.Describe(tx, p, person.Profile{
			Name: "林小满", Born: time.Date(1990, 3, 7, 0, 0, 0, 0, time.UTC), Address: person.Address{Division: linsStreet, Community: "苍水社区", Detail: detail},
		})
	})
}

// arrives lets a source state a fact about Lin's document.
func (d *deskBench) arrives(n fact.New) (id int64) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		claim, _, err := person.ClaimOf(tx, d.lin)
		if err != nil {
			return err
		}
		n.DocumentID = claim.DocumentID
		if id, _, err = fact.Add(tx, n); err != nil {
			return err
		}
		_, err = d.recompute(tx, d.lin, Cause{Kind: CauseImport})
		return err
	})
	return id
}

func (d *deskBench) sameBuilding() fact.New {
	return fact.New{
		Kind: "contact", Class: "same_building", Ref: "LX-88", From: d.clock.Now().Add(-24 * time.Hour),
		Source: "city", Upstream: "C-1", Authority: "海曙区疾控中心", Known: d.clock.Now(),
	}
}

func (d *deskBench) closeContact() fact.New {
	return fact.New{
		Kind: "contact", Class: "close", Ref: "MJ-7", From: d.clock.Now().Add(-24 * time.Hour),
		Source: "province", Upstream: "P-1", Authority: "浙江省疾控中心", Locked: true, Known: d.clock.Now(),
	}
}

// appeals files an appeal about everything that can be appealed.
func (d *deskBench) appeals(id int64) string {
	d.t.Helper()
	form, err := d.AppealForm(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	var picks []AppealPick
	for _, c := range form.Choices {
		picks = append(picks, AppealPick{Token: c.Token, Ground: c.Grounds[0]})
	}
	if err := d.ChooseItems(d.t.Context(), id, picks); err != nil {
		d.t.Fatal(err)
	}
	if err := d.ExplainAppeal(d.t.Context(), id, "我不住在那一幢楼。", ""); err != nil {
		d.t.Fatal(err)
	}
	number, err := d.FileAppeal(d.t.Context(), Filing{PersonID: id, Channel: "web", Key: store.Ref()})
	if err != nil {
		d.t.Fatal(err)
	}
	return number
}

// claimed is an appeal of Lin on Wang's desk.
func (d *deskBench) claimed() string {
	d.t.Helper()
	number := d.appeals(d.lin)
	if err := d.ClaimAppeal(d.t.Context(), d.wang, number); err != nil {
		d.t.Fatal(err)
	}
	return number
}

func (d *deskBench) preview(number string, items ...ItemRuling) (Ruling, Preview) {
	d.t.Helper()
	r := Ruling{Number: number, Items: items, Words: "已核实您提交的材料，记录不再计入。"}
	pre, err := d.PreviewDecision(d.t.Context(), d.wang, r)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Seen, r.SeenAt = pre.Seen, pre.Case.Now
	return r, pre
}

// decides previews and decides, and holds the preview against the result.
func (d *deskBench) decides(number string, items ...ItemRuling) Decided {
	d.t.Helper()
	r, pre := d.preview(number, items...)
	got, err := d.DecideAppeal(d.t.Context(), d.wang, r)
	if err != nil {
		d.t.Fatal(err)
	}
	if got.To != pre.To || got.From != pre.From || string(got.To) != d.code(d.lin).Colour {
		d.t.Errorf("previewed %s → %s, decided %s → %s, stored %s", pre.From, pre.To, got.From, got.To, d.code(d.lin).Colour)
	}
	return got
}

func (d *deskBench) appealRow(number string) (a appeal.Appeal, items []appeal.Item) {
	d.t.Helper()
	d.read(func(tx store.Tx) (err error) {
		if a, err = appeal.ByNumber(tx, number); err != nil {
			return err
		}
		items, err = appeal.Items(tx, a.ID)
		return err
	})
	return a, items
}

func setAside(n int) ItemRuling {
	return ItemRuling{N: n, Action: appeal.ActionSetAside, Basis: "not_resident", Scope: ScopeEvent}
}

func conflictKey(err error) string {
	var c *fault.Conflict
	if errors.As(err, &c) {
		return c.Key
	}
	return fmt.Sprint(err)
}

// What was set aside stays aside when the same event comes again under another
// record id; a longer one counts anew.
func TestDecideAppeal_setAside(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	first := d.sameBuilding()
	d.arrives(first)
	d.wantColour(d.lin, "yellow")
	number := d.claimed()
	if got := d.decides(number, setAside(1)); got.Outcome != "granted" || got.To != review.Green {
		t.Errorf("decided %+v", got)
	}
	a, items := d.appealRow(number)
	if a.State != appeal.Decided || a.Outcome != "granted" || items[0].State != appeal.ItemDecided || items[0].Basis != "not_resident" {
		t.Errorf("appeal %s %s, item %s %s", a.State, a.Outcome, items[0].State, items[0].Basis)
	}
	if got := d.notices(d.lin); !slices.Contains([]string{"code_changed appeal_filed appeal_decided", "code_changed appeal_filed code_changed appeal_decided", "code_changed appeal_filed code_released appeal_decided"}, got) {
		t.Errorf("notices %q", got)
	}

	d.clock.Advance(time.Hour)
	again := first
	again.Upstream, again.Known, again.From = "C-2", d.clock.Now(), first.From.Add(2*time.Hour)
	d.arrives(again)
	d.wantColour(d.lin, "green")
	another := again
	another.Upstream, another.Ref = "C-3", "LX-99"
	d.arrives(another)
	d.wantColour(d.lin, "yellow")
}

func TestDecideAppeal_upheld(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	uphold := ItemRuling{N: 1, Action: appeal.ActionUphold, Basis: "rule_applies"}
	r, _ := d.preview(number, uphold)
	r.Words = "不行"
	_, err := d.DecideAppeal(t.Context(), d.wang, r)
	var bad *fault.Invalid
	if !errors.As(err, &bad) || bad.Problems[0].Field != "words" {
		t.Errorf("a refusal in two characters: %v", err)
	}
	if got := d.decides(number, uphold); got.Outcome != "refused" || got.To != review.Yellow {
		t.Errorf("decided %+v", got)
	}
	// What was upheld can be appealed again.
	d.appeals(d.lin)
}

// A correction takes the record's place: the finding goes if the rule does not
// fit what is true.
func TestDecideAppeal_correct(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.write(func(tx store.Tx) error {
		_, _, err := area.Add(tx, area.Row{RowID: "A1", Code: "310115", Level: "high", FromAt: store.At(d.clock.Now().AddDate(0, 0, -5)), Document: "沪 14 号", Known: tx.Millis()})
		return err
	})
	from := d.clock.Now().AddDate(0, 0, -2)
	stay := fact.New{Kind: "stay", Class: "stayed", Place: "310115", From: from, To: from.Add(6 * time.Hour), Source: "carrier", Upstream: "C-7", Authority: "上海", Known: d.clock.Now()}
	d.arrives(stay)
	d.wantColour(d.lin, "red")
	number := d.claimed()
	for _, c := range []struct {
		name   string
		change ItemRuling
		want   string
	}{
		{"nothing", ItemRuling{}, "officer.correct_same"},
		{"an unknown place", ItemRuling{Place: "999999"}, "officer.place_unknown"},
		{"an end before the begin", ItemRuling{To: from.Add(-time.Hour)}, "officer.to_before_from"},
	} {
		c.change.N, c.change.Action, c.change.Basis = 1, appeal.ActionCorrect, "material"
		_, err := d.PreviewDecision(t.Context(), d.wang, Ruling{Number: number, Items: []ItemRuling{c.change}})
		var bad *fault.Invalid
		if !errors.As(err, &bad) || bad.Problems[0].Key != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	got := d.decides(number, ItemRuling{N: 1, Action: appeal.ActionCorrect, Basis: "material", Place: "330212"})
	if got.Outcome != "corrected" || got.To != review.Green {
		t.Errorf("decided %+v", got)
	}
	_, items := d.appealRow(number)
	if items[0].EffectFact == nil {
		t.Fatal("the correction names no fact")
	}
	d.read(func(tx store.Tx) error {
		f, err := fact.ByID(tx, *items[0].EffectFact)
		if f.Place != "330212" || f.Source != "decision" || f.Authority != "鼓楼派出所" || f.FromAt.Time() != from {
			t.Errorf("corrected fact %+v", f)
		}
		return err
	})
	stay.Upstream, stay.Known = "C-8", d.clock.Now()
	d.arrives(stay)
	d.wantColour(d.lin, "green")
}

func TestDecideAppeal_transit(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.write(func(tx store.Tx) error {
		_, _, err := area.Add(tx, area.Row{RowID: "A1", Code: "310115", Level: "high", FromAt: store.At(d.clock.Now().AddDate(0, 0, -5)), Document: "沪 14 号", Known: tx.Millis()})
		return err
	})
	from := d.clock.Now().AddDate(0, 0, -2)
	d.arrives(fact.New{Kind: "stay", Class: "stayed", Place: "310115", From: from, To: from.Add(6 * time.Hour), Source: "carrier", Upstream: "C-7", Known: d.clock.Now()})
	if got := d.decides(d.claimed(), ItemRuling{N: 1, Action: appeal.ActionCorrect, Basis: "material", Transit: true}); got.To != review.Green {
		t.Errorf("decided %+v", got)
	}
}

// A cleared condition: true, but the cause is known or a document ends it.
func TestDecideAppeal_clear(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, c := range []struct {
		name  string
		fact  fact.New
		proof string
		day   time.Duration // before now
	}{
		{"fever with a known cause", fact.New{Kind: "symptom", Items: []string{"fever"}, Value: 38.1, Source: "declaration"}, ProofCause, 0},
		{"cough, the letter older than it", fact.New{Kind: "symptom", Items: []string{"dry_cough"}, Source: "clinic"}, ProofCause, 30 * day},
		{"isolation over", fact.New{Kind: "isolation", Class: "home", Ref: "GL-3", Source: "city", Authority: "海曙区"}, ProofEnded, 0},
		{"clinic visit excluded", fact.New{Kind: "clinic", Ref: "M-1", Source: "clinic", Authority: "第一医院"}, ProofExcluded, 0},
		{"clinic visit, one negative", fact.New{Kind: "clinic", Ref: "M-1", Source: "clinic", Authority: "第一医院"}, ProofTest, time.Hour},
		{"same building excluded", fact.New{Kind: "contact", Class: "same_building", Ref: "LX-1", Source: "city"}, ProofExcluded, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDeskBench(t)
			c.fact.From, c.fact.Known = d.clock.Now().Add(-2*time.Hour), d.clock.Now()
			if c.fact.Source == "declaration" {
				d.write(func(tx store.Tx) error {
					c.fact.PersonID = d.lin
					if _, _, err := fact.Add(tx, c.fact); err != nil {
						return err
					}
					_, err := d.recompute(tx, d.lin, Cause{Kind: CauseDeclaration})
					return err
				})
			} else {
				d.arrives(c.fact)
			}
			if d.code(d.lin).Colour == "green" {
				t.Fatal("nothing to clear")
			}
			number := d.claimed()
			got := d.decides(number, ItemRuling{
				N: 1, Action: appeal.ActionClear, Proof: c.proof, Issuer: "宁波市第一医院", Document: "ZD-2026-1", Day: d.clock.Now().Add(-c.day),
			})
			if got.Outcome != "granted" || got.To != review.Green {
				t.Errorf("decided %+v", got)
			}
		})
	}
}

// The number of a document is its owner's: it proves nothing about another.
func TestDecideAppeal_documentOfAnother(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	clear := ItemRuling{N: 1, Action: appeal.ActionClear, Proof: ProofExcluded, Issuer: "宁波市第一医院", Document: "ZD-2026-1", Day: d.clock.Now()}
	d.arrives(d.sameBuilding())
	d.decides(d.claimed(), clear)

	other := d.resident("13800000002", "330212198501015577"[:17]+string(person.CheckSign("33021219850101557")))
	d.livesAt(other, "别处 1 号")
	d.write(func(tx store.Tx) error {
		if _, _, err := fact.Add(tx, symptom(other, tx.Now())); err != nil {
			return err
		}
		_, err := d.recompute(tx, other, Cause{Kind: CauseDeclaration})
		return err
	})
	number := d.appeals(other)
	if err := d.ClaimAppeal(t.Context(), d.wang, number); err != nil {
		t.Fatal(err)
	}
	_, err := d.PreviewDecision(t.Context(), d.wang, Ruling{Number: number, Items: []ItemRuling{clear}})
	var bad *fault.Invalid
	if !errors.As(err, &bad) || bad.Problems[0].Key != "officer.document_used" {
		t.Errorf("the same document for another person: %v", err)
	}
}

// Story "Blocked upstream": what a source has locked nobody here sets aside.
func TestBlockedUpstream(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.closeContact())
	d.wantColour(d.lin, "red")
	number := d.claimed()
	for _, r := range []ItemRuling{
		setAside(1),
		{N: 1, Action: appeal.ActionCorrect, Basis: "material", From: d.clock.Now().Add(-time.Hour)},
		{N: 1, Action: appeal.ActionClear, Proof: ProofEnded, Issuer: "宁波市第一医院", Document: "ZD-1", Day: d.clock.Now()},
	} {
		_, err := d.DecideAppeal(t.Context(), d.wang, Ruling{Number: number, Items: []ItemRuling{r}, Words: "已核实，记录不再计入，请放心。"})
		var bad *fault.Invalid
		if !errors.As(err, &bad) || bad.Problems[0].Key != "officer.refused_locked" {
			t.Errorf("%s: %v", r.Action, err)
		}
	}
	d.wantColour(d.lin, "red")
	if got := d.decides(number, ItemRuling{N: 1, Action: appeal.ActionUphold}); got.Outcome != "refused" || got.To != review.Red {
		t.Errorf("decided %+v", got)
	}
	if _, items := d.appealRow(number); items[0].Basis != "source_locked" {
		t.Errorf("basis %q", items[0].Basis)
	}
}

// One item is decided, about the other the person is asked: the first takes
// effect at once, and the clock stands still until the answer.
func TestDecideAppeal_ask(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	d.arrives(fact.New{Kind: "isolation", Class: "home", Ref: "GL-3", From: d.clock.Now().Add(-2 * time.Hour), Source: "city", Authority: "海曙区", Known: d.clock.Now()})
	number := d.claimed()
	_, items := d.appealRow(number)
	if len(items) != 2 || items[0].Rule != "R05" {
		t.Fatalf("items %+v", items)
	}
	ask := ItemRuling{N: 1, Action: ActionAsk, Question: "请补交解除隔离证明"}
	if got := d.decides(number, ask, setAside(2)); got.Outcome != "" || got.To != review.Red {
		t.Errorf("decided %+v", got)
	}
	a, items := d.appealRow(number)
	due := a.Due(d.clock.Now())
	if a.State != appeal.AwaitingCitizen || items[0].State != appeal.ItemAsked || items[1].State != appeal.ItemDecided || a.AskUntil == nil {
		t.Fatalf("appeal %s, items %s %s", a.State, items[0].State, items[1].State)
	}
	if r := (Ruling{Number: number, Items: []ItemRuling{setAside(1)}}); true {
		if _, err := d.DecideAppeal(t.Context(), d.wang, r); conflictKey(err) != "appeal.not_yours" {
			t.Errorf("a decision while the person is asked: %v", err)
		}
	}
	d.clock.Advance(5 * time.Hour)
	if got := a.Due(d.clock.Now()); got != due.Add(5*time.Hour) {
		t.Errorf("due %v, want %v", got, due.Add(5*time.Hour))
	}
	d.write(func(tx store.Tx) error {
		a, err := appeal.ByNumber(tx, number)
		if err != nil {
			return err
		}
		return appeal.AddMaterial(tx, a, "已补交")
	})
	got := d.decides(number, ItemRuling{N: 1, Action: appeal.ActionClear, Proof: ProofEnded, Issuer: "海曙区疾控中心", Document: "JC-9", Day: d.clock.Now()})
	if got.Outcome != "granted" || got.To != review.Green {
		t.Errorf("decided %+v", got)
	}
}

// A preview is good only for what it showed.
func TestDecideAppeal_stalePreview(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		move func(d *deskBench, number string)
	}{
		{"a new fact", func(d *deskBench, _ string) {
			d.clock.Advance(time.Minute)
			d.arrives(d.closeContact())
		}},
		{"the person has added material", func(d *deskBench, number string) {
			d.write(func(tx store.Tx) error {
				a, err := appeal.ByNumber(tx, number)
				if err != nil {
					return err
				}
				return appeal.AddMaterial(tx, a, "再补一张")
			})
		}},
		{"it has run out by itself", func(d *deskBench, _ string) { d.clock.Advance(10 * 24 * time.Hour) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDeskBench(t)
			d.arrives(d.sameBuilding())
			number := d.claimed()
			r, pre := d.preview(number, setAside(1))
			c.move(d, number)
			if _, err := d.DecideAppeal(t.Context(), d.wang, r); conflictKey(err) != "appeal.moved" {
				t.Fatalf("decided on a stale preview: %v", err)
			}
			if a, _ := d.appealRow(number); a.State != appeal.Claimed {
				t.Errorf("state %s", a.State)
			}
			again, err := d.PreviewDecision(t.Context(), d.wang, r)
			if err != nil || again.Seen == pre.Seen {
				t.Errorf("the second preview is the first: %v", err)
			}
			if c.name == "a new fact" && (len(again.Fresh) != 1 || again.Fresh[0].RefNo != "MJ-7") {
				t.Errorf("what is new: %+v", again.Fresh)
			}
		})
	}
	t.Run("something else was chosen than previewed", func(t *testing.T) {
		t.Parallel()
		d := newDeskBench(t)
		d.arrives(d.sameBuilding())
		r, _ := d.preview(d.claimed(), ItemRuling{N: 1, Action: appeal.ActionUphold, Basis: "rule_applies"})
		r.Items[0] = setAside(1)
		if _, err := d.DecideAppeal(t.Context(), d.wang, r); conflictKey(err) != "appeal.moved" {
			t.Errorf("decided without a preview: %v", err)
		}
	})
}

// Story "Two officers, one case": one claim and one decision, one notice.
func TestTwoOfficersOneCase(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	var wg sync.WaitGroup
	claims := make([]error, 2)
	for i, who := range []int64{d.wang, d.liu} {
		wg.Go(func() { claims[i] = d.ClaimAppeal(t.Context(), who, number) })
	}
	wg.Wait()
	winner, loser := d.wang, 1
	if claims[0] != nil {
		winner, loser = d.liu, 0
	}
	if claims[1-loser] != nil || conflictKey(claims[loser]) != "appeal.already_claimed" {
		t.Fatalf("claims: %v", claims)
	}
	d.wang = winner // who previews below
	r, _ := d.preview(number, setAside(1))
	decisions := make([]error, 4)
	for i := range decisions {
		wg.Go(func() { _, decisions[i] = d.DecideAppeal(t.Context(), winner, r) })
	}
	wg.Wait()
	done := 0
	for _, err := range decisions {
		if err == nil {
			done++
		} else if conflictKey(err) != "appeal.already_decided" {
			t.Errorf("second decision: %v", err)
		}
	}
	var told int64
	d.read(func(tx store.Tx) error {
		return tx.DB().Table("notice").Where("kind = 'appeal_decided' AND person_id = ?", d.lin).Count(&told).Error
	})
	if done != 1 || told != 1 {
		t.Errorf("%d decisions, %d notices", done, told)
	}
}

// Story "Officer is the appellant": nobody decides about themselves, their
// household, or what they filed; the case is not there for them.
func TestOfficerIsTheAppellant(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	for name, change := range map[string]func(tx store.Tx, n *staff.New){
		"own case": func(tx store.Tx, n *staff.New) {
			doc, _ := person.ParseDocument(person.ResidentID, lin, "", tx.Now())
			n.DocumentIndex = person.DocumentIndex(tx, doc)
		},
		"household": func(tx store.Tx, n *staff.New) {
			n.AddressIndex = person.AddressIndex(tx, linsStreet, "苍水街12号3幢501")
		},
		"filed by them": func(store.Tx, *staff.New) {},
	} {
		li := d.officer("li-"+fmt.Sprint(len(name)), "gulou", change)
		if name == "filed by them" {
			d.write(func(tx store.Tx) error {
				_, err := tx.Exec("UPDATE appeal SET filed_by_staff = ? WHERE number = ?", li, number)
				return err
			})
		}
		q, err := d.AppealQueue(t.Context(), li, QueueAsk{Tab: appeal.TabOpen})
		if err != nil || len(q.Rows) != 0 || q.Count[appeal.TabOpen] != 0 {
			t.Errorf("%s: the queue shows %d, counts %d: %v", name, len(q.Rows), q.Count[appeal.TabOpen], err)
		}
		if _, err := d.AppealCase(t.Context(), li, number); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: opened: %v", name, err)
		}
		if err := d.ClaimAppeal(t.Context(), li, number); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: claimed: %v", name, err)
		}
	}
	if q, err := d.AppealQueue(t.Context(), d.wang, QueueAsk{Tab: appeal.TabOpen}); err != nil || len(q.Rows) != 1 || q.Count[appeal.TabOpen] != 1 {
		t.Errorf("a colleague's queue: %+v, %v", q.Rows, err)
	}
	// The next appeal of a household goes to another station at once.
	d.claimAndWithdraw(number)
	again := d.appeals(d.lin)
	if a, _ := d.appealRow(again); a.StationID == 0 {
		t.Error("no station")
	} else if _, err := d.AppealCase(t.Context(), d.far, again); err != nil {
		t.Errorf("the other station does not see it: %v", err)
	}
}

func (d *deskBench) claimAndWithdraw(number string) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		a, err := appeal.ByNumber(tx, number)
		if err != nil {
			return err
		}
		return appeal.Withdraw(tx, a)
	})
}

// A case of another station does not exist, under any verb.
func TestOtherStation(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	for name, err := range map[string]error{
		"open":     officerErr(d.AppealCase(t.Context(), d.far, number)),
		"claim":    d.ClaimAppeal(t.Context(), d.far, number),
		"release":  d.ReleaseAppeal(t.Context(), d.far, number),
		"preview":  officerErr(d.PreviewDecision(t.Context(), d.far, Ruling{Number: number, Items: []ItemRuling{setAside(1)}})),
		"decide":   officerErr(d.DecideAppeal(t.Context(), d.far, Ruling{Number: number, Items: []ItemRuling{setAside(1)}})),
		"no such":  officerErr(d.AppealCase(t.Context(), d.wang, "YS-2603-0000000-0")),
		"mistyped": officerErr(d.AppealCase(t.Context(), d.wang, "..")),
	} {
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.ReleaseAppeal(t.Context(), d.liu, number); conflictKey(err) != "appeal.not_yours" {
		t.Errorf("a colleague releases: %v", err)
	}
	auditor := d.officer("auditor", "gulou", func(_ store.Tx, n *staff.New) { n.Role = staff.Auditor })
	if _, err := d.AppealCase(t.Context(), auditor, number); !errors.Is(err, fault.Forbidden) {
		t.Errorf("a role without the right: %v", err)
	}
}

func officerErr[T any](_ T, err error) error { return err }

// Opening a case is on record for the person, once for each look.
func TestAppealCase(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	c, err := d.AppealCase(t.Context(), d.liu, number)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case c.Person.Name != "林小满", c.Person.Document != lin, c.Person.Bound.IsZero(), c.Colour != review.Yellow, !c.MayClaim, c.Mine:
		t.Errorf("case %+v", c)
	case len(c.Items) != 1, len(c.Items[0].Facts) != 1, c.Items[0].Facts[0].RefNo != "LX-88", c.Items[0].Finding == nil:
		t.Errorf("items %+v", c.Items)
	case c.Statement != "我不住在那一幢楼。":
		t.Errorf("statement %q", c.Statement)
	}
	var looks int64
	d.read(func(tx store.Tx) error {
		return tx.DB().Table("staff_read").Where("person_id = ? AND what = 'case' AND object = ?", d.lin, number).Count(&looks).Error
	})
	if looks != 1 {
		t.Errorf("%d looks on record", looks)
	}
}
