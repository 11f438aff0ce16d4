package person

import (
	"cmp"
	"fmt"
	"slices"

	"yongxing/models/store"
)

// A person is the anchor and documents are a list: passports and permits are
// renewed, a permit becomes a residence permit, and the person, their code, their
// history and their appeals stay. What replaces what:
//
//   - A further document is claimed as the first one was, and binds as the first
//     one did: nothing of it counts or shows before, and what is bound already
//     stays bound meanwhile.
//   - Once it is bound, what sources state about any of the bound documents
//     counts. The old one is never dropped for being old: sources go on reporting
//     under it, and what was reported under it is this person's history.
//   - The document bound last is the one that the person goes by on pages and at
//     checkpoints, since it is the one in their hand.
//   - Of claims that nobody has vouched for only the latest stands.
//   - Nobody takes off a bound document by saying so: that is an officer's, who
//     has seen the papers.

// DocumentsOf lists what a person has ever claimed, ended claims too: what they
// go by first, then the other bound ones, the claim, and what has ended.
func DocumentsOf(tx store.Tx, personID int64) ([]PersonDocument, error) {
	rows, err := store.List[PersonDocument](tx, "SELECT * FROM person_document WHERE person_id = ?", personID)
	if err != nil {
		return nil, fmt.Errorf("person: documents: %w", err)
	}
	rank := func(d PersonDocument) int {
		switch {
		case d.EndedAt != nil:
			return 2
		case d.BoundAt == nil:
			return 1
		}
		return 0
	}
	slices.SortFunc(rows, func(a, b PersonDocument) int {
		if c := cmp.Compare(rank(a), rank(b)); c != 0 {
			return c
		}
		if a.BoundAt != nil && b.BoundAt != nil && *a.BoundAt != *b.BoundAt {
			return cmp.Compare(*b.BoundAt, *a.BoundAt)
		}
		return cmp.Compare(b.ID, a.ID)
	})
	return rows, nil
}

// Claim notes that a person says a document is theirs. An earlier claim that
// nobody has vouched for ends by it, bound documents stay. The same claim again
// changes nothing.
func Claim(tx store.Tx, personID, documentID int64) error {
	rows, err := DocumentsOf(tx, personID)
	if err != nil {
		return err
	}
	for _, d := range rows {
		if d.EndedAt != nil {
			continue
		}
		if d.DocumentID == documentID {
			return nil
		}
		if d.BoundAt == nil {
			res := tx.DB().Model(&PersonDocument{}).Where("id = ? AND ended_at IS NULL AND bound_at IS NULL", d.ID).Update("ended_at", tx.Millis())
			if err := store.Changed(res); err != nil {
				return fmt.Errorf("person: end claim: %w", err)
			}
		}
	}
	id, err := tx.NextID("person_document")
	if err != nil {
		return err
	}
	err = store.ChangedRow(tx.Exec(`INSERT INTO person_document (id, person_id, document_id, claimed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person_id, document_id) DO UPDATE SET claimed_at = excluded.claimed_at, bound_at = NULL, bound_by = '', ended_at = NULL
		WHERE person_document.ended_at IS NOT NULL`, id, personID, documentID, tx.Millis()))
	if err != nil {
		return fmt.Errorf("person: claim: %w", err)
	}
	return nil
}

// ClaimOf is the document that a person goes by: of those they are bound to the
// one bound last, else what they claim.
func ClaimOf(tx store.Tx, personID int64) (PersonDocument, bool, error) {
	rows, err := DocumentsOf(tx, personID)
	if err != nil || len(rows) == 0 || rows[0].EndedAt != nil {
		return PersonDocument{}, false, err
	}
	return rows[0], true, nil
}

// BoundTo are the documents that a person is bound to, what they go by first.
func BoundTo(tx store.Tx, personID int64) ([]PersonDocument, error) {
	rows, err := DocumentsOf(tx, personID)
	return slices.DeleteFunc(rows, func(d PersonDocument) bool { return d.BoundAt == nil || d.EndedAt != nil }), err
}

// Unproved is what a person claims and nobody has vouched for.
func Unproved(tx store.Tx, personID int64) (PersonDocument, bool, error) {
	rows, err := DocumentsOf(tx, personID)
	if err != nil {
		return PersonDocument{}, false, err
	}
	for _, d := range rows {
		if d.EndedAt == nil && d.BoundAt == nil {
			return d, true, nil
		}
	}
	return PersonDocument{}, false, nil
}

// BoundSince is when the first of the documents was bound; not ok if there is
// none.
func BoundSince(bound []PersonDocument) (at store.Millis, ok bool) {
	for _, d := range bound {
		if d.BoundAt != nil && (!ok || *d.BoundAt < at) {
			at, ok = *d.BoundAt, true
		}
	}
	return at, ok
}
