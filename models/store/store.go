// Package store keeps everything that the portal knows. It exists so that no
// other package opens a database, starts a transaction, reads the clock of the
// database, or handles a key: nouns get a Tx, stories call Write and Read, and
// that is all they see.
//
// It keeps it in SQLite or in PostgreSQL, chosen by one address. The two differ in
// one thing that stories must know: on SQLite writes follow each other, on
// PostgreSQL they run side by side, on several nodes at once. So every change of
// state is a conditional update, and whoever reads something in order to change
// it takes its lock first (Tx.Lock).
//
//   - SQLite (sqlite.go, writer.go): one writer goroutine takes queued pieces of
//     work, runs each inside a savepoint and commits many of them at once, because
//     a durable commit costs a disk flush and a flush costs the same for one piece
//     as for a hundred. Readers have connections of their own that cannot write.
//   - PostgreSQL (postgres.go): each piece is a transaction of its own; the server
//     groups the flushes.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"yongxing/models/fault"
)

// ErrClosed is what Write and Read return once Close has begun.
var ErrClosed = fmt.Errorf("the store is closed: %w", fault.Unavailable)

// ErrLost means that a piece had run without error but its batch could not be
// committed: nothing of it is on record.
var ErrLost = fmt.Errorf("the write was lost: %w", fault.Unavailable)

// ErrInDoubt means that the connection broke while a commit was under way: whether
// the piece is on record, only a look can tell.
var ErrInDoubt = fmt.Errorf("the outcome of the write is unknown: %w", fault.Unavailable)

var errReading = errors.New("the store is open for reading only")

// Options say where the data lives and what the store takes from outside.
type Options struct {
	// Dir is the data folder, made if it is missing.
	Dir string
	// URL names a PostgreSQL database, postgres://…; empty means SQLite inside Dir.
	URL string
	// Keys seal fields and make look-up indexes.
	Keys *Keys
	// Now is the clock, time.Now if nil. The store rounds it down to whole
	// milliseconds in UTC.
	Now func() time.Time
	// Fit says why nothing may be written now; nil = it always may.
	Fit func() error
	// Full is called when the disk is full, and tells whether it has made room: then
	// what could not be written is tried once more. nil = it never does.
	Full func() bool
	// Log gets what operators should know, never contents.
	Log *slog.Logger
	// Queue is how many pieces may wait for the writer before Write answers
	// fault.Busy; 512 if zero.
	Queue int
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	opts   Options
	engine engine
}

// engine is all that SQLite and PostgreSQL do differently.
type engine interface {
	write(ctx context.Context, fn func(Tx) error) error
	read(ctx context.Context, fn func(Tx) error) error
	queued() (waiting, most int)
	writable() error
	jobs() jobs // nil when open for reading only
	sound() error
	dialect() dialect
	close() error
}

// Open brings the schema up to date and starts the writer. On SQLite it locks the
// data folder: a second process on the same one is refused. A database from a
// newer program is refused with a sentence that says what to do.
func Open(ctx context.Context, opts Options) (*Store, error) { return open(ctx, opts, false) }

// OpenReader opens an existing database for reading only, beside a running
// server if need be: commands that list or verify use it. Write on it fails.
func OpenReader(ctx context.Context, opts Options) (*Store, error) { return open(ctx, opts, true) }

func open(ctx context.Context, opts Options, readOnly bool) (_ *Store, err error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	s := &Store{opts: opts}
	switch {
	case opts.URL != "" && readOnly:
		s.engine, err = readPostgres(ctx, s)
	case opts.URL != "":
		s.engine, err = openPostgres(ctx, s)
	case readOnly:
		s.engine, err = readSQLite(ctx, s)
	default:
		s.engine, err = openSQLite(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (o *Options) complete() error {
	if o.URL != "" && !strings.HasPrefix(o.URL, "postgres://") && !strings.HasPrefix(o.URL, "postgresql://") {
		return errors.New("the database address must begin with postgres://, or be empty for SQLite in the data folder")
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
	if o.Fit == nil {
		o.Fit = func() error { return nil }
	}
	if o.Full == nil {
		o.Full = func() bool { return false }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Queue == 0 {
		o.Queue = 512
	}
	return nil
}

func (o *Options) makeDir() error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

// Close refuses new work, finishes what is queued, and lets go of the database.
// Stop whatever works jobs before.
func (s *Store) Close() error { return s.engine.close() }

// Now is the time by the store's clock: UTC, whole milliseconds.
func (s *Store) Now() time.Time { return s.opts.Now().UTC().Truncate(time.Millisecond) }

// Keys are the keys that the store was opened with.
func (s *Store) Keys() *Keys { return s.opts.Keys }

// Unseal opens what a Tx has sealed for the same place.
func (s *Store) Unseal(table, column string, row int64, sealed Sealed) (string, error) {
	return s.opts.Keys.Open(Place{table, column, row}, sealed)
}

// Dir is the data folder.
func (s *Store) Dir() string { return s.opts.Dir }

// Queued is how many pieces wait for their turn to write, and how many may.
func (s *Store) Queued() (waiting, most int) { return s.engine.queued() }

// Writable says why a piece would be refused now, whatever it does: the queue is
// full, or the server takes no writes. nil if it would not.
func (s *Store) Writable() error {
	if waiting, most := s.Queued(); waiting >= most {
		return fmt.Errorf("too many wait to write: %w", fault.Busy)
	}
	return s.engine.writable()
}

// Write runs fn in a transaction and returns once its work is on disk, or with
// an error once none of it is. An error or panic of fn undoes what fn did and
// nothing else; a panic comes back as a panic here. If too many wait already the
// error is fault.Busy at once. ctx counts only while fn waits for its turn:
// what has begun is finished, since otherwise nobody could tell the outcome.
//
// fn must use only its Tx: a Write, a Read or a network call inside fn holds up
// other writers, and a nested Write may wait for itself. fn runs again if
// it met a deadlock, on PostgreSQL, or a full disk, so it sets what it captures anew
// each time.
func (s *Store) Write(ctx context.Context, fn func(Tx) error) error {
	if err := s.opts.Fit(); err != nil {
		return err
	}
	return s.engine.write(ctx, fn)
}

// Read runs fn in a read-only transaction, so that everything fn reads is of
// one moment. ctx counts only while fn waits for a connection.
func (s *Store) Read(ctx context.Context, fn func(Tx) error) error { return s.engine.read(ctx, fn) }

// Sound says why nobody can vouch for what the store reads now, nil if somebody
// can: the database file is damaged or is not there any more, or the server does
// not answer.
func (s *Store) Sound() error { return s.engine.sound() }
