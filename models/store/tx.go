package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"time"

	"gorm.io/gorm"

	"yongxing/models/fault"
)

// Tx is one transaction of Write or Read. Nouns take it as their first argument
// and pass it by value; it is good only until the function that got it returns.
type Tx struct {
	ctx   context.Context
	store *Store
	pool  *gorm.DB // of which DB makes a session
	conn  conn
	now   time.Time
	ends  *ending
}

// conn is a transaction as GORM and plain statements see it: GORM nests by
// savepoint because it finds Commit and Rollback, and cannot end what only Write
// may end.
type conn interface {
	gorm.ConnPool
	gorm.TxCommitter
}

var errEnding = errors.New("store: only Write commits and rolls back")

// sqlConn is a conn over database/sql.
type sqlConn struct{ *sql.Tx }

// Commit refuses.
func (*sqlConn) Commit() error { return errEnding }

// Rollback refuses.
func (*sqlConn) Rollback() error { return errEnding }

// ending is what a piece does last, see Tx.AtEnd, and what follows it, see
// Tx.Afterwards.
type ending struct {
	steps []func() error
	after []func()
	kept  map[reflect.Type]any // see Kept
}

// done runs what follows the piece.
func (e *ending) done() {
	for _, step := range e.after {
		step()
	}
}

func newTx(ctx context.Context, s *Store, g *gorm.DB, c conn) Tx {
	return Tx{ctx: ctx, store: s, pool: g, conn: c, now: s.Now(), ends: &ending{}}
}

// run is the whole of a piece: fn, and what fn left for the end.
func (t Tx) run(fn func(Tx) error) error {
	if err := fn(t); err != nil {
		return err
	}
	for i := 0; i < len(t.ends.steps); i++ { // a step may add another
		if err := t.ends.steps[i](); err != nil {
			return err
		}
	}
	return nil
}

// AtEnd runs step after everything else in the piece and before its commit; an
// error undoes the piece. It is for what all pieces of all nodes queue up for,
// such as the next number of the ledger: taken last, it is held only for the
// length of a commit.
func (t Tx) AtEnd(step func() error) { t.ends.steps = append(t.ends.steps, step) }

// Kept is a T that the piece keeps from call to call, zero at first: for what is
// gathered and written in one go AtEnd.
func Kept[T any](t Tx) *T {
	of := reflect.TypeFor[T]()
	if t.ends.kept == nil {
		t.ends.kept = map[reflect.Type]any{}
	}
	if t.ends.kept[of] == nil {
		t.ends.kept[of] = new(T)
	}
	return t.ends.kept[of].(*T)
}

// Afterwards runs step when the piece is over, whatever became of it, and before
// Write returns. It is for what a node remembers outside the database, which is to
// be forgotten then and not before: whoever reads while the piece is under way
// reads what was. It must be quick and must not use the store.
func (t Tx) Afterwards(step func()) { t.ends.after = append(t.ends.after, step) }

// Lock makes every other piece that asks for the same lock wait until this one
// is on disk or undone. Whoever reads something about a person, a document, an
// appeal in order to change it takes the lock before reading. On SQLite writes
// follow each other anyhow. Take several in rising order of id.
func (t Tx) Lock(what string, id int64) error { return t.lock("", what, id) }

// LockKey is Lock for what has no id but a keyed hash, such as a phone.
func (t Tx) LockKey(what string, key []byte) error {
	return t.lock("", what+"/"+string(key), 0)
}

// LockShared lets others have the same lock shared, and keeps out whoever wants
// it alone.
func (t Tx) LockShared(what string, id int64) error {
	return t.lock("_shared", what, id)
}

// lockStatement is how each lock is asked for, see patience.
const lockStatement = "SELECT pg_advisory_xact_lock"

func (t Tx) lock(kind, what string, id int64) error {
	if t.dialect() != onPostgres.name {
		return nil
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%d", what, id)
	if _, err := t.conn.ExecContext(t.ctx, lockStatement+kind+"($1)", int64(h.Sum64())); err != nil {
		return fmt.Errorf("lock %s: %w", what, err)
	}
	return nil
}

func (t Tx) dialect() string { return t.store.engine.dialect().name }

// DB is GORM inside this transaction.
func (t Tx) DB() *gorm.DB {
	db := t.pool.Session(&gorm.Session{NewDB: true, Context: t.ctx, NowFunc: t.Now})
	db.Statement.ConnPool = t.conn
	return db
}

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
	res, err := t.conn.ExecContext(t.ctx, t.statement(query), args...)
	return res, translate(err)
}

// Query runs a plain query with ? placeholders; the caller closes the rows.
func (t Tx) Query(query string, args ...any) (*sql.Rows, error) {
	rows, err := t.conn.QueryContext(t.ctx, t.statement(query), args...)
	return rows, translate(err)
}

// QueryRow is Query for at most one row.
func (t Tx) QueryRow(query string, args ...any) *sql.Row {
	return t.conn.QueryRowContext(t.ctx, t.statement(query), args...)
}

func (t Tx) statement(query string) string { return t.store.engine.dialect().statement(query) }

// NextID takes the next id of a table. Ids rise and are never shown; on
// PostgreSQL a piece that is undone leaves a gap.
func (t Tx) NextID(table string) (int64, error) {
	ids, err := t.NextIDs(table, 1)
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// NextIDs takes n ids of a table, in rising order.
func (t Tx) NextIDs(table string, n int) ([]int64, error) {
	if n < 1 {
		return nil, fmt.Errorf("take %d ids of %s: at least one", n, table)
	}
	if t.dialect() == onPostgres.name {
		return t.sequenceIDs(table, n)
	}
	last, err := t.count(table, n)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = last - int64(n-1-i)
	}
	return ids, nil
}

// sequenceIDs takes ids of a table's sequence: nobody waits for anybody.
func (t Tx) sequenceIDs(table string, n int) (ids []int64, err error) {
	rows, err := t.Query("SELECT nextval(CAST(? AS regclass)) FROM generate_series(1, ?)", sequenceOf(table), n)
	if err != nil {
		return nil, fmt.Errorf("take ids of %s: %w", table, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("take ids of %s: %w", table, err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("take ids of %s: %w", table, err)
	}
	slices.Sort(ids)
	return ids, nil
}

// NextDense takes the next n numbers of a counter and returns the first of them,
// from 1 upwards and without gaps on any database. Others who want one wait until
// this piece ends: ask for all at once, in AtEnd.
func (t Tx) NextDense(counter string, n int) (first int64, err error) {
	last, err := t.count(counter, n)
	return last - int64(n) + 1, err
}

// countStatement is how numbers are taken, see patience.
const countStatement = "INSERT INTO id_counter"

func (t Tx) count(counter string, n int) (last int64, err error) {
	err = t.QueryRow(countStatement+` AS c (name, last) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET last = c.last + excluded.last RETURNING last`, counter, n).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("take a number of %s: %w", counter, err)
	}
	return last, nil
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
