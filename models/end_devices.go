package models

import (
	"context"
	"strconv"

	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/store"
)

// EndDevice signs one of a person's devices out, as the session here asks;
// fault.Stale if it was signed out already.
func (p *Portal) EndDevice(ctx context.Context, personID int64, ref, here string) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock("person", personID); err != nil { // a device may be getting another token
			return err
		}
		if err := session.EndByRef(tx, personID, ref, here); err != nil {
			return err
		}
		return devicesEnded(tx, personID, 1)
	})
}

// EndOtherDevices signs out every device of a person but the one whose session
// is here, and returns how many there were.
func (p *Portal) EndOtherDevices(ctx context.Context, personID int64, here string) (ended int64, err error) {
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock("person", personID); err != nil {
			return err
		}
		if ended, err = session.EndOthers(tx, personID, here); err != nil || ended == 0 {
			return err
		}
		return devicesEnded(tx, personID, ended)
	})
	return ended, err
}

func devicesEnded(tx store.Tx, personID, n int64) error {
	who, err := person.Get(tx, personID)
	if err != nil {
		return err
	}
	return ledger.Append(tx, "devices_ended", ledger.Entry{Actor: "person", Object: who.Ref},
		map[string]string{"person": who.Ref, "devices": strconv.FormatInt(n, 10)})
}
