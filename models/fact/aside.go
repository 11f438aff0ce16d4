package fact

import (
	"cmp"
	"fmt"
	"slices"

	"yongxing/models/store"
)

// Scopes of a mark: this one record, or the event that it is about, under
// whatever id it comes again.
const (
	ScopeRecord = "record"
	ScopeEvent  = "event"
)

// Aside is a row of table aside: a mark from an accepted appeal that keeps a
// fact, or what sources say about its event, out of this person's reviews. It
// has no end of its own.
type Aside struct {
	ID           int64 `gorm:"primaryKey;autoIncrement:false"`
	PersonID     int64
	Scope        string
	FactID       int64
	At           store.Millis
	LiftedAt     *store.Millis
	AppealID     int64
	AppealNumber string
}

// TableName is aside.
func (Aside) TableName() string { return "aside" }

// SetAside marks a fact for a person, from now on, because of an accepted
// appeal. The same mark again adds nothing.
func SetAside(tx store.Tx, personID, factID int64, scope string, appealID int64, appealNumber string) error {
	var there int64
	err := tx.DB().Model(&Aside{}).
		Where("person_id = ? AND fact_id = ? AND scope = ? AND appeal_id = ? AND lifted_at IS NULL", personID, factID, scope, appealID).
		Count(&there).Error
	if err != nil {
		return fmt.Errorf("fact: set aside: %w", err)
	}
	if there > 0 {
		return nil
	}
	id, err := tx.NextID("aside")
	if err != nil {
		return err
	}
	mark := Aside{ID: id, PersonID: personID, Scope: scope, FactID: factID, At: tx.Millis(), AppealID: appealID, AppealNumber: appealNumber}
	if err := tx.DB().Create(&mark).Error; err != nil {
		return fmt.Errorf("fact: set aside: %w", err)
	}
	return nil
}

// AsidesOf returns a person's marks, lifted ones too, oldest first.
func AsidesOf(tx store.Tx, personID int64) ([]Aside, error) {
	marks, err := store.List[Aside](tx, "SELECT * FROM aside WHERE person_id = ?", personID)
	if err != nil {
		return nil, fmt.Errorf("fact: asides: %w", err)
	}
	slices.SortFunc(marks, func(a, b Aside) int { return cmp.Compare(a.ID, b.ID) })
	return marks, nil
}
