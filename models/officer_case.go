package models

import (
	"context"
	"errors"
	"fmt"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// officer returns the member if their role may do action; fault.Forbidden if it
// may not. Whether a case is within their reach is officerCase's question.
func officer(tx store.Tx, staffID int64, action staff.Action) (staff.Staff, error) {
	member, err := staff.Get(tx, staffID)
	if err != nil {
		return staff.Staff{}, err
	}
	if !staff.May(member.Role, action) {
		return staff.Staff{}, fault.Forbidden
	}
	return member, nil
}

// officerCase returns the appeal with a number if the member may do action on
// it. A case of another station, a case of the member's own, their household's
// or filed by them, and a number that nobody has are one and the same
// errOutOfReach after the same queries: they do not exist here.
func officerCase(tx store.Tx, staffID int64, action staff.Action, number string) (staff.Staff, appeal.Appeal, error) {
	member, err := officer(tx, staffID, action)
	if err != nil {
		return staff.Staff{}, appeal.Appeal{}, err
	}
	a, err := appeal.ByNumber(tx, number)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return staff.Staff{}, appeal.Appeal{}, err
	}
	recused, err := appeal.Recused(tx, viewer(member), a) // of no appeal: true
	if err != nil {
		return staff.Staff{}, appeal.Appeal{}, err
	}
	if recused || staff.Reach(member.Role, action) == staff.OwnStation && a.StationID != member.Station() {
		return staff.Staff{}, appeal.Appeal{}, errOutOfReach
	}
	return member, a, nil
}

// errOutOfReach is a case that does not exist for this member.
var errOutOfReach = fmt.Errorf("out of reach: %w", fault.NotFound)

func viewer(member staff.Staff) appeal.Viewer {
	return appeal.Viewer{StaffID: member.ID, StationID: member.Station(), DocumentIndex: member.DocumentIndex, AddressIndex: member.AddressIndex}
}

// onCase writes what a member does to a case; object is the number of the case,
// or the ref of a picture. That somebody tried one out of their reach goes into
// the ledger, though nothing else of it is done.
func (p *Portal) onCase(ctx context.Context, staffID int64, object string, fn func(store.Tx) error) error {
	return p.refused(ctx, staffID, object, p.Store.Write(ctx, func(tx store.Tx) error {
		if err := lockCase(tx, object); err != nil {
			return err
		}
		return fn(tx)
	}))
}

// looks reads what a member is to see of a case, and puts the look on record
// before it returns: nothing is shown that nobody knows of, and the reading does
// not keep the writer busy.
func (p *Portal) looks(ctx context.Context, staffID int64, object string, read func(store.Tx) (look, error)) error {
	var l look
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		l, err = read(tx)
		return err
	})
	if err != nil {
		return p.refused(ctx, staffID, object, err)
	}
	if l.noted {
		return nil
	}
	return p.Store.Write(ctx, l.record)
}

// look is what goes on record of a look: what the person sees, and the event of
// the ledger with its fields.
type look struct {
	staff.Look
	member staff.Staff
	event  string
	fields map[string]string
	// noted tells that it is on record already.
	noted bool
	// also is what is written with it; nil is nothing.
	also func(store.Tx) error
}

func (l look) record(tx store.Tx) error {
	if l.also != nil { // first, since it may wait for the case
		if err := l.also(tx); err != nil {
			return err
		}
	}
	if err := staff.RecordRead(tx, l.member, l.Look); err != nil {
		return err
	}
	purpose := "appeal"
	if l.Reason != "" {
		purpose = l.Reason
	}
	return ledger.Append(tx, l.event, staffEntry(l.member, purpose, l.Object), l.fields)
}

// caseLook is a look at a case itself.
func caseLook(member staff.Staff, a appeal.Appeal) look {
	return look{
		Look: staff.Look{PersonID: a.PersonID, What: staff.ReadCase, Object: a.Number}, member: member,
		event: "case_viewed", fields: map[string]string{"number": a.Number},
	}
}

// refused notes a case out of reach, whether or not there is one: whoever
// measures the answer learns nothing. What is no number of a case at all, nor a
// ref, anybody can tell from its check character: it is not noted, and nothing
// goes on record as it was typed.
func (p *Portal) refused(ctx context.Context, staffID int64, object string, err error) error {
	if !errors.Is(err, errOutOfReach) {
		return err
	}
	if number, ok := appeal.ParseNumber(object); ok {
		object = number
	} else if object, ok = store.ParseRef(object); !ok {
		return err
	}
	noted := p.Store.Write(ctx, func(tx store.Tx) error {
		member, err := staff.Get(tx, staffID)
		if err != nil {
			return err
		}
		return ledger.Append(tx, "case_refused", staffEntry(member, "appeal", object), map[string]string{"number": object})
	})
	if noted != nil {
		return noted
	}
	return err
}
