package session

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"yongxing/models/lastknown"
	rows "yongxing/models/session"
	"yongxing/models/store"
)

const (
	// trustFor is how long a row that was read is believed: a session that a
	// story or another process ends is refused after this at the latest.
	trustFor = time.Second
	// seenEvery is how exactly the time of last use is kept.
	seenEvery = time.Minute
	// seenDelay gathers the times of many requests in one write.
	seenDelay = 5 * time.Second
)

// known remembers the rows of the last second, so that a page with its parts
// reads one row once, and the times of last use that are not yet on record. Older
// rows stay for the time in which the database is gone, see lastKnown: some 20 MB
// when there are lastknown.Most of them.
type known struct {
	store *store.Store
	log   *slog.Logger
	rows  lastknown.Memory[[32]byte, read]

	mu     sync.Mutex
	seen   map[string]store.Millis
	timer  *time.Timer // set while a write of seen is due
	closed bool
}

type read struct {
	row    rows.Session
	values Values
	at     time.Time
}

func newKnown(s *store.Store, log *slog.Logger, most int) *known {
	k := &known{store: s, log: log, seen: map[string]store.Millis{}}
	k.rows.Most = most
	return k
}

// lookUp finds a live session, and notes that it was used if it was by its own
// person.
func (k *known) lookUp(ctx context.Context, hash [32]byte, own bool) (kind Kind, values Values, live bool, err error) {
	now := k.store.Now() // before the read, so that the row is trusted from then
	r, have := k.rows.Recall(hash)
	k.mu.Lock()
	seen := k.seen[string(hash[:])]
	k.mu.Unlock()
	if age := now.Sub(r.at); !have || age < 0 || age >= trustFor {
		if r, have, err = k.read(ctx, hash, seen, now); err != nil || !have {
			return "", Values{}, false, err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	seen = max(k.seen[string(hash[:])], r.row.SeenAt)
	if !r.row.Live(now, seen) {
		return "", Values{}, false, nil
	}
	if own && now.Sub(seen.Time()) >= seenEvery && !k.closed {
		seen = store.At(now)
		k.seen[string(hash[:])] = seen
		if k.timer == nil {
			k.timer = time.AfterFunc(seenDelay, k.flush)
		}
	}
	values = r.values
	values.Until = r.row.Until(seen)
	return r.row.Kind, values, true, nil
}

func (k *known) read(ctx context.Context, hash [32]byte, seen store.Millis, now time.Time) (r read, found bool, err error) {
	r.at = now
	since := k.rows.Mark()
	err = k.store.Read(ctx, func(tx store.Tx) (err error) {
		if r.row, found, err = rows.Load(tx, hash[:], seen); err != nil || !found {
			return err
		}
		r.values, err = valuesOfRow(r.row)
		return err
	})
	if err != nil {
		return read{}, false, err
	}
	if found {
		k.rows.Remember(since, hash, r)
		return r, true, nil
	}
	if _, was := k.rows.Recall(hash); was { // else it may be anybody's guess, who is not to make us forget others
		k.rows.Forget(hash)
	}
	return read{}, false, nil
}

// lastKnown is a session that cannot be read now, as it was when it last was.
func (k *known) lastKnown(hash [32]byte) (r read, ok bool) {
	r, ok = k.rows.Recall(hash)
	k.mu.Lock()
	seen := k.seen[string(hash[:])]
	k.mu.Unlock()
	return r, ok && r.row.Live(k.store.Now(), seen)
}

// drop forgets one session.
func (k *known) drop(hash []byte) {
	if len(hash) == 32 {
		k.rows.Forget([32]byte(hash))
	}
}

// forget drops the sessions that which names.
func (k *known) forget(which func(rows.Session) bool) {
	k.rows.ForgetIf(func(r read) bool { return which(r.row) })
}

// flush writes the times of last use in one piece. What fails stays for the
// next time; a crash loses a minute of "last seen" and nothing else.
func (k *known) flush() {
	k.mu.Lock()
	k.timer = nil
	due := make(map[string]store.Millis, len(k.seen))
	for h, at := range k.seen {
		due[h] = at
	}
	k.mu.Unlock()
	if len(due) == 0 {
		return
	}
	err := k.store.Write(context.Background(), func(tx store.Tx) error { return rows.Touch(tx, due) })
	if err != nil {
		k.log.Warn("write when sessions were last seen", "error", err)
		return
	}
	for h, at := range due {
		since := k.rows.Mark()
		if r, have := k.rows.Recall([32]byte([]byte(h))); have {
			r.row.SeenAt = max(r.row.SeenAt, at)
			k.rows.Remember(since, [32]byte([]byte(h)), r)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for h, at := range due {
		if k.seen[h] == at {
			delete(k.seen, h)
		}
	}
}

func (k *known) close() {
	k.mu.Lock()
	k.closed = true
	if k.timer != nil {
		k.timer.Stop()
	}
	k.mu.Unlock()
	k.flush()
}
