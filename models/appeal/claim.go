package appeal

import (
	"errors"
	"fmt"
	"time"

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
	err := a.backToQueue(tx)
	if errors.Is(err, fault.Stale) {
		return goneNow(tx, a.ID, by)
	}
	if err != nil {
		return fmt.Errorf("appeal: release: %w", err)
	}
	return AddEvent(tx, a.ID, EventReleased, ByStaff, by, "")
}

// ClaimUntil is until when a claimed appeal stays on its desk; zero if it is on
// none.
func (a Appeal) ClaimUntil() time.Time {
	switch {
	case a.State != Claimed || a.ClaimedAt == nil:
		return time.Time{}
	case a.Harm:
		return a.ClaimedAt.Time().Add(ClaimForInHarm)
	}
	return a.ClaimedAt.Time().Add(ClaimFor)
}

// Undecided returns up to limit appeals whose time on a desk is over.
func Undecided(tx store.Tx, limit int) ([]Appeal, error) {
	var late []Appeal
	err := tx.DB().Where("state = 'claimed' AND (claimed_at <= ? OR harm AND claimed_at <= ?)",
		store.At(tx.Now().Add(-ClaimFor)), store.At(tx.Now().Add(-ClaimForInHarm))).Order("id").Limit(limit).Find(&late).Error
	if err != nil {
		return nil, fmt.Errorf("appeal: undecided: %w", err)
	}
	return late, nil
}

// Expire gives an appeal that is Undecided back to the queue. fault.Stale if it
// has moved meanwhile.
func Expire(tx store.Tx, a Appeal) error {
	err := a.backToQueue(tx)
	if err != nil {
		return fmt.Errorf("appeal: expire: %w", err)
	}
	return AddEvent(tx, a.ID, EventReleased, BySystem, 0, "")
}

func (a Appeal) backToQueue(tx store.Tx) error {
	return store.Changed(tx.DB().Model(&Appeal{}).Where("id = ? AND state = 'claimed' AND version = ?", a.ID, a.Version).
		Updates(map[string]any{"state": Submitted, "claimed_by": nil, "claimed_at": nil, "version": a.Version + 1}))
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
