package models

import (
	"yongxing/models/appeal"
	"yongxing/models/ledger"
	"yongxing/models/station"
	"yongxing/models/store"
)

// moveAppeals sends the appeals of somebody who has declared another address to
// the station that serves it, if nobody has claimed them yet: an officer who has
// begun goes on.
func moveAppeals(tx store.Tx, personID int64) error {
	now, err := appealStation(tx, personID)
	if err != nil || now.ID == 0 {
		return err
	}
	list, err := appeal.OfPerson(tx, personID)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.State != appeal.Submitted || a.StationID == now.ID {
			continue
		}
		before, err := station.Get(tx, a.StationID)
		if err != nil {
			return err
		}
		moved, err := appeal.Move(tx, a, now.ID, before.Name, now.Name)
		if err != nil {
			return err
		}
		if !moved {
			continue
		}
		err = ledger.Append(tx, "appeal_moved", ledger.Entry{Actor: "person", Object: a.Number},
			map[string]string{"number": a.Number, "from": before.Code, "to": now.Code})
		if err != nil {
			return err
		}
	}
	return nil
}
