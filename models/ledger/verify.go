package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"yongxing/models/store"
)

// mostBack is how far the time of an entry may lie before that of an earlier
// one: the clocks of two nodes differ by less, and whoever dates an entry back
// means to by more.
const mostBack = 5 * time.Minute

// Wrong says what is wrong with the ledger: with the entry Seq, or if that is 0
// with something beside it.
type Wrong struct {
	Seq    int64
	Reason string
}

// Error is one line.
func (w *Wrong) Error() string {
	if w.Seq == 0 {
		return "ledger: " + w.Reason
	}
	return fmt.Sprintf("ledger: entry %d: %s", w.Seq, w.Reason)
}

// Head stands for the first Entries entries: whoever changes, removes or adds one
// of them makes another head. Noted outside the database it is what a rewritten
// or shortened ledger is held against.
type Head struct {
	Entries int64
	Hash    [sha256.Size]byte
}

// String is the form in which a head is noted, as ParseHead reads it.
func (h Head) String() string { return fmt.Sprintf("%d:%x", h.Entries, h.Hash) }

// ParseHead reads what String wrote.
func ParseHead(s string) (Head, error) {
	count, hash, _ := strings.Cut(s, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	sum, err2 := hex.DecodeString(hash)
	if err != nil || err2 != nil || n < 1 || len(sum) != sha256.Size {
		return Head{}, errors.New("a head is a number of entries, a colon and 64 hexadecimal digits")
	}
	return Head{Entries: n, Hash: [sha256.Size]byte(sum)}, nil
}

// Chain reads the ledger from its first entry on and holds each against those
// before it.
type Chain struct {
	Head   Head
	newest store.Millis
}

// Next takes the entry that follows and returns what it says; a *Wrong if it
// cannot be the one that was written there.
func (c *Chain) Next(r Row) (Body, error) {
	seq := c.Head.Entries + 1
	b, err := r.Verify(seq)
	if err == nil && b.At.Time().Before(c.newest.Time().Add(-mostBack)) {
		err = fmt.Errorf("it is dated %s, before an entry of %s that precedes it", clock(b.At), clock(c.newest))
	}
	if err != nil {
		return Body{}, &Wrong{Seq: seq, Reason: err.Error()}
	}
	c.newest = max(c.newest, b.At)
	h := sha256.New()
	h.Write([]byte("yx-head-v1\x00"))
	h.Write(c.Head.Hash[:])
	h.Write(r.Commitment)
	c.Head = Head{Entries: seq, Hash: [sha256.Size]byte(h.Sum(nil))}
	return b, nil
}

// Newest is the latest time of an entry that was read.
func (c *Chain) Newest() time.Time { return c.newest.Time() }

func clock(at store.Millis) string { return at.Time().Format(time.RFC3339) }

// Verify says what is wrong with an entry that should have number seq: a gap, a
// commitment to other bytes, bytes that are not canonical, or an event that does
// not say what it declares. It returns what the entry says.
func (r Row) Verify(seq int64) (Body, error) {
	if r.Seq != seq {
		return Body{}, errors.New("it is missing")
	}
	if len(r.Salt) != 32 || !bytes.Equal(r.Commitment, Commit(r.Salt, r.Body)) {
		return Body{}, errors.New("its body does not fit its commitment")
	}
	var b Body
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return Body{}, errors.New("its body is not in the form of an entry")
	}
	again, err := canonical(b)
	if err != nil || !bytes.Equal(again, r.Body) {
		return Body{}, errors.New("its body is not in canonical form")
	}
	if b.Seq != r.Seq || b.Event != r.Event || b.At != r.At || b.V != 1 {
		return Body{}, errors.New("its columns say something else than its body")
	}
	by := Entry{Actor: b.Actor, StaffID: b.Staff, OrgID: b.Org, Role: b.Role, Purpose: b.Purpose, Object: b.Object}
	if err := check(b.Event, by, b.Fields); err != nil {
		return Body{}, errors.New(strings.TrimPrefix(err.Error(), "ledger: "))
	}
	return b, nil
}
