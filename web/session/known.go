package session

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
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
	// mostEnded is how many sign-outs wait for a database that takes no writes.
	mostEnded = 20_000
	// atOnce is how many sessions one write changes: it keeps those who sign in or
	// out from theirs for some hundredths of a second, not for seconds.
	atOnce = 500
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
	ended  map[[32]byte]bool // signed out while that could not be written
	timer  *time.Timer       // set while a write of seen or ended is due
	closed bool
}

type read struct {
	row    rows.Session
	values Values
	at     time.Time
}

func newKnown(s *store.Store, log *slog.Logger, most int) *known {
	k := &known{store: s, log: log, seen: map[string]store.Millis{}, ended: map[[32]byte]bool{}}
	k.rows.Most = most
	return k
}

// lookUp finds a live session, and notes that it was used if it was by its own
// person.
func (k *known) lookUp(ctx context.Context, hash [32]byte, own bool) (kind Kind, values Values, live bool, err error) {
	now := k.store.Now() // before the read, so that the row is trusted from then
	r, have := k.rows.Recall(hash)
	k.mu.Lock()
	seen, ended := k.seen[string(hash[:])], k.ended[hash]
	k.mu.Unlock()
	if ended {
		return "", Values{}, false, nil
	}
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
	if own && now.Sub(seen.Time()) >= seenEvery && k.note(hash, r.row.Until(seen), now) {
		seen = store.At(now)
	}
	values = r.values
	values.Until = r.row.Until(seen)
	return r.row.Kind, values, true, nil
}

// note keeps that a session was used, which would else end at until; k.mu is held.
// When very many wait to be written, because nothing is, others lose a minute of
// "last seen"; but not those that would end within the day, as any of staff does.
func (k *known) note(hash [32]byte, until, now time.Time) bool {
	full := len(k.seen) >= cmp.Or(k.rows.Most, lastknown.Most)
	if k.closed || full && k.seen[string(hash[:])] == 0 && until.Sub(now) > 24*time.Hour {
		return false
	}
	k.seen[string(hash[:])] = store.At(now)
	k.writeSoon()
	return true
}

// writeSoon has flush run, with k.mu held.
func (k *known) writeSoon() {
	if k.timer == nil && !k.closed {
		k.timer = time.AfterFunc(seenDelay, k.flush)
	}
}

// endLater takes a session for ended that cannot be ended on record now; false if
// that cannot be noted.
func (k *known) endLater(hash [32]byte) bool {
	k.mu.Lock()
	noted := len(k.ended) < mostEnded || k.ended[hash]
	if noted {
		k.ended[hash] = true
		k.writeSoon()
	}
	k.mu.Unlock()
	k.rows.Forget(hash)
	return noted
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

// flush writes the sign-outs that wait, then the times of last use, some hundred
// at a time. What fails stays for the next time; a crash loses a minute of "last
// seen", and the sign-outs of an outage.
func (k *known) flush() {
	k.mu.Lock()
	k.timer = nil
	ended, due := slices.Collect(maps.Keys(k.ended)), maps.Clone(k.seen)
	k.mu.Unlock()
	if err := k.writeEnded(ended); err != nil {
		k.log.Warn("write who has signed out", "error", err)
		k.mu.Lock()
		defer k.mu.Unlock()
		k.writeSoon() // whoever has signed out does not come again and call for it
		return
	}
	if err := k.writeSeen(due); err != nil {
		k.log.Warn("write when sessions were last seen", "error", err)
	}
}

func (k *known) writeEnded(ended [][32]byte) error {
	for part := range slices.Chunk(ended, atOnce) {
		err := k.store.Write(context.Background(), func(tx store.Tx) error {
			for _, hash := range part {
				if err := rows.End(tx, hash[:]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		k.mu.Lock()
		for _, hash := range part {
			delete(k.ended, hash)
		}
		k.mu.Unlock()
	}
	return nil
}

func (k *known) writeSeen(due map[string]store.Millis) error {
	for hashes := range slices.Chunk(slices.Sorted(maps.Keys(due)), atOnce) {
		part := make(map[string]store.Millis, len(hashes))
		for _, h := range hashes {
			part[h] = due[h]
		}
		if err := k.store.Write(context.Background(), func(tx store.Tx) error { return rows.Touch(tx, part) }); err != nil {
			return err
		}
		k.written(part)
	}
	return nil
}

// written takes times for what the record says now.
func (k *known) written(part map[string]store.Millis) {
	for h, at := range part {
		since := k.rows.Mark()
		if r, have := k.rows.Recall([32]byte([]byte(h))); have {
			r.row.SeenAt = max(r.row.SeenAt, at)
			k.rows.Remember(since, [32]byte([]byte(h)), r)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for h, at := range part {
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
