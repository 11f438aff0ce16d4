package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// keysOf are the keys of a folder, made at its first start.
func keysOf(t *testing.T, dir string) *store.Keys {
	t.Helper()
	keys, err := store.LoadOrMakeKeys(filepath.Join(dir, "keys.json"), true)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// A database opens with the keys that it was sealed with, and no others are made
// for it when they are gone.
func TestKeysBelongToTheirDatabase(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	dir := t.TempDir()
	if err := open(t, store.Options{Dir: dir}).Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, store.Options{Dir: dir, Keys: store.NewKeys(true)}, "not the one that this database was sealed with")
	if err := os.Rename(filepath.Join(dir, "keys.json"), filepath.Join(dir, "copy.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.LoadOrMakeKeys(filepath.Join(dir, "keys.json"), true); err == nil || !strings.Contains(err.Error(), "put it back") {
		t.Errorf("without its key file: %v", err)
	}
	if err := os.Rename(filepath.Join(dir, "copy.json"), filepath.Join(dir, "keys.json")); err != nil {
		t.Fatal(err)
	}
	open(t, store.Options{Dir: dir})
}

// open is store.Open with a folder, keys and an end if the test names none.
func open(t *testing.T, opts store.Options) *store.Store {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	if opts.Keys == nil {
		opts.Keys = keysOf(t, opts.Dir)
	}
	s, err := store.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func refused(t *testing.T, opts store.Options, want string) {
	t.Helper()
	if opts.Keys == nil {
		opts.Keys = store.NewKeys(true)
	}
	s, err := store.Open(t.Context(), opts)
	if err == nil {
		_ = s.Close()
		t.Fatalf("opened; want an error with %q", want)
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, want one line with %q", err, want)
	}
}

func TestOneProcessAFolder(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	dir, keys := t.TempDir(), store.NewKeys(true)
	first := open(t, store.Options{Dir: dir, Keys: keys})
	refused(t, store.Options{Dir: dir}, "in use by another process")
	if err := first.Write(t.Context(), func(tx store.Tx) error { return add(tx, "still open") }); err != nil {
		t.Errorf("the first is hurt: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	second := open(t, store.Options{Dir: dir, Keys: keys})
	if got := names(t, second); len(got) != 1 {
		t.Errorf("after reopening %v are on record", got)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	dir := t.TempDir()
	s := open(t, store.Options{Dir: dir})
	err := s.Write(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	refused(t, store.Options{Dir: dir}, "start a newer program")
	refused(t, store.Options{Dir: dir}, "start a newer program") // and the folder is free again
	if _, err := store.OpenReader(t.Context(), store.Options{Dir: dir, Keys: store.NewKeys(true)}); err == nil {
		t.Error("a reader opened it")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	refused(t, store.Options{}, "data folder")
	refused(t, store.Options{Dir: t.TempDir(), URL: "mysql://db/yongxing"}, "postgres://")
	if _, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()}); err == nil {
		t.Error("opened without keys")
	}
}

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, store.Options{Dir: dir})
	if err := s.Write(t.Context(), func(tx store.Tx) error { return add(tx, "x") }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".", "yongxing.db", "yongxing.db-wal", "yongxing.db-shm"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o", name, info.Mode().Perm())
		}
	}
}

func TestFolderNamesAreEscaped(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a ?b#c%20&_foreign_keys=off")
	s := open(t, store.Options{Dir: dir})
	if err := s.Write(t.Context(), func(tx store.Tx) error { return add(tx, "x") }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "yongxing.db-wal")); err != nil {
		t.Errorf("the database is somewhere else: %v", err)
	}
}

// Every connection must be set up, not only the first of a pool.
func TestPragmasOnEachConnection(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	s := modeltest.Store(t)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "2500", "recursive_triggers": "1"}
	check := func(t *testing.T, tx store.Tx, want map[string]string) {
		t.Helper()
		for name, value := range want {
			var got string
			if err := tx.QueryRow("PRAGMA " + name).Scan(&got); err != nil || got != value {
				t.Errorf("%s is %q (%v), want %q", name, got, err, value)
			}
		}
	}
	if err := s.Write(t.Context(), func(tx store.Tx) error { check(t, tx, want); return nil }); err != nil {
		t.Fatal(err)
	}
	want["query_only"] = "1"
	var nest func(depth int) error
	nest = func(depth int) error { // holds all four connections at once
		return s.Read(t.Context(), func(tx store.Tx) error {
			check(t, tx, want)
			if depth == 1 {
				return nil
			}
			return nest(depth - 1)
		})
	}
	if err := nest(4); err != nil {
		t.Fatal(err)
	}
}

func TestOpenReader(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	dir, keys := t.TempDir(), store.NewKeys(true)
	opts := store.Options{Dir: dir, Keys: keys}
	if _, err := store.OpenReader(t.Context(), opts); err == nil {
		t.Error("opened a folder without a database")
	}
	s := open(t, opts)
	for _, running := range []bool{true, false} {
		if err := s.Write(t.Context(), func(tx store.Tx) error { _, err := tx.NextID("x"); return err }); running && err != nil {
			t.Fatal(err)
		}
		r, err := store.OpenReader(t.Context(), opts)
		if err != nil {
			t.Fatalf("server running %v: %v", running, err)
		}
		if got := names(t, r); len(got) != 1 {
			t.Errorf("server running %v: it reads %v", running, got)
		}
		if err := r.Write(t.Context(), func(store.Tx) error { return nil }); err == nil {
			t.Error("it writes")
		}
		err = r.Read(t.Context(), func(tx store.Tx) error {
			if tx.Enqueue(note{}) == nil {
				t.Error("it enqueues")
			}
			_, err := tx.EnqueueOnce(note{}, nil)
			return err
		})
		if err == nil {
			t.Error("it enqueues")
		}
		if _, err := r.Jobs(nil); err == nil {
			t.Error("it works jobs")
		}
		if err := errors.Join(r.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestReaderRefusesAnOlderSchema(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	dir := t.TempDir()
	db, err := sql.Open("sqlite3", filepath.Join(dir, "yongxing.db")+"?_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE x (y)"); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = store.OpenReader(t.Context(), store.Options{Dir: dir, Keys: store.NewKeys(true)})
	if err == nil || !strings.Contains(err.Error(), "start the server once") {
		t.Errorf("got %v", err)
	}
}
