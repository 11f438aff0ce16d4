package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"yongxing/models/fault"
)

// A batch ends at this many pieces or after this long, whichever comes first,
// so that the first of them does not wait for the last for ever.
const (
	batchPieces = 256
	batchTime   = 100 * time.Millisecond
)

var errEnded = errors.New("the piece ended the writer's goroutine")

// work is one call of Write on its way through the queue.
type work struct {
	ctx   context.Context // the caller's, without its end
	fn    func(Tx) error
	state atomic.Int32
	ends  *ending
	err   error
	panic any
	done  chan struct{}
}

const (
	queued int32 = iota
	taken        // the writer has begun it
	left         // the caller gave up before that: it never runs
)

// writer owns the one connection that may write. River borrows the same
// connection between batches.
type writer struct {
	store *Store
	db    *sql.DB
	gorm  *gorm.DB
	queue chan *work

	mu      sync.RWMutex // guards closed and sending on queue
	closed  bool
	stopped chan struct{}
}

func startWriter(s *Store, db *sql.DB, g *gorm.DB, depth int) *writer {
	w := &writer{store: s, db: db, gorm: g, queue: make(chan *work, depth), stopped: make(chan struct{})}
	go w.loop()
	return w
}

func (w *writer) do(ctx context.Context, fn func(Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := &work{ctx: context.WithoutCancel(ctx), fn: fn, done: make(chan struct{})}
	if err := w.enqueue(p); err != nil {
		return err
	}
	late := time.NewTimer(writeWait)
	defer late.Stop()
	select {
	case <-p.done:
	case <-ctx.Done():
		if p.state.CompareAndSwap(queued, left) {
			return ctx.Err()
		}
		<-p.done // it is running: only its outcome is true
	case <-late.C:
		if p.state.CompareAndSwap(queued, left) {
			return fmt.Errorf("no turn to write in %s: %w", writeWait, fault.Busy)
		}
		<-p.done
	}
	if p.panic != nil {
		panic(p.panic)
	}
	return p.err
}

func (w *writer) enqueue(p *work) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	select {
	case w.queue <- p:
		return nil
	default:
		return fmt.Errorf("the writer's queue is full: %w", fault.Busy)
	}
}

// drain refuses new work and finishes what is queued.
func (w *writer) drain() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.stopped
}

func (w *writer) loop() {
	drained := false
	defer func() { // runtime.Goexit in a piece ends this goroutine: another takes over
		if drained {
			close(w.stopped)
		} else {
			go w.loop()
		}
	}()
	for p := range w.queue {
		w.batch(p)
	}
	drained = true
}

// batch is one transaction on the writer's connection.
type batch struct {
	w   *writer
	tx  *sql.Tx
	ran []*work
	err error // why the whole transaction is lost
}

func (w *writer) batch(first *work) {
	b := &batch{w: w}
	defer b.end()
	for start, p := time.Now(), first; p != nil; p = w.next(len(b.ran), start) {
		if b.tx == nil && p.state.Load() == queued {
			// Another program may hold the database: whoever waits may still leave.
			if b.tx, b.err = w.db.BeginTx(context.Background(), nil); b.err == nil {
				start = time.Now()
			}
		}
		if !p.state.CompareAndSwap(queued, taken) {
			continue
		}
		if b.ran = append(b.ran, p); b.err != nil {
			return
		}
		if b.piece(p); b.err != nil {
			return
		}
	}
}

// next is the piece that joins the batch, nil if the batch is to end.
func (w *writer) next(ran int, start time.Time) *work {
	if ran >= batchPieces || time.Since(start) > batchTime {
		return nil
	}
	select {
	case p := <-w.queue: // nil once closed and drained
		return p
	default:
		return nil
	}
}

// piece runs p between a savepoint and its release. All of it happens in a
// deferred function so that a panic and a Goexit undo p like an error does.
func (b *batch) piece(p *work) {
	if _, b.err = b.tx.Exec("SAVEPOINT piece"); b.err != nil {
		return
	}
	returned := false
	defer func() {
		if v := recover(); v != nil {
			p.panic = fmt.Sprintf("%v\n%s", v, debug.Stack())
		} else if !returned {
			p.err = errEnded
		}
		if p.err != nil || p.panic != nil {
			if _, b.err = b.tx.Exec("ROLLBACK TO piece"); b.err != nil {
				return
			}
		}
		_, b.err = b.tx.Exec("RELEASE piece")
	}()
	tx := newTx(p.ctx, b.w.store, b.w.gorm, &sqlConn{b.tx})
	p.ends = tx.ends
	p.err = tx.run(p.fn)
	returned = true
}

// end commits, and tells each caller. A piece that failed by itself keeps its
// own error even if the rest is lost.
func (b *batch) end() {
	if b.tx != nil {
		if b.err == nil {
			b.err = b.tx.Commit()
		}
		if b.err != nil {
			_ = b.tx.Rollback() // harmless after a failed commit
		}
	}
	for _, p := range b.ran {
		if b.err != nil && p.err == nil && p.panic == nil {
			p.err = fmt.Errorf("%w: %w", ErrLost, b.err)
		}
		if p.ends != nil { // it was begun
			p.ends.done()
		}
		close(p.done)
	}
}
