package declaration

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"yongxing/models/store"
)

// Declaration is a row of the table: one version of what a person says about
// themselves.
type Declaration struct {
	ID            int64 `gorm:"primaryKey"`
	Ref           string
	PersonID      int64
	FilerID       int64
	Version       int64
	Supersedes    *int64
	AnswersSealed store.Sealed
	Channel       string
	Consent       string
	RequestKey    string
	At            store.Millis
}

// TableName is the table's name.
func (Declaration) TableName() string { return "declaration" }

// New is a declaration to put on record.
type New struct {
	PersonID, FilerID int64 // whom it is about, and who sends it
	Answers           Answers
	Channel           string // web, or the desk that wrote it down
	Key               string // one-time key of the form
}

// Add puts the next version of a person's declaration on record; it supersedes
// the one before.
func Add(tx store.Tx, n New) (Declaration, error) {
	body, err := n.Answers.Encode()
	if err != nil {
		return Declaration{}, err
	}
	id, err := tx.NextID("declaration")
	if err != nil {
		return Declaration{}, err
	}
	d := Declaration{
		ID: id, Ref: store.Ref(), PersonID: n.PersonID, FilerID: n.FilerID, Version: 1,
		AnswersSealed: tx.Seal("declaration", "answers", id, body), Channel: n.Channel, Consent: Consent, RequestKey: n.Key, At: tx.Millis(),
	}
	before, ok, err := Latest(tx, n.PersonID)
	if err != nil {
		return Declaration{}, err
	}
	if ok {
		d.Version, d.Supersedes = before.Version+1, &before.ID
	}
	if err := tx.DB().Create(&d).Error; err != nil {
		return Declaration{}, fmt.Errorf("declaration: add: %w", err)
	}
	return d, nil
}

// Latest is a person's newest declaration.
func Latest(tx store.Tx, personID int64) (Declaration, bool, error) {
	return one(tx.DB().Where("person_id = ?", personID).Order("version DESC"))
}

// ByKey finds the declaration that was made with a form's one-time key.
func ByKey(tx store.Tx, key string) (Declaration, bool, error) {
	return one(tx.DB().Where("request_key = ?", key))
}

func one(query *gorm.DB) (Declaration, bool, error) {
	var d Declaration
	err := query.Take(&d).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Declaration{}, false, nil
	}
	if err != nil {
		return Declaration{}, false, fmt.Errorf("declaration: %w", err)
	}
	return d, true, nil
}

// OfPerson lists a person's declarations, the newest first.
func OfPerson(tx store.Tx, personID int64) ([]Declaration, error) {
	var list []Declaration
	if err := tx.DB().Where("person_id = ?", personID).Order("version DESC").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("declaration: of person: %w", err)
	}
	return list, nil
}

// OpenAnswers is what a declaration on record says.
func OpenAnswers(tx store.Tx, d Declaration) (Answers, error) {
	body, err := tx.Unseal("declaration", "answers", d.ID, d.AnswersSealed)
	if err != nil {
		return Answers{}, fmt.Errorf("declaration: %w", err)
	}
	return Decode(body)
}
