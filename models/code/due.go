package code

import (
	"fmt"
	"time"

	"yongxing/models/store"
)

// Due returns up to limit codes that are to be looked at by now, the longest
// overdue first.
func Due(tx store.Tx, limit int) ([]Code, error) {
	var list []Code
	err := tx.DB().Where("next_change <= ?", tx.Millis()).Order("next_change, person_id").Limit(limit).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("code: due: %w", err)
	}
	return list, nil
}

// Hurry makes the codes of persons due now because of something that touches
// many at once. Persons is a query for their ids: the work that follows is the
// timer's, in its small pieces, and a crash in between loses nobody.
func Hurry(tx store.Tx, cause, ref, persons string, args ...any) error {
	args = append([]any{tx.Millis(), cause, ref}, args...)
	_, err := tx.Exec(`UPDATE code SET next_change = ?, due_cause = ?, due_ref = ?, version = version + 1 WHERE person_id IN (`+persons+`)`, args...)
	if err != nil {
		return fmt.Errorf("code: hurry: %w", err)
	}
	return nil
}

// Postpone looks at a code later, whatever is due: a person whose review fails
// must not hold up the others.
func Postpone(tx store.Tx, personID int64, until time.Time) error {
	res := tx.DB().Model(&Code{}).Where("person_id = ? AND next_change < ?", personID, store.At(until)).Update("next_change", store.At(until))
	if err := store.Changed(res); err != nil {
		return fmt.Errorf("code: postpone: %w", err)
	}
	return nil
}
