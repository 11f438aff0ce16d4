package notice

import (
	"fmt"
	"time"

	"yongxing/models/store"
)

// Before lists a person's notices from before an instant, the newest first.
func Before(tx store.Tx, personID int64, before time.Time, limit int) ([]Notice, error) {
	var list []Notice
	err := tx.DB().Where("person_id = ? AND created_at < ?", personID, store.At(before)).
		Order("created_at DESC, id DESC").Limit(limit).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("notice: before: %w", err)
	}
	return list, nil
}

// Unread is how many notices a person has not opened.
func Unread(tx store.Tx, personID int64) (int, error) {
	var n int
	if err := tx.QueryRow("SELECT COUNT(*) FROM notice WHERE person_id = ? AND read_at IS NULL", personID).Scan(&n); err != nil {
		return 0, fmt.Errorf("notice: unread: %w", err)
	}
	return n, nil
}

// OfPerson returns a person's notice by its ref; fault.NotFound if they have
// none by that name.
func OfPerson(tx store.Tx, personID int64, ref string) (Notice, error) {
	var n Notice
	if err := tx.DB().Where("ref = ? AND person_id = ?", ref, personID).Take(&n).Error; err != nil {
		return Notice{}, fmt.Errorf("notice: of person: %w", store.Found(err))
	}
	return n, nil
}

// Read notes that a person opened a notice. The first time stays.
func Read(tx store.Tx, n Notice) error {
	if _, err := tx.Exec("UPDATE notice SET read_at = ? WHERE id = ? AND read_at IS NULL", tx.Millis(), n.ID); err != nil {
		return fmt.Errorf("notice: read: %w", err)
	}
	return nil
}

// ReadUpTo notes that a person has seen what was there at an instant.
func ReadUpTo(tx store.Tx, personID int64, at time.Time) error {
	_, err := tx.Exec("UPDATE notice SET read_at = ? WHERE person_id = ? AND created_at <= ? AND read_at IS NULL", tx.Millis(), personID, store.At(at))
	if err != nil {
		return fmt.Errorf("notice: read up to: %w", err)
	}
	return nil
}
