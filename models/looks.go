package models

import (
	"context"
	"fmt"
	"time"

	"yongxing/models/store"
)

// looksPage is how many looks a page has.
const looksPage = 50

// Look is one time that somebody of the staff looked at a person: who by unit,
// never by name.
type Look struct {
	At time.Time
	// What they looked at: case, evidence, search_hit, identity; Object names it
	// where it has a name, such as an appeal's number.
	What, Object string
	// Appeal is the number of the appeal that a picture belongs to; of other looks
	// Object names it.
	Appeal string
	// Reason is why they looked at the whole of an identity, one of
	// staff.RevealReasons; Note what they wrote to it.
	Reason, Note string
	// By tells two of one unit apart; it is not shown.
	By int64
	// Org is the organisation, Station the station of it, if they work at one.
	Org, OrgEN, Station, StationEN string
}

// Looks is a page of every look of the staff, the newest first.
type Looks struct {
	Looks []Look
	// Older is what to ask for as before to go on; zero at the end.
	Older time.Time
}

// Looks reads who of the staff looked at a person before an instant (zero: up to
// now).
func (p *Portal) Looks(ctx context.Context, personID int64, before time.Time) (Looks, error) {
	var v Looks
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		from := before
		if from.IsZero() {
			from = tx.Now().Add(time.Millisecond)
		}
		all, err := looksBefore(tx, personID, store.At(from), 2*looksPage)
		v.Looks, v.Older = pageOf(all, looksPage, func(l Look) time.Time { return l.At })
		return err
	})
	return v, err
}

func looksBefore(tx store.Tx, personID int64, before store.Millis, limit int) (list []Look, err error) {
	rows, err := tx.Query(`SELECT r.id, r.staff_id, r.at, r.what, r.object, r.reason, r.note_sealed, o.name, COALESCE(NULLIF(o.name_en, ''), o.name),
			COALESCE(s.name, ''), COALESCE(NULLIF(s.name_en, ''), s.name, ''), COALESCE(a.number, '')
		FROM staff_read r JOIN staff m ON m.id = r.staff_id JOIN org o ON o.id = r.org_id LEFT JOIN station s ON s.id = m.station_id
			LEFT JOIN evidence e ON e.ref = r.object AND r.what = 'evidence' LEFT JOIN appeal a ON a.id = e.appeal_id
		WHERE r.person_id = ? AND r.at < ? ORDER BY r.at DESC, r.id DESC LIMIT ?`, personID, before, limit)
	if err != nil {
		return nil, fmt.Errorf("looks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Look
		var id int64
		var at store.Millis
		var note store.Sealed
		if err := rows.Scan(&id, &l.By, &at, &l.What, &l.Object, &l.Reason, &note, &l.Org, &l.OrgEN, &l.Station, &l.StationEN, &l.Appeal); err != nil {
			return nil, fmt.Errorf("looks: %w", err)
		}
		l.At = at.Time()
		if note != nil {
			if l.Note, err = tx.Unseal("staff_read", "note_sealed", id, note); err != nil {
				return nil, fmt.Errorf("looks: %w", err)
			}
		}
		list = append(list, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("looks: %w", err)
	}
	return list, nil
}
