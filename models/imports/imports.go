// Package imports keeps what was read from files, and when: the counts of each
// run, and the hash by which a file that comes again is known.
package imports

import (
	"fmt"

	"yongxing/models/store"
)

// Kinds of run.
const (
	Facts = "facts"
	Areas = "areas"
)

// Run is a row of table import_run. The counters are those of the report.
type Run struct {
	ID       int64 `gorm:"primaryKey;autoIncrement:false"`
	Kind     string
	FileHash []byte
	NewRows  int
	Changed  int
	Cleared  int
	Same     int
	Held     int
	Refused  int
	Aside    int
	At       store.Millis
}

// TableName is import_run.
func (Run) TableName() string { return "import_run" }

// Add notes a run that is through; without an ID it takes one.
func Add(tx store.Tx, r Run) error {
	if r.ID == 0 {
		var err error
		if r.ID, err = tx.NextID("import_run"); err != nil {
			return err
		}
	}
	r.At = tx.Millis()
	if err := tx.DB().Create(&r).Error; err != nil {
		return fmt.Errorf("imports: add: %w", err)
	}
	return nil
}

// Seen says whether a file of this hash was read to its end before.
func Seen(tx store.Tx, kind string, hash []byte) (bool, error) {
	var n int64
	if err := tx.DB().Model(&Run{}).Where("kind = ? AND file_hash = ?", kind, hash).Count(&n).Error; err != nil {
		return false, fmt.Errorf("imports: seen: %w", err)
	}
	return n > 0, nil
}
