package models

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/review"
)

// What a preview says of each finding is what the rules make of it: upheld it
// stands, whatever kind of record it rests on, and refuses the appeal.
func TestPreview_upheldStands(t *testing.T) {
	t.Parallel()
	now := time.Time{}
	for name, record := range map[string]fact.New{
		"contact":  {Kind: "contact", Class: "same_building", Ref: "LX-88", From: now.Add(-24 * time.Hour)},
		"clinic":   {Kind: "clinic", Ref: "FR-1", From: now.Add(-3 * time.Hour)},
		"arrival":  {Kind: "arrival", Place: "310115", From: now.Add(-5 * time.Hour)},
		"entry":    {Kind: "entry", Place: "USA", From: now.Add(-48 * time.Hour)},
		"positive": {Kind: "test", Class: "positive", From: now.Add(-2 * time.Hour)},
		"locked":   {Kind: "contact", Class: "close", Ref: "MJ-7", From: now.Add(-24 * time.Hour), Locked: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDeskBench(t)
			at := d.clock.Now()
			record.From = at.Add(record.From.Sub(now))
			record.Source, record.Upstream, record.Authority, record.Known = "city", "N-1", "海曙区疾控中心", at
			d.arrives(record)
			number := d.claimed()
			_, pre := d.preview(number, ItemRuling{N: 1, Action: appeal.ActionUphold, Basis: "rule_applies"})
			if !pre.Stands[1] || pre.From != pre.To || pre.Case.Items[0].Choices.Over {
				t.Errorf("upheld: stands %v, %s → %s", pre.Stands[1], pre.From, pre.To)
			}
			if got := d.decides(number, ItemRuling{N: 1, Action: appeal.ActionUphold, Basis: "rule_applies"}); got.Outcome != "refused" {
				t.Errorf("decided %+v", got)
			}
		})
	}
}

// A finding that is upheld can still end by what is found about another, and one
// that is cleared can still stand.
func TestPreview_oneItemMovesAnother(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())                                                                                                                                                    // Y04, two negative tests end it
	d.arrives(fact.New{Kind: "clinic", Ref: "FR-1", From: d.clock.Now().Add(-3 * time.Hour), Source: "fever_clinic", Upstream: "F-1", Authority: "宁波市第一医院", Known: d.clock.Now()}) // Y02, one
	number := d.claimed()
	c, err := d.AppealCase(t.Context(), d.wang, number)
	if err != nil || len(c.Items) != 2 {
		t.Fatalf("%d items, %v", len(c.Items), err)
	}
	var rulings []ItemRuling
	by := map[string]int{}
	for _, item := range c.Items {
		by[item.Rule] = item.N
		r := ItemRuling{N: item.N, Action: appeal.ActionUphold, Basis: "rule_applies"}
		if item.Rule == "Y04" {
			r = ItemRuling{N: item.N, Action: appeal.ActionClear, Proof: ProofTest, Issuer: "宁波市第一医院", Document: "JC-77", Day: d.clock.Now().Add(-time.Hour)}
		}
		rulings = append(rulings, r)
	}
	_, pre := d.preview(number, rulings...)
	if !pre.Stands[by["Y04"]] || pre.Stands[by["Y02"]] || pre.To != review.Yellow {
		t.Errorf("stands %v of %v, %s → %s", pre.Stands, by, pre.From, pre.To)
	}
}

// What has ended by itself can only be upheld as ended, which refuses nobody.
func TestPreview_over(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	ended, applies := ItemRuling{N: 1, Action: appeal.ActionUphold, Basis: "ended_already"}, ItemRuling{N: 1, Action: appeal.ActionUphold, Basis: "rule_applies"}
	refused := func(r ItemRuling) {
		t.Helper()
		_, err := d.PreviewDecision(t.Context(), d.wang, Ruling{Number: number, Items: []ItemRuling{r}})
		var bad *fault.Invalid
		if !errors.As(err, &bad) || bad.Problems[0].Field != "item1_basis_uphold" {
			t.Errorf("%s: %v", r.Basis, err)
		}
	}
	refused(ended)
	d.clock.Advance(8 * 24 * time.Hour)
	refused(applies)
	_, pre := d.preview(number, ended)
	if pre.Stands[1] || !pre.Case.Items[0].Choices.Over {
		t.Errorf("stands %v", pre.Stands)
	}
	if got := d.decides(number, ended); got.Outcome != "no_change" {
		t.Errorf("decided %+v", got)
	}
}
