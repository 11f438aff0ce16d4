package models

import (
	"fmt"
	"slices"
	"time"

	"yongxing/models/fault"
	"yongxing/models/person"
	"yongxing/models/store"
)

// holder is whose code it is: everything about a person that there is one of,
// and which lists are in force. It is read in one statement, because everybody
// opens their code page: asked one by one, seven nouns took 62 µs of it. Two
// things keep the statement at a few microseconds on SQLite. The rulebook's
// columns come from its index alone: in the row the time stands behind the whole
// text. And the id is cast: the planner compares a bare argument with the
// conditions of partial indexes, and then plans the statement anew each time it
// gets another one (25 µs against 2).
type holder struct {
	PersonID     int64
	NameSealed   store.Sealed
	BornSealed   store.Sealed
	Division     string        // where they live, "" before the first declaration
	ClaimID      int64         // of the document that they go by, see person.ClaimOf
	DocumentID   int64         // that document; 0 = none
	NumberSealed store.Sealed  // its number
	BoundAt      *store.Millis // since when somebody vouches for that
	CodeRef      string        // what a QR names; "" before the first outcome
	Colour       string        // last on record
	ComputedAt   store.Millis
	NextChange   *store.Millis // when that falls due
	HasAside     bool          // an appeal has set something aside
	Book         string        // version of the rulebook in force, "" if none was published
	BookAt       store.Millis
	AreaMark     string // of the list of risk areas, see table list_mark

	Bound []int64       `gorm:"-"` // all documents that they are bound to
	Since *store.Millis `gorm:"-"` // the first of these was bound
}

// holderOf reads a holder; fault.NotFound if there is no such person.
func holderOf(tx store.Tx, personID int64) (holder, error) {
	rows, err := store.List[holder](tx, `SELECT p.id AS person_id, p.name_sealed, p.born_sealed, p.division,
			COALESCE(c.id, 0) AS claim_id, COALESCE(c.document_id, 0) AS document_id, d.number_sealed, c.bound_at,
			COALESCE(k.ref, '') AS code_ref, COALESCE(k.colour, 'none') AS colour, COALESCE(k.computed_at, 0) AS computed_at, k.next_change,
			EXISTS (SELECT 1 FROM aside a WHERE a.person_id = p.id) AS has_aside,
			COALESCE((SELECT version FROM rulebook ORDER BY published_at DESC, version DESC LIMIT 1), '') AS book,
			COALESCE((SELECT published_at FROM rulebook ORDER BY published_at DESC, version DESC LIMIT 1), 0) AS book_at,
			COALESCE((SELECT mark FROM list_mark WHERE name = 'areas'), '') AS area_mark
		FROM person p
		LEFT JOIN person_document c ON c.person_id = p.id AND c.ended_at IS NULL
		LEFT JOIN document d ON d.id = c.document_id
		LEFT JOIN code k ON k.person_id = p.id
		WHERE p.id = CAST(? AS BIGINT)`, personID)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return holder{}, fmt.Errorf("code holder: %w", err)
	}
	return oneHolder(rows), nil
}

// oneHolder folds the rows of a person, one for each document that they claim or
// are bound to, into one, with the document that they go by.
func oneHolder(rows []holder) holder {
	h := rows[0]
	var bound []int64
	var since *store.Millis
	for _, r := range rows {
		if r.BoundAt != nil {
			bound = append(bound, r.DocumentID)
			if since == nil || *r.BoundAt < *since {
				since = r.BoundAt
			}
		}
		if r.later(h) {
			h = r
		}
	}
	slices.Sort(bound) // the stamp of a situation tells them in one order
	h.Bound, h.Since = bound, since
	return h
}

// later tells whether h's document comes before the other's: the one bound last,
// and a bound one before a claim.
func (h holder) later(other holder) bool {
	switch {
	case h.BoundAt == nil || other.BoundAt == nil:
		return h.BoundAt != nil
	case *h.BoundAt != *other.BoundAt:
		return *h.BoundAt > *other.BoundAt
	}
	return h.ClaimID > other.ClaimID
}

func (h holder) name(by store.Opener) (string, error) {
	return person.Name(by, person.Person{ID: h.PersonID, NameSealed: h.NameSealed})
}

func (h holder) born(tx store.Tx) (time.Time, error) {
	born, _, err := person.Born(tx, person.Person{ID: h.PersonID, BornSealed: h.BornSealed})
	return born, err
}

// number is that of their document, "" if they claim none.
func (h holder) number(by store.Opener) (string, error) {
	if h.DocumentID == 0 {
		return "", nil
	}
	return person.DocumentNumber(by, h.DocumentID, h.NumberSealed)
}
