package store

import (
	"context"
	"database/sql"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// waited is how long something must have taken to count as having waited for
	// somebody. What is quicker is work.
	waited = 100 * time.Millisecond
	// lastWait is what is left for a lock when all patience is used up: a piece that
	// is nearly done does not fail for a lock that is held for a moment.
	lastWait = 500 * time.Millisecond
	// untold is that nobody knows what the server takes for the patience left.
	untold time.Duration = math.MinInt64
)

// undoes is how a statement begins that goes back to a savepoint. It is the one
// that the server takes after an error, and it takes back what tell has said.
const undoes = "ROLLBACK TO"

// mayWait tells whether a statement may have waited for somebody: one that changes
// rows, takes a lock or a number. What reads or adds rows works, however long it
// takes.
func mayWait(query string) bool {
	for _, begins := range [...]string{lockStatement, countStatement, "UPDATE", "DELETE"} {
		if strings.HasPrefix(query, begins) {
			return true
		}
	}
	return false
}

// patience is how long a piece on PostgreSQL may still wait: for a connection, in
// all its tries, and for all its locks together. Each lock by itself has a limit
// of the server's, and a piece that took several would be answered long after
// whoever asked has gone.
type patience struct{ left time.Duration }

func newPatience() *patience { return &patience{left: pieceWait} }

// after takes off what a statement that has begun then took, if it may have waited.
func (p *patience) after(query string, begun time.Time) {
	if mayWait(query) {
		p.since(begun)
	}
}

// since takes off what a wait that has begun then took.
func (p *patience) since(begun time.Time) {
	if took := time.Since(begun); took >= waited {
		p.left -= took
	}
}

// pgConn is a transaction on PostgreSQL as GORM and plain statements see it. It
// has no BeginTx, so that GORM nests by savepoint and cannot end what only Write
// may end.
type pgConn struct {
	conn  *sql.Conn // the connection that tx runs on
	tx    pgx.Tx    // for River
	waits *patience
	told  time.Duration // what the server takes for the patience that is left
}

func newPgConn(conn *sql.Conn, tx pgx.Tx, waits *patience) *pgConn {
	return &pgConn{conn: conn, tx: tx, waits: waits, told: pieceWait}
}

// tell shortens the wait for the next lock by what was waited before. Few pieces
// ever wait, so it seldom costs anything.
func (p *pgConn) tell(ctx context.Context, query string) error {
	if strings.HasPrefix(query, undoes) {
		p.told = untold
		return nil
	}
	if p.told == p.waits.left {
		return nil
	}
	p.told = p.waits.left
	_, err := p.conn.ExecContext(ctx, "SET LOCAL lock_timeout = "+milliseconds(max(p.told, lastWait)))
	return err
}

func (p *pgConn) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return p.conn.PrepareContext(ctx, query)
}

func (p *pgConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := p.tell(ctx, query); err != nil {
		return nil, err
	}
	defer p.waits.after(query, time.Now())
	return p.conn.ExecContext(ctx, query, args...)
}

func (p *pgConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.tell(ctx, query); err != nil {
		return nil, err
	}
	defer p.waits.after(query, time.Now()) // the driver waits for the first row
	return p.conn.QueryContext(ctx, query, args...)
}

func (p *pgConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = p.tell(ctx, query) // what has failed here fails the query too
	defer p.waits.after(query, time.Now())
	return p.conn.QueryRowContext(ctx, query, args...)
}

func (*pgConn) Commit() error { return errEnding }

func (*pgConn) Rollback() error { return errEnding }
