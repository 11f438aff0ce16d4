package draft_test

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/draft"
	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

func TestDraft(t *testing.T) {
	t.Parallel()
	clock := modeltest.NewClock(modeltest.Start)
	s := modeltest.StoreAt(t, clock)
	write := func(fn func(tx store.Tx) error) {
		t.Helper()
		if err := s.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	const who = 1
	write(func(tx store.Tx) error {
		_, err := tx.Exec("INSERT INTO person (id, ref, created_at) VALUES (1, 'A', 0)")
		return err
	})
	write(func(tx store.Tx) error {
		if _, _, ok, err := draft.Load(tx, who, draft.Declare); ok || err != nil {
			t.Errorf("a draft before any: %v, %v", ok, err)
		}
		v, err := draft.Save(tx, who, draft.Declare, 0, "one")
		if err != nil || v != 1 {
			t.Errorf("first version %d, %v", v, err)
		}
		if _, err := draft.Save(tx, who, draft.Declare, 0, "other tab"); !errors.Is(err, fault.Stale) {
			t.Errorf("two tabs began the same draft: %v", err)
		}
		v, err = draft.Save(tx, who, draft.Declare, 1, "two")
		if err != nil || v != 2 {
			t.Errorf("second version %d, %v", v, err)
		}
		_, data, ok, err := draft.Load(tx, who, draft.Declare)
		if data != "two" || !ok {
			t.Errorf("holds %q, %v", data, ok)
		}
		return err
	})
	clock.Advance(draft.Lifetime)
	write(func(tx store.Tx) error {
		if _, _, ok, err := draft.Load(tx, who, draft.Declare); ok || err != nil {
			t.Errorf("still there after seven days: %v, %v", ok, err)
		}
		if _, err := draft.Save(tx, who, draft.Declare, 0, "anew"); err != nil {
			t.Errorf("cannot begin anew: %v", err)
		}
		return nil
	})
	clock.Advance(time.Hour)
	write(func(tx store.Tx) error {
		if err := draft.Sweep(tx); err != nil {
			return err
		}
		if _, data, _, err := draft.Load(tx, who, draft.Declare); data != "anew" || err != nil {
			t.Errorf("swept too early: %q, %v", data, err)
		}
		if err := draft.Remove(tx, who, draft.Declare); err != nil {
			return err
		}
		if _, _, ok, err := draft.Load(tx, who, draft.Declare); ok || err != nil {
			t.Errorf("not removed: %v, %v", ok, err)
		}
		return nil
	})
}
