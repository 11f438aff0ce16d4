package appeal

import (
	"fmt"

	"yongxing/models/store"
)

// Concerns tells whether a bound person, or somebody of their household, works at
// a station: their appeal goes to another one. Of somebody who merely says that a
// document or an address is theirs it tells nothing, or the station that is shown
// to them would tell who works where.
func Concerns(tx store.Tx, stationID, personID int64) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM person p
		JOIN person_document pd ON pd.person_id = p.id AND pd.bound_at IS NOT NULL AND pd.ended_at IS NULL
		JOIN document d ON d.id = pd.document_id
		JOIN staff s ON s.station_id = ? AND s.disabled_at IS NULL AND (s.address_index = p.address_index OR s.document_index = d.number_index)
		WHERE p.id = ?`, stationID, personID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("appeal: concerns: %w", err)
	}
	return n > 0, nil
}
