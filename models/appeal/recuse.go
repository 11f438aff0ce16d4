package appeal

import (
	"fmt"

	"yongxing/models/store"
)

// Concerns tells whether a person, or somebody of their household, works at a
// station: their appeal goes to another one (officer is the
// appellant).
func Concerns(tx store.Tx, stationID, personID int64) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM staff s WHERE s.station_id = ? AND s.disabled_at IS NULL AND (
		s.address_index IN (SELECT p.address_index FROM person p WHERE p.id = ?) OR
		s.document_index IN (SELECT d.number_index FROM document d JOIN person_document pd ON pd.document_id = d.id
			WHERE pd.person_id = ? AND pd.ended_at IS NULL))`, stationID, personID, personID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("appeal: concerns: %w", err)
	}
	return n > 0, nil
}
