package models

import (
	"errors"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/store"
)

// lockCase takes the lock of the person whose appeal this is, before the case is
// read: what officers and the person do to it, and to the facts under it, then
// follows one after the other. An unknown number locks nothing.
func lockCase(tx store.Tx, number string) error {
	a, err := appeal.ByNumber(tx, number)
	if errors.Is(err, fault.NotFound) {
		return nil // whoever reads it says so
	}
	if err != nil {
		return err
	}
	return tx.Lock("person", a.PersonID)
}
