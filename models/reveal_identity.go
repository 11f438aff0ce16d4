package models

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// Reveal asks for the whole document number and phone of the person of a case.
type Reveal struct {
	Number string
	Reason string // one of staff.RevealReasons
	Note   string // what is added to it; needed with staff.ReasonOther
	// Seen is AppealCase.Revealed of the page with the form, so that the same
	// form sent again, as by a reload, reveals nothing.
	Seen int
}

const (
	noteMin = 4
	noteMax = 200
)

// RevealIdentity returns a case whose Person may be shown unmasked, once. The
// look is on record before, with its reason and note, and the person sees unit,
// time, reason and note on their page.
//
// Only whoever has the case on their desk may ask, no colleague and no chief:
// one human being answers for each look, and whoever needs one can claim the
// case. Each has staff.Reveals a day; one more is refused and leaves an alert.
func (p *Portal) RevealIdentity(ctx context.Context, staffID int64, r Reveal) (AppealCase, error) {
	if err := r.check(); err != nil {
		return AppealCase{}, err
	}
	var l look
	err := p.onCase(ctx, staffID, r.Number, func(tx store.Tx) error {
		member, a, err := officerCase(tx, staffID, staff.RevealIdentity, r.Number)
		if err != nil {
			return err
		}
		if !a.OnDeskOf(staffID) {
			return a.Gone(staffID)
		}
		seen, err := staff.Revealed(tx, staffID, a.PersonID, a.Number)
		if err != nil {
			return err
		}
		if seen != r.Seen {
			return &fault.Conflict{Key: "officer.reveal_again"}
		}
		l = look{
			Look:   staff.Look{PersonID: a.PersonID, What: staff.ReadIdentity, Object: a.Number, Reason: r.Reason, Note: r.Note},
			member: member, event: "identity_revealed", fields: map[string]string{"number": a.Number},
		}
		if err := staff.Reveals.Spend(tx, staffID); err != nil {
			return err
		}
		return l.record(tx)
	})
	if many := (*fault.TooMany)(nil); errors.As(err, &many) {
		if err := p.alertReveal(ctx, l); err != nil {
			return AppealCase{}, err
		}
	}
	if err != nil {
		return AppealCase{}, err
	}
	var c AppealCase
	err = p.Store.Read(ctx, func(tx store.Tx) error {
		a, err := appeal.ByNumber(tx, l.Object)
		if err != nil {
			return err
		}
		s, err := p.situation(tx, a.PersonID)
		if err != nil {
			return err
		}
		c, err = p.readCase(tx, l.member, a, s)
		return err
	})
	if err != nil {
		return AppealCase{}, err
	}
	return c, nil
}

func (r Reveal) check() error {
	var bad fault.Invalid
	if !slices.Contains(staff.RevealReasons, r.Reason) {
		bad.Add("reason", "officer.reveal_reason_missing")
	}
	switch n := utf8.RuneCountInString(r.Note); {
	case r.Reason == staff.ReasonOther && n < noteMin:
		bad.Add("note", "officer.reveal_note_missing", noteMin)
	case n > noteMax:
		bad.Add("note", "officer.reveal_note_long", noteMax)
	}
	return bad.OrNil()
}

// alertReveal leaves what supervision looks for: an entry of the ledger, a line
// of the log that names nobody but the member's ref, and a count for the metrics.
func (p *Portal) alertReveal(ctx context.Context, l look) error {
	p.revealsRefused.Add(1)
	p.Log.WarnContext(ctx, "more identities asked for than a day allows", "staff", l.member.Ref)
	return p.Store.Write(ctx, func(tx store.Tx) error {
		return ledger.Append(tx, "reveal_refused", staffEntry(l.member, l.Reason, l.Object), map[string]string{"number": l.Object})
	})
}

// RevealsRefused is how many reveals this process has refused because the day's
// were used up.
func (p *Portal) RevealsRefused() int64 { return p.revealsRefused.Load() }
