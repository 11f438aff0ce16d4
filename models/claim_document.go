package models

import (
	"context"
	"time"

	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// DocumentView is a document of a person's list.
type DocumentView struct {
	identity.Document
	Claimed time.Time
	Bound   time.Time // since when somebody vouches for it; zero: nobody does yet
	BoundBy string    // by which way, see package person
	Current bool      // what they go by
}

// Documents lists the documents that a person goes by, is bound to and claims, in
// this order; what ended is not theirs to see, it was a slip.
func (p *Portal) Documents(ctx context.Context, personID int64) ([]DocumentView, error) {
	var list []DocumentView
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		list, err = documentViews(tx, personID)
		return err
	})
	return list, err
}

func documentViews(tx store.Tx, personID int64) ([]DocumentView, error) {
	rows, err := person.DocumentsOf(tx, personID)
	if err != nil {
		return nil, err
	}
	var list []DocumentView
	for _, row := range rows {
		if row.EndedAt != nil {
			continue
		}
		document, err := person.OpenDocument(tx, row.DocumentID)
		if err != nil {
			return nil, err
		}
		list = append(list, DocumentView{
			Document: document, Claimed: row.ClaimedAt.Time(), Bound: store.TimeOf(row.BoundAt), BoundBy: row.BoundBy, Current: len(list) == 0,
		})
	}
	return list, nil
}

// FurtherDocument is a bound person who has a new passport, permit or ID.
type FurtherDocument struct {
	PersonID                  int64
	Kind, Number, Nationality string // as typed
	Browser                   []byte
}

// ClaimDocument notes that a bound person has a further document (person,
// documents.go: what replaces what). It binds at once if a record that came before
// names their phone for it; then what sources state about it counts from now on.
// Until then nothing of it counts or shows, and the answer is the same whether
// nobody, a source or somebody else has named it before.
//
// Problems stand at document_kind, document_number and nationality. Who is not
// bound yet names another document in a declaration: fault.Stale.
func (p *Portal) ClaimDocument(ctx context.Context, in FurtherDocument) (bound bool, err error) {
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		d, err := identity.ParseDocument(in.Kind, in.Number, in.Nationality, tx.Now())
		if err != nil {
			return err
		}
		if err := tx.Lock("person", in.PersonID); err != nil {
			return err
		}
		if err := mayClaim(tx, in.PersonID, d); err != nil {
			return err
		}
		if err := signin.SpendOnClaim(tx, in.PersonID); err != nil {
			return err
		}
		document, err := person.DocumentRow(tx, d)
		if err != nil {
			return err
		}
		if err := claimIn(tx, in.PersonID, document, in.Browser); err != nil {
			return err
		}
		who, err := person.Get(tx, in.PersonID)
		if err != nil {
			return err
		}
		err = ledger.Append(tx, "document_claimed", ledger.Entry{Actor: "person", Object: who.Ref}, map[string]string{"person": who.Ref})
		if err != nil {
			return err
		}
		if bound, err = tryBind(tx, in.PersonID); err != nil || !bound {
			return err
		}
		_, err = p.recompute(tx, in.PersonID, Cause{Kind: CauseBinding})
		return err
	})
	return bound, err
}

// mayClaim refuses what is on the person's list already, and a document that says
// another date of birth than they have: it is a slip, or somebody else's.
func mayClaim(tx store.Tx, personID int64, d identity.Document) error {
	rows, err := person.DocumentsOf(tx, personID)
	if err != nil {
		return err
	}
	id, known, err := person.FindDocument(tx, d)
	if err != nil {
		return err
	}
	bound := false
	for _, row := range rows {
		if row.EndedAt != nil {
			continue
		}
		if known && row.DocumentID == id {
			return fault.Refuse("document_number", "field.document_number.same")
		}
		bound = bound || row.BoundAt != nil
	}
	if !bound {
		return fault.Stale
	}
	who, err := person.Get(tx, personID)
	if err != nil {
		return err
	}
	mine, _, err := person.Born(tx, who)
	if err != nil {
		return err
	}
	if born, says := d.Born(); says && !born.Equal(mine) {
		return fault.Refuse("document_number", "field.document_number.born_differs")
	}
	return nil
}
