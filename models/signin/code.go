// Package signin keeps what a resident's sign-in needs between two requests:
// the one-time code that was sent, the browsers that have answered the document
// question, and the budgets that hold off guessing and text-message bombing.
// All of it is on record, so that a restart refills nothing.
package signin

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"yongxing/models/store"
)

// Limits of a one-time code.
const (
	Lifetime     = 10 * time.Minute
	ResendAfter  = time.Minute
	Tries        = 5
	NumberLength = 6 // digits
)

// What a code is for. A code for one purpose answers no other question.
const (
	ForSignIn = "signin"
	// ForAppeal opens one appeal, to be read.
	ForAppeal = "appeal"
	// ForPhone moves a signed-in person to its phone.
	ForPhone = "phone"
	// ForNobody stands in where nothing is to be sent: no answer is right, and
	// nothing else tells it from the others.
	ForNobody = "nobody"
)

// Code is a row of the table: a one-time code that one browser asked for.
type Code struct {
	ID          int64 `gorm:"primaryKey"`
	BrowserHash []byte
	PhoneSealed store.Sealed
	PhoneIndex  []byte
	CodeHash    []byte
	CodeSealed  store.Sealed // nil once delivered or used
	Purpose     string
	PersonID    *int64 // of a code for a phone: who wants it
	Language    string
	SentAt      store.Millis
	ExpiresAt   store.Millis
	Tries       int
	UsedAt      *store.Millis
}

// TableName is the table's name.
func (Code) TableName() string { return "sign_in_code" }

// Open tells whether the code can still be answered.
func (c Code) Open(now time.Time) bool {
	return c.UsedAt == nil && c.Tries < Tries && now.Before(c.ExpiresAt.Time())
}

// TriesLeft is how many answers the code still takes.
func (c Code) TriesLeft() int { return max(0, Tries-c.Tries) }

// Issue makes a new code to sign in with, for a phone in its normal form, and
// voids the earlier ones of this browser, so that one browser has one open code.
func Issue(tx store.Tx, browser []byte, phone, language string) (Code, error) {
	return IssueFor(tx, ForSignIn, browser, phone, language)
}

// IssueFor is Issue for any purpose.
func IssueFor(tx store.Tx, purpose string, browser []byte, phone, language string) (Code, error) {
	if err := void(tx, "browser_hash = ? AND used_at IS NULL", browser); err != nil {
		return Code{}, err
	}
	id, err := tx.NextID("sign_in_code")
	if err != nil {
		return Code{}, err
	}
	number := randomDigits()
	hash := codeHash(tx, id, number)
	if purpose == ForNobody {
		hash = codeHash(tx, id, ForNobody+number) // an answer has digits only
	}
	c := Code{
		ID: id, BrowserHash: browser, Purpose: purpose, Language: language, SentAt: tx.Millis(), ExpiresAt: store.At(tx.Now().Add(Lifetime)),
		PhoneSealed: tx.Seal("sign_in_code", "phone", id, phone), PhoneIndex: tx.Index("sign_in_code", "phone", phone),
		CodeSealed: tx.Seal("sign_in_code", "code", id, number), CodeHash: hash,
	}
	if err := tx.DB().Create(&c).Error; err != nil {
		return Code{}, fmt.Errorf("signin: issue: %w", err)
	}
	return c, nil
}

// Get returns the code that this browser asked for; fault.NotFound if it asked
// for none by that id.
func Get(tx store.Tx, id int64, browser []byte) (Code, error) {
	return get(tx, "id = ? AND browser_hash = ?", id, browser)
}

// Belongs notes who wants the phone that a new code was sent to.
func Belongs(tx store.Tx, id, personID int64) error {
	if err := store.ChangedRow(tx.Exec("UPDATE sign_in_code SET person_id = ? WHERE id = ? AND purpose = ? AND person_id IS NULL", personID, id, ForPhone)); err != nil {
		return fmt.Errorf("signin: code of person: %w", err)
	}
	return nil
}

// OfPerson is the newest code by which this browser is to move a person to another
// phone; fault.NotFound if there is none, or if the browser has asked for another
// code since.
func OfPerson(tx store.Tx, personID int64, browser []byte) (Code, error) {
	return get(tx, `purpose = ? AND person_id = ? AND browser_hash = ?
		AND id = (SELECT MAX(id) FROM sign_in_code WHERE browser_hash = ?)`, ForPhone, personID, browser, browser)
}

