package models

import (
	"testing"
	"time"

	"yongxing/models/draft"
	"yongxing/models/evidence"
	"yongxing/models/store"
)

// The sweep deletes what nobody sent within seven days, and not an instant before.
func TestSweepDeletesOldDrafts(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	files, err := evidence.NewFolder(t.TempDir(), b.Store.Keys().Secret("evidence"))
	if err != nil {
		t.Fatal(err)
	}
	b.Files = files
	id := b.resident(linsTel, lin)
	b.write(func(tx store.Tx) error {
		for _, kind := range []string{draft.Declare, draft.Appeal} {
			if _, err := draft.Save(tx, id, kind, 0, "{}"); err != nil {
				return err
			}
		}
		return nil
	})
	left := func() (n int) {
		t.Helper()
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := b.Store.Read(t.Context(), func(tx store.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM draft").Scan(&n) })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	b.clock.Advance(draft.Lifetime - time.Millisecond)
	if n := left(); n != 2 {
		t.Errorf("%d drafts within seven days, want 2", n)
	}
	b.clock.Advance(time.Millisecond)
	if n := left(); n != 0 {
		t.Errorf("%d drafts after seven days", n)
	}
}
