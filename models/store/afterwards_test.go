package store_test

import (
	"errors"
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// What follows a piece runs once it is over, whatever became of it, and before
// whoever waits for it goes on.
func TestAfterwards(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	boom := errors.New("boom")
	counted := func() (n int) {
		err := s.Read(t.Context(), func(tx store.Tx) error {
			return tx.QueryRow("SELECT COALESCE(MAX(last), 0) FROM id_counter WHERE name = 'afterwards'").Scan(&n)
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	for _, c := range []struct {
		name string
		end  error
		want int
	}{{"a piece that is undone", boom, 0}, {"a piece that is on record", nil, 1}} {
		var ran []int
		err := s.Write(t.Context(), func(tx store.Tx) error {
			tx.Afterwards(func() { ran = append(ran, counted()) })
			if _, err := tx.NextDense("afterwards", 1); err != nil {
				return err
			}
			if len(ran) > 0 {
				t.Errorf("%s: it runs before the end", c.name)
			}
			return c.end
		})
		if !errors.Is(err, c.end) || len(ran) != 1 || ran[0] != c.want {
			t.Errorf("%s: %v, and it saw %v", c.name, err, ran)
		}
	}
	func() {
		ran := false
		defer func() {
			if recover() == nil || !ran {
				t.Errorf("a piece that panics: it ran: %v", ran)
			}
		}()
		_ = s.Write(t.Context(), func(tx store.Tx) error {
			tx.Afterwards(func() { ran = true })
			panic("x")
		})
	}()
}
