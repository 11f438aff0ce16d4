package evidence_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

func TestRows(t *testing.T) {
	t.Parallel()
	clock := modeltest.NewClock(modeltest.Start)
	s := modeltest.StoreAt(t, clock)
	write := func(fn func(store.Tx) error) {
		t.Helper()
		if err := s.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	a, b := store.Ref(), store.Ref()
	write(func(tx store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO person (id, ref, created_at) VALUES (1, 'P1', 0)`); err != nil {
			return err
		}
		for _, ref := range []string{a, b} {
			if _, err := evidence.Add(tx, ref, 1, 0, "lease", evidence.Picture{JPEG: []byte("xx"), SHA256: []byte{1}, Taken: clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	drafts := func() (refs []string) {
		write(func(tx store.Tx) error {
			es, err := evidence.OfDraft(tx, 1)
			for _, e := range es {
				refs = append(refs, e.Ref)
			}
			return err
		})
		return refs
	}
	if got := drafts(); !slices.Equal(got, []string{a, b}) {
		t.Errorf("OfDraft = %v, want both in order", got)
	}
	write(func(tx store.Tx) error {
		e, err := evidence.ByRef(tx, a)
		if err != nil || e.Bytes != 2 || !store.TimeOf(e.TakenAt).Equal(clock.Now()) {
			t.Errorf("ByRef = %+v, %v", e, err)
		}
		return evidence.Remove(tx, 1, a)
	})
	if got := drafts(); !slices.Equal(got, []string{b}) {
		t.Errorf("OfDraft after Remove = %v", got)
	}
	if err := s.Write(t.Context(), func(tx store.Tx) error { return evidence.Remove(tx, 2, b) }); !errors.Is(err, fault.Stale) {
		t.Errorf("removing somebody else's = %v, want Stale", err)
	}
	write(func(tx store.Tx) error {
		if _, err := evidence.ByRef(tx, a); !errors.Is(err, fault.NotFound) {
			t.Errorf("ByRef after Remove = %v, want NotFound", err)
		}
		kept, err := evidence.Kept(tx, []string{a, b, "LEFTOVER"})
		if err != nil || len(kept) != 1 || !kept[b] {
			t.Errorf("Kept = %v, %v, want %s alone", kept, err, b)
		}
		return nil
	})
	clock.Advance(8 * 24 * time.Hour)
	write(func(tx store.Tx) error {
		refs, err := evidence.RemoveOldDrafts(tx, tx.Now().AddDate(0, 0, -7), 10)
		if err != nil || !slices.Equal(refs, []string{b}) {
			t.Errorf("RemoveOldDrafts = %v, %v", refs, err)
		}
		return nil
	})
	if got := drafts(); got != nil {
		t.Errorf("OfDraft after a week = %v", got)
	}
}
