package models

import (
	"errors"
	"strings"
	"testing"
	"time"

	"yongxing/models/draft"
	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// What was typed is kept for whoever has the case on their desk, sealed, and
// shown to nobody else who has it after them.
func TestKeepDecision(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	typed := map[string]string{"item1": "ask", "item1_question": "请补租房合同"}
	keep := func(who int64) error { return d.KeepDecision(t.Context(), who, number, typed) }
	kept := func(who int64) string {
		t.Helper()
		c, err := d.AppealCase(t.Context(), who, number)
		if err != nil {
			t.Fatal(err)
		}
		return c.Kept.Typed["item1_question"]
	}
	if err := keep(d.wang); conflictKey(err) != "appeal.in_queue" {
		t.Errorf("before a claim: %v", err)
	}
	if err := d.ClaimAppeal(t.Context(), d.wang, number); err != nil {
		t.Fatal(err)
	}
	if err := keep(d.liu); conflictKey(err) != "appeal.already_claimed" {
		t.Errorf("a colleague: %v", err)
	}
	if err := keep(d.far); !errors.Is(err, fault.NotFound) {
		t.Errorf("another station: %v", err)
	}
	for range 2 {
		if err := keep(d.wang); err != nil {
			t.Fatal(err)
		}
	}
	if got := kept(d.wang); got != "请补租房合同" {
		t.Errorf("kept %q", got)
	}
	if rows := d.allRows(); strings.Contains(rows, "请补租房合同") {
		t.Error("what was typed lies open in the database")
	}
	if err := d.ReleaseAppeal(t.Context(), d.wang, number); err != nil {
		t.Fatal(err)
	}
	if err := d.ClaimAppeal(t.Context(), d.liu, number); err != nil {
		t.Fatal(err)
	}
	if got := kept(d.liu) + kept(d.wang); got != "" {
		t.Errorf("shown to who has it next, or to who has it no more: %q", got)
	}
	d.clock.Advance(10 * time.Hour)
	d.write(draft.Sweep)
	var n int
	d.read(func(tx store.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM staff_draft").Scan(&n) })
	if n != 0 {
		t.Errorf("%d left after ten hours", n)
	}
}

// A preview that is put on record just after the officer has decided in another tab
// keeps nothing: what was typed goes with the decision.
func TestPreview_keepsNothingAfterADecision(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("a write between the read of a preview and its record")
	}
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	r, _ := d.preview(number, setAside(1))
	r.Typed = map[string]string{"item1": "set_aside", "words": "何先生 13712345678"}
	calls, hook := 0, func() {}
	opts := d.opts
	opts.Now = func() time.Time { hook(); return d.clock.Now() }
	here := d.Store
	d.Store = modeltest.Open(t, opts)
	var decided error
	hook = func() {
		if calls++; calls == 2 { // the write of the look has begun
			slow := d.Store
			d.Store = here
			_, decided = d.DecideAppeal(t.Context(), d.wang, r)
			d.Store = slow
		}
	}
	_, err := d.PreviewDecision(t.Context(), d.wang, r)
	hook = func() {}
	if err != nil || calls < 2 {
		t.Fatal(err, calls)
	}
	var left int
	err = d.Store.Read(t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM staff_draft").Scan(&left)
	})
	if err != nil || decided != nil || left != 0 {
		t.Errorf("decided (%v), and %d drafts are kept, %v", decided, left, err)
	}
}
