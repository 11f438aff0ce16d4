// Package draft keeps what somebody has filled in and not sent yet, sealed, for
// seven days after the last step: people are interrupted, and nobody should have
// to type twice. The version tells when two tabs fill in the same draft.
package draft

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Kinds of drafts: one of each a person.
const (
	Declare = "declare"
	Appeal  = "appeal"
)

// Lifetime is how long a draft waits after its last step.
const Lifetime = 7 * 24 * time.Hour

// Draft is a row of the table.
type Draft struct {
	PersonID   int64  `gorm:"primaryKey"`
	Kind       string `gorm:"primaryKey"`
	ID         int64
	DataSealed store.Sealed
	Version    int64
	UpdatedAt  store.Millis
}

// TableName is the table's name.
func (Draft) TableName() string { return "draft" }

// Load returns a person's draft and what it holds; not ok if there is none or it
// is past its time.
func Load(tx store.Tx, personID int64, kind string) (d Draft, data string, ok bool, err error) {
	err = tx.DB().Where("person_id = ? AND kind = ?", personID, kind).Take(&d).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Draft{}, "", false, nil
	}
	if err != nil {
		return Draft{}, "", false, fmt.Errorf("draft: load: %w", err)
	}
	if d.past(tx.Now()) {
		return Draft{}, "", false, nil
	}
	data, err = tx.Unseal("draft", "data", d.ID, d.DataSealed)
	if err != nil {
		return Draft{}, "", false, fmt.Errorf("draft: %w", err)
	}
	return d, data, true, nil
}

// Save writes a draft. version is that of the draft the caller has read, 0 if
// there was none; if another tab was faster it is fault.Stale. It returns the
// new version.
func Save(tx store.Tx, personID int64, kind string, version int64, data string) (int64, error) {
	var old Draft
	err := tx.DB().Where("person_id = ? AND kind = ?", personID, kind).Take(&old).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, fmt.Errorf("draft: save: %w", err)
	}
	known := old.Version
	if old.past(tx.Now()) {
		known = 0 // past its time is as good as none
	}
	if known != version {
		return 0, fmt.Errorf("draft: save: %w", fault.Stale)
	}
	if old.ID == 0 {
		return 1, create(tx, personID, kind, data)
	}
	next := old.Version + 1
	res := tx.DB().Model(&Draft{}).Where("id = ? AND version = ?", old.ID, old.Version).
		Select("data_sealed", "version", "updated_at").
		Updates(&Draft{DataSealed: tx.Seal("draft", "data", old.ID, data), Version: next, UpdatedAt: tx.Millis()})
	if err := store.Changed(res); err != nil {
		return 0, fmt.Errorf("draft: save: %w", err)
	}
	return next, nil
}

func create(tx store.Tx, personID int64, kind, data string) error {
	id, err := tx.NextID("draft")
	if err != nil {
		return err
	}
	d := Draft{PersonID: personID, Kind: kind, ID: id, DataSealed: tx.Seal("draft", "data", id, data), Version: 1, UpdatedAt: tx.Millis()}
	if err := tx.DB().Create(&d).Error; err != nil {
		return fmt.Errorf("draft: create: %w", err)
	}
	return nil
}

// Remove deletes a draft, because it was sent or given up; none is no error.
func Remove(tx store.Tx, personID int64, kind string) error {
	if _, err := tx.Exec("DELETE FROM draft WHERE person_id = ? AND kind = ?", personID, kind); err != nil {
		return fmt.Errorf("draft: remove: %w", err)
	}
	return nil
}

// Sweep deletes drafts that are past their time.
func Sweep(tx store.Tx) error {
	if _, err := tx.Exec("DELETE FROM draft WHERE updated_at <= ?", store.At(tx.Now().Add(-Lifetime))); err != nil {
		return fmt.Errorf("draft: sweep: %w", err)
	}
	return sweepDecisions(tx)
}

func (d Draft) past(now time.Time) bool {
	return d.ID != 0 && !now.Before(d.UpdatedAt.Time().Add(Lifetime))
}
