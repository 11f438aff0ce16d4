package models

import (
	"context"
	"strings"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/declaration"
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
	Tab          appeal.Tab
	Desc         bool
	Colour, Rule string
	Due          Due
	Channel      string // one of appeal.Channels
	Harm, Photos bool
	After        string // number of the last appeal of the page before
	Before       string // number of the first appeal of the page after; at most one of them is set
}

// Due is by when an appeal must be answered for an officer to see it; what is
// overdue is in all of them, because it is what to do first.
type Due string

// The bounds that can be asked for; "" is any.
const (
	DueLate  Due = "late"  // overdue
	DueSoon  Due = "soon"  // within two hours
	DueToday Due = "today" // by midnight in Ningbo
)

// Dues lists them in the order of a form.
var Dues = []Due{DueLate, DueSoon, DueToday}

// before is the bound at a time; nil is none.
func (d Due) before(now time.Time) *store.Millis {
	var at time.Time
	switch d {
	case DueLate:
		at = now
	case DueSoon:
		at = now.Add(2 * time.Hour)
	case DueToday:
		at = declaration.DayOf(now).Add(1).Start()
	}
	return store.AtOrNil(at)
}

func (a QueueAsk) filter(now time.Time) appeal.Filter {
	return appeal.Filter{Colour: a.Colour, Rule: a.Rule, Channel: a.Channel, Harm: a.Harm, Photos: a.Photos, Due: a.Due.before(now)}
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

// Queue is one page of one tab. Count is how many each tab has for the same
// filters, at most appeal.CountCap.
type Queue struct {
	Desk  Desk
	Rows  []QueueRow
	Next  string // QueueAsk.After of the next page; empty on the last
	Prev  string // QueueAsk.Before of the page before; empty on the first
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
		rows, whole, err := q.turn(tx, viewer(member), ask)
		if err != nil {
			return err
		}
		q.Count = make(map[appeal.Tab]int)
		for _, tab := range []appeal.Tab{appeal.TabOpen, appeal.TabMine, appeal.TabWaiting} {
			if tab == ask.Tab && whole {
				q.Count[tab] = len(rows)
				continue
			}
			if q.Count[tab], err = appeal.Count(tx, viewer(member), tab, ask.filter(tx.Now())); err != nil {
				return err
			}
		}
		q.Rows, err = queueRows(tx, rows)
		return err
	})
	return q, err
}

// turn reads the page that is asked for and notes which stand beside it; whole
// tells that there are none. Back at the beginning it is the first page as it is
// now: between two pages cases come and go.
func (q *Queue) turn(tx store.Tx, v appeal.Viewer, ask QueueAsk) (rows []appeal.Row, whole bool, err error) {
	in := appeal.Ask{Filter: ask.filter(tx.Now()), Tab: ask.Tab, Desc: ask.Desc, After: ask.After, Before: ask.Before}
	rows, more, err := appeal.Page(tx, v, in)
	if err == nil && in.Before != "" && !more {
		in.Before = ""
		rows, more, err = appeal.Page(tx, v, in)
	}
	if err != nil {
		return nil, false, err
	}
	first := in.After == "" && in.Before == ""
	if len(rows) > 0 {
		if more || in.Before != "" {
			q.Next = rows[len(rows)-1].Number
		}
		if !first {
			q.Prev = rows[0].Number
		}
	}
	return rows, first && !more, nil
}

func queueRows(tx store.Tx, rows []appeal.Row) ([]QueueRow, error) {
	names := map[int64]string{}
	out := make([]QueueRow, len(rows))
	for i, r := range rows {
		row := QueueRow{
			Number: r.Number, Colour: r.Colour, Rules: strings.Fields(r.Rules), Ground: r.Ground, Channel: r.Channel, State: r.State, Outcome: r.Outcome,
			Items: r.Items, Evidence: r.Evidence, Earlier: r.Earlier, HarmGround: r.HarmGround, Locked: r.Locked > 0,
			Due: r.Due(tx.Now()), Decided: store.TimeOf(r.DecidedAt), Paused: r.PausedAt != nil,
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
