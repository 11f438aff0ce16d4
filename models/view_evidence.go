package models

import (
	"context"
	"errors"

	"yongxing/models/appeal"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// ViewEvidence returns a picture, as JPEG, of a case that the officer may see.
// That they have looked at it is on record before it is shown.
func (p *Portal) ViewEvidence(ctx context.Context, staffID int64, typed string) ([]byte, error) {
	ref, ok := store.ParseRef(typed)
	if !ok {
		return nil, errOutOfReach
	}
	err := p.looks(ctx, staffID, ref, func(tx store.Tx) (look, error) {
		number, err := caseOfEvidence(tx, ref)
		if err != nil {
			return look{}, err
		}
		member, a, err := officerCase(tx, staffID, staff.ViewEvidence, number)
		if err != nil {
			return look{}, err
		}
		return look{
			Look: staff.Look{PersonID: a.PersonID, What: staff.ReadEvidence, Object: ref}, member: member,
			event: "evidence_viewed", fields: map[string]string{"number": a.Number, "evidence": ref},
		}, nil
	})
	if err != nil {
		return nil, err
	}
	return p.Files.Get(ref)
}

// caseOfEvidence is the number of the appeal that a picture was sent with; "" if
// there is none, or it is in a draft: officerCase then finds nothing.
func caseOfEvidence(tx store.Tx, ref string) (string, error) {
	e, err := evidence.ByRef(tx, ref)
	if errors.Is(err, fault.NotFound) || err == nil && e.AppealID == nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	a, err := appeal.Get(tx, *e.AppealID)
	return a.Number, err
}
