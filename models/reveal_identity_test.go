package models

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/staff"
	"yongxing/models/store"
)

func counter(number string, seen int) Reveal {
	return Reveal{Number: number, Reason: "at_counter", Seen: seen}
}

// Whoever has the case on their desk sees the identity once for each reason
// given; it is on record with the reason, for the person and in the ledger.
func TestRevealIdentity(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	c, err := d.RevealIdentity(t.Context(), d.wang, Reveal{Number: number, Reason: staff.ReasonOther, Note: "本人要求核对证件"})
	if err != nil || c.Person.Document != lin || c.Person.Phone != linsTel || c.Revealed != 1 || !c.MayReveal {
		t.Fatalf("revealed %+v, %v", c.Person, err)
	}
	if _, err := d.RevealIdentity(t.Context(), d.wang, counter(number, 0)); conflictKey(err) != "officer.reveal_again" {
		t.Errorf("the same form again: %v", err)
	}
	looks, err := d.Looks(t.Context(), d.lin, time.Time{})
	if err != nil || len(looks.Looks) != 1 || looks.Looks[0].What != staff.ReadIdentity || looks.Looks[0].Reason != staff.ReasonOther || looks.Looks[0].Object != number {
		t.Errorf("the person sees %+v, %v", looks.Looks, err)
	}
	var purpose, note string
	d.read(func(tx store.Tx) error {
		rows, err := ledger.From(tx, 1, 1000)
		for _, r := range rows {
			if r.Event == "identity_revealed" {
				purpose = string(r.Body)
			}
		}
		if err != nil {
			return err
		}
		var row struct {
			ID         int64
			NoteSealed store.Sealed
		}
		if err := tx.DB().Table("staff_read").Where("what = 'identity'").Take(&row).Error; err != nil {
			return err
		}
		note, err = tx.Unseal("staff_read", "note_sealed", row.ID, row.NoteSealed)
		return err
	})
	if !strings.Contains(purpose, `"purpose":"other"`) || strings.Contains(purpose, "核对") || note != "本人要求核对证件" {
		t.Errorf("ledger %s, note %q", purpose, note)
	}
}

