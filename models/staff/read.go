package staff

import (
	"fmt"

	"yongxing/models/store"
)

// What a member can have looked at.
const (
	ReadCase     = "case"
	ReadEvidence = "evidence"
)

// RecordRead puts on record, for the person to see, that a member looked at
// something of theirs: object is an appeal number or the ref of a picture. It
// belongs into the transaction that reads it.
func RecordRead(tx store.Tx, s Staff, personID int64, what, object string) error {
	id, err := tx.NextID("staff_read")
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO staff_read (id, person_id, staff_id, org_id, what, object, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		id, personID, s.ID, s.OrgID, what, object, tx.Millis())
	if err != nil {
		return fmt.Errorf("record a read: %w", err)
	}
	return nil
}
