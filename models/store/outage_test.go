package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

func onlyPostgres(t *testing.T) {
	t.Helper()
	if !modeltest.Postgres() {
		t.Skip("about PostgreSQL")
	}
	t.Parallel()
}

func one(tx store.Tx) error {
	var n int
	return tx.QueryRow("SELECT 1").Scan(&n)
}

// A line that is cut at any moment is an outage, and the next piece goes on.
func TestCutLine(t *testing.T) {
	onlyPostgres(t)
	opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
	l := modeltest.LineTo(t, &opts)
	s := modeltest.Open(t, opts)
	cutSoon := func() { time.AfterFunc(50*time.Millisecond, l.Cut) }
	for name, piece := range map[string]func(tx store.Tx) error{
		"before a statement": func(tx store.Tx) error {
			l.Cut()
			_, err := tx.Exec("UPDATE id_counter SET last = last WHERE name = 'x'")
			return err
		},
		"during a statement": func(tx store.Tx) error {
			cutSoon()
			var n string
			return tx.QueryRow("SELECT CAST(pg_sleep(1) AS TEXT)").Scan(&n)
		},
		"for GORM, after a cut that was seen": func(tx store.Tx) error {
			l.Cut()
			_ = one(tx)
			var n int
			return tx.DB().Raw("SELECT 1").Scan(&n).Error
		},
		"before the end": func(tx store.Tx) error {
			err := one(tx)
			l.Cut()
			return err
		},
	} {
		for kind, do := range map[string]func(context.Context, func(store.Tx) error) error{"write": s.Write, "read": s.Read} {
			err := do(t.Context(), piece)
			if err == nil && (kind == "write" || name != "before the end") || err != nil && !errors.Is(err, fault.Unavailable) {
				t.Errorf("%s %s: %v", kind, name, err)
			}
			var again error
			for range 3 { // connections that lay idle have been cut too
				if again = do(t.Context(), one); again == nil {
					break
				}
			}
			if again != nil {
				t.Errorf("%s after a cut %s: %v", kind, name, again)
			}
		}
	}
}

// A server that vanishes without a word holds up nobody for ever.
func TestSilentLine(t *testing.T) {
	onlyPostgres(t)
	opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
	l := modeltest.LineTo(t, &opts)
	s, err := store.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	both := make(chan error, 2)
	for _, do := range []func(context.Context, func(store.Tx) error) error{s.Write, s.Read} {
		go func() {
			both <- do(context.Background(), func(tx store.Tx) error {
				l.Silence()
				return one(tx)
			})
		}()
	}
	late := time.After(10 * time.Second)
	for range 2 {
		select {
		case err := <-both:
			if !errors.Is(err, fault.Unavailable) && !errors.Is(err, fault.Busy) {
				t.Errorf("answered with %v", err)
			}
		case <-late:
			t.Fatal("it hangs")
		}
	}
	go func() { _ = s.Close() }() // it says good-bye to connections that do not answer, for another 15 s
}

// A migration has the time that it needs: an index over a city's facts takes
// minutes.
func TestMigrateHasTime(t *testing.T) {
	onlyPostgres(t)
	url := modeltest.EmptyPostgres(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), `CREATE FUNCTION hurried() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
		IF current_setting('statement_timeout') <> '0' OR current_setting('lock_timeout') <> '0' THEN RAISE EXCEPTION 'a step is hurried'; END IF; END $$;
		CREATE EVENT TRIGGER hurried ON ddl_command_start EXECUTE FUNCTION hurried()`)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Migrate(t.Context(), store.Options{Dir: t.TempDir(), URL: url, Keys: store.NewKeys(true)}, nil); err != nil {
		t.Error(err)
	}
}

// A node with other keys is refused, whichever of them is another one: it could
// not read what the others write.
func TestEachKeyIsCompared(t *testing.T) {
	t.Parallel()
	opts := store.Options{Dir: t.TempDir()}
	if modeltest.Postgres() {
		opts.URL = modeltest.EmptyPostgres(t)
	}
	path := filepath.Join(opts.Dir, "keys.json")
	opts.Keys = keysOf(t, opts.Dir)
	if err := open(t, opts).Close(); err != nil {
		t.Fatal(err)
	}
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]any{
		"index": make([]byte, 32), "root": make([]byte, 32), "seal": []any{map[string]any{"id": 1, "key": make([]byte, 32)}},
	} {
		var file map[string]any
		if err := json.Unmarshal(right, &file); err != nil {
			t.Fatal(err)
		}
		file[name] = other
		body, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		wrong := opts
		wrong.Keys = keysOf(t, opts.Dir)
		refused(t, wrong, "not the one that this database was sealed with")
	}
	open(t, opts)
}
