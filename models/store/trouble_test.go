package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// While another program holds the database, reads go on, writes are refused in
// time, and none is lost or wrongly acknowledged. Afterwards all is as before.
func TestHeldByAnotherProgram(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	free := holdDatabase(t, s.Dir())
	begun := time.Now()
	var mu sync.Mutex
	var acknowledged []string
	var callers sync.WaitGroup
	for caller := range 20 {
		callers.Go(func() {
			for n := 0; time.Since(begun) < 5*time.Second; n++ {
				name, sent := fmt.Sprintf("%02d-%03d", caller, n), time.Now()
				err := s.Write(context.Background(), func(tx store.Tx) error { return add(tx, name) })
				if took := time.Since(sent); took > 4*time.Second {
					t.Errorf("answered after %s", took)
				}
				if err == nil {
					mu.Lock()
					acknowledged = append(acknowledged, name)
					mu.Unlock()
				} else if !errors.Is(err, fault.Busy) && !errors.Is(err, fault.Unavailable) {
					t.Errorf("refused with %v", err)
				}
			}
		})
	}
	slowest := time.Duration(0)
	for time.Since(begun) < 4*time.Second {
		sent := time.Now()
		names(t, s)
		slowest = max(slowest, time.Since(sent))
		time.Sleep(20 * time.Millisecond)
	}
	if slowest > time.Second {
		t.Errorf("a read took %s", slowest)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d writes acknowledged while nobody can write", len(acknowledged))
	}
	free()
	callers.Wait()
	if err := s.Write(t.Context(), func(tx store.Tx) error { return add(tx, "after") }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	acknowledged = append(acknowledged, "after")
	slices.Sort(acknowledged)
	if got := names(t, s); !slices.Equal(got, acknowledged) {
		t.Errorf("%d rows on record, %d acknowledged", len(got), len(acknowledged))
	}
}

// holdDatabase is another program that holds the write lock until free is called.
func holdDatabase(t *testing.T, dir string) (free func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "yongxing.db")+"?_txlock=immediate&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

func TestFileGone(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	path := filepath.Join(s.Dir(), "yongxing.db")
	nothing := func(store.Tx) error { return nil }
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"read": s.Read(t.Context(), nothing), "write": s.Write(t.Context(), nothing), "sound": s.Sound()} {
		if !errors.Is(err, store.ErrGone) || !errors.Is(err, fault.Unavailable) {
			t.Errorf("%s while it is gone: %v", what, err)
		}
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil { // another one is as good as none
		t.Fatal(err)
	}
	if err := s.Read(t.Context(), nothing); !errors.Is(err, store.ErrGone) {
		t.Errorf("with another one in its place: %v", err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Read(t.Context(), nothing), s.Write(t.Context(), nothing), s.Sound()); err != nil {
		t.Errorf("put back: %v", err)
	}
}

// A portal that has lost its database does not begin anew in silence.
func TestFileGoneBeforeTheStart(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), store.NewKeys(true)
	if err := open(t, store.Options{Dir: dir, Keys: keys}).Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "yongxing.db")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	refused(t, store.Options{Dir: dir, Keys: keys}, "is gone: put it back")
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	open(t, store.Options{Dir: dir, Keys: keys})
}

// damage spoils what is in the middle of a database file.
func damage(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for page := int64(3); page < 20; page++ {
		if _, err := f.WriteAt(bytes.Repeat([]byte{0xEE}, 512), page*4096); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamagedBeforeTheStart(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string){
		"pages": damage,
		"head": func(t *testing.T, path string) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, append([]byte("no database here"), raw[16:]...), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, keys := t.TempDir(), store.NewKeys(true)
			if err := open(t, store.Options{Dir: dir, Keys: keys}).Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "yongxing.db")
			spoil(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			refused(t, store.Options{Dir: dir, Keys: keys}, "is damaged and was left as it is")
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the damaged file was changed: %v", err)
			}
		})
	}
}

