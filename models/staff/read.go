package staff

import (
	"fmt"
	"time"

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

// HasLooked tells whether such a look of the member is on record since then.
func HasLooked(tx store.Tx, s Staff, l Look, since time.Time) (bool, error) {
	var n int
	err := tx.QueryRow("SELECT COUNT(*) FROM staff_read WHERE person_id = ? AND at >= ? AND staff_id = ? AND what = ? AND object = ?",
		l.PersonID, store.At(since), s.ID, l.What, l.Object).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("find a read: %w", err)
	}
	return n > 0, nil
}

// Reveal is one look at the whole identity behind a case.
type Reveal struct {
	StaffID      int64
	Reason, Note string
	At           store.Millis
}

// RevealsOf lists who has looked at the identity behind a case, the last first.
func RevealsOf(tx store.Tx, personID int64, number string) (list []Reveal, err error) {
	rows, err := tx.Query("SELECT id, staff_id, reason, note_sealed, at FROM staff_read WHERE person_id = ? AND what = ? AND object = ? ORDER BY at DESC, id DESC",
		personID, ReadIdentity, number)
	if err != nil {
		return nil, fmt.Errorf("reveals of a case: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Reveal
		var id int64
		var note store.Sealed
		if err := rows.Scan(&id, &r.StaffID, &r.Reason, &note, &r.At); err != nil {
			return nil, fmt.Errorf("reveals of a case: %w", err)
		}
		if note != nil {
			if r.Note, err = tx.Unseal("staff_read", "note_sealed", id, note); err != nil {
				return nil, fmt.Errorf("reveals of a case: %w", err)
			}
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reveals of a case: %w", err)
	}
	return list, nil
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
