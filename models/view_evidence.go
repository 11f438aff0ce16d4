package models

import (
	"context"

	"yongxing/models/appeal"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// ViewEvidence returns a picture, as JPEG, of a case that the officer may see.
// That they have looked at it is on record before it is shown.
func (p *Portal) ViewEvidence(ctx context.Context, staffID int64, ref string) ([]byte, error) {
	err := p.onCase(ctx, staffID, ref, func(tx store.Tx) error {
		e, err := evidence.ByRef(tx, ref)
		if err != nil {
			return err
		}
		if e.AppealID == nil {
			return fault.NotFound // of a draft
		}
		filed, err := appeal.Get(tx, *e.AppealID)
		if err != nil {
			return err
		}
		member, a, err := officerCase(tx, staffID, staff.ViewEvidence, filed.Number)
		if err != nil {
			return err
		}
		if err := staff.RecordRead(tx, member, a.PersonID, staff.ReadEvidence, e.Ref); err != nil {
			return err
		}
		return ledger.Append(tx, "evidence_viewed", staffEntry(member, "appeal", e.Ref), map[string]string{"number": a.Number, "evidence": e.Ref})
	})
	if err != nil {
		return nil, err
	}
	return p.Files.Get(ref)
}
