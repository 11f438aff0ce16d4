package models

import (
	"context"

	"yongxing/models/appeal"
	"yongxing/models/ledger"
	"yongxing/models/store"
)

// WithdrawAppeal takes back an open appeal: what was not decided yet is
// withdrawn, and its facts can be appealed again. Pressed twice it is withdrawn
// once; of an appeal that is over it is a *fault.Conflict.
func (p *Portal) WithdrawAppeal(ctx context.Context, personID int64, number string) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		if err := lockCase(tx, number); err != nil {
			return err
		}
		a, err := ownAppeal(tx, personID, number)
		if err != nil {
			return err
		}
		if a.State == appeal.Withdrawn {
			return nil
		}
		if err := appeal.Withdraw(tx, a); err != nil {
			return err
		}
		return ledger.Append(tx, "appeal_withdrawn", ledger.Entry{Actor: "person", Object: a.Number}, map[string]string{"number": a.Number})
	})
}
