package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/store"
)

// LastOnRecord is the time of the newest entry of the ledger, zero if there is
// none: what the portal's clock must not lie before.
func (p *Portal) LastOnRecord(ctx context.Context) (at time.Time, err error) {
	err = p.Store.Read(ctx, func(tx store.Tx) error {
		last, err := ledger.Last(tx)
		at = last.At.Time()
		return err
	})
	if errors.Is(err, fault.NotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("last on record: %w", err)
	}
	return at, nil
}
