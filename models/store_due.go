package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"yongxing/models/code"
	"yongxing/models/fault"
	"yongxing/models/store"
)

const (
	// dueRows is how many people one transaction reviews.
	dueRows = 50
	// duePause is how long a person waits whose review failed.
	duePause = 10 * time.Minute
)

// StoreDue reviews up to limit people whose code is due: an end was reached, or
// something was published that touches them. It returns how many it reviewed;
// fewer than limit means that nobody is left. The page shows such a change
// before it is stored, but the history, the ledger and the notice begin here.
//
// What is due stays due until it is stored, so a crash delays it and loses
// nothing; and it is stored once, whoever else reviews the same person meanwhile.
// A person whose review fails is put off, the others go on, and the error tells.
func (p *Portal) StoreDue(ctx context.Context, limit int) (n int, err error) {
	var failed []error
	for n < limit {
		var due []code.Code
		batch := min(dueRows, limit-n)
		err := p.Store.Write(ctx, func(tx store.Tx) (err error) {
			if due, err = code.Due(tx, batch); err != nil {
				return err
			}
			return p.storeDue(tx, due)
		})
		switch {
		case err != nil && (len(due) == 0 || errors.Is(err, fault.Busy) || errors.Is(err, fault.Unavailable) || ctx.Err() != nil):
			return n, errors.Join(append(failed, err)...)
		case err != nil: // one of them spoils it for all
			for _, c := range due {
				failed = append(failed, p.storeAlone(ctx, c))
			}
		}
		n += len(due)
		if len(due) < batch {
			break
		}
	}
	return n, errors.Join(failed...)
}

func (p *Portal) storeDue(tx store.Tx, due []code.Code) error {
	slices.SortFunc(due, func(a, b code.Code) int { return cmp.Compare(a.PersonID, b.PersonID) }) // locks in rising order
	for _, c := range due {
		cause := Cause{Kind: CauseRelease}
		if c.DueCause != "" {
			cause = Cause{Kind: c.DueCause, Ref: c.DueRef}
		}
		if _, err := p.recompute(tx, c.PersonID, cause); err != nil {
			return fmt.Errorf("review of a due code: %w", err)
		}
	}
	return nil
}

// storeAlone reviews one person of a batch that failed.
func (p *Portal) storeAlone(ctx context.Context, c code.Code) error {
	err := p.Store.Write(ctx, func(tx store.Tx) error { return p.storeDue(tx, []code.Code{c}) })
	if err == nil {
		return nil
	}
	return errors.Join(err, p.Store.Write(ctx, func(tx store.Tx) error {
		return code.Postpone(tx, c.PersonID, tx.Now().Add(duePause))
	}))
}
