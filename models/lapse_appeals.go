package models

import (
	"context"
	"errors"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/notice"
	"yongxing/models/store"
)

// LapseAppeals ends appeals whose question nobody answered in time, at
// most limit of them: what was not decided yet is over, and its facts
// can be appealed again. It is run now and then by a job.
func (p *Portal) LapseAppeals(ctx context.Context, limit int) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		late, err := appeal.Unanswered(tx, limit)
		if err != nil {
			return err
		}
		for _, a := range late {
			err := appeal.Lapse(tx, a)
			if errors.Is(err, fault.Stale) {
				continue // they have just answered
			}
			if err != nil {
				return err
			}
			err = ledger.Append(tx, "appeal_lapsed", ledger.Entry{Actor: "system", Object: a.Number}, map[string]string{"number": a.Number})
			if err != nil {
				return err
			}
			if err := notice.Queue(tx, a.PersonID, notice.AppealDecided, "appeal_lapsed:"+a.Number, a.Number); err != nil {
				return err
			}
		}
		return nil
	})
}
