package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// counter is a row of id_counter: a table that every test database has.
type counter struct {
	Name string `gorm:"primaryKey"`
	Last int64
}

func (counter) TableName() string { return "id_counter" }

func add(tx store.Tx, name string) error { return tx.DB().Create(&counter{Name: name, Last: 1}).Error }

// names are the rows on record, sorted.
func names(t *testing.T, s *store.Store) (list []string) {
	t.Helper()
	err := s.Read(t.Context(), func(tx store.Tx) error {
		return tx.DB().Model(counter{}).Order("name").Pluck("name", &list).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// together runs pieces in one batch: the writer is held up until all are queued.
// PostgreSQL has no batches.
func together(t *testing.T, s *store.Store, pieces ...func(store.Tx) error) []error {
	t.Helper()
	free := func() {}
	if !modeltest.Postgres() {
		free = hold(t, s)
	}
	errs := make([]error, len(pieces))
	var done sync.WaitGroup
	for i, piece := range pieces {
		queued, _ := s.Queued()
		done.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("panic: %v", p)
				}
			}()
			errs[i] = s.Write(context.Background(), piece)
		})
		if modeltest.Postgres() {
			done.Wait()
			continue
		}
		waitFor(t, "the piece to be queued", func() bool { n, _ := s.Queued(); return n == queued+1 })
	}
	free()
	done.Wait()
	return errs
}

