package appeal

import (
	"fmt"
	"slices"
	"time"

	"yongxing/models/store"
)

// PageSize is how many rows of a queue make a page.
const PageSize = 25

// CountCap bounds the counts beside the tabs: one more than what is shown
// before "1000+", so that a count costs the same on the worst day.
const CountCap = 1001

// Tab is one of the lists that an officer works from.
type Tab string

// The tabs.
const (
	TabOpen    Tab = "open"    // unclaimed
	TabMine    Tab = "mine"    // claimed by the officer, or asked by them
	TabWaiting Tab = "waiting" // of the station: the person was asked
	TabDone    Tab = "done"    // of the station: over
)

// Tabs lists them in the order of the page.
var Tabs = []Tab{TabOpen, TabMine, TabWaiting, TabDone}

// Viewer is whose queue it is. The cases of persons with their document or
// address, and those that they filed for others, are in none of their lists.
type Viewer struct {
	StaffID, StationID          int64
	DocumentIndex, AddressIndex []byte
}

// Filter is what an officer wants to see of a list; its zero value is all.
type Filter struct {
	Colour  string        // yellow, red, or "" for both
	Rule    string        // one rule code, or ""
	Channel string        // one of Channels, or ""
	Harm    bool          // only what is filed as immediate harm
	Photos  bool          // only what has a picture
	Due     *store.Millis // only what is due before
}

// Ask is what part of a queue to read.
type Ask struct {
	Filter
	Tab  Tab
	Desc bool // latest first; without it the one due first is first
	// After is the number of the last appeal of the page before, Before that of
	// the first of the page after; at most one of them is set.
	After, Before string
}

// Channels are the ways by which an appeal comes in, in the order of a form.
var Channels = []string{"web", "wechat_oa", "ala_app", "phone_12345", "phone_110", "station_counter", "town_office", "issuer_counter", "import"}

// Row is one line of a queue. The name is sealed for the person's row.
type Row struct {
	Number      string
	PersonID    int64
	NameSealed  store.Sealed
	Colour      string
	Rules       string
	Ground      string // of the first item
	Items       int
	Evidence    int
	Earlier     int // appeals of the same person before this one
	Locked      int // items that only the source can change
	Channel     string
	State       string
	HarmGround  string // of immediate harm, or ""
	DueAt       store.Millis
	PausedAt    *store.Millis
	SubmittedAt store.Millis
	ClaimedBy   *int64
	DecidedAt   *store.Millis
	Outcome     string
}

// Due is when the answer is due, as Appeal.Due.
func (r Row) Due(now time.Time) time.Time { return dueOf(r.DueAt, r.PausedAt, now) }

// list says what a tab holds and in which order. The states are written out
// because each list is read from a partial index of those very states; the index
// holds all that Filter and recused ask about, so that what does not fit is
// passed over in it. pauses tells that clocks stand still in the list.
type list struct {
	where, key string
	pauses     bool
}

var lists = map[Tab]list{
	TabOpen:    {"a.station_id = ? AND a.state = 'submitted'", "a.due_at", false},
	TabMine:    {"a.claimed_by = ? AND a.state IN ('claimed', 'awaiting_citizen')", "a.due_at", true},
	TabWaiting: {"a.station_id = ? AND a.state = 'awaiting_citizen'", "a.due_at", true},
	TabDone:    {"a.station_id = ? AND a.state IN ('decided', 'closed', 'withdrawn', 'lapsed')", "a.decided_at", false},
}

// Known tells whether there is such a tab.
func (t Tab) Known() bool { _, ok := lists[t]; return ok }

// recused holds back the cases of the viewer's own document and household, and
// those they filed for others: see staff.document_index and address_index. The
// list of persons is short and read once for the whole query.
const recused = ` AND (a.filed_by_staff IS NULL OR a.filed_by_staff <> ?)
	AND a.person_id NOT IN (` + concerned + `) AND (a.filer_id = a.person_id OR a.filer_id NOT IN (` + concerned + `))`

const concerned = `SELECT id FROM person WHERE address_index = ? UNION ALL
	SELECT pd.person_id FROM document d JOIN person_document pd ON pd.document_id = d.id AND pd.ended_at IS NULL WHERE d.number_index = ?`

func (v Viewer) recusedArgs() []any {
	return []any{v.StaffID, v.AddressIndex, v.DocumentIndex, v.AddressIndex, v.DocumentIndex}
}

func (l list) args(v Viewer, tab Tab) []any {
	if tab == TabMine {
		return []any{v.StaffID}
	}
	return []any{v.StationID}
}

