package staff

import (
	"fmt"

	"yongxing/models/store"
)

// What a member can have looked at.
const (
	ReadCase      = "case"
	ReadEvidence  = "evidence"
	ReadSearchHit = "search_hit"
	ReadIdentity  = "identity"
)

// RevealReasons are why somebody may need a whole document number and phone.
var RevealReasons = []string{"at_counter", "match_material", "ask_source", "call_person", ReasonOther}

// ReasonOther is the reason that must be written out.
const ReasonOther = "other"

// Look is one look of a member at something of a person's.
type Look struct {
	PersonID int64
	What     string
	Object   string // appeal number or ref of a picture
	Reason   string // of ReadIdentity: one of RevealReasons
	Note     string // of ReadIdentity: what was written to the reason
}

// RecordRead puts a look on record, for the person to see, before anything of it
// is shown.
func RecordRead(tx store.Tx, s Staff, l Look) error {
	id, err := tx.NextID("staff_read")
	if err != nil {
		return err
	}
	var note store.Sealed
	if l.Note != "" {
		note = tx.Seal("staff_read", "note_sealed", id, l.Note)
	}
	_, err = tx.Exec("INSERT INTO staff_read (id, person_id, staff_id, org_id, what, object, reason, note_sealed, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		id, l.PersonID, s.ID, s.OrgID, l.What, l.Object, l.Reason, note, tx.Millis())
	if err != nil {
		return fmt.Errorf("record a read: %w", err)
	}
	return nil
}

// Revealed is how often a member has looked at the identity behind a case.
func Revealed(tx store.Tx, staffID, personID int64, number string) (int, error) {
	var n int
	err := tx.QueryRow("SELECT COUNT(*) FROM staff_read WHERE person_id = ? AND staff_id = ? AND what = ? AND object = ?",
		personID, staffID, ReadIdentity, number).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count reveals: %w", err)
	}
	return n, nil
}
