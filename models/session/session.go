// Package session keeps who is signed in where. It exists apart from the
// cookies (web/session) so that stories can end sessions in the transaction
// that makes them untrue: a phone detached, a staff member disabled. A row
// holds the hash of a token; the token itself is only in the browser.
package session

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Kind is whom a session is for.
type Kind string

// The kinds. One browser may hold one of each.
const (
	Resident Kind = "resident"
	Staff    Kind = "staff"
)

// Idle is how long a session of the kind lives without a request.
func (k Kind) Idle() time.Duration {
	if k == Staff {
		return 15 * time.Minute
	}
	return 90 * 24 * time.Hour
}

// Absolute is how long a session of the kind lives at most.
func (k Kind) Absolute() time.Duration {
	if k == Staff {
		return 10 * time.Hour
	}
	return 365 * 24 * time.Hour
}

// Session is a row of the table.
type Session struct {
	TokenHash   []byte `gorm:"primaryKey"`
	Kind        Kind
	PersonID    *int64 // nil while a resident has not finished signing in, and for staff
	StaffID     *int64
	Data        string // JSON, the business of web/session
	BrowserHash []byte
	Label       string // coarse kind of browser, for the list of devices
	Ref         string // names the session in that list
	CreatedAt   store.Millis
	SeenAt      store.Millis
	ExpiresAt   store.Millis // absolute
}

// TableName is the table's name.
func (Session) TableName() string { return "session" }

// Live says whether s is within its idle and its absolute time; seen is when it
// was last used, if the caller knows of a later time than the row.
func (s Session) Live(now time.Time, seen store.Millis) bool {
	return now.Before(s.Until(seen))
}

// Until is when s ends if it is not used again, with seen as in Live.
func (s Session) Until(seen store.Millis) time.Time {
	idle, absolute := max(seen, s.SeenAt).Time().Add(s.Kind.Idle()), s.ExpiresAt.Time()
	if absolute.Before(idle) {
		return absolute
	}
	return idle
}

// Opening is a session that a browser is about to get: all but whose it is, which
// the story finds out that checks the proof. It is on record in the transaction of
// that story, so that no proof is used up without its session, and no session
// outlives what has ended the others of its owner in between. The zero Opening
// begins none.
type Opening struct {
	Session
	Old []byte // hash of the token that the browser had: that session ends
}

// Begin gives the session to the person, or the member of staff, with this id.
func (o Opening) Begin(tx store.Tx, id int64) error {
	if o.TokenHash == nil {
		return nil
	}
	_, err := Rotate(tx, o.Old, o.of(id))
	return err
}

// Renew is Begin for somebody who is signed in: fault.SignedOut if their session
// has ended since they asked.
func (o Opening) Renew(tx store.Tx, personID int64) error {
	if o.TokenHash == nil {
		return nil
	}
	res, err := tx.Exec("DELETE FROM session WHERE token_hash = ? AND person_id = ?", o.Old, personID)
	if err = store.ChangedRow(res, err); errors.Is(err, fault.Stale) {
		err = fault.SignedOut
	}
	if err != nil {
		return fmt.Errorf("session: renew: %w", err)
	}
	_, err = Create(tx, o.of(personID))
	return err
}

func (o Opening) of(id int64) Session {
	s := o.Session
	if s.Kind == Staff {
		s.StaffID = &id
	} else {
		s.PersonID = &id
	}
	return s
}

// Create adds s. It fills CreatedAt and SeenAt, and Ref and ExpiresAt if they are
// not set.
func Create(tx store.Tx, s Session) (Session, error) {
	s.CreatedAt, s.SeenAt = tx.Millis(), tx.Millis()
	if s.Ref == "" {
		s.Ref = store.Ref()
	}
	if s.ExpiresAt == 0 {
		s.ExpiresAt = store.At(tx.Now().Add(s.Kind.Absolute()))
	}
	if err := tx.DB().Create(&s).Error; err != nil {
		return Session{}, fmt.Errorf("session: create: %w", err)
	}
	return s, nil
}

// Rotate ends the session with the old hash, if there is one, and creates s in
// its place: at sign-in, so that a token known before is worth nothing after.
func Rotate(tx store.Tx, old []byte, s Session) (Session, error) {
	if err := End(tx, old); err != nil {
		return Session{}, err
	}
	return Create(tx, s)
}

// Load finds a live session by the hash of its token; false if it is not there
// or past its time. seen is as in Live: zero, or a later use than is on record.
func Load(tx store.Tx, hash []byte, seen store.Millis) (Session, bool, error) {
	// Only what a request needs to know: every one reads a row.
	s, ok, err := store.First[Session](tx, "SELECT kind, person_id, staff_id, data, ref, seen_at, expires_at FROM session WHERE token_hash = ?", hash)
	if err != nil {
		return Session{}, false, fmt.Errorf("session: load: %w", err)
	}
	if !ok || !s.Live(tx.Now(), seen) {
		return Session{}, false, nil
	}
	return s, true, nil
}

