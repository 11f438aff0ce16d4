package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"yongxing/models/fault"
)

// Connections of one node. Reads have their own, so that a storm of writes does
// not hold up the code page; the job queue shares those of the writes.
const (
	postgresWriters = 12
	postgresReaders = 8
)

// How long a piece waits, for a connection and for the locks of others taken
// together (see patience), and for one statement, and how long a transaction may
// lie idle because its node has stopped. A request is to be answered within four
// seconds, and no node may hold up the others.
const (
	pieceWait     = 3 * time.Second
	statementTime = 10 * time.Second
	idleTime      = 15 * time.Second
)

// pieceTime bounds a piece as a whole, in case the server has vanished.
var pieceTime = 20 * time.Second // a variable for the tests alone

// retries is how often a piece runs again after a deadlock or a serialization
// failure; the server has undone all of it by then.
const retries = 3

// postgresDB is the engine over PostgreSQL.
type postgresDB struct {
	store   *Store
	reads   *pgxpool.Pool
	readers *sql.DB // over reads
	reading *gorm.DB

	writes  *pgxpool.Pool // nil when open for reading only
	writers *sql.DB       // over writes
	writing *gorm.DB
	work    jobs
	reach   *reach // the same
	waiting atomic.Int64
	closed  atomic.Bool
}

// openPostgres migrates, which other nodes that start at the same moment wait
// for, and opens both pools.
func openPostgres(ctx context.Context, s *Store) (_ engine, err error) {
	if err := s.opts.makeDir(); err != nil {
		return nil, err
	}
	e := &postgresDB{store: s}
	defer func() {
		if err != nil {
			_ = e.close()
		}
	}()
	if _, err = migratePostgres(ctx, s.opts, nil); err != nil {
		return nil, err
	}
	if e.writes, err = postgresPool(ctx, s.opts.URL, postgresWriters, nil); err != nil {
		return nil, err
	}
	e.writers = stdlib.OpenDBFromPool(e.writes)
	if err = s.opts.Keys.check(ctx, e.writers, onPostgres); err != nil {
		return nil, err
	}
	if e.writing, err = openGORM(postgres.New(postgres.Config{Conn: e.writers})); err != nil {
		return nil, err
	}
	if err = e.openReaders(ctx); err != nil {
		return nil, err
	}
	if e.work, err = postgresJobs(e.writes, s); err != nil {
		return nil, err
	}
	e.reach = startReach(e.writes.Config().ConnConfig, s.opts.Log)
	return e, nil
}

func readPostgres(ctx context.Context, s *Store) (engine, error) {
	e := &postgresDB{store: s}
	err := e.openReaders(ctx)
	if err == nil {
		err = checkSchema(ctx, e.readers, onPostgres)
	}
	if err != nil {
		_ = e.close()
		return nil, err
	}
	return e, nil
}

func (e *postgresDB) openReaders(ctx context.Context) (err error) {
	readOnly := map[string]string{"default_transaction_read_only": "on"}
	if e.reads, err = postgresPool(ctx, e.store.opts.URL, postgresReaders, readOnly); err != nil {
		return err
	}
	e.readers = stdlib.OpenDBFromPool(e.reads)
	e.reading, err = openGORM(postgres.New(postgres.Config{Conn: e.readers}))
	return err
}

// postgresPool opens a pool and one connection, so that a wrong address is told
// at the start. synchronous_commit is asked for by name: an acknowledged
// declaration must survive a power cut whatever the server's default.
func postgresPool(ctx context.Context, url string, most int32, params map[string]string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database address cannot be read: postgres://user:password@host:port/name is what it looks like")
	}
	c.MaxConns = most
	c.ConnConfig.ConnectTimeout = pieceWait
	set := c.ConnConfig.RuntimeParams
	set["application_name"] = "yongxing"
	set["timezone"] = "UTC"
	set["synchronous_commit"] = "on"
	set["lock_timeout"] = milliseconds(pieceWait)
	set["statement_timeout"] = milliseconds(statementTime)
	set["idle_in_transaction_session_timeout"] = milliseconds(idleTime)
	for name, value := range params {
		set[name] = value
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", withoutAddress(err))
	}
	return pool, nil
}

func milliseconds(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

// withoutAddress says why the server could not be reached, but not the address,
// which holds a password.
func withoutAddress(err error) error {
	var refused *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &refused):
		return errors.New(refused.Message)
	case errors.As(err, &network):
		return network
	}
	return errors.New("no connection")
}

func (e *postgresDB) dialect() dialect { return onPostgres }

func (e *postgresDB) jobs() jobs { return e.work }

// sound is whether the server answers. What it reads is its own business: it checks
// its pages, and says so when asked.
func (e *postgresDB) sound() error { return e.reach.err() }

func (e *postgresDB) writable() error {
	if e.reach != nil && e.reach.readOnly.Load() {
		return errReadOnly
	}
	return nil
}

func (e *postgresDB) close() error {
	e.closed.Store(true)
	if e.reach != nil {
		e.reach.close()
		defer e.reach.end() // reads under way are finished before
	}
	var errs []error
	for _, db := range []*sql.DB{e.writers, e.readers} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	for _, pool := range []*pgxpool.Pool{e.writes, e.reads} {
		if pool != nil {
			pool.Close() // waits for those that are in use
		}
	}
	return errors.Join(errs...)
}

func (e *postgresDB) queued() (waiting, most int) {
	return int(e.waiting.Load()), e.store.opts.Queue
}

