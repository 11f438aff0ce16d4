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

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/sqlite/*.sql
var migrationFiles embed.FS

// migrate brings the schema and River's tables up to date. The lock on the data
// folder keeps a second process out, which goose on SQLite does not.
func migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	if err := checkSchema(ctx, db, false); err != nil {
		return err
	}
	files, err := fs.Sub(migrationFiles, "migrations/sqlite")
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	steps, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
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
	river, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: quiet(log)})
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
func checkSchema(ctx context.Context, db *sql.DB, exact bool) error {
	known, err := newestMigration()
	if err != nil {
		return err
	}
	var tables, have int64
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'").Scan(&tables)
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

func newestMigration() (newest int64, err error) {
	files, err := fs.Glob(migrationFiles, "migrations/sqlite/*.sql")
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	for _, f := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(f, "migrations/sqlite/"), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s has no number: %w", f, err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}