// LoadIdle finds a session of staff that has ended by lying idle, and by nothing
// else: not yet by its absolute time, and neither signed out nor disabled.
func LoadIdle(tx store.Tx, hash []byte) (Session, bool, error) {
	s, ok, err := store.First[Session](tx, "SELECT * FROM session WHERE token_hash = ? AND kind = 'staff' AND staff_id IS NOT NULL", hash)
	if err != nil {
		return Session{}, false, fmt.Errorf("session: load an idle one: %w", err)
	}
	return s, ok && !s.Live(tx.Now(), 0) && tx.Now().Before(s.ExpiresAt.Time()), nil
}

// ListOfPerson lists a person's live sessions, the last used first.
func ListOfPerson(tx store.Tx, personID int64) ([]Session, error) {
	var all []Session
	err := tx.DB().Where("person_id = ?", personID).Order("seen_at DESC, created_at DESC").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("session: list: %w", err)
	}
	live := all[:0]
	for _, s := range all {
		if s.Live(tx.Now(), 0) {
			live = append(live, s)
		}
	}
	return live, nil
}

// Touch notes when sessions were last used, in one statement: give it some hundred.
// A later time on record stays.
func Touch(tx store.Tx, seen map[string]store.Millis) error {
	if len(seen) == 0 {
		return nil
	}
	var at, which []any
	for _, hash := range slices.Sorted(maps.Keys(seen)) {
		at = append(at, []byte(hash), seen[hash], seen[hash])
		which = append(which, []byte(hash))
	}
	_, err := tx.Exec("UPDATE session SET seen_at = CASE"+strings.Repeat(" WHEN token_hash = ? AND seen_at < ? THEN ?", len(seen))+
		" ELSE seen_at END WHERE token_hash IN (?"+strings.Repeat(", ?", len(seen)-1)+")", append(at, which...)...)
	if err != nil {
		return fmt.Errorf("session: touch: %w", err)
	}
	return nil
}

// End ends the session with this hash; no such session is no error.
func End(tx store.Tx, hash []byte) error { return end(tx, "token_hash = ?", hash) }

// stillIn holds only while the session that asks is on record: a device that has
// been signed out elsewhere a moment ago does not sign the others out.
const stillIn = " AND EXISTS (SELECT 1 FROM session mine WHERE mine.ref = ? AND mine.person_id = ?)"

// EndByRef ends one session of a person's list, as their session by asks;
// fault.Stale if either is not there any more. The person is part of the
// condition, so that nobody ends another's.
func EndByRef(tx store.Tx, personID int64, ref, by string) error {
	res, err := tx.Exec("DELETE FROM session WHERE ref = ? AND person_id = ?"+stillIn, ref, personID, by, personID)
	if err := store.ChangedRow(res, err); err != nil {
		return fmt.Errorf("session: end by ref: %w", err)
	}
	return nil
}

// EndOthers ends every session of a person but the one that asks, and returns
// how many there were.
func EndOthers(tx store.Tx, personID int64, by string) (ended int64, err error) {
	res, err := tx.Exec("DELETE FROM session WHERE person_id = ? AND ref <> ?"+stillIn, personID, by, by, personID)
	if err == nil {
		ended, err = res.RowsAffected()
	}
	if err != nil {
		return 0, fmt.Errorf("session: end others: %w", err)
	}
	return ended, nil
}

// EndAllOfPerson ends every session of a person, on all devices.
func EndAllOfPerson(tx store.Tx, personID int64) error { return end(tx, "person_id = ?", personID) }

// EndUnknown ends the sessions of a person in browsers that have never named a
// document of theirs (known_browser).
func EndUnknown(tx store.Tx, personID int64) error {
	return end(tx, `person_id = ? AND NOT EXISTS
		(SELECT 1 FROM known_browser k WHERE k.person_id = session.person_id AND k.browser_hash = session.browser_hash)`, personID)
}

// EndAllOfStaff ends every session of a staff member.
func EndAllOfStaff(tx store.Tx, staffID int64) error { return end(tx, "staff_id = ?", staffID) }

// Sweep deletes sessions that are past their time. Of staff the row stays to its
// absolute end: it opens nothing, and tells whose a form is that comes too late.
func Sweep(tx store.Tx) error {
	return end(tx, "expires_at <= ? OR seen_at <= ?", tx.Millis(), store.At(tx.Now().Add(-Resident.Idle())))
}

func end(tx store.Tx, where string, args ...any) error {
	if _, err := tx.Exec("DELETE FROM session WHERE "+where, args...); err != nil {
		return fmt.Errorf("session: end: %w", err)
	}
	return nil
}