// write waits for a connection and runs fn in a transaction of its own, again
// after a deadlock, a little later each time so that the two do not meet again.
func (e *postgresDB) write(ctx context.Context, fn func(Tx) error) (err error) {
	if e.writes == nil {
		return errReading
	}
	waits := newPatience()
	for try := 0; ; try++ {
		if err = e.writeOnce(ctx, waits, fn); try == retries || !undone(err) || waits.left <= 0 {
			return unavailable(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(20*time.Millisecond) << try)))
	}
}

func (e *postgresDB) writeOnce(ctx context.Context, waits *patience, fn func(Tx) error) error {
	conn, err := e.turn(ctx, waits)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := piece(ctx)
	defer cancel()
	var ptx pgx.Tx
	err = conn.Raw(func(c any) (err error) {
		ptx, err = c.(*stdlib.Conn).Conn().Begin(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin to write: %w", err)
	}
	done := false
	defer func() { // an error, a panic, a Goexit
		if !done {
			_ = ptx.Rollback(ctx) // a connection that hangs is given up with ctx
		}
	}()
	tx := newTx(ctx, e.store, e.writing, newPgConn(conn, ptx, waits))
	defer tx.ends.done() // also of a commit in doubt
	if err := tx.run(fn); err != nil {
		return err
	}
	done = true
	if err := ptx.Commit(ctx); err != nil {
		return lost(err)
	}
	return nil
}

// lost is a commit that failed. If the server said no, nothing is on record; if
// the connection broke, nobody can tell, and a story that is sent again finds
// out by its request key.
func lost(err error) error {
	var said *pgconn.PgError
	if errors.As(err, &said) || errors.Is(err, pgx.ErrTxCommitRollback) { // the latter after a statement that failed unheard
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return fmt.Errorf("%w: %w", ErrInDoubt, err)
}

// turn is a connection to write on. As on SQLite only so many may wait.
func (e *postgresDB) turn(ctx context.Context, waits *patience) (*sql.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if e.closed.Load() {
		return nil, ErrClosed
	}
	defer e.waiting.Add(-1)
	if e.waiting.Add(1) > int64(e.store.opts.Queue) {
		return nil, fmt.Errorf("too many wait to write: %w", fault.Busy)
	}
	defer waits.since(time.Now())
	return e.connection(ctx, e.writers, waits.left)
}

func (e *postgresDB) connection(ctx context.Context, db *sql.DB, most time.Duration) (*sql.Conn, error) {
	if err := e.reach.err(); err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	conn, err := db.Conn(wait)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case wait.Err() != nil:
		return nil, fmt.Errorf("no connection to the database in time: %w", fault.Busy)
	}
	return nil, fmt.Errorf("reach the database: %w: %w", fault.Unavailable, withoutAddress(err))
}

// read runs fn in a transaction that sees one moment, again if a newer program has
// changed a table since the connection prepared its statement.
func (e *postgresDB) read(ctx context.Context, fn func(Tx) error) (err error) {
	for try := 0; ; try++ {
		if err = e.readOnce(ctx, fn); try == retries || !undone(err) {
			return unavailable(err)
		}
	}
}

func (e *postgresDB) readOnce(ctx context.Context, fn func(Tx) error) error {
	if e.closed.Load() {
		return ErrClosed
	}
	conn, err := e.connection(ctx, e.readers, pieceWait)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := piece(ctx)
	defer cancel()
	ctx, leave := e.reach.whileThere(ctx)
	defer leave()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin to read: %w", orAway(ctx, err))
	}
	defer tx.Rollback()
	return orAway(ctx, fn(newTx(ctx, e.store, e.reading, &sqlConn{tx})))
}

// piece is the context of a piece: what has begun is finished whoever gives up,
// but a server that has vanished without a word holds nobody for ever.
func piece(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), pieceTime)
}

// Codes of the server, postgresql.org/docs/15/errcodes-appendix.html.
const (
	pgUniqueViolation     = "23505"
	pgForeignKeyViolation = "23503"
	pgSerialization       = "40001"
	pgDeadlock            = "40P01"
	pgPlanChanged         = "0A000" // "cached plan must not change result type"; we ask for no feature that it lacks
	pgLockNotAvailable    = "55P03"
	pgQueryCanceled       = "57014"
)

// cutOff are the errors of a connection that is no more.
var cutOff = []error{driver.ErrBadConn, sql.ErrConnDone, net.ErrClosed, io.EOF, io.ErrUnexpectedEOF, context.DeadlineExceeded}

// undone tells that the server has undone all of a piece for a reason that is gone
// when it runs again.
func undone(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && (said.Code == pgDeadlock || said.Code == pgSerialization || said.Code == pgPlanChanged)
}

// unavailable marks errors that are the server's and not the piece's, so that
// the page says "try again" and not "our fault".
func unavailable(err error) error {
	if err == nil || errors.Is(err, fault.Unavailable) || errors.Is(err, fault.Busy) {
		return err
	}
	var said *pgconn.PgError
	if errors.As(err, &said) {
		switch {
		case said.Code == pgLockNotAvailable, said.Code == pgQueryCanceled, undone(err):
			return fmt.Errorf("%w: %w", fault.Busy, err)
		case strings.HasPrefix(said.Code, "53"), strings.HasPrefix(said.Code, "57"), strings.HasPrefix(said.Code, "58"), strings.HasPrefix(said.Code, "08"), said.Code == "25006":
			// out of resources, shutting down, a disk that fails, no connection, a standby
			return fmt.Errorf("%w: %w", fault.Unavailable, err)
		}
		return err
	}
	var network net.Error
	if errors.As(err, &network) || pgconn.SafeToRetry(err) || slices.ContainsFunc(cutOff, func(cut error) bool { return errors.Is(err, cut) }) ||
		strings.Contains(err.Error(), "conn closed") {
		return fmt.Errorf("%w: %w", fault.Unavailable, err)
	}
	return err
}