// hold occupies the writer until free is called.
func hold(t *testing.T, s *store.Store) (free func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.Write(context.Background(), func(store.Tx) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return sync.OnceFunc(func() { close(end) })
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

type note struct{}

func (note) Kind() string { return "test_note" }

func TestAPieceUndoesOnlyItself(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	tests := []struct {
		name  string
		piece func(tx store.Tx) error
		want  string // in the caller's error
	}{
		{"error", func(tx store.Tx) error { return boom }, "boom"},
		{"duplicate", func(tx store.Tx) error { return add(tx, "before") }, "duplicated key"},
		{"plain duplicate", func(tx store.Tx) error {
			_, err := tx.Exec("INSERT INTO id_counter (name, last) VALUES (?, 1)", "before")
			return err
		}, "duplicated key"},
		{"foreign key", func(tx store.Tx) error {
			_, err := tx.Exec("INSERT INTO station_area (code, station_id) VALUES ('330203', 99)")
			return err
		}, "foreign key"},
		{"stale", func(tx store.Tx) error {
			return store.Changed(tx.DB().Model(counter{}).Where("name = ? AND last = ?", "before", 5).Update("last", 6))
		}, "stale"},
		{"panic", func(tx store.Tx) error { panic("boom") }, "panic: boom"},
		{"nested rollback ignored by nobody", func(tx store.Tx) error {
			return tx.DB().Transaction(func(*gorm.DB) error { return boom })
		}, "boom"},
		{"bad SQL", func(tx store.Tx) error { _, err := tx.Exec("NONSENSE"); return err }, "syntax"},
		{"error of a step at the end", func(tx store.Tx) error { tx.AtEnd(func() error { return boom }); return nil }, "boom"},
		{"commit by the piece", func(tx store.Tx) error { return tx.DB().Commit().Error }, "only Write commits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := modeltest.Store(t)
			errs := together(t, s,
				func(tx store.Tx) error { return add(tx, "before") },
				func(tx store.Tx) error {
					if err := errors.Join(add(tx, "own"), tx.Enqueue(note{})); err != nil {
						return err
					}
					return tt.piece(tx)
				},
				func(tx store.Tx) error { return add(tx, "after") },
			)
			if errs[0] != nil || errs[2] != nil {
				t.Errorf("the neighbours got %v and %v", errs[0], errs[2])
			}
			if errs[1] == nil || !strings.Contains(errs[1].Error(), tt.want) {
				t.Errorf("the piece got %v, want %q", errs[1], tt.want)
			}
			if got, want := names(t, s), []string{"after", "before"}; !slices.Equal(got, want) {
				t.Errorf("on record are %v, want %v", got, want)
			}
			if n := jobs(t, s); n != 0 {
				t.Errorf("%d jobs are on record, want none", n)
			}
		})
	}
}

// A piece that ends the transaction behind the writer's back takes its batch
// with it, and everybody in it is told.
func TestLostBatchIsReported(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	s := modeltest.Store(t)
	errs := together(t, s,
		func(tx store.Tx) error { return add(tx, "before") },
		func(tx store.Tx) error { _, err := tx.Exec("ROLLBACK"); return err },
		func(tx store.Tx) error { return add(tx, "after") },
	)
	for i := range 2 {
		if !errors.Is(errs[i], store.ErrLost) || !errors.Is(errs[i], fault.Unavailable) {
			t.Errorf("piece %d got %v, want ErrLost", i, errs[i])
		}
	}
	if errs[2] != nil {
		t.Errorf("the piece after got %v", errs[2])
	}
	if got := names(t, s); !slices.Equal(got, []string{"after"}) {
		t.Errorf("on record are %v, want after", got)
	}
}

func TestErrorsHaveTheirNames(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	write := func(fn func(tx store.Tx) error) error { return s.Write(t.Context(), fn) }
	plain := func(query string) error {
		return write(func(tx store.Tx) error { return store.ChangedRow(tx.Exec(query)) })
	}
	if err := write(func(tx store.Tx) error { return add(tx, "one") }); err != nil {
		t.Fatal(err)
	}
	if err := write(func(tx store.Tx) error { return add(tx, "one") }); !store.Duplicate(err) {
		t.Errorf("GORM's duplicate is %v", err)
	}
	err := plain("INSERT INTO id_counter (name, last) VALUES ('one', 1)")
	if !store.Duplicate(err) || store.Duplicate(nil) || store.Duplicate(fault.Stale) {
		t.Errorf("the plain duplicate is %v", err)
	}
	if err := plain("UPDATE id_counter SET last = 2 WHERE name = 'two'"); !errors.Is(err, fault.Stale) {
		t.Errorf("no row changed: %v", err)
	}
	if err := plain("UPDATE id_counter SET last = 2 WHERE name = 'one'"); err != nil {
		t.Errorf("one row changed: %v", err)
	}
	if err := write(func(tx store.Tx) error { return add(tx, "two") }); err != nil {
		t.Fatal(err)
	}
	if err := plain("UPDATE id_counter SET last = 2"); err == nil || errors.Is(err, fault.Stale) {
		t.Errorf("two rows changed: %v", err)
	}
	err = s.Read(t.Context(), func(tx store.Tx) error {
		if err := store.Found(tx.DB().Take(&counter{}, "name = 'three'").Error); !errors.Is(err, fault.NotFound) {
			t.Errorf("no row by GORM: %v", err)
		}
		var n int
		if err := store.Found(tx.QueryRow("SELECT last FROM id_counter WHERE name = 'three'").Scan(&n)); !errors.Is(err, fault.NotFound) {
			t.Errorf("no row by a plain query: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A piece may end its goroutine, as a failed test does.
func TestGoexitUndoesThePiece(t *testing.T) {
	modeltest.OnlySQLite(t) // on PostgreSQL the piece runs on the caller's
	t.Parallel()
	s := modeltest.Store(t)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		if err := add(tx, "own"); err != nil {
			return err
		}
		runtime.Goexit()
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "ended the writer") {
		t.Errorf("got %v", err)
	}
	if got := names(t, s); len(got) != 0 {
		t.Errorf("on record are %v, want nothing", got)
	}
}

func TestNestedTransactionUndoesItsOwnPart(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		if err := add(tx, "outer"); err != nil {
			return err
		}
		err := tx.DB().Transaction(func(g *gorm.DB) error {
			if err := g.CreateInBatches([]counter{{Name: "a"}, {Name: "b"}, {Name: "c"}}, 2).Error; err != nil {
				return err
			}
			return fault.Stale
		})
		if !errors.Is(err, fault.Stale) {
			t.Errorf("the nested transaction says %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, s); !slices.Equal(got, []string{"outer"}) {
		t.Errorf("on record are %v, want outer alone", got)
	}
}

func TestCancelledWhileQueuedNeverRuns(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	s := modeltest.Store(t)
	free := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- s.Write(ctx, func(tx store.Tx) error { return add(tx, "late") }) }()
	waitFor(t, "the piece to be queued", func() bool { n, _ := s.Queued(); return n == 1 })
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	free()
	if err := s.Write(t.Context(), func(tx store.Tx) error { return add(tx, "next") }); err != nil {
		t.Error(err)
	}
	if got := names(t, s); !slices.Equal(got, []string{"next"}) {
		t.Errorf("on record are %v, want next alone", got)
	}
}

func TestCancelledWhileRunningIsFinished(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(ctx, func(tx store.Tx) error {
		cancel()
		if err := tx.Context().Err(); err != nil {
			t.Errorf("the piece's own context says %v", err)
		}
		return add(tx, "begun")
	})
	if err != nil {
		t.Errorf("got %v, want none: it is on record", err)
	}
	if got := names(t, s); !slices.Equal(got, []string{"begun"}) {
		t.Errorf("on record are %v, want begun", got)
	}
}

func TestFullQueueIsBusyAtOnce(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	s := open(t, store.Options{Queue: 2})
	free := hold(t, s)
	var done sync.WaitGroup
	for i := range 2 {
		done.Go(func() {
			if err := s.Write(context.Background(), func(tx store.Tx) error { return add(tx, fmt.Sprint(i)) }); err != nil {
				t.Error(err)
			}
		})
	}
	waitFor(t, "the queue to fill", func() bool { n, most := s.Queued(); return n == most })
	err := s.Write(t.Context(), func(tx store.Tx) error { return add(tx, "too much") })
	if !errors.Is(err, fault.Busy) {
		t.Errorf("got %v, want fault.Busy", err)
	}
	free()
	done.Wait()
	if got := names(t, s); !slices.Equal(got, []string{"0", "1"}) {
		t.Errorf("on record are %v, want what was queued", got)
	}
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	dir, keys := t.TempDir(), store.NewKeys(true)
	s := open(t, store.Options{Dir: dir, Keys: keys})
	free := hold(t, s)
	var done sync.WaitGroup
	for i := range 20 {
		done.Go(func() {
			if err := s.Write(context.Background(), func(tx store.Tx) error { return add(tx, fmt.Sprint(i)) }); err != nil {
				t.Error(err)
			}
		})
	}
	waitFor(t, "the queue to fill", func() bool { n, _ := s.Queued(); return n == 20 })
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	refused := func(tx store.Tx) error { return add(tx, "refused") }
	waitFor(t, "the store to refuse", func() bool { return errors.Is(tryWrite(s, refused), store.ErrClosed) })
	free()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	done.Wait()
	if err := s.Write(t.Context(), refused); !errors.Is(err, store.ErrClosed) || !errors.Is(err, fault.Unavailable) {
		t.Errorf("Write after Close says %v", err)
	}
	if err := s.Read(t.Context(), func(store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Read after Close says %v", err)
	}
	if got := names(t, open(t, store.Options{Dir: dir, Keys: keys})); len(got) != 20 {
		t.Errorf("%d of 20 queued pieces are on record", len(got))
	}
}

// tryWrite gives up at once if the piece is queued.
func tryWrite(s *store.Store, fn func(store.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	return s.Write(ctx, fn)
}

func TestReadersCannotWriteAndSeeOneMoment(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	err := s.Read(t.Context(), func(tx store.Tx) error {
		var before, after int64
		if err := tx.DB().Model(counter{}).Count(&before).Error; err != nil {
			return err
		}
		if err := s.Write(context.Background(), func(tx store.Tx) error { return add(tx, "meanwhile") }); err != nil {
			return err
		}
		if err := tx.DB().Model(counter{}).Count(&after).Error; err != nil {
			return err
		}
		if before != after {
			t.Errorf("a read saw %d rows and then %d", before, after)
		}
		if err := add(tx, "by a reader"); err == nil {
			t.Error("GORM wrote in a Read")
		}
		if _, err := tx.Exec("DELETE FROM id_counter"); err == nil {
			t.Error("a plain statement wrote in a Read")
		}
		if _, err := tx.NextID("x"); err == nil {
			t.Error("a Read took an id")
		}
		if err := tx.Enqueue(note{}); err == nil {
			t.Error("a Read enqueued a job")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, s); !slices.Equal(got, []string{"meanwhile"}) {
		t.Errorf("on record are %v, want meanwhile", got)
	}
}

func TestReadGivesItsConnectionBack(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	for range 20 { // more than there are connections
		err := s.Read(t.Context(), func(tx store.Tx) error {
			_, err := tx.Query("SELECT 1 UNION SELECT 2") // and nobody closes it
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = s.Read(t.Context(), func(store.Tx) error { panic("boom") })
		}()
		if err := s.Read(t.Context(), func(store.Tx) error { return fault.NotFound }); !errors.Is(err, fault.NotFound) {
			t.Fatalf("got %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Read(ctx, func(store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func TestNowStandsStillInATransaction(t *testing.T) {
	t.Parallel()
	clock := modeltest.NewClock(modeltest.Start.Add(1234567 * time.Nanosecond))
	s := modeltest.StoreAt(t, clock)
	want := modeltest.Start.Add(time.Millisecond)
	check := func(tx store.Tx) error {
		clock.Advance(time.Hour)
		if !tx.Now().Equal(want) || tx.Now().Location() != time.UTC || tx.Millis().Time() != tx.Now() {
			t.Errorf("now is %v, want %v", tx.Now(), want)
		}
		if got := tx.DB().NowFunc(); !got.Equal(want) {
			t.Errorf("GORM's now is %v, want %v", got, want)
		}
		return nil
	}
	if err := s.Write(t.Context(), check); err != nil {
		t.Error(err)
	}
	want = want.Add(time.Hour)
	if err := s.Read(t.Context(), check); err != nil {
		t.Error(err)
	}
}

func TestIDsAreDense(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	var got []int64
	take := func(fail bool) {
		t.Helper()
		err := s.Write(t.Context(), func(tx store.Tx) error {
			three, err := tx.NextIDs("person", 3)
			if err != nil {
				return err
			}
			next, err := tx.NextID("person")
			if err != nil {
				return err
			}
			if _, err := tx.NextIDs("person", 0); err == nil {
				t.Error("none at all were given")
			}
			if fail {
				return fault.Stale
			}
			got = append(append(got, three...), next)
			return nil
		})
		if (err != nil) != fail {
			t.Error(err)
		}
	}
	take(false)
	take(true)
	take(false)
	want := []int64{1, 2, 3, 4, 5, 6, 7, 8}
	if modeltest.Postgres() {
		want = []int64{1, 2, 3, 4, 9, 10, 11, 12} // what was undone leaves a gap
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func jobs(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	err := s.Read(t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM river_job").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEnqueueOnce(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	once := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
	for i, want := range []bool{true, false} {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			fresh, err := tx.EnqueueOnce(note{}, once)
			if fresh != want {
				t.Errorf("call %d: fresh is %v", i, fresh)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := jobs(t, s); n != 1 {
		t.Errorf("%d jobs on record, want 1", n)
	}
}
