package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// PostgresWriters is how many pieces run at once.
const PostgresWriters = postgresWriters

// So that tests need not wait as long as people.
func init() { pieceTime = 6 * time.Second }

// MigrateTo makes a database as a program that knew only so many migrations did,
// for tests of those that came since.
func MigrateTo(ctx context.Context, opts Options, version int64) (err error) {
	var db *sql.DB
	on := onSQLite
	if opts.URL != "" {
		on = onPostgres
		pool, err := postgresPool(ctx, opts.URL, 2, nil)
		if err != nil {
			return err
		}
		defer pool.Close()
		db = stdlib.OpenDBFromPool(pool)
	} else if db, err = openWriter(ctx, opts.Dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	steps, err := migrations(db, on)
	if err != nil {
		return err
	}
	if _, err := steps.UpTo(ctx, version); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "INSERT INTO org (id, code, name, kind) VALUES (1, 'old', '老机构', 'police')")
	return err
}
