package appeal

import (
	"fmt"

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

// Ask is what part of a queue to read.
type Ask struct {
	Tab    Tab
	Desc   bool   // latest first; without it the one due first is first
	Colour string // yellow, red, or "" for both
	Rule   string // one rule code, or ""
	Late   int64  // Unix milliseconds: only what is due before; 0 = all
	After  string // number of the last appeal of the page before, or ""
}

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

// list says what a tab holds and in which order. The states are written out
// because each list is read from a partial index of those very states.
type list struct{ where, key string }

var lists = map[Tab]list{
	TabOpen:    {"a.station_id = ? AND a.state = 'submitted'", "a.due_at"},
	TabMine:    {"a.claimed_by = ? AND a.state IN ('claimed', 'awaiting_citizen')", "a.due_at"},
	TabWaiting: {"a.station_id = ? AND a.state = 'awaiting_citizen'", "a.due_at"},
	TabDone:    {"a.station_id = ? AND a.state IN ('decided', 'closed', 'withdrawn', 'lapsed')", "a.decided_at"},
}

// Known tells whether there is such a tab.
func (t Tab) Known() bool { _, ok := lists[t]; return ok }

// recused holds back the cases of the viewer's own document and household, and
// those they filed for others: see staff.document_index and address_index. The
// list of persons is short and read once for the whole query.
const recused = ` AND (a.filed_by_staff IS NULL OR a.filed_by_staff <> ?)
	AND a.person_id NOT IN (` + concerned + `) AND a.filer_id NOT IN (` + concerned + `)`

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

// Page reads up to PageSize rows of a tab in one query, and tells whether there
// are more.
func Page(tx store.Tx, v Viewer, ask Ask) (rows []Row, more bool, err error) {
	query, args := pageQuery(v, ask)
	found, err := tx.Query(query, args...)
	if err != nil {
		return nil, false, fmt.Errorf("appeal queue: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var r Row
		err := found.Scan(&r.Number, &r.PersonID, &r.NameSealed, &r.Colour, &r.Rules, &r.Channel, &r.State, &r.HarmGround, &r.DueAt, &r.PausedAt,
			&r.SubmittedAt, &r.ClaimedBy, &r.DecidedAt, &r.Outcome, &r.Ground, &r.Items, &r.Locked, &r.Evidence, &r.Earlier)
		if err != nil {
			return nil, false, fmt.Errorf("appeal queue: %w", err)
		}
		rows = append(rows, r)
	}
	if err := found.Err(); err != nil {
		return nil, false, fmt.Errorf("appeal queue: %w", err)
	}
	if len(rows) > PageSize {
		return rows[:PageSize], true, nil
	}
	return rows, false, nil
}

// pageQuery is the query of a page: a join of the few rows that the page shows
// with their persons, read in the order of an index.
func pageQuery(v Viewer, ask Ask) (string, []any) {
	l := lists[ask.Tab]
	where, args := l.where, l.args(v, ask.Tab)
	if ask.Colour != "" {
		where, args = where+" AND a.colour = ?", append(args, ask.Colour)
	}
	if ask.Rule != "" {
		where, args = where+" AND ' ' || a.rules || ' ' LIKE ?", append(args, "% "+ask.Rule+" %")
	}
	if ask.Late != 0 {
		where, args = where+" AND a.due_at < ?", append(args, ask.Late)
	}
	where, args = where+recused, append(args, v.recusedArgs()...)
	compare, order := ">", "ASC"
	if ask.Desc {
		compare, order = "<", "DESC"
	}
	if ask.After != "" { // the place of the last row seen; its id stays inside
		where += " AND (" + l.key + ", a.id) " + compare + " (SELECT " + l.key + ", a.id FROM appeal a WHERE a.number = ?)"
		args = append(args, ask.After)
	}
	return `SELECT a.number, a.person_id, p.name_sealed, a.colour, a.rules, a.channel, a.state, a.harm_ground, a.due_at, a.paused_at,
		a.submitted_at, a.claimed_by, a.decided_at, a.outcome,
		COALESCE((SELECT i.ground FROM appeal_item i WHERE i.appeal_id = a.id AND i.n = 1), ''),
		(SELECT COUNT(*) FROM appeal_item i WHERE i.appeal_id = a.id),
		(SELECT COUNT(*) FROM appeal_item i WHERE i.appeal_id = a.id AND i.locked = ?),
		(SELECT COUNT(*) FROM evidence e WHERE e.appeal_id = a.id AND e.removed_at IS NULL),
		(SELECT COUNT(*) FROM appeal b WHERE b.person_id = a.person_id AND b.id < a.id)
		FROM appeal a JOIN person p ON p.id = a.person_id
		WHERE ` + where + " ORDER BY " + l.key + " " + order + ", a.id " + order + fmt.Sprint(" LIMIT ", PageSize+1), append([]any{true}, args...)
}

// Count is how many a tab holds for the viewer, at most CountCap.
func Count(tx store.Tx, v Viewer, tab Tab) (int, error) {
	l := lists[tab]
	var n int
	err := tx.QueryRow("SELECT COUNT(*) FROM (SELECT 1 FROM appeal a WHERE "+l.where+recused+fmt.Sprint(" LIMIT ", CountCap, ") c"),
		append(l.args(v, tab), v.recusedArgs()...)...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("appeal queue: count: %w", err)
	}
	return n, nil
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
