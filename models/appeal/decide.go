package appeal

import (
	"errors"
	"fmt"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// What an officer can find about an item.
const (
	ActionUphold   = "uphold"    // true, and the rule applies
	ActionSetAside = "set_aside" // the person was not there
	ActionCorrect  = "correct"   // place or time is different
	ActionClear    = "clear"     // true, but the cause is known or it is over
)

// Outcomes of a decided appeal.
const (
	OutcomeGranted   = "granted"
	OutcomePart      = "part"
	OutcomeCorrected = "corrected"
	OutcomeNoChange  = "no_change"
	OutcomeRefused   = "refused"
)

// Ruling is what was found about one item, and on what it rests.
type Ruling struct {
	Action, Scope, Basis string
	EffectFact           int64 // the fact that it added; 0 if none
}

// DecideItem records a ruling; what the item was about can be appealed again.
// fault.Stale if the item was decided before.
func DecideItem(tx store.Tx, itemID, by int64, r Ruling) error {
	set := map[string]any{
		"state": ItemDecided, "action": r.Action, "scope": r.Scope, "basis": r.Basis, "decided_by": by, "decided_at": tx.Millis(),
	}
	if r.EffectFact != 0 {
		set["effect_fact"] = r.EffectFact
	}
	err := store.Changed(tx.DB().Model(&Item{}).Where("id = ? AND state IN ('open', 'asked')", itemID).Updates(set))
	if err != nil {
		return fmt.Errorf("appeal: decide item: %w", err)
	}
	if err := tx.DB().Model(&ItemFact{}).Where("item_id = ?", itemID).Update("open", false).Error; err != nil {
		return fmt.Errorf("appeal: release the facts of an item: %w", err)
	}
	return nil
}

// AskItem marks an item as waiting for the person.
func AskItem(tx store.Tx, itemID int64) error {
	if err := store.Changed(tx.DB().Model(&Item{}).Where("id = ? AND state = 'open'", itemID).Update("state", ItemAsked)); err != nil {
		return fmt.Errorf("appeal: ask about an item: %w", err)
	}
	return nil
}

// Wait sends the appeal to the person, who has until AskFor from now; the clock
// of the answer stands still. words are what was decided of it already, "" if
// nothing. Gone if the appeal has moved since a was read.
func Wait(tx store.Tx, a Appeal, by int64, words string) error {
	set := map[string]any{"state": AwaitingCitizen, "ask_until": store.At(tx.Now().Add(AskFor)), "paused_at": tx.Millis()}
	return a.leave(tx, by, set, words)
}

// Close ends the appeal with an outcome and the officer's words to the person.
// Gone if the appeal has moved since a was read: of two decisions one stands.
func Close(tx store.Tx, a Appeal, by int64, outcome, words string) error {
	set := map[string]any{"state": Decided, "outcome": outcome, "decided_by": by, "decided_at": tx.Millis(), "ask_until": nil}
	return a.leave(tx, by, set, words)
}

// leave moves the appeal on from the desk of the officer who has it.
func (a Appeal) leave(tx store.Tx, by int64, set map[string]any, words string) error {
	set["version"] = a.Version + 1
	err := store.Changed(tx.DB().Model(&Appeal{}).Where("id = ? AND version = ? AND state = 'claimed' AND claimed_by = ?", a.ID, a.Version, by).Updates(set))
	if errors.Is(err, fault.Stale) {
		return goneNow(tx, a.ID, by)
	}
	if err != nil {
		return fmt.Errorf("appeal: leave the desk: %w", err)
	}
	if words == "" {
		return nil
	}
	before, err := Decision(tx, a)
	if err != nil {
		return err
	}
	if before != "" { // items were decided one after the other: the person reads all of it
		words = before + "\n" + words
	}
	sealed := tx.Seal("appeal", "decision_sealed", a.ID, words)
	if err := store.ChangedRow(tx.Exec("UPDATE appeal SET decision_sealed = ? WHERE id = ?", sealed, a.ID)); err != nil {
		return fmt.Errorf("appeal: words of the decision: %w", err)
	}
	return nil
}

// OutcomeOf derives the outcome from the actions of the items, and from whether
// anything that they were about was still in force: upholding what had ended by
// itself changes nothing and refuses nobody.
func OutcomeOf(actions []string, inForce bool) string {
	var granted, corrected, upheld int
	for _, a := range actions {
		switch a {
		case ActionSetAside, ActionClear:
			granted++
		case ActionCorrect:
			corrected++
		default:
			upheld++
		}
	}
	switch {
	case granted+corrected == 0 && !inForce:
		return OutcomeNoChange
	case granted+corrected == 0:
		return OutcomeRefused
	case upheld > 0:
		return OutcomePart
	case granted == 0:
		return OutcomeCorrected
	}
	return OutcomeGranted
}
