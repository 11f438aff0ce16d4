// Package modeltest gives tests a database of their own and a clock that they
// move: tests of this house use a real database, never a stand-in. It is SQLite,
// or PostgreSQL if YX_TEST_POSTGRES names a server, such as
// postgres://user:password@127.0.0.1/postgres, whose user may create databases.
package modeltest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"yongxing/models/store"
)

// Start is where test clocks begin: a Monday, 09:00 in Ningbo.
var Start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// Clock is a clock that stands still until a test moves it. It is safe for
// concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that shows t.
func NewClock(t time.Time) *Clock { return &Clock{now: t} }

// Now is the time it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves it to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves it on by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// keys are those of every database of the test program, as the template's.
var keys = store.NewKeys(true)

// Postgres says whether the tests run on PostgreSQL.
func Postgres() bool { return os.Getenv("YX_TEST_POSTGRES") != "" }

// OnlySQLite leaves a test out that is about SQLite itself, such as its files or
// its one writer.
func OnlySQLite(t testing.TB) {
	t.Helper()
	if Postgres() {
		t.Skip("about SQLite")
	}
}

// Store opens a fresh database whose clock stands at Start; it is closed when
// the test ends.
func Store(t testing.TB) *store.Store {
	t.Helper()
	return StoreAt(t, NewClock(Start))
}

// StoreAt is Store with a clock of the test's own.
func StoreAt(t testing.TB, c *Clock) *store.Store {
	t.Helper()
	return Open(t, Options(t, c))
}

// Open opens a database until the test ends: with the same Options twice, two
// nodes on one PostgreSQL database.
func Open(t testing.TB, opts store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Options name a fresh database with the current schema, for a test that opens
// it itself. On PostgreSQL it is gone when the test ends.
func Options(t testing.TB, c *Clock) store.Options {
	t.Helper()
	if Postgres() {
		return store.Options{Dir: t.TempDir(), Keys: keys, Now: c.Now, URL: freshPostgres(t)}
	}
	return OptionsFrom(t, c, migrated(t))
}

// OptionsFrom name a database that goes on from what Snapshot returned.
func OptionsFrom(t testing.TB, c *Clock, snapshot []byte) store.Options {
	t.Helper()
	opts := store.Options{Dir: t.TempDir(), Keys: keys, Now: c.Now}
	if err := os.WriteFile(filepath.Join(opts.Dir, "yongxing.db"), snapshot, 0o600); err != nil {
		t.Fatal(err)
	}
	return opts
}

// Snapshot is the file of an SQLite database that is at rest, byte by byte: what was
// deleted and not written over is still in it.
func Snapshot(t testing.TB, s *store.Store) []byte {
	t.Helper()
	file := filepath.Join(s.Dir(), "yongxing.db")
	db, err := sql.Open("sqlite3", "file:"+file+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var busy, logged, moved int
	if err := db.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved); err != nil || busy != 0 {
		t.Fatalf("not at rest: busy %d, %v", busy, err)
	}
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// Tables lists the tables of the database, for tests that look at all of them.
func Tables(tx store.Tx) (names []string, err error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if Postgres() {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
	}
	err = tx.DB().Raw(query).Scan(&names).Error
	return names, err
}

// migrated is an empty database with the current schema, made once for each
// test program because the migrations cost more than most tests.
func migrated(t testing.TB) []byte {
	t.Helper()
	template.once.Do(func() { template.file, template.err = makeTemplate() })
	if template.err != nil {
		t.Fatal(template.err)
	}
	return template.file
}

var template struct {
	once sync.Once
	file []byte
	err  error
}

func makeTemplate() ([]byte, error) {
	dir, err := os.MkdirTemp("", "yongxing-template-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), store.Options{Dir: dir, Keys: keys})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // moves the write-ahead log into the file
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "yongxing.db"))
}

// Holds says whether what is kept of s holds a text in the clear: in a file of
// SQLite, or in a row of PostgreSQL, as text or as bytes.
func Holds(t testing.TB, s *store.Store, text string) bool {
	t.Helper()
	if Postgres() {
		return rowsHold(t, s, text)
	}
	files, err := filepath.Glob(filepath.Join(s.Dir(), "yongxing.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database in the folder: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(body, []byte(text)) {
			return true
		}
	}
	return false
}

func rowsHold(t testing.TB, s *store.Store, text string) (found bool) {
	t.Helper()
	err := s.Read(t.Context(), func(tx store.Tx) error {
		tables, err := Tables(tx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			var n int
			err := tx.QueryRow("SELECT COUNT(*) FROM "+table+" t WHERE strpos(CAST(t AS TEXT), ?) > 0 OR strpos(CAST(t AS TEXT), ?) > 0",
				text, hex.EncodeToString([]byte(text))).Scan(&n)
			if err != nil {
				return err
			}
			found = found || n > 0
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
