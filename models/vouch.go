package models

import (
	"fmt"
	"time"

	"yongxing/models/review"
)

// vouch says why nobody can vouch for a colour that was just worked out, nil if
// somebody can. It is not to be believed while the database is damaged or gone;
// and it cannot be better than the one on record before that falls due, because
// whatever makes a code better stores it or makes it due: facts that are missing
// or garbled would otherwise make a green.
func (p *Portal) vouch(now time.Time, h holder, colour review.Colour) error {
	if err := p.Store.Sound(); err != nil {
		return err
	}
	due := h.NextChange != nil && !now.Before(h.NextChange.Time())
	if !due && review.Worse(review.Colour(h.Colour), colour) {
		return fmt.Errorf("the facts say %s, and %s is on record until further notice", colour, h.Colour)
	}
	return nil
}
