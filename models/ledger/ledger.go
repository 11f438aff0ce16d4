// Package ledger is the append-only record of outcomes and of what staff do. It
// exists so that a wrong colour, and every use of power, can be shown
// afterwards: rows have dense numbers, canonical bytes and a salted commitment,
// and triggers bar every change. Bodies name people and cases by their public
// refs and numbers and hold nothing personal, because they are never deleted.
package ledger

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yongxing/models/store"
)

// Entry says who did it, in which office and why.
type Entry struct {
	// Actor is "person", "staff" or "system".
	Actor string
	// StaffID and OrgID are zero unless Actor is "staff".
	StaffID, OrgID int64
	// Role is the staff member's role when they acted.
	Role string
	// Purpose is why somebody looked: a key of a closed list.
	Purpose string
	// Object is the ref or number of what it was done to.
	Object string
}

// Row is one entry on record.
type Row struct {
	Seq        int64 `gorm:"primaryKey"`
	Event      string
	Body       []byte
	Salt       []byte
	Commitment []byte
	At         store.Millis
}

// TableName is the table's name.
func (Row) TableName() string { return "ledger" }

// Body is what the canonical bytes say: JSON without white space, keys sorted,
// so that anybody can make the same bytes again.
type Body struct {
	Actor   string            `json:"actor"`
	At      store.Millis      `json:"at"`
	Event   string            `json:"event"`
	Fields  map[string]string `json:"fields"` // encoding/json sorts the keys
	Object  string            `json:"object,omitempty"`
	Org     int64             `json:"org,omitempty"`
	Purpose string            `json:"purpose,omitempty"`
	Role    string            `json:"role,omitempty"`
	Seq     int64             `json:"seq"`
	Staff   int64             `json:"staff,omitempty"`
	V       int               `json:"v"`
}

// pending are the entries of a piece that have no number yet.
type pending []Body

// Append adds one entry in the transaction of what it tells of. fields must
// have exactly the keys that events.go declares for the event. All entries of a
// piece are written as the last thing before its commit and in one go, since all
// nodes queue up for their numbers.
func Append(tx store.Tx, event string, by Entry, fields map[string]string) error {
	if err := check(event, by, fields); err != nil {
		return err
	}
	list := store.Kept[pending](tx)
	if len(*list) == 0 {
		tx.AtEnd(func() error {
			if err := list.write(tx); err != nil {
				return fmt.Errorf("ledger: append: %w", err)
			}
			return nil
		})
	}
	*list = append(*list, Body{
		Actor: by.Actor, At: tx.Millis(), Event: event, Fields: fields, Object: by.Object, Org: by.OrgID,
		Purpose: by.Purpose, Role: by.Role, Staff: by.StaffID, V: 1,
	})
	return nil
}

func (p *pending) write(tx store.Tx) error {
	list := *p
	*p = nil // what a later step of the piece appends comes after
	first, err := tx.NextDense("ledger", len(list))
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Seq = first + int64(i)
	}
	// Few sizes, since each is a statement of its own that the database prepares.
	for _, size := range []int{64, 8, 1} {
		for ; len(list) >= size; list = list[size:] {
			if err := insert(tx, list[:size]); err != nil {
				return err
			}
		}
	}
	return nil
}

func insert(tx store.Tx, list []Body) error {
	args := make([]any, 0, 6*len(list))
	for _, b := range list {
		body, err := canonical(b)
		if err != nil {
			return err
		}
		salt := make([]byte, 32)
		rand.Read(salt) // never fails since Go 1.24
		args = append(args, b.Seq, b.Event, body, salt, Commit(salt, body), b.At)
	}
	_, err := tx.Exec("INSERT INTO ledger (seq, event, body, salt, commitment, at) VALUES (?, ?, ?, ?, ?, ?)"+
		strings.Repeat(", (?, ?, ?, ?, ?, ?)", len(list)-1), args...)
	return err
}

// Commit is the commitment to an entry: it can be published, and tells nothing
// to whoever does not have the salt.
func Commit(salt, body []byte) []byte {
	h := sha256.New()
	h.Write([]byte("yx-commit-v1\x00"))
	h.Write(salt)
	h.Write(body)
	return h.Sum(nil)
}

// Last is the newest entry; fault.NotFound if there is none.
func Last(tx store.Tx) (Row, error) {
	var r Row
	if err := tx.DB().Order("seq DESC").Take(&r).Error; err != nil {
		return Row{}, fmt.Errorf("ledger: last: %w", store.Found(err))
	}
	return r, nil
}

// From reads up to limit entries in order, from seq on.
func From(tx store.Tx, seq int64, limit int) ([]Row, error) {
	rows, err := store.List[Row](tx, "SELECT * FROM ledger WHERE seq >= ? ORDER BY seq LIMIT ?", seq, limit)
	if err != nil {
		return nil, fmt.Errorf("ledger: from %d: %w", seq, err)
	}
	return rows, nil
}

func canonical(b Body) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func check(event string, by Entry, fields map[string]string) error {
	keys, known := events[event]
	if !known {
		return fmt.Errorf("ledger: %q is no event", event)
	}
	if staff := by.StaffID != 0; staff != (by.Actor == "staff") || !slices.Contains([]string{"person", "staff", "system"}, by.Actor) {
		return fmt.Errorf("ledger: %s: actor %q with staff id %d", event, by.Actor, by.StaffID)
	}
	var wrong []string
	for _, k := range keys {
		if _, there := fields[k]; !there {
			wrong = append(wrong, k+" is missing")
		}
	}
	for k := range fields {
		if !slices.Contains(keys, k) {
			wrong = append(wrong, k+" is not declared")
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("ledger: %s: %s", event, strings.Join(wrong, ", "))
	}
	return nil
}
