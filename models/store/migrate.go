package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*/*.sql
var migrationFiles embed.FS

// Migrated is what Migrate has done.
type Migrated struct {
	// From and To are the versions of the schema before and after; From is 0 for an
	// empty database.
	From, To int64
	// Backup is the file that holds the database as it was, "" if nothing was to be
	// done or the database was empty.
	Backup string
}

// Migrate brings an existing database up to date, or makes a new one. A migration
// that a crash cuts short is taken up again where it stood: each step is one
// transaction with its record. backup is called before the first step on a
// PostgreSQL database that holds something, and returns the file that it made;
// SQLite is copied into the data folder without being asked.
func Migrate(ctx context.Context, opts Options, backup func(context.Context) (file string, err error)) (m Migrated, err error) {
	if err := opts.complete(); err != nil {
		return Migrated{}, err
	}
	s := &Store{opts: opts}
	if opts.URL == "" {
		e, err := openSQLite(ctx, s)
		if err != nil {
			return Migrated{}, err
		}
		return e.migrated, e.close()
	}
	return migratePostgres(ctx, opts, backup)
}

// migrateSQLite brings the schema and River's tables up to date. The lock on the
// data folder keeps a second process out, which goose does not.
func migrateSQLite(ctx context.Context, db *sql.DB, o Options) (m Migrated, err error) {
	if m, err = pending(ctx, db, onSQLite); err != nil {
		return m, err
	}
	if m.From > 0 && m.From < m.To {
		if m.Backup, err = backUpSQLite(ctx, db, o.Dir, m.From); err != nil {
			return m, fmt.Errorf("back up the database before its migration: %w", err)
		}
		o.Log.InfoContext(ctx, "backed up", "file", m.Backup)
	}
	if err := migrateSchema(ctx, db, onSQLite, o.Log); err != nil {
		return m, err
	}
	return m, migrateJobs(ctx, riversqlite.New(db), o.Log)
}

// pending says from which version to which the database is to go. One that a
// newer program has made is refused.
func pending(ctx context.Context, db *sql.DB, on dialect) (m Migrated, err error) {
	if m.To, err = newestMigration(on); err != nil {
		return m, err
	}
	if m.From, err = versionOf(ctx, db, on); err == nil && m.From > m.To {
		err = fmt.Errorf("the database is at version %d and this program knows %d: start a newer program", m.From, m.To)
	}
	return m, err
}

// backUpSQLite copies the database as it is into a file of the data folder. The
// name is there only once the copy is whole and on the disk.
func backUpSQLite(ctx context.Context, db *sql.DB, dir string, version int64) (file string, err error) {
	folder := filepath.Join(dir, "backups")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	file = filepath.Join(folder, fmt.Sprintf("yongxing-version-%d.db", version))
	half := file + ".half"
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	// Made here so that nobody else can read it; SQLite fills an empty file.
	f, err := os.OpenFile(half, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", half); err != nil {
		return "", err
	}
	if err := f.Sync(); err != nil {
		return "", err
	}
	if err := os.Rename(half, file); err != nil {
		return "", err
	}
	d, err := os.Open(folder)
	if err != nil {
		return "", err
	}
	return file, errors.Join(d.Sync(), d.Close())
}

// migrationLock is the number of the advisory lock that nodes wait for while one
// of them migrates. It is the server's to free if that one dies.
const migrationLock = 720230601

// errNeedsMigration is an existing PostgreSQL database of an older program. A
// starting node leaves it alone: others may be serving from it, and a backup
// comes first.
var errNeedsMigration = errors.New("run yongxing migrate first, which makes a backup")

// migratePostgres does the same while other nodes that start wait. Without backup
// it makes a new database and refuses to change one that is there.
func migratePostgres(ctx context.Context, o Options, backup func(context.Context) (string, error)) (m Migrated, err error) {
	// Connections of its own: an index over ten million rows takes as long as it takes.
	patient := map[string]string{"lock_timeout": "0", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
	pool, err := postgresPool(ctx, o.URL, 4, patient)
	if err != nil {
		return m, err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return m, fmt.Errorf("reach the database: %w", withoutAddress(err))
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return m, fmt.Errorf("wait for another node to migrate: %w", err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock)
	}()
	if m, err = pending(ctx, db, onPostgres); err != nil {
		return m, err
	}
	if m.From > 0 && m.From < m.To {
		if backup == nil {
			return m, fmt.Errorf("the database is at version %d and this program needs %d: %w", m.From, m.To, errNeedsMigration)
		}
		if m.Backup, err = backup(ctx); err != nil {
			return m, fmt.Errorf("back up the database before its migration: %w", err)
		}
	}
	if err := migrateSchema(ctx, db, onPostgres, o.Log); err != nil {
		return m, err
	}
	if err := makeSequences(ctx, conn); err != nil {
		return m, err
	}
	return m, migrateJobs(ctx, riverpgxv5.New(pool), o.Log)
}

// sequenceOf is the sequence that a table's ids come from.
func sequenceOf(table string) string { return table + "_ids" }

// makeSequences gives each of our tables with an id the sequence of its ids. They
// are not the business of each migration, where one could be forgotten.
func makeSequences(ctx context.Context, conn *pgxpool.Conn) error {
	_, err := conn.Exec(ctx, `DO $$
		DECLARE t name;
		BEGIN
			FOR t IN SELECT table_name FROM information_schema.columns
				WHERE table_schema = current_schema() AND column_name = 'id' AND data_type = 'bigint'
				AND table_name NOT LIKE 'river\_%' AND table_name NOT LIKE 'goose\_%'
			LOOP
				EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I OWNED BY %I.id', t || '_ids', t);
			END LOOP;
		END $$`)
	if err != nil {
		return fmt.Errorf("make the sequences of ids: %w", err)
	}
	return nil
}

// Migrations are the files that make the schema of sqlite or postgres.
func Migrations(dialect string) (fs.FS, error) {
	files, err := fs.Sub(migrationFiles, "migrations/"+dialect)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return files, nil
}

// migrations are the steps of a dialect over db.
func migrations(db *sql.DB, on dialect) (*goose.Provider, error) {
	files, err := Migrations(on.name)
	if err != nil {
		return nil, err
	}
	steps, err := goose.NewProvider(on.goose, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return steps, nil
}

func migrateSchema(ctx context.Context, db *sql.DB, on dialect, log *slog.Logger) error {
	steps, err := migrations(db, on)
	if err != nil {
		return err
	}
	done, err := steps.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	for _, d := range done {
		log.InfoContext(ctx, "migrated", "version", d.Source.Version)
	}
	return nil
}

func migrateJobs[T any](ctx context.Context, driver riverdriver.Driver[T], log *slog.Logger) error {
	river, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet(log)})
	if err != nil {
		return fmt.Errorf("read the migrations of the job queue: %w", err)
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	return nil
}

// checkSchema refuses, for a reader, which cannot migrate, any other schema than
// this program's.
func checkSchema(ctx context.Context, db *sql.DB, on dialect) error {
	m, err := pending(ctx, db, on)
	if err == nil && m.From < m.To {
		err = fmt.Errorf("the database is at version %d and this program needs %d: start the server once, or run yongxing migrate", m.From, m.To)
	}
	return err
}

// versionOf is the version of the schema, 0 if there is none.
func versionOf(ctx context.Context, db *sql.DB, on dialect) (version int64, err error) {
	var tables int64
	err = db.QueryRowContext(ctx, on.statement(on.hasTable), "goose_db_version").Scan(&tables)
	if err == nil && tables > 0 {
		err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the database: %w", err)
	}
	return version, nil
}

func newestMigration(on dialect) (newest int64, err error) {
	folder := "migrations/" + on.name + "/"
	files, err := fs.Glob(migrationFiles, folder+"*.sql")
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	for _, f := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(f, folder), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s has no number: %w", f, err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}
