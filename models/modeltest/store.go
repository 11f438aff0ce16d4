// Package modeltest gives tests a database of their own and a clock that they
// move: tests of this house use real SQLite, never a stand-in.
package modeltest

import (
	"context"
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

// Store opens a fresh database whose clock stands at Start; it is closed when
// the test ends.
func Store(t testing.TB) *store.Store {
	t.Helper()
	return StoreAt(t, NewClock(Start))
}

// StoreAt is Store with a clock of the test's own.
func StoreAt(t testing.TB, c *Clock) *store.Store {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "yongxing.db"), migrated(t), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Keys: keys, Now: c.Now})
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
