package models

import (
	"context"

	"yongxing/models/appeal"
	"yongxing/models/ledger"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// ClaimAppeal puts an unclaimed appeal of the officer's station on their desk.
// Whoever presses second is told when it was claimed (appeal.Gone).
func (p *Portal) ClaimAppeal(ctx context.Context, staffID int64, number string) error {
	return p.onCase(ctx, staffID, number, func(tx store.Tx) error {
		member, a, err := officerCase(tx, staffID, staff.Claim, number)
		if err != nil {
			return err
		}
		if a.ClaimedByStaff(staffID) {
			return nil // pressed twice
		}
		if err := appeal.Claim(tx, a, staffID); err != nil {
			return err
		}
		return ledger.Append(tx, "appeal_claimed", staffEntry(member, "appeal", a.Number), map[string]string{"number": a.Number})
	})
}

// ReleaseAppeal gives the appeal back to the queue: the officer's own, or with
// the right to it (their chief) a colleague's.
func (p *Portal) ReleaseAppeal(ctx context.Context, staffID int64, number string) error {
	return p.onCase(ctx, staffID, number, func(tx store.Tx) error {
		member, a, err := officerCase(tx, staffID, staff.Release, number)
		if err != nil {
			return err
		}
		if !a.ClaimedByStaff(staffID) && !staff.May(member.Role, staff.ReleaseOther) {
			return a.Gone(staffID)
		}
		if err := appeal.Release(tx, a, staffID); err != nil {
			return err
		}
		return ledger.Append(tx, "appeal_released", staffEntry(member, "appeal", a.Number), map[string]string{"number": a.Number})
	})
}
