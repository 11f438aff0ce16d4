package code

import (
	"encoding/json"
	"fmt"
	"time"

	"yongxing/models/store"
)

// New is an outcome to record.
type New struct {
	PersonID        int64
	Colour          string
	Cause, CauseRef string
	Rulebook        string
	Findings        []Finding // ids and outcome are filled in
	Ended           []Ended
	NextChange      time.Time // zero = never
}

// Record stores an outcome and makes it the person's current one. before is
// their code as it was read in this transaction, the zero Code for the first.
func Record(tx store.Tx, before Code, n New) (Outcome, error) {
	id, err := tx.NextID("outcome")
	if err != nil {
		return Outcome{}, err
	}
	// The findings first: a trigger of outcome looks for them.
	if err := addFindings(tx, id, n.Findings); err != nil {
		return Outcome{}, err
	}
	o := Outcome{
		ID: id, PersonID: n.PersonID, Colour: n.Colour, FromColour: "none", Seq: 1,
		Cause: n.Cause, CauseRef: n.CauseRef, Rulebook: n.Rulebook, At: tx.Millis(),
	}
	if before.PersonID != 0 {
		o.FromColour = before.Colour
		if o.Seq, err = nextSeq(tx, before.OutcomeID); err != nil {
			return Outcome{}, err
		}
	}
	ended, err := json.Marshal(append([]Ended{}, n.Ended...))
	if err != nil {
		return Outcome{}, fmt.Errorf("code: record: %w", err)
	}
	o.Ended = string(ended)
	if err := tx.DB().Create(&o).Error; err != nil {
		return Outcome{}, fmt.Errorf("code: record: %w", err)
	}
	return o, put(tx, before, o, n.NextChange)
}

func nextSeq(tx store.Tx, outcomeID int64) (int64, error) {
	var seq int64
	if err := tx.QueryRow("SELECT seq FROM outcome WHERE id = ?", outcomeID).Scan(&seq); err != nil {
		return 0, fmt.Errorf("code: current outcome: %w", err)
	}
	return seq + 1, nil
}

func addFindings(tx store.Tx, outcomeID int64, list []Finding) error {
	if len(list) == 0 {
		return nil
	}
	ids, err := tx.NextIDs("outcome_finding", len(list))
	if err != nil {
		return err
	}
	rows := make([]Finding, len(list))
	for i, f := range list {
		f.ID, f.OutcomeID = ids[i], outcomeID
		rows[i] = f
	}
	if err := tx.DB().Create(&rows).Error; err != nil {
		return fmt.Errorf("code: findings: %w", err)
	}
	return nil
}

func put(tx store.Tx, before Code, o Outcome, next time.Time) error {
	if before.PersonID == 0 {
		c := Code{
			PersonID: o.PersonID, Ref: store.Ref(), Colour: o.Colour, OutcomeID: o.ID,
			ComputedAt: tx.Millis(), NextChange: store.AtOrNil(next), Version: 1,
		}
		if err := tx.DB().Create(&c).Error; err != nil {
			return fmt.Errorf("code: first outcome: %w", err)
		}
		return nil
	}
	return update(tx, before, map[string]any{
		"colour": o.Colour, "outcome_id": o.ID, "computed_at": tx.Millis(), "next_change": store.AtOrNil(next), "due_cause": "", "due_ref": "", "version": before.Version + 1,
	})
}

// Wait notes that a review found nothing new, and when the next is due (zero =
// never).
func Wait(tx store.Tx, before Code, next time.Time) error {
	return update(tx, before, map[string]any{
		"computed_at": tx.Millis(), "next_change": store.AtOrNil(next), "due_cause": "", "due_ref": "", "version": before.Version + 1,
	})
}

func update(tx store.Tx, before Code, columns map[string]any) error {
	res := tx.DB().Model(&Code{}).Where("person_id = ? AND version = ?", before.PersonID, before.Version).Updates(columns)
	if err := store.Changed(res); err != nil {
		return fmt.Errorf("code: update: %w", err)
	}
	return nil
}
