package appeal

import (
	"errors"
	"fmt"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Claim makes an unclaimed appeal an officer's to decide. Of two who press at
// once one gets it; the other's answer is Gone.
func Claim(tx store.Tx, a Appeal, staffID int64) error {
	err := store.Changed(tx.DB().Model(&Appeal{}).Where("id = ? AND state = 'submitted' AND claimed_by IS NULL", a.ID).
		Updates(map[string]any{"state": Claimed, "claimed_by": staffID, "claimed_at": tx.Millis(), "version": a.Version + 1}))
	if errors.Is(err, fault.Stale) {
		return goneNow(tx, a.ID, staffID)
	}
	if err != nil {
		return fmt.Errorf("appeal: claim: %w", err)
	}
	return AddEvent(tx, a.ID, EventClaimed, ByStaff, staffID, "")
}

// Release gives a claimed appeal back to the queue, the clock running on; by is
// who does it, whose claim it is or their chief. Gone if it is not claimed any
// more.
func Release(tx store.Tx, a Appeal, by int64) error {
	err := store.Changed(tx.DB().Model(&Appeal{}).Where("id = ? AND state = 'claimed' AND version = ?", a.ID, a.Version).
		Updates(map[string]any{"state": Submitted, "claimed_by": nil, "claimed_at": nil, "version": a.Version + 1}))
	if errors.Is(err, fault.Stale) {
		return goneNow(tx, a.ID, by)
	}
	if err != nil {
		return fmt.Errorf("appeal: release: %w", err)
	}
	return AddEvent(tx, a.ID, EventReleased, ByStaff, by, "")
}

// ClaimedByStaff tells whether the officer has the appeal on their desk.
func (a Appeal) ClaimedByStaff(staffID int64) bool {
	return a.State == Claimed && a.ClaimedBy != nil && *a.ClaimedBy == staffID
}

// OnDeskOf tells whether the officer works on the appeal: they have claimed it,
// or have asked the person and wait.
func (a Appeal) OnDeskOf(staffID int64) bool {
	return (a.State == Claimed || a.State == AwaitingCitizen) && a.ClaimedBy != nil && *a.ClaimedBy == staffID
}
