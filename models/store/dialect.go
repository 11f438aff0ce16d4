package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// dialect is how one database wants its SQL.
type dialect struct {
	name  string // folder of the migrations
	goose goose.Dialect
	// hasTable counts tables by name.
	hasTable string
	// statement turns ? placeholders into the database's own.
	statement func(query string) string
}

var (
	onSQLite = dialect{
		name: "sqlite", goose: goose.DialectSQLite3,
		hasTable:  "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?",
		statement: func(query string) string { return query },
	}
	onPostgres = dialect{
		name: "postgres", goose: goose.DialectPostgres,
		hasTable:  "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?",
		statement: numbered,
	}
)

var numberedQueries sync.Map // as written → as PostgreSQL wants it; as many as there are in the sources

// numbered replaces each ? by $1, $2 and so on, except in quoted text.
func numbered(query string) string {
	if done, ok := numberedQueries.Load(query); ok {
		return done.(string)
	}
	var b strings.Builder
	n, quoted := 0, false
	for i := range len(query) {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	numberedQueries.Store(query, b.String())
	return b.String()
}

func openGORM(d gorm.Dialector) (*gorm.DB, error) {
	g, err := gorm.Open(d, &gorm.Config{
		SkipDefaultTransaction: true,           // Write and Read are the transactions
		TranslateError:         true,           // gorm.ErrDuplicatedKey
		DisableAutomaticPing:   true,           // whoever opens a pool has checked it
		Logger:                 logger.Discard, // errors come back; statements hold what people typed
	})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return g, nil
}

// translate gives the errors of plain statements the names that GORM gives its
// own.
func translate(err error) error {
	var lite sqlite3.Error // codes: sqlite.org/rescode.html
	if errors.As(err, &lite) {
		switch lite.ExtendedCode {
		case sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintUnique:
			return gorm.ErrDuplicatedKey
		case sqlite3.ErrConstraintForeignKey:
			return gorm.ErrForeignKeyViolated
		}
	}
	var said *pgconn.PgError
	if errors.As(err, &said) {
		switch said.Code {
		case pgUniqueViolation:
			return gorm.ErrDuplicatedKey
		case pgForeignKeyViolation:
			return gorm.ErrForeignKeyViolated
		}
	}
	return err
}
