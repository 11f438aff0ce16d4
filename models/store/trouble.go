package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"

	"yongxing/models/fault"
)

// ErrDamaged means that the database is not as it was written. What can be read
// is not to be vouched for, and nothing is written any more.
var ErrDamaged = fmt.Errorf("the database is damaged: %w", fault.Unavailable)

// ErrGone means that the database file is not where it was: what would be written
// now would be in no file that the next start finds.
var ErrGone = fmt.Errorf("the database file is gone: %w", fault.Unavailable)

// writeWait is how long a piece waits for its turn. A request is answered within
// four seconds, also while another program holds the database.
const writeWait = 3 * time.Second

// How often the file is looked at, and how large it may be to be checked before
// the start. A larger one is checked after it: nobody waits for minutes.
const (
	watchEvery = 5 * time.Second
	watchShare = 500 // a check that took a second is made again after so many
	checkFirst = 128 << 20
)

// outage marks the errors of SQLite that are the disk's or another program's, and
// not the piece's, so that the answer is "later" and not "broken".
func outage(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) || errors.Is(err, fault.Unavailable) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrCantOpen, sqlite3.ErrReadonly,
		sqlite3.ErrNomem, sqlite3.ErrProtocol, sqlite3.ErrPerm:
		return fmt.Errorf("%w: %w", fault.Unavailable, err)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// full tells that the disk took nothing more.
func full(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC)
}

// watch looks after the file of a SQLite database while it is open.
type watch struct {
	path    string
	file    os.FileInfo
	log     *slog.Logger
	damaged atomic.Bool
	stop    context.CancelFunc
	stopped chan struct{}
}

// startWatch begins to look after the file of dir, which is open.
func startWatch(dir string, log *slog.Logger) (*watch, error) {
	path := databaseFile(dir)
	file, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("find the database: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &watch{path: path, file: file, log: log, stop: stop, stopped: make(chan struct{})}
	go w.loop(ctx, dir)
	return w, nil
}

func (w *watch) close() {
	w.stop()
	<-w.stopped
}

// there says whether the file is still the one that was opened. One that was
// moved away and put back is; another one in its place needs a start.
func (w *watch) there() error {
	now, err := os.Stat(w.path)
	if err != nil || !os.SameFile(now, w.file) {
		return ErrGone
	}
	return nil
}

// sound says why nobody can vouch for what is read, nil if somebody can.
func (w *watch) sound() error {
	if w.damaged.Load() {
		return ErrDamaged
	}
	return w.there()
}

// judge marks an outage, and remembers damage.
func (w *watch) judge(err error) error {
	if err = outage(err); errors.Is(err, ErrDamaged) {
		w.damage(err)
	}
	return err
}

func (w *watch) damage(err error) {
	if !w.damaged.Swap(true) {
		w.log.Error("the database is damaged: stop the portal and put back the last backup", "error", err)
	}
}

// loop checks the file now and then, by a connection of its own: those that are
// open remember what they have read.
func (w *watch) loop(ctx context.Context, dir string) {
	defer close(w.stopped)
	for wait := watchEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if w.sound() != nil {
			continue
		}
		begun := time.Now()
		if err := checkFile(ctx, dir); errors.Is(err, ErrDamaged) {
			w.damage(err)
		}
		wait = max(watchEvery, watchShare*time.Since(begun))
	}
}

// checkFile reads the whole database and says ErrDamaged if it does not hold
// together.
func checkFile(ctx context.Context, dir string) error {
	db, err := sql.Open("sqlite3", address(dir, readerSettings))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return outage(err)
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, strings.Join(strings.Fields(said), " "))
	}
	return nil
}

// checkBeforeStart refuses a database that does not hold together.
func checkBeforeStart(ctx context.Context, dir string) error {
	file, err := os.Stat(databaseFile(dir))
	if err != nil || file.Size() == 0 || file.Size() > checkFirst {
		return nil // new, or left to the watch
	}
	return refuseDamaged(dir, checkFile(ctx, dir))
}

// refuseDamaged says what to do about a database that is damaged.
func refuseDamaged(dir string, err error) error {
	if !errors.Is(outage(err), ErrDamaged) {
		return err
	}
	return fmt.Errorf("the database %s is damaged and was left as it is: put it and its -wal file aside, put the last backup in its place, and start again: %w",
		databaseFile(dir), err)
}

// refuseLost refuses to begin anew where there was a database: its lock is there
// and it is not.
func refuseLost(dir string) error {
	if _, err := os.Stat(lockFile(dir)); err != nil {
		return nil
	}
	if _, err := os.Stat(databaseFile(dir)); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("the database %s is gone: put it back, or the last backup in its place; a new portal needs a new folder", databaseFile(dir))
}

func lockFile(dir string) string { return filepath.Join(dir, "yongxing.lock") }
