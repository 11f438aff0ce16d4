package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	_ "github.com/mattn/go-sqlite3" // the driver sqlite3
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// readerConns is how many reads run at once.
const readerConns = 4

// Every setting is part of the address, since a PRAGMA by Exec reaches only one
// connection of a pool. FULL because an acknowledged declaration or decision
// must survive a power cut. Recursive triggers, because INSERT OR REPLACE deletes
// rows past the triggers that bar deleting without them. The driver's statement cache more than doubles the
// rate of small writes; GORM's PrepareStmt inside a transaction halves it.
const (
	writerSettings = "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=2500&_foreign_keys=on&_recursive_triggers=on&_txlock=immediate&_stmt_cache_size=128"
	readerSettings = "mode=ro&_query_only=1&_synchronous=FULL&_busy_timeout=2500&_foreign_keys=on&_recursive_triggers=on&_txlock=deferred&_stmt_cache_size=128"
)

// pragmas are what each connection must say about itself.
var pragmas = map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "2500", "recursive_triggers": "1"}

func databaseFile(dir string) string { return filepath.Join(dir, "yongxing.db") }

func address(dir, settings string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: databaseFile(dir)}).EscapedPath(), RawQuery: settings}
	return u.String()
}

// sqliteDB is the engine over SQLite.
type sqliteDB struct {
	store   *Store
	lock    *flock.Flock // nil when open for reading only
	readers *sql.DB
	reading *gorm.DB
	writer  *writer // nil when open for reading only
	watch   *watch  // the same
	work    jobs

	migrated Migrated // when it was opened
}

// openSQLite locks the data folder, migrates and starts the writer.
func openSQLite(ctx context.Context, s *Store) (_ *sqliteDB, err error) {
	dir := s.opts.Dir
	if err := s.opts.makeDir(); err != nil {
		return nil, err
	}
	if err := refuseLost(dir); err != nil {
		return nil, err
	}
	e := &sqliteDB{store: s, lock: flock.New(lockFile(dir))}
	held, err := e.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !held {
		return nil, fmt.Errorf("the data folder %s is in use by another process: stop that one first, or name another folder", dir)
	}
	var db *sql.DB
	defer func() {
		if err != nil {
			if db != nil {
				_ = db.Close()
			}
			_ = e.closeReaders()
			_ = e.lock.Unlock()
		}
	}()
	if err = checkBeforeStart(ctx, dir); err != nil {
		return nil, err
	}
	if db, err = openWriter(ctx, dir); err != nil {
		return nil, refuseDamaged(dir, err)
	}
	if e.migrated, err = migrateSQLite(ctx, db, s.opts); err != nil {
		return nil, err
	}
	if err = s.opts.Keys.check(ctx, db, onSQLite); err != nil {
		return nil, err
	}
	if err = e.openReaders(ctx); err != nil {
		return nil, err
	}
	if e.work, err = sqliteJobs(db, s); err != nil {
		return nil, err
	}
	writing, err := openGORM(sqlite.Dialector{Conn: db})
	if err != nil {
		return nil, err
	}
	if e.watch, err = startWatch(dir, s.opts.Log); err != nil {
		return nil, err
	}
	e.writer = startWriter(s, db, writing, s.opts.Queue)
	return e, nil
}

func readSQLite(ctx context.Context, s *Store) (engine, error) {
	if _, err := os.Stat(databaseFile(s.opts.Dir)); err != nil {
		return nil, fmt.Errorf("there is no database in %s: start the server once, or name another folder", s.opts.Dir)
	}
	e := &sqliteDB{store: s}
	err := e.openReaders(ctx)
	if err == nil {
		err = checkSchema(ctx, e.readers, onSQLite)
	}
	if err != nil {
		_ = e.closeReaders()
		return nil, err
	}
	return e, nil
}

func (e *sqliteDB) dialect() dialect { return onSQLite }

func (e *sqliteDB) jobs() jobs { return e.work }

func (e *sqliteDB) close() error {
	var errs []error
	if e.watch != nil {
		e.watch.close()
	}
	if e.writer != nil {
		e.writer.drain()
	}
	errs = append(errs, e.closeReaders())
	if e.writer != nil {
		errs = append(errs, e.writer.db.Close()) // the last one to close moves the log into the file, if it may write
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Unlock())
	}
	return errors.Join(errs...)
}

