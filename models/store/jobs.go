package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// jobs puts background work into the queue in the same transaction as what
// causes it, so that neither is there without the other. All that the rest of
// the portal knows of River's drivers is in this file.
type jobs interface {
	insert(t Tx, many []river.InsertManyParams) error
	insertOnce(t Tx, args river.JobArgs, opts *river.InsertOpts) (fresh bool, err error)
	worker(c *river.Config) (Worker, error)
}

// Worker works the queue; a *river.Client is one.
type Worker interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// riverJobs is jobs over one of River's drivers, whose transactions are T.
type riverJobs[T any] struct {
	driver func() riverdriver.Driver[T]
	native func(Tx) (T, bool) // false in a Read
	clock  clock
	log    *slog.Logger
	client *river.Client[T]
}

func sqliteJobs(db *sql.DB, s *Store) (jobs, error) {
	return newJobs(s, func() riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) },
		func(t Tx) (*sql.Tx, bool) {
			c, ok := t.conn.(*sqlConn)
			if !ok {
				return nil, false
			}
			return c.Tx, true
		})
}

func postgresJobs(pool *pgxpool.Pool, s *Store) (jobs, error) {
	return newJobs(s, func() riverdriver.Driver[pgx.Tx] { return riverpgxv5.New(pool) },
		func(t Tx) (pgx.Tx, bool) {
			c, ok := t.conn.(*pgConn)
			if !ok {
				return nil, false
			}
			return c.tx, true
		})
}

// clock gives River the store's time. Without it River asks the database, and a
// job would be due by another clock than the one that scheduled it.
type clock struct{ now func() time.Time }

// Now keeps the monotonic reading, which River uses to measure.
func (c clock) Now() time.Time { return c.now() }

// NowOrNil is never nil: the database does not tell the time.
func (c clock) NowOrNil() *time.Time {
	t := c.now().UTC()
	return &t
}

func newJobs[T any](s *Store, driver func() riverdriver.Driver[T], native func(Tx) (T, bool)) (_ jobs, err error) {
	j := &riverJobs[T]{driver: driver, native: native, clock: clock{s.opts.Now}, log: quiet(s.opts.Log)}
	j.client, err = j.open(&river.Config{})
	return j, err
}

func (j *riverJobs[T]) open(c *river.Config) (*river.Client[T], error) {
	c.Test.Time = j.clock
	c.Logger = j.log
	client, err := river.NewClient(j.driver(), c)
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return client, nil
}

func (j *riverJobs[T]) worker(c *river.Config) (Worker, error) { return j.open(c) }

func (j *riverJobs[T]) insert(t Tx, many []river.InsertManyParams) error {
	tx, ok := j.native(t)
	if !ok {
		return errReading
	}
	_, err := j.client.InsertManyFastTx(t.ctx, tx, many)
	return err
}

func (j *riverJobs[T]) insertOnce(t Tx, args river.JobArgs, opts *river.InsertOpts) (fresh bool, err error) {
	tx, ok := j.native(t)
	if !ok {
		return false, errReading
	}
	res, err := j.client.InsertTx(t.ctx, tx, args, opts)
	if err != nil {
		return false, err
	}
	return !res.UniqueSkippedAsDuplicate, nil
}

// Jobs makes a worker of the queue with the store's clock, for models/job. Stop
// it before Close. Its log is the store's, from warnings upwards.
func (s *Store) Jobs(c *river.Config) (Worker, error) {
	j := s.engine.jobs()
	if j == nil {
		return nil, errReading
	}
	return j.worker(c)
}

// Enqueue adds jobs that run once this transaction is committed.
func (t Tx) Enqueue(args ...river.JobArgs) error {
	j := t.store.engine.jobs()
	if j == nil {
		return errReading
	}
	many := make([]river.InsertManyParams, len(args))
	for i, a := range args {
		many[i].Args = a
	}
	// The form for many is the cheapest even for one: 53 µs against 114.
	if err := j.insert(t, many); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	return nil
}

// EnqueueOnce adds one job with options of its own, such as a time or
// uniqueness, and says whether it is fresh: false if opts made it a duplicate.
func (t Tx) EnqueueOnce(args river.JobArgs, opts *river.InsertOpts) (fresh bool, err error) {
	j := t.store.engine.jobs()
	if j == nil {
		return false, errReading
	}
	if fresh, err = j.insertOnce(t, args, opts); err != nil {
		return false, fmt.Errorf("enqueue: %w", err)
	}
	return fresh, nil
}
