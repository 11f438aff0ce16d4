package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/person"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// EvidencePage is one picture of a case as a page shows it, with all of them to
// turn to. Name is whole: handlers mask it.
type EvidencePage struct {
	Desk         Desk
	Number, Name string
	All          []evidence.Evidence // of the case, as they were added
	At           int                 // which of them
}

// EvidencePage opens the page of a picture of a case that the officer may see.
// That they have looked at it is on record before it is shown.
func (p *Portal) EvidencePage(ctx context.Context, staffID int64, number, ref string) (EvidencePage, error) {
	var v EvidencePage
	err := p.looks(ctx, staffID, number, func(tx store.Tx) (look, error) {
		member, a, err := officerCase(tx, staffID, staff.ViewEvidence, number)
		if err != nil {
			return look{}, err
		}
		v = EvidencePage{Number: a.Number}
		if v.Desk, err = deskOf(tx, member); err != nil {
			return look{}, err
		}
		who, err := person.Get(tx, a.PersonID)
		if err != nil {
			return look{}, err
		}
		if v.Name, err = person.Name(tx, who); err != nil {
			return look{}, err
		}
		if v.All, err = evidence.OfAppeal(tx, a.ID); err != nil {
			return look{}, err
		}
		if v.At = slices.IndexFunc(v.All, func(e evidence.Evidence) bool { return e.Ref == ref }); v.At < 0 {
			return look{}, fault.NotFound
		}
		return evidenceLook(member, a, ref), nil
	})
	if err != nil {
		return EvidencePage{}, err
	}
	return v, nil
}

func evidenceLook(member staff.Staff, a appeal.Appeal, ref string) look {
	return look{
		Look: staff.Look{PersonID: a.PersonID, What: staff.ReadEvidence, Object: ref}, member: member,
		event: "evidence_viewed", fields: map[string]string{"number": a.Number, "evidence": ref},
	}
}

// pictureFollows is how soon after its page a picture is asked for: the two are one
// look, and one line on the person's page.
const pictureFollows = time.Minute

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
		l := evidenceLook(member, a, ref)
		l.noted, err = staff.HasLooked(tx, member, l.Look, tx.Now().Add(-pictureFollows))
		return l, err
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
