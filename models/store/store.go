// Package store keeps everything that the portal knows. It exists so that no
// other package opens a database, starts a transaction, reads the clock of the
// database, or handles a key: nouns get a Tx, stories call Write and Read, and
// that is all they see.
//
// One writer goroutine takes queued pieces of work, runs each inside a
// savepoint and commits many of them at once, because a durable commit costs a
// disk flush and a flush costs the same for one piece as for a hundred. Readers
// have connections of their own that cannot write.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"gorm.io/gorm"

	"yongxing/models/fault"
)

// ErrClosed is what Write and Read return once Close has begun.
var ErrClosed = fmt.Errorf("the store is closed: %w", fault.Unavailable)

// ErrLost means that a piece had run without error but its batch could not be
// committed: nothing of it is on record.
var ErrLost = fmt.Errorf("the write was lost: %w", fault.Unavailable)

var errReading = errors.New("the store is open for reading only")

// Options say where the data lives and what the store takes from outside.
type Options struct {
	// Dir is the data folder, made if it is missing.
	Dir string
	// URL names another database; empty means SQLite inside Dir.
	URL string
	// Keys seal fields and make look-up indexes.
	Keys *Keys
	// Now is the clock, time.Now if nil. The store rounds it down to whole
	// milliseconds in UTC.
	Now func() time.Time
	// Log gets what operators should know, never contents.
	Log *slog.Logger
	// Queue is how many pieces may wait for the writer before Write answers
	// fault.Busy; 512 if zero.
	Queue int
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	opts    Options
	lock    *flock.Flock // nil when open for reading only
	readers *sql.DB
	reading *gorm.DB
	writer  *writer // nil when open for reading only
	jobs    *jobs
}

// Open locks the data folder, brings the schema up to date and starts the
// writer. A second process on the same folder and a database from a newer
// program are refused with a sentence that says what to do.
func Open(ctx context.Context, opts Options) (_ *Store, err error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	s := &Store{opts: opts, lock: flock.New(filepath.Join(opts.Dir, "yongxing.lock"))}
	held, err := s.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !held {
		return nil, fmt.Errorf("the data folder %s is in use by another process: stop that one first, or name another folder", opts.Dir)
	}
	var db *sql.DB
	defer func() {
		if err != nil {
			if db != nil {
				_ = db.Close()
			}
			_ = s.closeReaders()
			_ = s.lock.Unlock()
		}
	}()
	if db, err = openWriter(ctx, opts.Dir); err != nil {
		return nil, err
	}
	if err = migrate(ctx, db, opts.Log); err != nil {
		return nil, err
	}
	if err = opts.Keys.check(ctx, db); err != nil {
		return nil, err
	}
	if err = s.openReaders(ctx); err != nil {
		return nil, err
	}
	if s.jobs, err = newJobs(db, s); err != nil {
		return nil, err
	}
	writing, err := openGORM(db)
	if err != nil {
		return nil, err
	}
	s.writer = startWriter(s, db, writing, opts.Queue)
	return s, nil
}

// OpenReader opens an existing database for reading only, beside a running
// server if need be: commands that list or verify use it. Write on it fails.
func OpenReader(ctx context.Context, opts Options) (*Store, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(databaseFile(opts.Dir)); err != nil {
		return nil, fmt.Errorf("there is no database in %s: start the server once, or name another folder", opts.Dir)
	}
	s := &Store{opts: opts}
	if err := s.openReaders(ctx); err != nil {
		_ = s.closeReaders()
		return nil, err
	}
	if err := checkSchema(ctx, s.readers, true); err != nil {
		_ = s.closeReaders()
		return nil, err
	}
	return s, nil
}

func (o *Options) complete() error {
	if o.URL != "" {
		return errors.New("this release keeps its data in SQLite: leave the database URL empty")
	}
	if o.Dir == "" {
		return errors.New("the store needs a data folder")
	}
	if o.Keys == nil {
		return errors.New("the store needs keys")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Queue == 0 {
		o.Queue = 512
	}
	return nil
}

// Close refuses new work, finishes what is queued, and lets go of the folder.
// Stop whatever works jobs before.
func (s *Store) Close() error {
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	errs = append(errs, s.closeReaders())
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}

func (s *Store) closeReaders() error {
	if s.readers == nil {
		return nil
	}
	return s.readers.Close()
}

// Now is the time by the store's clock: UTC, whole milliseconds.
func (s *Store) Now() time.Time { return s.opts.Now().UTC().Truncate(time.Millisecond) }

// Keys are the keys that the store was opened with.
func (s *Store) Keys() *Keys { return s.opts.Keys }

// Dir is the data folder.
func (s *Store) Dir() string { return s.opts.Dir }

// Queued is how many pieces wait for the writer, and how many may.
func (s *Store) Queued() (waiting, most int) {
	if s.writer == nil {
		return 0, 0
	}
	return len(s.writer.queue), cap(s.writer.queue)
}

// Write runs fn in a transaction and returns once its work is on disk, or with
// an error once none of it is. An error or panic of fn undoes what fn did and
// nothing else; a panic comes back as a panic here. If the queue is full the
// error is fault.Busy at once. ctx counts only while fn waits for its turn:
// what has begun is finished, since otherwise nobody could tell the outcome.
//
// fn must use only its Tx: a Write, a Read or a network call inside fn holds up
// every other writer, and a nested Write waits for itself.
func (s *Store) Write(ctx context.Context, fn func(Tx) error) error {
	if s.writer == nil {
		return errReading
	}
	return s.writer.do(ctx, fn)
}

// Read runs fn in a read-only transaction, so that everything fn reads is of
// one moment. ctx counts only while fn waits for a connection.
func (s *Store) Read(ctx context.Context, fn func(Tx) error) error {
	conn, err := s.readers.Conn(ctx)
	if err != nil {
		if ctx.Err() == nil {
			return fmt.Errorf("%w: %w", ErrClosed, err)
		}
		return err
	}
	defer conn.Close()
	ctx = context.WithoutCancel(ctx)
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	defer tx.Rollback()
	return fn(newTx(ctx, s, s.reading, tx))
}