func TestRevealIdentity_refuses(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	chief := d.officer("chief", "gulou", func(_ store.Tx, n *staff.New) { n.Role = staff.Chief })
	auditor := d.officer("auditor", "gulou", func(_ store.Tx, n *staff.New) { n.Role = staff.Auditor })
	try := func(who int64, r Reveal) error { _, err := d.RevealIdentity(t.Context(), who, r); return err }
	if err := try(d.wang, counter(number, 0)); conflictKey(err) != "appeal.in_queue" {
		t.Errorf("before a claim: %v", err)
	}
	if err := d.ClaimAppeal(t.Context(), d.wang, number); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who  int64
		want error
	}{
		"a colleague": {d.liu, fault.Stale}, "the chief": {chief, fault.Stale}, "another station": {d.far, fault.NotFound},
		"their own case": {d.officer("own", "gulou", ownDocument), fault.NotFound}, "a role without the right": {auditor, fault.Forbidden},
	} {
		if err := try(c.who, counter(number, 0)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, r := range map[string]Reveal{
		"no reason": {}, "an unknown reason": {Reason: "curious"}, "other without words": {Reason: staff.ReasonOther, Note: "x"}, "too many words": {Reason: "at_counter", Note: strings.Repeat("长", 201)},
	} {
		r.Number = number
		var bad *fault.Invalid
		if err := try(d.wang, r); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.decides(number, setAside(1))
	if err := try(d.wang, counter(number, 0)); conflictKey(err) != "appeal.decided_by_you" {
		t.Errorf("of a decided case: %v", err)
	}
	var looks int64
	d.read(func(tx store.Tx) error {
		return tx.DB().Table("staff_read").Where("what = 'identity'").Count(&looks).Error
	})
	if looks != 0 {
		t.Errorf("%d identities on record as seen", looks)
	}
}

// "Curious officer": of many reveals at once thirty pass, the next leaves an
// alert in the ledger, the log and the metrics, and the day after there are
// thirty again.
func TestRevealIdentity_quota(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	var log bytes.Buffer
	d.Log = slog.New(slog.NewJSONHandler(&log, nil))
	d.arrives(d.sameBuilding())
	number := d.claimed()
	for n := range 28 {
		if _, err := d.RevealIdentity(t.Context(), d.wang, counter(number, n)); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			for seen := 28; ; seen++ { // each waits for its turn
				_, errs[i] = d.RevealIdentity(t.Context(), d.wang, counter(number, seen))
				if conflictKey(errs[i]) != "officer.reveal_again" {
					return
				}
			}
		})
	}
	wg.Wait()
	passed := 0
	for _, err := range errs {
		var many *fault.TooMany
		switch {
		case err == nil:
			passed++
		case !errors.As(err, &many) || many.Key != "officer.reveal_quota":
			t.Errorf("refused as %v", err)
		}
	}
	var alerts, looks int64
	d.read(func(tx store.Tx) error {
		if err := tx.DB().Table("staff_read").Where("what = 'identity'").Count(&looks).Error; err != nil {
			return err
		}
		return tx.DB().Table("ledger").Where("event = 'reveal_refused'").Count(&alerts).Error
	})
	if passed != 2 || looks != 30 || alerts != 6 || d.RevealsRefused() != 6 {
		t.Errorf("%d passed of the last, %d looks, %d alerts, %d counted", passed, looks, alerts, d.RevealsRefused())
	}
	if s := log.String(); strings.Count(s, "more identities asked for") != 6 || strings.Contains(s, lin) || strings.Contains(s, linsTel) || strings.Contains(s, number) {
		t.Errorf("log: %s", s)
	}
	d.clock.Advance(15 * time.Hour)
	if _, err := d.RevealIdentity(t.Context(), d.wang, counter(number, 30)); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// A person who keeps adding cannot put a decision off: what came after the
// preview is shown once, and they may add so often a day.
func TestDecideAppeal_added(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	add := func(text string) error {
		return d.AddMaterial(t.Context(), Material{PersonID: d.lin, Number: number, Text: text})
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(add("第一次"))
	r, pre := d.preview(number, setAside(1))
	r.Added = pre.Added
	if pre.Added != 1 {
		t.Errorf("added %d", pre.Added)
	}
	must(add("第二次"))
	if _, err := d.DecideAppeal(t.Context(), d.wang, r); conflictKey(err) != MaterialAdded {
		t.Fatalf("decided unseen: %v", err)
	}
	r2, pre2 := d.preview(number, setAside(1))
	if r2.Seen != r.Seen || pre2.Added != 2 {
		t.Error("what the person adds changes what is computed")
	}
	r.Again, r.Added = true, pre2.Added
	must(add("第三次"))
	got, err := d.DecideAppeal(t.Context(), d.wang, r)
	if err != nil || !got.Added || got.Outcome != "granted" {
		t.Errorf("decided %+v, %v", got, err)
	}
}

func TestAddMaterial_budget(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	n := 0
	add := func() error {
		n++
		return d.AddMaterial(t.Context(), Material{PersonID: d.lin, Number: number, Text: strings.Repeat("再", n)})
	}
	fill := func() {
		t.Helper()
		for range appeal.MostAdded {
			if err := add(); err != nil {
				t.Fatal(err)
			}
		}
		var many *fault.TooMany
		if err := add(); !errors.As(err, &many) || many.Key != "appeal.material_wait" {
			t.Fatalf("one more: %v", err)
		}
	}
	fill()
	d.clock.Advance(time.Minute)
	d.decides(number, ItemRuling{N: 1, Action: ActionAsk, Question: "请补交租房合同"})
	fill() // a question opens room again
	d.clock.Advance(24 * time.Hour)
	fill()
}
