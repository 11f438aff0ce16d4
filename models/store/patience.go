package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// waited is how long something must have taken to count as having waited for
	// somebody. What is quicker is work.
	waited = 100 * time.Millisecond
	// lastWait is what is left for a lock when all patience is used up: a piece that
	// is nearly done does not fail for a lock that is held for a moment.
	lastWait = 100 * time.Millisecond
)

// patience is how long a piece on PostgreSQL may still wait: for a connection, in
// all its tries, and for all its locks together. Each lock by itself has a limit
// of the server's, and a piece that took several would be answered long after
// whoever asked has gone.
type patience struct{ left time.Duration }

func newPatience() *patience { return &patience{left: pieceWait} }

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
func (p *pgConn) tell(ctx context.Context) error {
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
	if err := p.tell(ctx); err != nil {
		return nil, err
	}
	defer p.waits.since(time.Now())
	return p.conn.ExecContext(ctx, query, args...)
}

func (p *pgConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.tell(ctx); err != nil {
		return nil, err
	}
	defer p.waits.since(time.Now()) // the driver waits for the first row
	return p.conn.QueryContext(ctx, query, args...)
}

func (p *pgConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = p.tell(ctx) // what has failed here fails the query too
	defer p.waits.since(time.Now())
	return p.conn.QueryRowContext(ctx, query, args...)
}

func (*pgConn) Commit() error { return errEnding }

func (*pgConn) Rollback() error { return errEnding }
