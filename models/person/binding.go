package person

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/store"
)

// Ways in which an identity is bound.
const (
	ByUpstream = "upstream" // a record of a source names this phone for this document
	ByLegacy   = "legacy"   // the registration before this portal had it
	ByStation  = "station"  // an officer saw the document
	ByIssuer   = "issuer"   // an issuing point saw the document
)

// DocumentRecord is a row of the table document: one identity document that a
// source or a person has named.
type DocumentRecord struct {
	ID           int64 `gorm:"primaryKey"`
	Kind         string
	Nationality  string
	NumberSealed store.Sealed
	NumberIndex  []byte
	CreatedAt    store.Millis
}

// TableName is the table's name.
func (DocumentRecord) TableName() string { return "document" }

// PersonDocument is a row of the table person_document: somebody says that a
// document is theirs, and since BoundAt somebody else has vouched for it.
type PersonDocument struct {
	ID         int64 `gorm:"primaryKey"`
	PersonID   int64
	DocumentID int64
	ClaimedAt  store.Millis
	BoundAt    *store.Millis
	BoundBy    string
	EndedAt    *store.Millis
}

// TableName is the table's name.
func (PersonDocument) TableName() string { return "person_document" }

// DocumentIndex is the keyed hash of a document's normal form.
func DocumentIndex(tx store.Tx, d identity.Document) []byte {
	return tx.Index("document", "number", d.Key())
}

// FindDocument returns the row of a document that has been named before.
func FindDocument(tx store.Tx, d identity.Document) (id int64, ok bool, err error) {
	var row DocumentRecord
	err = tx.DB().Select("id").Where("number_index = ?", DocumentIndex(tx, d)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("person: find document: %w", err)
	}
	return row.ID, true, nil
}

// DocumentRow finds the row of a document or adds one.
func DocumentRow(tx store.Tx, d identity.Document) (int64, error) {
	id, ok, err := FindDocument(tx, d)
	if err != nil || ok {
		return id, err
	}
	if id, err = tx.NextID("document"); err != nil {
		return 0, err
	}
	row := DocumentRecord{
		ID: id, Kind: d.Kind, Nationality: d.Nationality, CreatedAt: tx.Millis(),
		NumberSealed: tx.Seal("document", "number", id, d.Number), NumberIndex: DocumentIndex(tx, d),
	}
	if err := tx.DB().Create(&row).Error; err != nil {
		return 0, fmt.Errorf("person: add document: %w", err)
	}
	return id, nil
}

// OpenDocument returns the document of a row, its number open.
func OpenDocument(tx store.Tx, id int64) (identity.Document, error) {
	row, ok, err := store.First[DocumentRecord](tx, "SELECT * FROM document WHERE id = ?", id)
	if err == nil && !ok {
		err = fault.NotFound
	}
	if err != nil {
		return identity.Document{}, fmt.Errorf("person: open document: %w", err)
	}
	number, err := DocumentNumber(tx, id, row.NumberSealed)
	if err != nil {
		return identity.Document{}, err
	}
	return identity.Document{Kind: row.Kind, Nationality: row.Nationality, Number: number}, nil
}

// DocumentNumber opens the number of a document's row.
func DocumentNumber(tx store.Tx, id int64, sealed store.Sealed) (string, error) {
	number, err := tx.Unseal("document", "number", id, sealed)
	if err != nil {
		return "", fmt.Errorf("person: %w", err)
	}
	return number, nil
}

