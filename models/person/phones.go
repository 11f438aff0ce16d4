package person

import (
	"fmt"
	"time"

	"yongxing/models/identity"
	"yongxing/models/store"
)

// vouchFor is how long a record that names a phone for a document vouches for
// whoever has that phone. Numbers are sold again three months after they were
// given up: what nobody has repeated for half a year may be about the one before.
const vouchFor = 180 * 24 * time.Hour

// NamePhone notes that a record of source names this phone for a document, and
// binds whoever has proved that phone and claims the document. It returns the
// person who became bound by it, 0 if nobody did. A phone that is no mainland
// mobile number is refused as *fault.Invalid.
//
// Said again it counts anew, unless the phone has changed hands since it was
// first said (see leavePhone).
func NamePhone(tx store.Tx, documentID int64, phone, source string) (boundPerson int64, err error) {
	normal, err := identity.NormalisePhone(phone)
	if err != nil {
		return 0, err
	}
	id, err := tx.NextID("document_phone")
	if err != nil {
		return 0, err
	}
	index := PhoneIndex(tx, normal)
	if _, err := tx.Exec(`INSERT INTO document_phone (id, document_id, phone_index, source, known) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (document_id, phone_index) DO UPDATE SET source = excluded.source, known = excluded.known`,
		id, documentID, index, source, tx.Millis()); err != nil {
		return 0, fmt.Errorf("person: name phone: %w", err)
	}
	p, ok, err := byPhoneIndex(tx, index)
	if err != nil || !ok {
		return 0, err
	}
	if bound, err := TryBind(tx, p.ID); err != nil || !bound {
		return 0, err
	}
	return p.ID, nil
}

// TryBind binds a person to the document they claim, if some record names their
// phone for it, nobody else is bound to it, and it is of a kind that a record can
// vouch for. It tells whether they became bound by this call.
func TryBind(tx store.Tx, personID int64) (bool, error) {
	if err := tx.Lock("person", personID); err != nil { // they may be claiming another at this moment
		return false, err
	}
	c, ok, err := Unproved(tx, personID)
	if err != nil || !ok {
		return false, err
	}
	// An import that is writing about this document is on record before, or finds
	// its holder after.
	if err := tx.Lock("document", c.DocumentID); err != nil {
		return false, err
	}
	if _, held, err := HolderOf(tx, c.DocumentID); err != nil || held {
		return false, err
	}
	row, err := documentRecord(tx, c.DocumentID)
	if err != nil || !identity.VouchesAlone(row.Kind) {
		return false, err
	}
	var named int64
	err = tx.QueryRow(`SELECT COUNT(*) FROM document_phone d JOIN person p ON p.phone_index = d.phone_index
		WHERE p.id = ? AND d.document_id = ? AND d.ended_at IS NULL AND d.known > ?`,
		personID, c.DocumentID, store.At(tx.Now().Add(-vouchFor))).Scan(&named)
	if err != nil {
		return false, fmt.Errorf("person: phone of document: %w", err)
	}
	if named == 0 {
		return false, nil
	}
	return true, Bind(tx, personID, c.DocumentID, ByUpstream)
}

// DetachPhone takes the phone away from a person who no longer has it, because
// whoever has it now says so. The person keeps everything else.
func DetachPhone(tx store.Tx, p Person) error {
	if err := leavePhone(tx, p); err != nil {
		return err
	}
	p.PhoneSealed, p.PhoneIndex = nil, nil
	return update(tx, p, "phone_sealed", "phone_index")
}

// MovePhone gives a person another phone, which they have proved and nobody else
// has on record any more (DetachPhone).
func MovePhone(tx store.Tx, p Person, phone string) error {
	if err := leavePhone(tx, p); err != nil {
		return err
	}
	p.PhoneSealed, p.PhoneIndex = tx.Seal("person", "phone", p.ID, phone), PhoneIndex(tx, phone)
	return update(tx, p, "phone_sealed", "phone_index")
}

// leavePhone ends what records have said about the phone that a person gives up:
// from now on it says nothing about who its holder is. Sources hear of it late or
// never, so the pairs stay as ended ones, with the person's own documents among
// them even where no record has named them yet: the next owner of the number, who
// may know the old one's document, is not bound by a list that is out of date.
// Somebody who takes a number back is bound by an officer.
func leavePhone(tx store.Tx, p Person) error {
	if p.PhoneIndex == nil {
		return nil
	}
	if _, err := tx.Exec("UPDATE document_phone SET ended_at = ? WHERE phone_index = ? AND ended_at IS NULL", tx.Millis(), p.PhoneIndex); err != nil {
		return fmt.Errorf("person: leave phone: %w", err)
	}
	rows, err := DocumentsOf(tx, p.ID)
	if err != nil {
		return err
	}
	for _, d := range rows {
		if d.EndedAt != nil {
			continue
		}
		id, err := tx.NextID("document_phone")
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO document_phone (id, document_id, phone_index, source, known, ended_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (document_id, phone_index) DO NOTHING`, id, d.DocumentID, p.PhoneIndex, "", tx.Millis(), tx.Millis())
		if err != nil {
			return fmt.Errorf("person: leave phone: %w", err)
		}
	}
	return nil
}

// Sweep deletes what records said of phones so long ago that it vouches for
// nobody.
func Sweep(tx store.Tx) error {
	if _, err := tx.Exec("DELETE FROM document_phone WHERE known <= ?", store.At(tx.Now().Add(-vouchFor))); err != nil {
		return fmt.Errorf("person: sweep: %w", err)
	}
	return nil
}
