package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// holdLock keeps a lock, as another node does that is slow, until the test ends or
// for d if that is sooner.
func holdLock(t *testing.T, s *store.Store, what string, d time.Duration) {
	t.Helper()
	holdWhat(t, s, func(tx store.Tx) error { return tx.Lock(what, 1) }, d)
}

// holdWhat is holdLock of whatever take takes.
func holdWhat(t *testing.T, s *store.Store, take func(store.Tx) error, d time.Duration) {
	t.Helper()
	held, over, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Write(t.Context(), func(tx store.Tx) error {
			if err := take(tx); err != nil {
				return err
			}
			close(held)
			select {
			case <-time.After(d):
			case <-over:
			}
			return nil
		})
	}()
	<-held
	t.Cleanup(func() {
		close(over)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Whoever must wait twice is told to come again in the time in which a request is
// answered.
func TestWaitsShareOnePatience(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("writes follow each other on SQLite")
	}
	t.Parallel()
	const most = 1800 * time.Millisecond
	number := func(tx store.Tx) error { _, err := tx.NextDense("patience", 1); return err }
	for name, holdUp := range map[string]func(t *testing.T, mine, others *store.Store){
		"for a lock":   func(t *testing.T, _, others *store.Store) { holdLock(t, others, "first", most) },
		"for a number": func(t *testing.T, _, others *store.Store) { holdWhat(t, others, number, most) },
		"for a connection": func(t *testing.T, mine, _ *store.Store) {
			for i := range store.PostgresWriters {
				holdLock(t, mine, fmt.Sprint("other ", i), most)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
			mine, others := modeltest.Open(t, opts), modeltest.Open(t, opts)
			holdLock(t, others, "second", time.Minute)
			holdUp(t, mine, others)
			begun, past := time.Now(), false
			err := mine.Write(t.Context(), func(tx store.Tx) error {
				if err := errors.Join(tx.Lock("first", 1), number(tx)); err != nil {
					return err
				}
				past = true
				return tx.Lock("second", 1)
			})
			if !errors.Is(err, fault.Busy) || !past {
				t.Errorf("past the first wait: %v; %v", past, err)
			}
			if took := time.Since(begun); took > 4*time.Second {
				t.Errorf("answered after %v", took)
			}
		})
	}
}

// Whoever works for long and has waited for nobody has all patience still.
func TestWorkIsNoWaiting(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("writes follow each other on SQLite")
	}
	t.Parallel()
	opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
	mine, others := modeltest.Open(t, opts), modeltest.Open(t, opts)
	err := mine.Write(t.Context(), func(tx store.Tx) error {
		for range 2 {
			if _, err := tx.Exec("SELECT pg_sleep(1.5)"); err != nil {
				return err
			}
		}
		holdLock(t, others, "first", 900*time.Millisecond)
		return tx.Lock("first", 1)
	})
	if err != nil {
		t.Errorf("it never waited before: %v", err)
	}
}

// A step inside a piece that has met a held lock is taken back by itself, and what
// the piece does after it counts; its patience is not given back.
func TestNestedStepThatWaited(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("writes follow each other on SQLite")
	}
	t.Parallel()
	opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
	mine, others := modeltest.Open(t, opts), modeltest.Open(t, opts)
	holdLock(t, others, "first", 500*time.Millisecond)
	holdLock(t, others, "second", time.Minute)
	var left string
	err := mine.Write(t.Context(), func(tx store.Tx) error {
		if err := tx.DB().Transaction(func(*gorm.DB) error {
			return errors.Join(tx.Lock("first", 1), tx.Lock("second", 1))
		}); err == nil {
			t.Error("it has a lock that somebody else holds")
		}
		return tx.QueryRow("SHOW lock_timeout").Scan(&left)
	})
	if err != nil || left != "500ms" {
		t.Errorf("afterwards: %v; lock_timeout %s", err, left)
	}
}

// A commit that the server made a rollback, after a statement whose error nobody
// heard, has certainly written nothing.
func TestCommitThatWasARollback(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("SQLite goes on after an error")
	}
	t.Parallel()
	s := modeltest.Open(t, modeltest.Options(t, modeltest.NewClock(modeltest.Start)))
	err := s.Write(t.Context(), func(tx store.Tx) error {
		_, _ = tx.Exec("SELECT nonsense")
		return nil
	})
	if !errors.Is(err, store.ErrLost) || errors.Is(err, store.ErrInDoubt) {
		t.Errorf("%v, want ErrLost", err)
	}
}

// What goes back to a savepoint takes back the limit that was told after it, not
// the wait.
func TestSavepointTakesBackTheLimit(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("writes follow each other on SQLite")
	}
	t.Parallel()
	opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
	mine, others := modeltest.Open(t, opts), modeltest.Open(t, opts)
	holdLock(t, others, "first", 500*time.Millisecond)
	boom := errors.New("boom")
	var within, after string
	err := mine.Write(t.Context(), func(tx store.Tx) error {
		if err := tx.DB().Transaction(func(*gorm.DB) error {
			return errors.Join(tx.Lock("first", 1), tx.QueryRow("SHOW lock_timeout").Scan(&within), boom)
		}); !errors.Is(err, boom) {
			t.Error(err)
		}
		return tx.QueryRow("SHOW lock_timeout").Scan(&after)
	})
	if err != nil || within == "3s" || after != within {
		t.Errorf("%v; lock_timeout within %s, afterwards %s", err, within, after)
	}
}
