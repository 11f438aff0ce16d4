package person

import (
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

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
// document is theirs, and since BoundAt somebody else has vouched for it. See
// documents.go for what a person with several of them goes by.
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
	res := tx.DB().Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if res.Error != nil {
		return 0, fmt.Errorf("person: add document: %w", res.Error)
	}
	if res.RowsAffected == 0 { // another node has just named it
		id, _, err = FindDocument(tx, d)
	}
	return id, err
}

// OpenDocument returns the document of a row, its number open.
func OpenDocument(tx store.Tx, id int64) (identity.Document, error) {
	row, err := documentRecord(tx, id)
	if err != nil {
		return identity.Document{}, err
	}
	number, err := DocumentNumber(tx, id, row.NumberSealed)
	if err != nil {
		return identity.Document{}, err
	}
	return identity.Document{Kind: row.Kind, Nationality: row.Nationality, Number: number}, nil
}

// DocumentNumber opens the number of a document's row.
func DocumentNumber(by store.Opener, id int64, sealed store.Sealed) (string, error) {
	number, err := by.Unseal("document", "number", id, sealed)
	if err != nil {
		return "", fmt.Errorf("person: %w", err)
	}
	return number, nil
}

func documentRecord(tx store.Tx, id int64) (DocumentRecord, error) {
	row, ok, err := store.First[DocumentRecord](tx, "SELECT * FROM document WHERE id = ?", id)
	if err == nil && !ok {
		err = fault.NotFound
	}
	if err != nil {
		return DocumentRecord{}, fmt.Errorf("person: open document: %w", err)
	}
	return row, nil
}

// HolderOf is the person who is bound to a document.
func HolderOf(tx store.Tx, documentID int64) (personID int64, ok bool, err error) {
	c, ok, err := store.First[PersonDocument](tx, "SELECT * FROM person_document WHERE document_id = ? AND ended_at IS NULL AND bound_at IS NOT NULL", documentID)
	if err != nil {
		return 0, false, fmt.Errorf("person: holder of document: %w", err)
	}
	return c.PersonID, ok, nil
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

// Bind vouches for a person's live claim: by is one of the ways above. What they
// are bound to already stays. It is fault.Stale if there is no such claim, if it
// is bound already, if somebody else is bound to the document, or if the document
// is of a kind that nobody but an officer vouches for.
func Bind(tx store.Tx, personID, documentID int64, by string) error {
	if err := tx.Lock("document", documentID); err != nil {
		return err
	}
	row, err := documentRecord(tx, documentID)
	if err != nil {
		return err
	}
	_, held, err := HolderOf(tx, documentID)
	if err != nil {
		return err
	}
	seen := by == ByStation || by == ByIssuer
	if held || !seen && !identity.VouchesAlone(row.Kind) {
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
