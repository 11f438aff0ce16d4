package models

import (
	"context"
	"errors"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/store"
)

// ExpireClaims returns to the queue, at most limit at a time, what an officer has
// claimed and not decided within appeal.ClaimFor: whoever fell ill or forgot it
// keeps nobody waiting. Until it is returned the officer can still decide, and
// what they typed waits for them if they claim it again. It is run now and then
// by a job.
func (p *Portal) ExpireClaims(ctx context.Context, limit int) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		late, err := appeal.Undecided(tx, limit)
		if err != nil {
			return err
		}
		for _, a := range late {
			err := appeal.Expire(tx, a)
			if errors.Is(err, fault.Stale) {
				continue // just decided, or given back
			}
			if err != nil {
				return err
			}
			err = ledger.Append(tx, "appeal_released", ledger.Entry{Actor: "system", Object: a.Number}, map[string]string{"number": a.Number})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
