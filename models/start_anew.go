package models

import (
	"context"

	"yongxing/models/draft"
	"yongxing/models/evidence"
	"yongxing/models/store"
)

// StartAnew gives up what somebody has filled in of a declaration or an appeal
// (package draft) and not sent, with the photos that were to go with it.
func (p *Portal) StartAnew(ctx context.Context, personID int64, kind string) error {
	var gone []string
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		gone = nil
		if err := tx.Lock("person", personID); err != nil {
			return err
		}
		if err := draft.Remove(tx, personID, kind); err != nil || kind != draft.Appeal {
			return err
		}
		photos, err := evidence.OfDraft(tx, personID)
		if err != nil {
			return err
		}
		for _, e := range photos {
			if err := evidence.Remove(tx, personID, e.Ref); err != nil {
				return err
			}
			gone = append(gone, e.Ref)
		}
		return nil
	})
	if err == nil {
		p.dropFiles(gone...)
	}
	return err
}
