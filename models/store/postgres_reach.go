package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"yongxing/models/fault"
)

// How often the server is asked whether it is there, and how long it may take to
// answer. One that is merely busy answers in that time on a connection of its own.
const (
	reachEvery = 2 * time.Second
	reachWait  = 4 * time.Second
)

// errReadOnly is why a node is not ready that would refuse each write.
var errReadOnly = fmt.Errorf("the database takes no writes: %w", fault.Unavailable)

// errAway is what a piece gets while the server does not answer.
var errAway = fmt.Errorf("the database does not answer: %w", fault.Unavailable)

// reach knows whether the server answers at all. One that was stopped says so to
// whoever asks; one that has vanished without a word, with its network or with its
// disk, says nothing, and a few that wait for it would hold up everybody. So while
// it is away nobody begins to wait, and whoever reads stops.
type reach struct {
	away     atomic.Bool
	readOnly atomic.Bool // it answers, and takes no writes: a standby, say
	log      *slog.Logger

	mu      sync.Mutex
	ctx     context.Context // ends when the server is away
	end     context.CancelFunc
	stop    context.CancelFunc // of the watch
	stopped chan struct{}
}

// startReach begins to ask, by connections as config says.
func startReach(config *pgx.ConnConfig, log *slog.Logger) *reach {
	config.ConnectTimeout = 0 // ours counts
	ctx, stop := context.WithCancel(context.Background())
	r := &reach{log: log, stop: stop, stopped: make(chan struct{})}
	r.ctx, r.end = context.WithCancel(context.Background())
	go r.watch(ctx, config)
	return r
}

// close ends the watch. Whoever reads goes on reading.
func (r *reach) close() {
	r.stop()
	<-r.stopped
}

func (r *reach) watch(ctx context.Context, config *pgx.ConnConfig) {
	defer close(r.stopped)
	var conn *pgx.Conn
	for {
		select {
		case <-ctx.Done():
			if conn != nil {
				bye, stop := context.WithTimeout(context.Background(), time.Second)
				defer stop()
				_ = conn.Close(bye)
			}
			return
		case <-time.After(reachEvery):
		}
		ask, stop := context.WithTimeout(ctx, reachWait)
		var err error
		if conn == nil {
			conn, err = pgx.ConnectConfig(ask, config)
		}
		if err == nil {
			err = r.ask(ask, conn)
		}
		if err != nil && conn != nil {
			_ = conn.Close(ask)
			conn = nil
		}
		r.heard(ctx.Err() != nil || !errors.Is(ask.Err(), context.DeadlineExceeded))
		stop()
	}
}

// ask asks the server for a sign of life, and whether it takes writes. Only a
// session of a writer's can tell: readers ask not to.
func (r *reach) ask(ctx context.Context, conn *pgx.Conn) error {
	var only bool
	err := conn.QueryRow(ctx, "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'").Scan(&only)
	if err == nil && r.readOnly.Swap(only) != only {
		r.log.Warn("whether the database takes writes", "takes", !only)
	}
	return err
}

// heard notes whether the server has said anything, be it no.
func (r *reach) heard(something bool) {
	if r.away.Swap(!something) == !something {
		return
	}
	if something {
		r.log.Info("the database answers again")
		return
	}
	r.log.Error("the database does not answer")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
	r.ctx, r.end = context.WithCancel(context.Background())
}

// err is why no piece is begun now, nil if it may be.
func (r *reach) err() error {
	if r != nil && r.away.Load() {
		return errAway
	}
	return nil
}

// whileThere is ctx until the server is away.
func (r *reach) whileThere(ctx context.Context) (context.Context, context.CancelFunc) {
	if r == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r.mu.Lock()
	until := r.ctx
	r.mu.Unlock()
	unhook := context.AfterFunc(until, func() { cancel(errAway) })
	if r.away.Load() { // since it was let in; until may be that of the time after
		cancel(errAway)
	}
	return ctx, func() { unhook(); cancel(context.Canceled) }
}

// orAway is err, or that the server went away meanwhile, which is why.
func orAway(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errAway) {
		return errAway
	}
	return err
}