// Claim notes that a person says a document is theirs. An earlier claim that
// nobody has vouched for ends by it; against a bound one it is refused as a
// fault.Conflict, since an identity is not changed by saying so. The same claim
// again changes nothing.
func Claim(tx store.Tx, personID, documentID int64) error {
	old, ok, err := ClaimOf(tx, personID)
	if err != nil || ok && old.DocumentID == documentID {
		return err
	}
	if ok && old.BoundAt != nil {
		return &fault.Conflict{Key: "declare.identity_bound"}
	}
	if ok {
		res := tx.DB().Model(&PersonDocument{}).Where("id = ? AND ended_at IS NULL AND bound_at IS NULL", old.ID).Update("ended_at", tx.Millis())
		if err := store.Changed(res); err != nil {
			return fmt.Errorf("person: end claim: %w", err)
		}
	}
	id, err := tx.NextID("person_document")
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO person_document (id, person_id, document_id, claimed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person_id, document_id) DO UPDATE SET claimed_at = excluded.claimed_at, bound_at = NULL, bound_by = '', ended_at = NULL`,
		id, personID, documentID, tx.Millis())
	if err != nil {
		return fmt.Errorf("person: claim: %w", err)
	}
	return nil
}

// ClaimOf is the document that a person now says is theirs, bound or not.
func ClaimOf(tx store.Tx, personID int64) (PersonDocument, bool, error) {
	return claim(tx, "SELECT * FROM person_document WHERE person_id = ? AND ended_at IS NULL", personID)
}

// HolderOf is the person who is bound to a document.
func HolderOf(tx store.Tx, documentID int64) (personID int64, ok bool, err error) {
	c, ok, err := claim(tx, "SELECT * FROM person_document WHERE document_id = ? AND ended_at IS NULL AND bound_at IS NOT NULL", documentID)
	return c.PersonID, ok, err
}

func claim(tx store.Tx, query string, id int64) (PersonDocument, bool, error) {
	c, ok, err := store.First[PersonDocument](tx, query, id)
	if err != nil {
		return PersonDocument{}, false, fmt.Errorf("person: claim: %w", err)
	}
	return c, ok, nil
}

// Claimants are the persons who now say that a document is theirs.
func Claimants(tx store.Tx, documentID int64) ([]int64, error) {
	var ids []int64
	err := tx.DB().Model(&PersonDocument{}).Where("document_id = ? AND ended_at IS NULL", documentID).Order("person_id").Pluck("person_id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("person: claimants: %w", err)
	}
	return ids, nil
}

// Bind vouches for a person's live claim: by is one of the ways above. It is
// fault.Stale if there is no such claim, if it is bound already, or if somebody
// else is bound to the document.
func Bind(tx store.Tx, personID, documentID int64, by string) error {
	_, held, err := HolderOf(tx, documentID)
	if err != nil {
		return err
	}
	if held {
		return fmt.Errorf("person: bind: %w", fault.Stale)
	}
	res := tx.DB().Model(&PersonDocument{}).
		Where("person_id = ? AND document_id = ? AND ended_at IS NULL AND bound_at IS NULL", personID, documentID).
		Updates(map[string]any{"bound_at": tx.Millis(), "bound_by": by})
	if err := store.Changed(res); err != nil {
		return fmt.Errorf("person: bind: %w", err)
	}
	return nil
}

// NamePhone notes that a record of source names this phone for a document, and
// binds whoever has proved that phone and claims the document. It returns the
// person who became bound by it, 0 if nobody did. A phone that is no mainland
// mobile number is refused as *fault.Invalid.
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
		ON CONFLICT (document_id, phone_index) DO NOTHING`, id, documentID, index, source, tx.Millis()); err != nil {
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
// phone for it and nobody else is bound to it. It tells whether they became
// bound by this call.
func TryBind(tx store.Tx, personID int64) (bool, error) {
	c, ok, err := ClaimOf(tx, personID)
	if err != nil || !ok || c.BoundAt != nil {
		return false, err
	}
	if _, held, err := HolderOf(tx, c.DocumentID); err != nil || held {
		return false, err
	}
	var named int64
	err = tx.QueryRow(`SELECT COUNT(*) FROM document_phone d JOIN person p ON p.phone_index = d.phone_index
		WHERE p.id = ? AND d.document_id = ?`, personID, c.DocumentID).Scan(&named)
	if err != nil {
		return false, fmt.Errorf("person: phone of document: %w", err)
	}
	if named == 0 {
		return false, nil
	}
	return true, Bind(tx, personID, c.DocumentID, ByUpstream)
}
