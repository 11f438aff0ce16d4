package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*/*.sql
var migrationFiles embed.FS

// migrate brings the schema and River's tables up to date. On SQLite the lock on
// the data folder keeps a second process out, which goose does not.
func migrate(ctx context.Context, db *sql.DB, on dialect, log *slog.Logger) error {
	if err := migrateSchema(ctx, db, on, log); err != nil {
		return err
	}
	return migrateJobs(ctx, riversqlite.New(db), log)
}

// migrationLock is the number of the advisory lock that nodes wait for while one
// of them migrates. It is the server's to free if that one dies.
const migrationLock = 720230601

// migratePostgres is migrate while other nodes that start wait.
func migratePostgres(ctx context.Context, pool *pgxpool.Pool, db *sql.DB, log *slog.Logger) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("reach the database: %w", withoutAddress(err))
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SET lock_timeout = 0; SET statement_timeout = 0"); err != nil {
		return fmt.Errorf("prepare to migrate: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "RESET lock_timeout; RESET statement_timeout") }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("wait for another node to migrate: %w", err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock)
	}()
	if err := migrateSchema(ctx, db, onPostgres, log); err != nil {
		return err
	}
	if err := makeSequences(ctx, conn); err != nil {
		return err
	}
	return migrateJobs(ctx, riverpgxv5.New(pool), log)
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

func migrateSchema(ctx context.Context, db *sql.DB, on dialect, log *slog.Logger) error {
	if err := checkSchema(ctx, db, on, false); err != nil {
		return err
	}
	files, err := fs.Sub(migrationFiles, "migrations/"+on.name)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	steps, err := goose.NewProvider(on.goose, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
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

// checkSchema refuses a database that a newer program has made. A reader, which
// cannot migrate, refuses an older one too.
func checkSchema(ctx context.Context, db *sql.DB, on dialect, exact bool) error {
	known, err := newestMigration(on)
	if err != nil {
		return err
	}
	var tables, have int64
	err = db.QueryRowContext(ctx, on.statement(on.hasTable), "goose_db_version").Scan(&tables)
	if err == nil && tables > 0 {
		err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&have)
	}
	switch {
	case err != nil:
		return fmt.Errorf("read the version of the database: %w", err)
	case have > known:
		return fmt.Errorf("the database is at version %d and this program knows %d: start a newer program", have, known)
	case exact && have < known:
		return fmt.Errorf("the database is at version %d and this program needs %d: start the server once", have, known)
	}
	return nil
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
