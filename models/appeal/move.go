package appeal

import (
	"errors"
	"fmt"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Move sends an appeal that nobody has claimed to another station, its clock as
// it stands; from and to are their names. One that has been claimed meanwhile
// stays where it is: moved is false.
func Move(tx store.Tx, a Appeal, stationID int64, from, to string) (moved bool, err error) {
	err = store.Changed(tx.DB().Model(&Appeal{}).Where("id = ? AND state = 'submitted' AND version = ?", a.ID, a.Version).
		Updates(map[string]any{"station_id": stationID, "version": a.Version + 1}))
	if errors.Is(err, fault.Stale) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("appeal: move: %w", err)
	}
	return true, AddEvent(tx, a.ID, EventMoved, BySystem, 0, from+MovedArrow+to)
}
