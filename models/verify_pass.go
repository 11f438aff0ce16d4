package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yongxing/models/code"
	"yongxing/models/fault"
	"yongxing/models/pass"
	"yongxing/models/review"
	"yongxing/models/store"
)

// What a check of a pass finds.
const (
	PassValid      = "valid"
	PassExpired    = "expired"     // genuine, but older than its life: a screenshot, or a page left open
	PassNotYet     = "not_yet"     // a clock is wrong
	PassNotGenuine = "not_genuine" // not made by this portal
	PassMalformed  = "malformed"   // no token at all
)

// Verified is what a checkpoint learns. The code is looked at as it is now, not
// as it was when the pass was made: an old pass never shows an old colour.
type Verified struct {
	Now    time.Time
	Result string
	// State is as on the code page; only if Result is PassValid.
	State string
	// Name and Document are for the comparison with the document in hand, whole:
	// whoever shows them masks them. They are empty unless somebody vouches.
	Name, Document string
	// Left is how long the pass is still good for.
	Left time.Duration
}

// VerifyPass checks the token in a QR. A bad token is a Result, not an error.
// Nothing is written: the portal does not keep who was checked where.
func (p *Portal) VerifyPass(ctx context.Context, token string) (Verified, error) {
	var v Verified
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		v = Verified{Now: tx.Now()}
		shown, err := p.Pass.Parse(token, tx.Now())
		if v.Result = passResult(err); err != nil {
			return nil
		}
		current, err := code.ByRef(tx, shown.Ref)
		if errors.Is(err, fault.NotFound) {
			v.Result = PassNotGenuine
			return nil
		}
		if err != nil {
			return err
		}
		v.Left = pass.Life - tx.Now().Sub(shown.Issued)
		if err := p.verifyNow(tx, current.PersonID, &v); err != nil {
			if ctx.Err() != nil {
				return err
			}
			p.Log.Error("pass cannot be worked out", "error", err)
			v = Verified{Now: v.Now, Result: PassValid, State: StateUnconfirmed, Left: v.Left}
		}
		return nil
	})
	if err != nil {
		return Verified{}, fmt.Errorf("verify pass: %w", err)
	}
	return v, nil
}

// verifyNow fills the state of now, and of a person whose identity is bound
// whose it is.
func (p *Portal) verifyNow(tx store.Tx, personID int64, v *Verified) error {
	h, err := holderOf(tx, personID)
	if err != nil {
		return err
	}
	s, err := p.situationOf(tx, h)
	if err != nil {
		return err
	}
	o := s.decide(tx.Now())
	if err := p.vouch(tx.Now(), h, o.Colour); err != nil {
		return err
	}
	v.State = shownState(s, o)
	if v.State == StateUnverified || v.State == string(review.None) {
		return nil
	}
	if v.Name, err = h.name(tx); err != nil {
		return err
	}
	v.Document, err = h.number(tx)
	return err
}

func passResult(err error) string {
	switch {
	case err == nil:
		return PassValid
	case errors.Is(err, pass.Expired):
		return PassExpired
	case errors.Is(err, pass.NotYet):
		return PassNotYet
	case errors.Is(err, pass.NotGenuine):
		return PassNotGenuine
	}
	return PassMalformed
}
