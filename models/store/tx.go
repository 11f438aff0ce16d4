package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"yongxing/models/fault"
)

// Tx is one transaction of Write or Read. Nouns take it as their first argument
// and pass it by value; it is good only until the function that got it returns.
type Tx struct {
	ctx   context.Context
	store *Store
	gorm  *gorm.DB
	conn  *conn
	now   time.Time
}

// conn is the transaction as GORM sees it: GORM nests by savepoint because it
// finds Commit and Rollback, and cannot end what only Write may end.
type conn struct{ *sql.Tx }

// Commit refuses: only Write commits.
func (*conn) Commit() error { return errors.New("store: only Write commits") }

// Rollback refuses: only Write rolls back.
func (*conn) Rollback() error { return errors.New("store: only Write rolls back") }

func newTx(ctx context.Context, s *Store, g *gorm.DB, tx *sql.Tx) Tx {
	t := Tx{ctx: ctx, store: s, conn: &conn{tx}, now: s.Now()}
	t.gorm = g.Session(&gorm.Session{NewDB: true, Context: ctx, NowFunc: t.Now})
	t.gorm.Statement.ConnPool = t.conn
	return t
}

// DB is GORM inside this transaction.
func (t Tx) DB() *gorm.DB { return t.gorm }

// Context is the caller's context without its end: a statement that is cut
// short would take the work of others in the same batch with it.
func (t Tx) Context() context.Context { return t.ctx }

// Now is the time of this transaction, the same at each call: UTC, whole
// milliseconds.
func (t Tx) Now() time.Time { return t.now }

// Millis is Now as it is stored.
func (t Tx) Millis() Millis { return At(t.now) }

// Exec runs a plain statement with ? placeholders. A duplicate key is
// gorm.ErrDuplicatedKey, as from GORM.
func (t Tx) Exec(query string, args ...any) (sql.Result, error) {
	res, err := t.conn.ExecContext(t.ctx, query, args...)
	return res, translate(err)
}

// Query runs a plain query with ? placeholders; the caller closes the rows.
func (t Tx) Query(query string, args ...any) (*sql.Rows, error) {
	rows, err := t.conn.QueryContext(t.ctx, query, args...)
	return rows, translate(err)
}

// QueryRow is Query for at most one row.
func (t Tx) QueryRow(query string, args ...any) *sql.Row {
	return t.conn.QueryRowContext(t.ctx, query, args...)
}

// NextID takes the next id of a counter, from 1 upwards and without gaps: by
// convention the counter has the name of the table. Ids are never shown.
func (t Tx) NextID(counter string) (int64, error) { return t.NextIDs(counter, 1) }

// NextIDs takes n ids at once and returns the first.
func (t Tx) NextIDs(counter string, n int) (first int64, err error) {
	if n < 1 {
		return 0, fmt.Errorf("take %d ids of %s: at least one", n, counter)
	}
	var last int64
	err = t.QueryRow(`INSERT INTO id_counter AS c (name, last) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET last = c.last + excluded.last RETURNING last`, counter, n).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("take an id of %s: %w", counter, err)
	}
	return last - int64(n) + 1, nil
}

// Seal encrypts plain for one place: it opens only for this table, column and
// row, whose id must be known before.
func (t Tx) Seal(table, column string, row int64, plain string) Sealed {
	return t.store.opts.Keys.Seal(Place{table, column, row}, plain)
}

// Unseal opens what Seal made for the same place.
func (t Tx) Unseal(table, column string, row int64, s Sealed) (string, error) {
	return t.store.opts.Keys.Open(Place{table, column, row}, s)
}

// Index is the keyed hash by which a sealed field is found: the same for the
// same normalised text, table and column.
func (t Tx) Index(table, column, normalised string) []byte {
	return t.store.opts.Keys.Index(table, column, normalised)
}

// Changed checks a conditional update or delete: nil if it met one row,
// fault.Stale if it met none, because somebody else was faster.
func Changed(res *gorm.DB) error {
	if res.Error != nil {
		return res.Error
	}
	return changed(res.RowsAffected)
}

// ChangedRow is Changed for a plain statement: store.ChangedRow(tx.Exec(…)).
func ChangedRow(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("count the changed rows: %w", err)
	}
	return changed(n)
}

func changed(rows int64) error {
	switch rows {
	case 1:
		return nil
	case 0:
		return fault.Stale
	}
	return fmt.Errorf("%d rows changed where one was meant", rows)
}

// Found turns "no such row", from GORM or from a plain query, into
// fault.NotFound and leaves other errors, and nil, as they are.
func Found(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) {
		return fault.NotFound
	}
	return err
}

// Duplicate says whether err is a unique constraint that was violated. On
// PostgreSQL such an error ends the piece: where a duplicate is expected, use
// ON CONFLICT DO NOTHING.
func Duplicate(err error) bool { return errors.Is(translate(err), gorm.ErrDuplicatedKey) }
