package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// aged is a place for a database of the first release, with one row in it.
func aged(t *testing.T) store.Options {
	t.Helper()
	opts := store.Options{Dir: t.TempDir()}
	opts.Keys = keysOf(t, opts.Dir)
	if modeltest.Postgres() {
		opts.URL = modeltest.EmptyPostgres(t)
	}
	if err := store.MigrateTo(t.Context(), opts, 1); err != nil {
		t.Fatal(err)
	}
	return opts
}

func orgs(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	err := s.Read(t.Context(), func(tx store.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM org WHERE code = 'old'").Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A migration makes a backup first, once, and keeps what is there.
func TestMigrateBacksUp(t *testing.T) {
	t.Parallel()
	opts := aged(t)
	asked := 0
	backup := func(context.Context) (string, error) { asked++; return "dump", nil }
	if opts.URL != "" { // a starting node leaves a database alone that others serve from
		refused(t, opts, "run yongxing migrate first")
	}
	m, err := store.Migrate(t.Context(), opts, backup)
	if err != nil || m.From != 1 || m.To < 8 {
		t.Fatalf("migrated %+v, %v", m, err)
	}
	if opts.URL == "" {
		was := store.Options{Dir: t.TempDir(), Keys: opts.Keys}
		body, err := os.ReadFile(m.Backup)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(was.Dir, "yongxing.db"), body, 0o600); err != nil {
			t.Fatal(err)
		}
		if again, err := store.Migrate(t.Context(), was, nil); err != nil || again.From != 1 {
			t.Errorf("the backup is of version %d, %v", again.From, err)
		}
		if n := orgs(t, open(t, was)); n != 1 {
			t.Errorf("%d rows in the backup", n)
		}
	} else if asked != 1 || m.Backup != "dump" {
		t.Errorf("%d backups were asked for, and told is %q", asked, m.Backup)
	}
	if m, err := store.Migrate(t.Context(), opts, backup); err != nil || m.From != m.To || m.Backup != "" || asked > 1 {
		t.Errorf("again: %+v, %v, %d backups", m, err, asked)
	}
	if n := orgs(t, open(t, opts)); n != 1 {
		t.Errorf("%d rows after it", n)
	}
}

// A backup that fails leaves the database as it was.
func TestMigrateNeedsItsBackup(t *testing.T) {
	t.Parallel()
	opts := aged(t)
	if opts.URL == "" {
		if err := os.WriteFile(filepath.Join(opts.Dir, "backups"), nil, 0o600); err != nil { // no folder can be made
			t.Fatal(err)
		}
	}
	none := errors.New("no room")
	if _, err := store.Migrate(t.Context(), opts, func(context.Context) (string, error) { return "", none }); err == nil {
		t.Fatal("migrated without a backup")
	}
	if opts.URL == "" {
		if err := os.Remove(filepath.Join(opts.Dir, "backups")); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := store.Migrate(t.Context(), opts, func(context.Context) (string, error) { return "", nil }); err != nil || m.From != 1 {
		t.Errorf("afterwards: %+v, %v", m, err)
	}
}

// A migration that is killed at any moment is run again and goes on.
func TestMigrateKilled(t *testing.T) {
	const place = "YX_TEST_MIGRATE"
	if raw := os.Getenv(place); raw != "" {
		var opts store.Options
		if err := json.Unmarshal([]byte(raw), &opts); err != nil {
			t.Fatal(err)
		}
		opts.Keys = keysOf(t, opts.Dir)
		if _, err := store.Migrate(t.Context(), opts, func(context.Context) (string, error) { return "", nil }); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	for range 6 {
		opts := aged(t)
		raw, err := json.Marshal(struct{ Dir, URL string }{opts.Dir, opts.URL})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMigrateKilled$")
			child.Env = append(os.Environ(), place+"="+string(raw))
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(10+rand.IntN(120)) * time.Millisecond)
			_ = child.Process.Kill()
			_ = child.Wait()
		}
		if _, err := store.Migrate(t.Context(), opts, func(context.Context) (string, error) { return "", nil }); err != nil {
			t.Fatalf("it does not go on: %v", err)
		}
		if n := orgs(t, open(t, opts)); n != 1 {
			t.Errorf("%d rows after it", n)
		}
	}
}

// Several nodes that start on a new database at the same moment make it once.
func TestNodesMakeTheSchemaOnce(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("about PostgreSQL")
	}
	t.Parallel()
	url, keys := modeltest.EmptyPostgres(t), store.NewKeys(true)
	errs := make(chan error)
	for range 3 {
		dir := t.TempDir()
		go func() {
			s, err := store.Open(context.Background(), store.Options{Dir: dir, URL: url, Keys: keys})
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range 3 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// PostgreSQL too refuses a newer schema, other keys, and a wrong address without
// telling its password.
func TestPostgresRefuses(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("about PostgreSQL")
	}
	t.Parallel()
	opts := store.Options{Dir: t.TempDir(), URL: modeltest.EmptyPostgres(t), Keys: store.NewKeys(true)}
	s := open(t, opts)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	refused(t, opts, "start a newer program")
	opts = modeltest.Options(t, modeltest.NewClock(modeltest.Start))
	open(t, opts)
	other := opts
	other.Keys = store.NewKeys(true)
	refused(t, other, "not the one that this database was sealed with")
	_, err = store.Open(t.Context(), store.Options{Dir: t.TempDir(), Keys: opts.Keys, URL: "postgres://nobody:geheim@127.0.0.1:1/none"})
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("a wrong address: %v", err)
	}
}
