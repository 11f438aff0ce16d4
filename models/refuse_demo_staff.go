package models

import (
	"context"
	"errors"

	"yongxing/models/staff"
	"yongxing/models/store"
)

// RefuseDemoStaff fails if somebody on record was made by the demo: their
// passwords are known to everybody, so production must not start beside them.
func (p *Portal) RefuseDemoStaff(ctx context.Context) error {
	return p.Store.Read(ctx, func(tx store.Tx) error {
		demo, err := staff.AnyDemo(tx)
		if err != nil {
			return err
		}
		if demo {
			return errors.New("the data folder holds demo staff, whose passwords are public: give production a data folder of its own")
		}
		return nil
	})
}
