package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/staff"
	"yongxing/models/station"
	"yongxing/models/store"
)

// Desk says who works and where, for the head of every staff page.
type Desk struct {
	StaffID                int64
	Name, Badge            string
	Role                   staff.Role
	StationName, StationEN string
}

// Desk returns the desk of a member of staff; fault.SignedOut if they have been
// disabled.
func (p *Portal) Desk(ctx context.Context, staffID int64) (Desk, error) {
	var d Desk
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		member, err := staff.Get(tx, staffID)
		if err != nil {
			return err
		}
		d, err = deskOf(tx, member)
		return err
	})
	return d, err
}

func deskOf(tx store.Tx, member staff.Staff) (Desk, error) {
	d := Desk{StaffID: member.ID, Badge: member.Badge, Role: member.Role}
	var err error
	if d.Name, err = staff.Name(tx, member); err != nil || member.Station() == 0 {
		return d, err
	}
	at, err := station.Get(tx, member.Station())
	d.StationName, d.StationEN = at.Name, at.NameEn
	return d, err
}

// QueueAsk is what part of the queue an officer looks at.
type QueueAsk struct {
	Tab    appeal.Tab
	Desc   bool
	Colour string
	Rule   string
	Late   bool   // only what is overdue
	After  string // number of the last appeal of the page before
}

// QueueRow is one appeal in a list. Name is whole: handlers mask it.
type QueueRow struct {
	Number, Name, Colour string
	Rules                []string
	Ground, Channel      string
	State, Outcome       string
	Items, Evidence      int
	Earlier              int // appeals of this person before
	HarmGround           string
	Locked               bool
	Due, Decided         time.Time
	Paused               bool
	Handler              string // who has it or decided it; empty if nobody
}

// Queue is one page of one tab.
type Queue struct {
	Desk  Desk
	Rows  []QueueRow
	Next  string // QueueAsk.After of the next page; empty on the last
	Count map[appeal.Tab]int
	Now   time.Time
}

// AppealQueue reads one page of a list of the officer's own station, without
// the officer's own cases.
func (p *Portal) AppealQueue(ctx context.Context, staffID int64, ask QueueAsk) (Queue, error) {
	var q Queue
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		member, err := officer(tx, staffID, staff.ViewQueue)
		if err != nil {
			return err
		}
		q.Now = tx.Now()
		if q.Desk, err = deskOf(tx, member); err != nil {
			return err
		}
		in := appeal.Ask{Tab: ask.Tab, Desc: ask.Desc, Colour: ask.Colour, Rule: ask.Rule, After: ask.After}
		if ask.Late {
			in.Late = tx.Now().UnixMilli()
		}
		rows, more, err := appeal.Page(tx, viewer(member), in)
		if err != nil {
			return err
		}
		if more {
			q.Next = rows[len(rows)-1].Number
		}
		q.Count = make(map[appeal.Tab]int)
		for _, tab := range []appeal.Tab{appeal.TabOpen, appeal.TabMine, appeal.TabWaiting} {
			if q.Count[tab], err = appeal.Count(tx, viewer(member), tab); err != nil {
				return err
			}
		}
		q.Rows, err = queueRows(tx, rows)
		return err
	})
	return q, err
}

func queueRows(tx store.Tx, rows []appeal.Row) ([]QueueRow, error) {
	names := map[int64]string{}
	out := make([]QueueRow, len(rows))
	for i, r := range rows {
		row := QueueRow{
			Number: r.Number, Colour: r.Colour, Rules: strings.Fields(r.Rules), Ground: r.Ground, Channel: r.Channel, State: r.State, Outcome: r.Outcome,
			Items: r.Items, Evidence: r.Evidence, Earlier: r.Earlier, HarmGround: r.HarmGround, Locked: r.Locked > 0,
			Due: r.DueAt.Time(), Decided: store.TimeOf(r.DecidedAt), Paused: r.PausedAt != nil,
		}
		var err error
		if row.Name, err = person.Name(tx, person.Person{ID: r.PersonID, NameSealed: r.NameSealed}); err != nil {
			return nil, err
		}
		if id := r.ClaimedBy; id != nil {
			if _, known := names[*id]; !known {
				if names[*id], err = staff.NameOf(tx, *id); err != nil {
					return nil, err
				}
			}
			row.Handler = names[*id]
		}
		out[i] = row
	}
	return out, nil
}

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
// it. A case of another station and a case of the member's own, their
// household's or filed by them are alike fault.NotFound: they do not exist here.
func officerCase(tx store.Tx, staffID int64, action staff.Action, number string) (staff.Staff, appeal.Appeal, error) {
	member, err := officer(tx, staffID, action)
	if err != nil {
		return staff.Staff{}, appeal.Appeal{}, err
	}
	a, err := appeal.ByNumber(tx, number)
	if err != nil {
		return staff.Staff{}, appeal.Appeal{}, err
	}
	if staff.Reach(member.Role, action) == staff.OwnStation && a.StationID != member.Station() {
		return staff.Staff{}, appeal.Appeal{}, errOutOfReach
	}
	recused, err := appeal.Recused(tx, viewer(member), a)
	if err != nil {
		return staff.Staff{}, appeal.Appeal{}, err
	}
	if recused {
		return staff.Staff{}, appeal.Appeal{}, errOutOfReach
	}
	return member, a, nil
}

// errOutOfReach is a case that exists and is not for this member.
var errOutOfReach = fmt.Errorf("out of reach: %w", fault.NotFound)

// onCase writes what a member does to a case. That somebody tried a case out of
// their reach goes into the ledger, though nothing else of it is done.
func (p *Portal) onCase(ctx context.Context, staffID int64, number string, fn func(store.Tx) error) error {
	err := p.Store.Write(ctx, fn)
	if !errors.Is(err, errOutOfReach) {
		return err
	}
	noted := p.Store.Write(ctx, func(tx store.Tx) error {
		member, err := staff.Get(tx, staffID)
		if err != nil {
			return err
		}
		return ledger.Append(tx, "case_refused", staffEntry(member, "appeal", number), map[string]string{"number": number})
	})
	if noted != nil {
		return noted
	}
	return err
}

func viewer(member staff.Staff) appeal.Viewer {
	return appeal.Viewer{StaffID: member.ID, StationID: member.Station(), DocumentIndex: member.DocumentIndex, AddressIndex: member.AddressIndex}
}
