package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// readerConns is how many reads run at once.
const readerConns = 4

// Every setting is part of the address, since a PRAGMA by Exec reaches only one
// connection of a pool. FULL because an acknowledged declaration or decision
// must survive a power cut. Recursive triggers, because INSERT OR REPLACE deletes
// rows past the triggers that bar deleting without them. The driver's statement cache more than doubles the
// rate of small writes; GORM's PrepareStmt inside a transaction halves it.
const (
	writerSettings = "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_foreign_keys=on&_recursive_triggers=on&_txlock=immediate&_stmt_cache_size=128"
	readerSettings = "mode=ro&_query_only=1&_synchronous=FULL&_busy_timeout=10000&_foreign_keys=on&_recursive_triggers=on&_txlock=deferred&_stmt_cache_size=128"
)

// pragmas are what each connection must say about itself.
var pragmas = map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "recursive_triggers": "1"}

func databaseFile(dir string) string { return filepath.Join(dir, "yongxing.db") }

func address(dir, settings string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: databaseFile(dir)}).EscapedPath(), RawQuery: settings}
	return u.String()
}

func openWriter(ctx context.Context, dir string) (*sql.DB, error) {
	// Made here so that nobody else can read it; SQLite gives its side files the same mode.
	f, err := os.OpenFile(databaseFile(dir), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	_ = f.Close()
	return openPool(ctx, address(dir, writerSettings), 1, pragmas)
}

func (s *Store) openReaders(ctx context.Context) (err error) {
	want := map[string]string{"query_only": "1"}
	for k, v := range pragmas {
		want[k] = v
	}
	if s.readers, err = openPool(ctx, address(s.opts.Dir, readerSettings), readerConns, want); err != nil {
		return err
	}
	s.reading, err = openGORM(s.readers)
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

func openGORM(db *sql.DB) (*gorm.DB, error) {
	g, err := gorm.Open(sqlite.Dialector{Conn: db}, &gorm.Config{
		SkipDefaultTransaction: true,           // Write and Read are the transactions
		TranslateError:         true,           // gorm.ErrDuplicatedKey
		DisableAutomaticPing:   true,           // openPool has checked
		Logger:                 logger.Discard, // errors come back; statements hold what people typed
	})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return g, nil
}

// translate gives the errors of plain statements the names that GORM gives its
// own, on the codes of sqlite.org/rescode.html.
func translate(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintUnique:
		return gorm.ErrDuplicatedKey
	case sqlite3.ErrConstraintForeignKey:
		return gorm.ErrForeignKeyViolated
	}
	return err
}
