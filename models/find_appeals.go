package models

import (
	"context"
	"strconv"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// FoundAppeals is what a search came to.
type FoundAppeals struct {
	Desk Desk
	Rows []QueueRow // the newest first, at most appeal.Found
	Now  time.Time
}

// FindAppeals looks for the appeal with a number, or for the appeals of whoever
// has a document, at the officer's own station and in any state. Only a whole
// number finds anything: what is merely like one is refused at field "find".
//
// That somebody was found is a look at them, on record before it is shown. A
// search without a hit is in the ledger too, without what was typed, and the
// searches of a day are counted: nobody tries numbers here. What is at another
// station or concerns the officer is not found, after the same work.
func (p *Portal) FindAppeals(ctx context.Context, staffID int64, typed string) (FoundAppeals, error) {
	s := parseSearch(typed, p.Store.Now())
	if s.by == "" {
		return FoundAppeals{}, fault.Refuse("find", s.wrong)
	}
	var f FoundAppeals
	var member staff.Staff
	var rows []appeal.Row
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		if member, err = officer(tx, staffID, staff.ViewQueue); err != nil {
			return err
		}
		f.Now = tx.Now()
		if f.Desk, err = deskOf(tx, member); err != nil {
			return err
		}
		if rows, err = s.run(tx, viewer(member)); err != nil {
			return err
		}
		f.Rows, err = queueRows(tx, rows)
		return err
	})
	if err != nil {
		return FoundAppeals{}, err
	}
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		if err := staff.Searches.Spend(tx, member.ID); err != nil {
			return err
		}
		for _, r := range rows {
			hit := look{
				Look: staff.Look{PersonID: r.PersonID, What: staff.ReadSearchHit, Object: r.Number}, member: member,
				event: "search_hit", fields: map[string]string{"number": r.Number},
			}
			if err := hit.record(tx); err != nil {
				return err
			}
		}
		return ledger.Append(tx, "appeals_searched", staffEntry(member, "", ""), map[string]string{"by": s.by, "hits": strconv.Itoa(len(rows))})
	})
	if err != nil {
		return FoundAppeals{}, err
	}
	return f, nil
}

// search is what somebody looks for.
type search struct {
	by        string // number or document; "" if it is neither, wrong says why
	wrong     string
	number    string
	documents []identity.Document
}

func parseSearch(typed string, now time.Time) search {
	if number, ok := appeal.ParseNumber(typed); ok {
		return search{by: "number", number: number}
	}
	if appeal.LikeNumber(typed) { // a slip in an appeal number is no passport
		return search{wrong: "officer.find_number"}
	}
	if _, err := identity.NormalisePhone(typed); err == nil {
		return search{wrong: "officer.find_phone"}
	}
	documents := identity.ParseTyped(typed, now)
	switch {
	case len(documents) == 1: // a whole resident ID
	case identity.PartOfResidentID(typed):
		return search{wrong: "officer.find_part"}
	case len(documents) == 0:
		return search{wrong: "officer.find_form"}
	}
	return search{by: "document", documents: documents}
}

func (s search) run(tx store.Tx, v appeal.Viewer) ([]appeal.Row, error) {
	if s.by == "number" {
		return appeal.Find(tx, v, s.number)
	}
	indexes := make([][]byte, len(s.documents))
	for i, d := range s.documents {
		indexes[i] = person.DocumentIndex(tx, d)
	}
	return appeal.FindByDocument(tx, v, indexes)
}
