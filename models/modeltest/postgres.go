package modeltest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"yongxing/models/store"
)

// postgresTemplate is the empty database that all test programs with this schema
// and this role copy. Others, of another branch say, have another one beside it: a
// role can make nothing of its own in tables of another's.
var postgresTemplate = sync.OnceValue(func() string {
	h := sha256.New()
	h.Write([]byte(emptying))
	address, err := pgx.ParseConfig(os.Getenv("YX_TEST_POSTGRES"))
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(h, "%s\n", address.User)
	files, err := store.Migrations("postgres")
	if err == nil {
		err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			body, err := fs.ReadFile(files, name)
			fmt.Fprintf(h, "%s %d\n%s", name, len(body), body)
			return err
		})
	}
	if err != nil {
		panic(err) // they are part of the program
	}
	return fmt.Sprintf("yx_test_template_%x", h.Sum(nil)[:6])
})

// keeper is a connection that lasts as long as this test program. Its number is
// part of the names of the program's databases: whoever clears away what programs
// have left (make postgres) sees by it that this one is still running.
var keeper = sync.OnceValues(func() (*pgx.Conn, error) {
	address, err := pgx.ParseConfig(os.Getenv("YX_TEST_POSTGRES"))
	if err != nil {
		return nil, err
	}
	address.RuntimeParams["application_name"] = "yx_test"
	conn, err := pgx.ConnectConfig(context.Background(), address)
	if err != nil {
		return nil, fmt.Errorf("reach the server of YX_TEST_POSTGRES: %w", err)
	}
	return conn, nil
})

// createPostgres makes a database of this program's from a template.
func createPostgres(template string) (name string, err error) {
	conn, err := keeper()
	if err != nil {
		return "", err
	}
	name = fmt.Sprintf("yx_test_%d_%s", conn.PgConn().PID(), strings.ToLower(rand.Text()[:12]))
	return name, postgresDo("CREATE DATABASE " + name + " TEMPLATE " + template)
}

// spare are databases whose test has ended and that are empty again: to empty one
// takes a tenth of the time of a copy.
var spare struct {
	mu    sync.Mutex
	names []string
}

// freshPostgres is an empty database with the current schema. Those that are left
// when the program ends are dropped by whoever starts the next run.
func freshPostgres(t testing.TB) (address string) {
	t.Helper()
	if err := ensureTemplate(); err != nil {
		t.Fatal(err)
	}
	spare.mu.Lock()
	var name string
	if n := len(spare.names); n > 0 {
		name, spare.names = spare.names[n-1], spare.names[:n-1]
	}
	spare.mu.Unlock()
	if name == "" {
		var err error
		if name, err = createPostgres(postgresTemplate()); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := emptyPostgres(name); err != nil {
			t.Error(err)
		}
	})
	return postgresAddress(name)
}

// EmptyPostgres is a new database without any table, gone when the test ends.
func EmptyPostgres(t testing.TB) (address string) {
	t.Helper()
	name, err := createPostgres("template0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgresDo("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return postgresAddress(name)
}

// emptyPostgres makes a database spare, or drops it if the test has changed more
// than rows.
func emptyPostgres(name string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, postgresAddress(name))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var asMade bool
	if err := conn.QueryRow(ctx, "SELECT yx_test_empty()").Scan(&asMade); err != nil {
		return err
	}
	if !asMade {
		return postgresDo("DROP DATABASE " + name + " WITH (FORCE)")
	}
	spare.mu.Lock()
	defer spare.mu.Unlock()
	spare.names = append(spare.names, name)
	return nil
}

// emptying is part of the template. The schema is as it was made if the same
// tables, indexes, columns and triggers are there, by their names: some tests
// rename a table, which leaves as many of each.
const emptying = `
CREATE FUNCTION yx_test_shape() RETURNS numeric LANGUAGE sql AS $$
	SELECT (SELECT sum(1 + hashtextextended(relname, 0)::numeric) FROM pg_class) +
		(SELECT sum(1 + hashtextextended(attname, attrelid::bigint)::numeric) FROM pg_attribute) +
		(SELECT sum(1 + hashtextextended(tgname, 1)::numeric) FROM pg_trigger WHERE tgenabled = 'O') $$;
CREATE TABLE yx_test_made AS SELECT 0::numeric AS shape;
UPDATE yx_test_made SET shape = yx_test_shape();
CREATE FUNCTION yx_test_empty() RETURNS boolean LANGUAGE plpgsql AS $$
	DECLARE t name; as_made boolean;
	BEGIN
		SELECT shape = yx_test_shape() INTO as_made FROM yx_test_made;
		IF NOT as_made THEN RETURN FALSE; END IF;
		SET LOCAL session_replication_role = replica; -- past the triggers
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
			AND tablename NOT IN ('goose_db_version', 'river_migration', 'yx_test_made')
		LOOP EXECUTE format('DELETE FROM %I', t); END LOOP;
		PERFORM setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences
			WHERE schemaname = current_schema() AND sequencename NOT LIKE 'goose%' AND last_value IS NOT NULL;
		RETURN TRUE;
	END $$`

var ensureTemplate = sync.OnceValue(func() error {
	return postgresWith(func(ctx context.Context, conn *pgx.Conn) error {
		// Another test program may be making it: it holds this lock meanwhile.
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(720230602)"); err != nil {
			return err
		}
		var there bool
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", postgresTemplate()).Scan(&there)
		if err != nil || there {
			return err
		}
		return makePostgresTemplate(ctx, conn)
	})
})

func makePostgresTemplate(ctx context.Context, conn *pgx.Conn) error {
	half := postgresTemplate() + "_half" // until it is whole
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + half, "CREATE DATABASE " + half + " TEMPLATE template0"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "yongxing-template-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, store.Options{Dir: dir, URL: postgresAddress(half), Keys: keys})
	if err != nil {
		return err
	}
	err = s.Write(ctx, func(tx store.Tx) error {
		if _, err := tx.Exec("DELETE FROM key_check"); err != nil { // each test program has keys of its own
			return err
		}
		_, err := tx.Exec(emptying)
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+half+" RENAME TO "+postgresTemplate())
	return err
}

func postgresAddress(name string) string {
	u, err := url.Parse(os.Getenv("YX_TEST_POSTGRES"))
	if err != nil {
		panic(err) // the whole run is for nothing
	}
	u.Path = "/" + name
	return u.String()
}

// postgresDo runs a statement on a connection of its own: databases are not made
// and dropped within a transaction, and seldom enough.
func postgresDo(statement string) error {
	return postgresWith(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
}

func postgresWith(fn func(context.Context, *pgx.Conn) error) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, os.Getenv("YX_TEST_POSTGRES"))
	if err != nil {
		return fmt.Errorf("reach the server of YX_TEST_POSTGRES: %w", err)
	}
	defer conn.Close(ctx)
	return fn(ctx, conn)
}