// of is the condition of a list as a viewer filters it at a time.
func (f Filter) of(v Viewer, tab Tab, now store.Millis) (where string, args []any) {
	l := lists[tab]
	where, args = l.where, l.args(v, tab)
	and := func(condition string, values ...any) {
		where, args = where+" AND "+condition, append(args, values...)
	}
	if f.Colour != "" {
		and("a.colour = ?", f.Colour)
	}
	if f.Rule != "" {
		// Nearly all have one rule: their text is the code, and is not searched.
		and("(a.rules = ? OR LENGTH(a.rules) > ? AND ' ' || a.rules || ' ' LIKE ?)", f.Rule, len(f.Rule), "% "+f.Rule+" %")
	}
	if f.Channel != "" {
		and("a.channel = ?", f.Channel)
	}
	if f.Harm {
		and("a.harm")
	}
	if f.Photos {
		and("a.photos > 0")
	}
	switch {
	case f.Due == nil, tab == TabDone: // what is over is due no more
	case l.pauses: // a clock that stands still has the time left that it had then
		and("a.due_at - COALESCE(a.paused_at, ?) < ?", now, *f.Due-now)
	default:
		and("a.due_at < ?", *f.Due)
	}
	return where + recused, append(args, v.recusedArgs()...)
}

// Page reads up to PageSize rows of a tab in one query, and tells whether there
// are more on that side: after them, or before them if ask.Before is set.
func Page(tx store.Tx, v Viewer, ask Ask) (rows []Row, more bool, err error) {
	query, args := pageQuery(v, ask, tx.Millis())
	if rows, err = queueRows(tx, query, args); err != nil {
		return nil, false, err
	}
	if more = len(rows) > PageSize; more {
		rows = rows[:PageSize]
	}
	if ask.Before != "" { // they were read from there towards the beginning
		slices.Reverse(rows)
	}
	return rows, more, nil
}

// queueRows runs a query that begins with rowQuery.
func queueRows(tx store.Tx, query string, args []any) (rows []Row, err error) {
	found, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("appeal queue: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var r Row
		err := found.Scan(&r.Number, &r.PersonID, &r.NameSealed, &r.Colour, &r.Rules, &r.Channel, &r.State, &r.HarmGround, &r.DueAt, &r.PausedAt,
			&r.SubmittedAt, &r.ClaimedBy, &r.DecidedAt, &r.Outcome, &r.Evidence, &r.Ground, &r.Items, &r.Locked, &r.Earlier)
		if err != nil {
			return nil, fmt.Errorf("appeal queue: %w", err)
		}
		rows = append(rows, r)
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("appeal queue: %w", err)
	}
	return rows, nil
}

// rowQuery is a join of the few rows that a page shows with their persons.
const rowQuery = `SELECT a.number, a.person_id, p.name_sealed, a.colour, a.rules, a.channel, a.state, a.harm_ground, a.due_at, a.paused_at,
	a.submitted_at, a.claimed_by, a.decided_at, a.outcome, a.photos,
	COALESCE((SELECT i.ground FROM appeal_item i WHERE i.appeal_id = a.id AND i.n = 1), ''),
	(SELECT COUNT(*) FROM appeal_item i WHERE i.appeal_id = a.id),
	(SELECT COUNT(*) FROM appeal_item i WHERE i.appeal_id = a.id AND i.locked),
	(SELECT COUNT(*) FROM appeal b WHERE b.person_id = a.person_id AND b.id < a.id)
	FROM appeal a JOIN person p ON p.id = a.person_id WHERE `

// pageQuery is the query of a page, read in the order of an index, from its end if
// the page stands before a row.
func pageQuery(v Viewer, ask Ask, now store.Millis) (string, []any) {
	l := lists[ask.Tab]
	where, args := ask.of(v, ask.Tab, now)
	compare, order := ">", "ASC"
	if ask.Desc != (ask.Before != "") {
		compare, order = "<", "DESC"
	}
	if from := ask.After + ask.Before; from != "" { // the place of the row seen; its id stays inside
		where += " AND (" + l.key + ", a.id) " + compare + " (SELECT " + l.key + ", a.id FROM appeal a WHERE a.number = ?)"
		args = append(args, from)
	}
	return rowQuery + where + " ORDER BY " + l.key + " " + order + ", a.id " + order + fmt.Sprint(" LIMIT ", PageSize+1), args
}

// Count is how many of a filtered tab there are for the viewer, at most CountCap.
func Count(tx store.Tx, v Viewer, tab Tab, f Filter) (int, error) {
	query, args := countQuery(v, tab, f, tx.Millis())
	var n int
	if err := tx.QueryRow(query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("appeal queue: count: %w", err)
	}
	return n, nil
}

func countQuery(v Viewer, tab Tab, f Filter, now store.Millis) (string, []any) {
	where, args := f.of(v, tab, now)
	return "SELECT COUNT(*) FROM (SELECT 1 FROM appeal a WHERE " + where + fmt.Sprint(" LIMIT ", CountCap, ") c"), args
}

// Recused tells whether the viewer must not see an appeal: it is their own or
// their household's, or they filed it.
func Recused(tx store.Tx, v Viewer, a Appeal) (bool, error) {
	var n int
	args := append([]any{a.ID}, v.recusedArgs()...)
	if err := tx.QueryRow("SELECT COUNT(*) FROM appeal a WHERE a.id = ?"+recused, args...).Scan(&n); err != nil {
		return false, fmt.Errorf("appeal: recusal: %w", err)
	}
	return n == 0, nil
}
