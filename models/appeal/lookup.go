package appeal

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"yongxing/models/store"
)

// LookupFor is how long one appeal stays open to a browser that has looked it up.
const LookupFor = 30 * time.Minute

// Lookup is a row of appeal_lookup: a browser without an account that asks where
// one appeal stands.
type Lookup struct {
	BrowserHash []byte `gorm:"primaryKey"`
	CodeID      int64
	AppealID    *int64 // nil: number and phone do not belong together
	OpenedAt    *store.Millis
	ExpiresAt   store.Millis
}

// TableName is the table's name.
func (Lookup) TableName() string { return "appeal_lookup" }

// OfPhone finds the appeal with this number whose person is reached at a phone,
// by the index of table person; nil if there is none. One query, whatever of the
// two is unknown.
func OfPhone(tx store.Tx, number string, phoneIndex []byte) (*int64, error) {
	var id int64
	err := tx.QueryRow("SELECT a.id FROM appeal a JOIN person p ON p.id = a.person_id WHERE a.number = ? AND p.phone_index = ?", number, phoneIndex).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("appeal: of phone: %w", err)
	}
	return &id, nil
}

// AskLookup notes what a browser asks for, in place of what it asked before.
func AskLookup(tx store.Tx, browser []byte, codeID int64, appealID *int64) error {
	_, err := tx.Exec(`INSERT INTO appeal_lookup (browser_hash, code_id, appeal_id, opened_at, expires_at) VALUES (?, ?, ?, NULL, ?)
		ON CONFLICT (browser_hash) DO UPDATE SET code_id = excluded.code_id, appeal_id = excluded.appeal_id, opened_at = NULL, expires_at = excluded.expires_at`,
		browser, codeID, appealID, store.At(tx.Now().Add(LookupFor)))
	if err != nil {
		return fmt.Errorf("appeal: ask look-up: %w", err)
	}
	return nil
}

// LookupOf is what a browser asks for or has open; not ok if that is nothing, or
// over.
func LookupOf(tx store.Tx, browser []byte) (l Lookup, ok bool, err error) {
	err = tx.DB().Where("browser_hash = ? AND expires_at > ?", browser, tx.Millis()).Take(&l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Lookup{}, false, nil
	}
	if err != nil {
		return Lookup{}, false, fmt.Errorf("appeal: look-up: %w", err)
	}
	return l, true, nil
}

// OpenLookup opens the appeal to the browser, once its code was answered;
// fault.Stale if it asks for another one by now.
func OpenLookup(tx store.Tx, l Lookup) error {
	err := store.ChangedRow(tx.Exec(`UPDATE appeal_lookup SET opened_at = ?, expires_at = ?
		WHERE browser_hash = ? AND code_id = ? AND opened_at IS NULL AND appeal_id IS NOT NULL`,
		tx.Millis(), store.At(tx.Now().Add(LookupFor)), l.BrowserHash, l.CodeID))
	if err != nil {
		return fmt.Errorf("appeal: open look-up: %w", err)
	}
	return nil
}

// EndLookup closes it again; none is no error.
func EndLookup(tx store.Tx, browser []byte) error {
	if _, err := tx.Exec("DELETE FROM appeal_lookup WHERE browser_hash = ?", browser); err != nil {
		return fmt.Errorf("appeal: end look-up: %w", err)
	}
	return nil
}

// SweepLookups deletes those that are over.
func SweepLookups(tx store.Tx) error {
	if _, err := tx.Exec("DELETE FROM appeal_lookup WHERE expires_at <= ?", tx.Millis()); err != nil {
		return fmt.Errorf("appeal: sweep look-ups: %w", err)
	}
	return nil
}