// ByID returns a code whichever browser asked for it, for its delivery.
func ByID(tx store.Tx, id int64) (Code, error) { return get(tx, "id = ?", id) }

// Latest is the newest code of a browser, for the demo that shows it.
func Latest(tx store.Tx, browser []byte) (Code, error) {
	return get(tx, "browser_hash = ? AND id = (SELECT MAX(id) FROM sign_in_code WHERE browser_hash = ?)", browser, browser)
}

func get(tx store.Tx, where string, args ...any) (Code, error) {
	var c Code
	if err := tx.DB().Where(where, args...).Take(&c).Error; err != nil {
		return Code{}, fmt.Errorf("signin: code: %w", store.Found(err))
	}
	return c, nil
}

// Check compares an answer with the code and counts it: right uses the code up,
// wrong costs a try. The caller has asked Open before.
func Check(tx store.Tx, c Code, answer string) (right bool, err error) {
	if hmac.Equal(codeHash(tx, c.ID, answer), c.CodeHash) {
		err := store.ChangedRow(tx.Exec("UPDATE sign_in_code SET used_at = ?, code_sealed = NULL WHERE id = ? AND used_at IS NULL AND tries < ?",
			tx.Millis(), c.ID, Tries))
		if err != nil {
			return false, fmt.Errorf("signin: use code: %w", err)
		}
		return true, nil
	}
	if err := store.ChangedRow(tx.Exec("UPDATE sign_in_code SET tries = tries + 1 WHERE id = ? AND used_at IS NULL AND tries < ?", c.ID, Tries)); err != nil {
		return false, fmt.Errorf("signin: count try: %w", err)
	}
	return false, nil
}

// Phone is the phone that the code was sent to.
func Phone(tx store.Tx, c Code) (string, error) {
	return tx.Unseal("sign_in_code", "phone", c.ID, c.PhoneSealed)
}

// Number is the code itself, "" once it was delivered or used.
func Number(tx store.Tx, c Code) (string, error) {
	if c.CodeSealed == nil {
		return "", nil
	}
	return tx.Unseal("sign_in_code", "code", c.ID, c.CodeSealed)
}

// Delivered forgets the number itself: what is left is its keyed hash.
func Delivered(tx store.Tx, id int64) error {
	if _, err := tx.Exec("UPDATE sign_in_code SET code_sealed = NULL WHERE id = ?", id); err != nil {
		return fmt.Errorf("signin: delivered: %w", err)
	}
	return nil
}

// Sweep deletes codes, budgets and browsers that nothing needs any more.
func Sweep(tx store.Tx) error {
	for statement, age := range map[string]time.Duration{
		"DELETE FROM sign_in_code WHERE sent_at < ?": longest,
		"DELETE FROM budget_use WHERE at < ?":        longest,
		"DELETE FROM budget WHERE since < ?":         longest,
		"DELETE FROM met_browser WHERE at < ?":       metFor,
	} {
		if _, err := tx.Exec(statement, store.At(tx.Now().Add(-age))); err != nil {
			return fmt.Errorf("signin: sweep: %w", err)
		}
	}
	return nil
}

func void(tx store.Tx, where string, arg any) error {
	if _, err := tx.Exec("UPDATE sign_in_code SET used_at = ?, code_sealed = NULL WHERE "+where, tx.Millis(), arg); err != nil {
		return fmt.Errorf("signin: void codes: %w", err)
	}
	return nil
}

// codeHash is keyed, since a million numbers are soon tried, and holds the row's
// id, so that equal codes do not look equal.
func codeHash(tx store.Tx, id int64, number string) []byte {
	return tx.Index("sign_in_code", "code", fmt.Sprintf("%d:%s", id, number))
}

// randomDigits draws a code. Numbers past the last whole million are drawn
// again, so that no code is likelier than another.
func randomDigits() string {
	const million = 1_000_000
	for {
		var b [4]byte
		rand.Read(b[:]) // never fails since Go 1.24
		if n := binary.BigEndian.Uint32(b[:]); n < 4_294*million {
			return fmt.Sprintf("%0*d", NumberLength, n%million)
		}
	}
}

// Digits is a code as people type and paste it, with full-width digits, spaces
// and whatever else stood around it in the message left out.
func Digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, typed)
}
