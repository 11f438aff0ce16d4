package models

import (
	"context"
	"encoding/json"
	"fmt"

	"yongxing/models/appeal"
	"yongxing/models/draft"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// KeepDecision keeps what an officer has typed about a case on their desk, sealed,
// for the next ten hours or until they decide: they find it in the form again,
// whether their session ended meanwhile or they only left the page. Nothing is
// checked, decided or shown, and nobody else gets it. With nothing typed what was
// kept before stays.
func (p *Portal) KeepDecision(ctx context.Context, staffID int64, number string, typed map[string]string) error {
	return p.onCase(ctx, staffID, number, func(tx store.Tx) error {
		_, a, err := officerCase(tx, staffID, staff.Decide, number)
		if err != nil {
			return err
		}
		if !a.ClaimedByStaff(staffID) {
			return a.Gone(staffID)
		}
		if len(typed) == 0 {
			return nil
		}
		return keepTyped(tx, staffID, a.ID, typed)
	})
}

// keepWhileMine keeps what was typed for a preview, which is put on record in a
// piece of its own: nothing, if the case has left the officer's desk since it was
// read, by a decision in another tab or because the claim has run out.
func keepWhileMine(tx store.Tx, staffID int64, number string, typed map[string]string) error {
	if err := lockCase(tx, number); err != nil {
		return err
	}
	a, err := appeal.ByNumber(tx, number)
	if err != nil || !a.ClaimedByStaff(staffID) {
		return err
	}
	return keepTyped(tx, staffID, a.ID, typed)
}

func keepTyped(tx store.Tx, staffID, appealID int64, typed map[string]string) error {
	data, err := json.Marshal(typed)
	if err != nil {
		return fmt.Errorf("keep a decision: %w", err)
	}
	return draft.KeepDecision(tx, staffID, appealID, string(data))
}

// keptDecision is what KeepDecision kept of the case for a member.
func keptDecision(tx store.Tx, staffID, appealID int64) (KeptDecision, error) {
	data, at, err := draft.Decision(tx, staffID, appealID)
	if err != nil || at.IsZero() {
		return KeptDecision{}, err
	}
	k := KeptDecision{At: at}
	if err := json.Unmarshal([]byte(data), &k.Typed); err != nil {
		return KeptDecision{}, fmt.Errorf("kept decision: %w", err)
	}
	return k, nil
}
