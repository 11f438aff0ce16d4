package models

import (
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/store"
)

// A claim that nobody decides goes back to the queue after half of the time that
// an answer may take; a colleague takes it up, and whoever had it is told so, with
// the time, and decides nothing any more.
func TestExpireClaims(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	r, _ := d.preview(number, setAside(1))
	expire := func() appeal.Appeal {
		t.Helper()
		if err := d.ExpireClaims(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		a, _ := d.appealRow(number)
		return a
	}
	d.clock.Advance(appeal.ClaimFor - time.Minute)
	if a := expire(); !a.ClaimedByStaff(d.wang) {
		t.Fatalf("a minute before the end: %s", a.State)
	}
	d.clock.Advance(time.Minute)
	if a := expire(); a.State != appeal.Submitted || a.ClaimedBy != nil {
		t.Fatalf("at the end: %s of %v", a.State, a.ClaimedBy)
	}
	if _, err := d.DecideAppeal(t.Context(), d.wang, r); conflictKey(err) != "appeal.in_queue" {
		t.Errorf("who had it decides: %v", err)
	}
	if err := d.ClaimAppeal(t.Context(), d.liu, number); err != nil {
		t.Fatal(err)
	}
	if _, err := d.DecideAppeal(t.Context(), d.wang, r); conflictKey(err) != "appeal.already_claimed" {
		t.Errorf("who had it decides what a colleague has: %v", err)
	}
	if a := expire(); !a.ClaimedByStaff(d.liu) {
		t.Errorf("a fresh claim: %s", a.State)
	}
	c, err := d.AppealCase(t.Context(), d.liu, number)
	if err != nil || !c.Until.Equal(d.clock.Now().Add(appeal.ClaimFor)) {
		t.Errorf("on the desk until %s, %v", c.Until, err)
	}
	var released int
	for _, e := range c.Events {
		if e.Kind == appeal.EventReleased && e.Actor == appeal.BySystem && e.Who == "" {
			released++
		}
	}
	if released != 1 || d.entryOf("appeal_released") == 0 {
		t.Errorf("%d times back in the queue, or not in the ledger", released)
	}
}

// Somebody who was asked may take days to answer: the time on the desk begins
// anew with the answer. What is immediate harm waits on no desk for hours.
func TestExpireClaims_answered(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	number := b.asked()
	b.clock.Advance(30 * time.Hour)
	expire := func() appeal.Appeal {
		t.Helper()
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		return b.status(b.lin, number).Appeal
	}
	if a := expire(); a.State != appeal.AwaitingCitizen {
		t.Fatalf("while the person is asked: %s", a.State)
	}
	if err := b.AddMaterial(t.Context(), Material{PersonID: b.lin, Number: number, Text: "租房合同在这里"}); err != nil {
		t.Fatal(err)
	}
	if a := expire(); a.State != appeal.Claimed {
		t.Errorf("right after the answer: %s", a.State)
	}
	b.clock.Advance(appeal.ClaimForInHarm)
	if a := expire(); a.State != appeal.Claimed {
		t.Errorf("an hour after the answer: %s", a.State)
	}
	b.write(func(tx store.Tx) error {
		_, err := tx.Exec("UPDATE appeal SET harm = ?, harm_ground = 'exam'", true)
		return err
	})
	if a := expire(); a.State != appeal.Submitted {
		t.Errorf("of immediate harm, an hour after the answer: %s", a.State)
	}
}