// Damage that comes while the portal runs is found, and ends writing.
func TestDamagedMeanwhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := open(t, store.Options{Dir: dir}).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "yongxing.db-wal")); err == nil {
		t.Fatal("the log was not moved into the file at the end")
	}
	s := open(t, store.Options{Dir: dir})
	damage(t, filepath.Join(dir, "yongxing.db"))
	waitUntil(t, 20*time.Second, "the damage to be found", func() bool { return errors.Is(s.Sound(), store.ErrDamaged) })
	err := s.Write(t.Context(), func(tx store.Tx) error { return add(tx, "late") })
	if !errors.Is(err, store.ErrDamaged) || !errors.Is(err, fault.Unavailable) {
		t.Errorf("a write says %v", err)
	}
}

func waitUntil(t *testing.T, most time.Duration, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(most); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// onSQLite is a fresh database of the kind that is one file.
func onSQLite(t *testing.T) *store.Store {
	t.Helper()
	return open(t, store.Options{})
}

func TestClock(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	start := modeltest.Start
	type look struct {
		passed time.Duration // since the start, by the clock that nobody can set
		wall   time.Duration // what the machine's clock shows, since the start
		want   time.Duration // what the portal's shows
		jumped bool
		fit    bool
	}
	for name, c := range map[string]struct {
		last  time.Duration // of the newest entry, since the start; 0 = none
		looks []look
	}{
		"runs":                  {0, []look{{time.Hour, time.Hour, time.Hour, false, true}}},
		"corrected":             {0, []look{{time.Hour, time.Hour + 4*time.Minute, time.Hour + 4*time.Minute, false, true}}},
		"a day ahead":           {0, []look{{time.Hour, day + time.Hour, time.Hour, true, true}, {2 * time.Hour, day + 2*time.Hour, 2 * time.Hour, true, true}}},
		"a year ahead":          {0, []look{{time.Second, 365 * day, time.Second, true, true}}},
		"a day back":            {0, []look{{time.Hour, time.Hour - day, time.Hour, true, true}}},
		"and right again":       {0, []look{{time.Hour, -day, time.Hour, true, true}, {2 * time.Hour, 2*time.Hour - time.Second, 2*time.Hour - time.Second, false, true}}},
		"begun behind":          {day, []look{{time.Minute, time.Minute, day + time.Minute, true, false}, {2 * time.Minute, day + 2*time.Minute, day + 2*time.Minute, false, true}}},
		"begun a little behind": {time.Minute, []look{{time.Second, time.Second, time.Second, false, true}}},
		"begun long after":      {-90 * day, []look{{time.Second, time.Second, time.Second, false, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now look
			clock := store.NewClock(func() time.Time { return start.Add(now.wall) }, func() time.Duration { return now.passed }, slog.New(slog.DiscardHandler))
			last := time.Time{}
			if c.last != 0 {
				last = start.Add(c.last)
			}
			clock.Begin(last)
			for _, now = range c.looks {
				if got := clock.Now().Sub(start); got != now.want || clock.Jumped() != now.jumped || (clock.Fit() == nil) != now.fit {
					t.Errorf("after %s at %s: %s, jumped %v, fit %v; want %+v", now.passed, now.wall, got, clock.Jumped(), clock.Fit(), now)
				}
			}
		})
	}
}

func TestUnfitClockWritesNothing(t *testing.T) {
	t.Parallel()
	unfit := fmt.Errorf("behind: %w", fault.Unavailable)
	s := open(t, store.Options{Fit: func() error { return unfit }})
	if err := s.Write(t.Context(), func(tx store.Tx) error { return add(tx, "x") }); !errors.Is(err, unfit) {
		t.Errorf("a write says %v", err)
	}
	if got := names(t, s); slices.ContainsFunc(got, func(n string) bool { return strings.HasPrefix(n, "x") }) {
		t.Errorf("on record are %v", got)
	}
}
