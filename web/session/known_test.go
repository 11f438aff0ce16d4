package session

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"yongxing/models/lastknown"
	"yongxing/models/modeltest"
	rows "yongxing/models/session"
	"yongxing/models/store"
)

// Sessions are remembered in a bounded number: 30 MB, whoever comes.
func TestKnownIsBounded(t *testing.T) {
	k := newKnown(modeltest.Store(t), slog.New(slog.DiscardHandler), 0)
	before := heap()
	for i := range int64(200_000) {
		var hash [32]byte
		binary.BigEndian.PutUint64(hash[:], uint64(i))
		person, data, ref := i, strings.Repeat("x", 24), strings.Repeat("r", 26)
		row := rows.Session{Kind: Resident, PersonID: &person, Data: data, Ref: ref, SeenAt: store.At(modeltest.Start), ExpiresAt: store.At(modeltest.Start)}
		k.rows.Remember(k.rows.Mark(), hash, read{row: row, values: Values{PersonID: i, Ref: ref}, at: modeltest.Start})
	}
	grown := heap() - before
	t.Logf("%d are remembered, %.1f MB", k.rows.Len(), float64(grown)/1e6)
	if n := k.rows.Len(); n > lastknown.Most || n < lastknown.Most/2 || grown > 40<<20 {
		t.Errorf("%d are remembered, in %d bytes", n, grown)
	}
}

// recorded is a memory over a database that takes writes unless fit says why not,
// with n sessions on record.
func recorded(t *testing.T, kind Kind, most, n int, fit *func() error) (k *known, clock *modeltest.Clock, hashes [][32]byte) {
	t.Helper()
	clock = modeltest.NewClock(modeltest.Start)
	opts := modeltest.Options(t, clock)
	opts.Fit = func() error { return (*fit)() }
	k = newKnown(modeltest.Open(t, opts), slog.New(slog.DiscardHandler), most)
	t.Cleanup(k.close)
	err := k.store.Write(t.Context(), func(tx store.Tx) error {
		for i := range n {
			hash := sha256.Sum256([]byte{byte(i >> 8), byte(i)})
			hashes = append(hashes, hash)
			who := int64(i + 1)
			row := rows.Session{TokenHash: hash[:], Kind: kind, PersonID: &who, Data: "{}", BrowserHash: hash[:]}
			if kind == Staff {
				row.PersonID, row.StaffID = nil, &who
			}
			if _, err := rows.Create(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, clock, hashes
}

func (k *known) live(t *testing.T, hash [32]byte) bool {
	t.Helper()
	_, _, live, err := k.lookUp(t.Context(), hash, true)
	if err != nil {
		t.Error(err)
	}
	return live
}

func (k *known) count(t *testing.T, where string) (n int) {
	t.Helper()
	err := k.store.Read(t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM session WHERE " + where).Scan(&n)
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

var errTakesNothing = fmt.Errorf("a disk that takes nothing: %w", store.ErrLost)

func always() error       { return nil }
func takesNothing() error { return errTakesNothing }

// A sign-out that could not be written holds, and is written when that is possible.
func TestEndLater(t *testing.T) {
	t.Parallel()
	fit := always
	k, clock, hashes := recorded(t, Resident, 0, 2, &fit)
	k.live(t, hashes[0])
	fit = takesNothing
	if !k.endLater(hashes[0]) {
		t.Error("not noted")
	}
	if _, have := k.rows.Recall(hashes[0]); have {
		t.Error("it would be shown in the next outage")
	}
	for range 2 {
		if k.live(t, hashes[0]) || !k.live(t, hashes[1]) {
			t.Error("not the one that was ended")
		}
		clock.Advance(2 * time.Second)
		k.flush()
		if k.timer == nil {
			t.Error("it is not tried again")
		}
	}
	fit = always
	k.flush()
	if n := k.count(t, "person_id = 2"); n != 1 || k.count(t, "person_id = 1") != 0 || len(k.ended) != 0 {
		t.Errorf("%d of the other, %d of the one that was ended, %d wait", n, k.count(t, "person_id = 1"), len(k.ended))
	}
	for i := range uint64(mostEnded + 1) {
		var hash [32]byte
		binary.BigEndian.PutUint64(hash[:], i)
		if k.endLater(hash) != (i < mostEnded) {
			t.Errorf("%d are noted", i)
		}
	}
	clear(k.ended)
}

// Times of last use are written some hundred at a time, and what was written is
// done with, whatever becomes of the rest.
func TestSeenIsWrittenInParts(t *testing.T) {
	t.Parallel()
	fit := always
	k, clock, hashes := recorded(t, Resident, 0, 2*atOnce+10, &fit)
	clock.Advance(2 * time.Minute)
	for _, hash := range hashes {
		k.live(t, hash)
	}
	last, writes := store.At(clock.Now()), 0
	fit = func() error {
		if writes++; writes == 3 {
			return errTakesNothing
		}
		return nil
	}
	k.flush()
	if n := k.count(t, fmt.Sprint("seen_at = ", last)); n != 2*atOnce || len(k.seen) != 10 {
		t.Errorf("%d are written, %d wait", n, len(k.seen))
	}
	k.flush()
	if n := k.count(t, fmt.Sprint("seen_at = ", last)); n != len(hashes) || len(k.seen) != 0 {
		t.Errorf("%d are written, %d wait", n, len(k.seen))
	}
}

// While nothing is written the times of last use do not pile up; what is left out
// ends nobody's work at a desk.
func TestSeenIsBounded(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]int{Resident: 10, Staff: 30} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			fit := always
			k, clock, hashes := recorded(t, kind, 10, 30, &fit)
			fit = takesNothing
			for range 4 {
				clock.Advance(10 * time.Minute)
				for _, hash := range hashes {
					if !k.live(t, hash) {
						t.Fatal("a session ended that is used")
					}
				}
			}
			if len(k.seen) != want {
				t.Errorf("%d wait, want %d", len(k.seen), want)
			}
			fit = always
		})
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
