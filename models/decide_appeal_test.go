package models

import (
	"errors"
	"slices"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/area"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/review"
	"yongxing/models/store"
)

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

	other := d.resident("13800000002", "330212198501015577"[:17]+string(identity.CheckSign("33021219850101557")))
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
		if _, err := d.DecideAppeal(t.Context(), d.wang, r); conflictKey(err) != "appeal.asked_by_you" {
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
		return appeal.AddMaterial(tx, a, "已补交", 0)
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
		{"it was given back and claimed again", func(d *deskBench, number string) {
			d.clock.Advance(time.Minute)
			if err := d.ReleaseAppeal(d.t.Context(), d.wang, number); err != nil {
				d.t.Fatal(err)
			}
			if err := d.ClaimAppeal(d.t.Context(), d.wang, number); err != nil {
				d.t.Fatal(err)
			}
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
