package job_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"yongxing/models/fault"
	"yongxing/models/job"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// house is a store whose queue is worked, and what its workers have done.
type house struct {
	store   *store.Store
	clock   *modeltest.Clock
	ticks   atomic.Int32
	notices chan int64
	deliver func(ctx context.Context, id int64) error
}

func newHouse(t *testing.T, now time.Time) *house {
	t.Helper()
	h := &house{clock: modeltest.NewClock(now), notices: make(chan int64, 100)}
	h.deliver = func(context.Context, int64) error { return nil }
	h.store = modeltest.StoreAt(t, h.clock)
	return h
}

// work starts the queue and stops it when the test ends.
func (h *house) work(t *testing.T) (stop func(context.Context) error) {
	t.Helper()
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[job.DeliverNotice]) error {
		err := h.deliver(ctx, j.Args.NoticeID)
		if err == nil {
			h.notices <- j.Args.NoticeID
		}
		return err
	}))
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[job.DeliverCode]) error { return nil }))
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[job.Tick]) error { h.ticks.Add(1); return nil }))
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[job.Sweep]) error { return nil }))
	ctx, cancel := context.WithCancel(t.Context())
	stop, err := job.Work(ctx, h.store, workers)
	if err != nil {
		t.Fatal(err)
	}
	cancel() // must not stop the queue: stop does
	t.Cleanup(func() {
		if err := stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return stop
}

func (h *house) write(t *testing.T, fn func(tx store.Tx) error) {
	t.Helper()
	if err := h.store.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (h *house) delivered(t *testing.T) int64 {
	t.Helper()
	select {
	case id := <-h.notices:
		return id
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was delivered")
		return 0
	}
}

func TestAJobRunsOnceItsTransactionIsOnRecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t, modeltest.Start)
	h.work(t)
	err := h.store.Write(t.Context(), func(tx store.Tx) error {
		if err := tx.Enqueue(job.DeliverNotice{NoticeID: 1}); err != nil {
			return err
		}
		return fault.Stale
	})
	if !errors.Is(err, fault.Stale) {
		t.Fatal(err)
	}
	h.write(t, func(tx store.Tx) error {
		return tx.Enqueue(job.DeliverNotice{NoticeID: 2}, job.DeliverNotice{NoticeID: 3})
	})
	if got := h.delivered(t) + h.delivered(t); got != 5 {
		t.Errorf("not 2 and 3 were delivered: their sum is %d", got)
	}
	select {
	case id := <-h.notices:
		t.Errorf("%d was delivered too", id)
	default:
	}
}

// The machine's clock and ours may be far apart; jobs are due by ours.
func TestJobsAreDueByOurClock(t *testing.T) {
	t.Parallel()
	for name, ours := range map[string]time.Time{
		"ahead of the machine": time.Now().Add(100 * 24 * time.Hour),
		"behind the machine":   time.Now().Add(-100 * 24 * time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, ours)
			h.work(t)
			h.write(t, func(tx store.Tx) error {
				_, err := tx.EnqueueOnce(job.DeliverNotice{NoticeID: 1}, &river.InsertOpts{ScheduledAt: tx.Now().Add(time.Hour)})
				return err
			})
			h.write(t, func(tx store.Tx) error { return tx.Enqueue(job.DeliverNotice{NoticeID: 2}) })
			if got := h.delivered(t); got != 2 {
				t.Fatalf("%d ran, want the one that is due", got)
			}
			select {
			case id := <-h.notices:
				t.Fatalf("%d ran an hour early", id)
			case <-time.After(500 * time.Millisecond):
			}
			h.clock.Advance(time.Hour + time.Second)
			if got := h.delivered(t); got != 1 {
				t.Errorf("%d ran, want 1", got)
			}
		})
	}
}

func TestTicksPassABacklog(t *testing.T) {
	t.Parallel()
	h := newHouse(t, modeltest.Start)
	release := make(chan struct{})
	defer close(release)
	h.deliver = func(ctx context.Context, _ int64) error {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil
	}
	h.write(t, func(tx store.Tx) error {
		for id := range int64(30) {
			if err := tx.Enqueue(job.DeliverNotice{NoticeID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	h.work(t)
	for range 1000 {
		if h.ticks.Load() > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("no tick within ten seconds behind a backlog of notices")
}

func TestStopLetsAJobFinish(t *testing.T) {
	t.Parallel()
	h := newHouse(t, modeltest.Start)
	begun := make(chan struct{})
	h.deliver = func(ctx context.Context, _ int64) error {
		close(begun)
		time.Sleep(200 * time.Millisecond)
		return ctx.Err()
	}
	stop := h.work(t)
	h.write(t, func(tx store.Tx) error { return tx.Enqueue(job.DeliverNotice{NoticeID: 1}) })
	<-begun
	if err := stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-h.notices:
	default:
		t.Error("the job at work was cut short")
	}
}

func TestArgumentsHoldIDsOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, modeltest.Start)
	h.write(t, func(tx store.Tx) error {
		return tx.Enqueue(job.DeliverNotice{NoticeID: 41}, job.DeliverCode{ID: 42}, job.Tick{}, job.Sweep{})
	})
	want := map[string]string{
		"deliver_notice": `{"notice_id":41}`, "deliver_code": `{"id":42}`, "review_tick": `{}`, "sweep": `{}`,
	}
	args := "json(args)" // SQLite keeps them as JSONB
	if modeltest.Postgres() {
		args = "args"
	}
	err := h.store.Read(t.Context(), func(tx store.Tx) error {
		rows, err := tx.Query("SELECT kind, " + args + " FROM river_job")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var kind, args string
			if err := rows.Scan(&kind, &args); err != nil {
				return err
			}
			if want[kind] != strings.ReplaceAll(args, " ", "") {
				t.Errorf("%s carries %s", kind, args)
			}
			delete(want, kind)
		}
		return rows.Err()
	})
	if err != nil || len(want) > 0 {
		t.Errorf("not in the queue: %v (%v)", want, err)
	}
}
