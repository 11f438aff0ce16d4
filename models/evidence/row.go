package evidence

import (
	"fmt"
	"time"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Most is how many photos an appeal begins with at most, and how many more may
// answer a question of the officer's.
const Most = 5

// Kinds of evidence: what the person says it shows.
var Kinds = []string{
	"test_report", "release_notice", "clinic_slip", "diagnosis", "travel_card", "tickets",
	"letter", "lease", "border_stamp", "id_photo", "other",
}

// Evidence is a row of table evidence.
type Evidence struct {
	ID        int64 `gorm:"primaryKey;autoIncrement:false"`
	Ref       string
	PersonID  int64
	AppealID  *int64 // nil while the appeal is a draft
	Kind      string
	SHA256    []byte `gorm:"column:sha256"` // of the upload
	Width     int
	Height    int
	Bytes     int
	TakenAt   *store.Millis
	AddedAt   store.Millis
	RemovedAt *store.Millis
}

// TableName is evidence.
func (Evidence) TableName() string { return "evidence" }

// Add puts a picture on record whose file is in the folder already. appealID is
// 0 for a draft.
func Add(tx store.Tx, ref string, personID, appealID int64, kind string, p Picture) (Evidence, error) {
	id, err := tx.NextID("evidence")
	if err != nil {
		return Evidence{}, fmt.Errorf("evidence: add: %w", err)
	}
	e := Evidence{
		ID: id, Ref: ref, PersonID: personID, Kind: kind, SHA256: p.SHA256,
		Width: p.Width, Height: p.Height, Bytes: len(p.JPEG), TakenAt: store.AtOrNil(p.Taken), AddedAt: tx.Millis(),
	}
	if appealID != 0 {
		e.AppealID = &appealID
	}
	if err := tx.DB().Create(&e).Error; err != nil {
		return Evidence{}, fmt.Errorf("evidence: add: %w", err)
	}
	return e, nil
}

// ByRef returns what is on record under a ref, or fault.NotFound. Whether the
// caller may see it is the story's question.
func ByRef(tx store.Tx, ref string) (Evidence, error) {
	ref, ok := store.ParseRef(ref)
	if !ok {
		return Evidence{}, fmt.Errorf("evidence: by ref: %w", fault.NotFound)
	}
	var e Evidence
	if err := tx.DB().Where("ref = ? AND removed_at IS NULL", ref).Take(&e).Error; err != nil {
		return Evidence{}, fmt.Errorf("evidence: by ref: %w", store.Found(err))
	}
	return e, nil
}

// OfAppeal returns the evidence of an appeal, the oldest first.
func OfAppeal(tx store.Tx, appealID int64) ([]Evidence, error) {
	var es []Evidence
	err := tx.DB().Where("appeal_id = ? AND removed_at IS NULL", appealID).Order("id").Find(&es).Error
	if err != nil {
		return nil, fmt.Errorf("evidence: of appeal: %w", err)
	}
	return es, nil
}

// OfDraft returns what a person has added to the appeal that is still a draft.
func OfDraft(tx store.Tx, personID int64) ([]Evidence, error) {
	var es []Evidence
	err := tx.DB().Where("person_id = ? AND appeal_id IS NULL AND removed_at IS NULL", personID).Order("id").Find(&es).Error
	if err != nil {
		return nil, fmt.Errorf("evidence: of draft: %w", err)
	}
	return es, nil
}

// Attach moves a person's draft evidence to the appeal that was filed, and says
// how many pictures that were.
func Attach(tx store.Tx, personID, appealID int64) (photos int, err error) {
	res := tx.DB().Model(&Evidence{}).Where("person_id = ? AND appeal_id IS NULL AND removed_at IS NULL", personID).
		Update("appeal_id", appealID)
	if res.Error != nil {
		return 0, fmt.Errorf("evidence: attach: %w", res.Error)
	}
	return int(res.RowsAffected), nil
}

// Remove takes a photo out of a draft; the caller deletes the file after the
// commit. What was filed with an appeal stays with it.
func Remove(tx store.Tx, personID int64, ref string) error {
	err := store.Changed(tx.DB().Model(&Evidence{}).
		Where("ref = ? AND person_id = ? AND appeal_id IS NULL AND removed_at IS NULL", ref, personID).
		Update("removed_at", tx.Millis()))
	if err != nil {
		return fmt.Errorf("evidence: remove: %w", err)
	}
	return nil
}

// RemoveOldDrafts takes out what was added before a time and never filed, unless
// the draft has been worked on since, and returns the refs; the caller deletes the
// files after the commit. It is one statement that asks twice whether a photo is a
// draft's: it may be being filed at this moment, and what is filed stays.
func RemoveOldDrafts(tx store.Tx, before time.Time, limit int) ([]string, error) {
	removed, err := store.List[Evidence](tx, `UPDATE evidence SET removed_at = ? WHERE appeal_id IS NULL AND removed_at IS NULL AND id IN (
		SELECT e.id FROM evidence e WHERE e.appeal_id IS NULL AND e.removed_at IS NULL AND e.added_at < ?
			AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.person_id = e.person_id AND d.kind = 'appeal' AND d.updated_at >= ?)
		ORDER BY e.id LIMIT ?) RETURNING ref`, tx.Millis(), store.At(before), store.At(before), limit)
	if err != nil {
		return nil, fmt.Errorf("evidence: remove old drafts: %w", err)
	}
	var refs []string
	for _, e := range removed {
		refs = append(refs, e.Ref)
	}
	return refs, nil
}

// Kept tells which of some refs are names of evidence that still counts; the
// files of the others can go.
func Kept(tx store.Tx, refs []string) (map[string]bool, error) {
	var on []string
	err := tx.DB().Model(&Evidence{}).Where("ref IN ? AND removed_at IS NULL", refs).Pluck("ref", &on).Error
	if err != nil {
		return nil, fmt.Errorf("evidence: kept: %w", err)
	}
	kept := make(map[string]bool, len(on))
	for _, ref := range on {
		kept[ref] = true
	}
	return kept, nil
}