func (e *sqliteDB) closeReaders() error {
	if e.readers == nil {
		return nil
	}
	return e.readers.Close()
}

func (e *sqliteDB) queued() (waiting, most int) {
	if e.writer == nil {
		return 0, 0
	}
	return len(e.writer.queue), cap(e.writer.queue)
}

func (e *sqliteDB) write(ctx context.Context, fn func(Tx) error) error {
	if e.writer == nil {
		return errReading
	}
	if err := e.watch.sound(); err != nil {
		return err
	}
	err := e.writer.do(ctx, fn)
	if full(err) && e.store.opts.Full() {
		err = e.writer.do(ctx, fn)
	}
	return e.watch.judge(err)
}

// writable is for the queue alone to say: the file is this process's own.
func (e *sqliteDB) writable() error { return nil }

func (e *sqliteDB) sound() error {
	if e.watch == nil {
		return nil
	}
	return e.watch.sound()
}

func (e *sqliteDB) read(ctx context.Context, fn func(Tx) error) error {
	if e.watch == nil {
		return e.look(ctx, fn)
	}
	if err := e.watch.there(); err != nil {
		return err
	}
	return e.watch.judge(e.look(ctx, fn))
}

// look is read without asking whether the file is there.
func (e *sqliteDB) look(ctx context.Context, fn func(Tx) error) error {
	conn, err := e.readers.Conn(ctx)
	if err != nil {
		if ctx.Err() == nil {
			return fmt.Errorf("%w: %w", ErrClosed, err)
		}
		return err
	}
	defer conn.Close()
	ctx = context.WithoutCancel(ctx)
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	reads := &readConn{on: conn}
	defer func() { // also after a panic
		reads.closeRows()
		if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // whoever gets it next would read of this moment
		}
	}()
	return fn(newTx(ctx, e.store, e.reading, reads))
}

// readConn is a conn in a transaction that Read has begun by itself: a sql.Tx
// starts a goroutine for itself and one for each query, a fifth of what the code
// page spends on the database.
type readConn struct {
	on   *sql.Conn
	rows []*sql.Rows
}

// closeRows closes what fn has left open, which would keep the connection for
// ever.
func (r *readConn) closeRows() {
	for _, rows := range r.rows {
		_ = rows.Close()
	}
}

func (r *readConn) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return r.on.PrepareContext(ctx, query)
}

func (r *readConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return r.on.ExecContext(ctx, query, args...)
}

func (r *readConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := r.on.QueryContext(ctx, query, args...)
	if err == nil {
		r.rows = append(r.rows, rows)
	}
	return rows, err
}

func (r *readConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return r.on.QueryRowContext(ctx, query, args...)
}

func (*readConn) Commit() error { return errEnding }

func (*readConn) Rollback() error { return errEnding }

func openWriter(ctx context.Context, dir string) (*sql.DB, error) {
	// Made here so that nobody else can read it; SQLite gives its side files the same mode.
	f, err := os.OpenFile(databaseFile(dir), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	_ = f.Close()
	return openPool(ctx, address(dir, writerSettings), 1, pragmas)
}

func (e *sqliteDB) openReaders(ctx context.Context) (err error) {
	want := map[string]string{"query_only": "1"}
	for k, v := range pragmas {
		want[k] = v
	}
	if e.readers, err = openPool(ctx, address(e.store.opts.Dir, readerSettings), readerConns, want); err != nil {
		return err
	}
	e.reading, err = openGORM(sqlite.Dialector{Conn: e.readers})
	return err
}

// openPool opens n connections, keeps them, and checks what each says.
func openPool(ctx context.Context, dsn string, n int, want map[string]string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	var conns []*sql.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range n {
		c, err := db.Conn(ctx)
		if err != nil {
			_ = db.Close()
			return nil, fmt.Errorf("open the database: %w", err)
		}
		conns = append(conns, c)
		if err := checkPragmas(ctx, c, want); err != nil {
			_ = db.Close()
			return nil, err
		}
	}
	return db, nil
}

func checkPragmas(ctx context.Context, c *sql.Conn, want map[string]string) error {
	for name, value := range want {
		var got string
		if err := c.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil {
			return fmt.Errorf("ask SQLite for %s: %w", name, err)
		}
		if got != value {
			return fmt.Errorf("SQLite says %s = %s where the portal needs %s: is the data folder on a local disk?", name, got, value)
		}
	}
	return nil
}
