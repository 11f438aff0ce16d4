package models

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yongxing/models/imports"
	"yongxing/models/ledger"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// records are rows of a table of which each has exactly one entry, written in
// the same transaction. Entries and rows are numbered in nearly the same order,
// so the two are read side by side.
type records struct {
	table string
	// told is what an entry says of a record of the table; not ok if it is
	// about something else.
	told func(b ledger.Body) (t record, ok bool)
	// after reads up to verifyPage records with ids above id, in their order.
	after func(tx store.Tx, id int64) ([]record, error)
}

// record is what is on record, or what an entry says of it: the name by which
// the two find each other, and what else must agree.
type record struct {
	id   int64
	name string
	says []string
}

// ledgerRecords are all tables whose rows have entries.
var ledgerRecords = []records{
	{"outcome", toldOutcome, outcomeRecords},
	{"declaration", toldDeclaration, declarationRecords},
	{"appeal", toldAppeal, appealRecords},
	{"appeal_event", toldAppealEvent, appealEventRecords},
	{"staff_read", toldStaffRead, staffReadRecords},
	{"import_run", toldImport, importRecords},
	{"rulebook", toldRulebook, rulebookRecords},
	{"staff", toldStaff, staffRecords},
	{"station", toldStation, stationRecords},
}

// recordReading reads one table beside the ledger.
type recordReading struct {
	records
	last    int64
	ended   bool
	waiting map[string][]record // read, and no entry told of them yet
	count   int
}

// mostWaiting is how far a table may be ahead of the ledger. Two nodes that take
// numbers in blocks are some hundreds of rows apart.
const mostWaiting = 10 * verifyPage

// meet finds the record that an entry tells of and says how the two differ.
func (r *recordReading) meet(tx store.Tx, t record) (reason string, err error) {
	for len(r.waiting[t.name]) == 0 {
		if r.ended {
			return fmt.Sprintf("%s %s is not on record", r.table, t.name), nil
		}
		if r.count >= mostWaiting {
			return "", wrongBeside("%s %s has no entry", r.table, r.oldest())
		}
		if err := r.more(tx); err != nil {
			return "", err
		}
	}
	there := r.waiting[t.name][0]
	if r.waiting[t.name] = r.waiting[t.name][1:]; len(r.waiting[t.name]) == 0 {
		delete(r.waiting, t.name)
	}
	r.count--
	for i, said := range t.says {
		if said != there.says[i] {
			return fmt.Sprintf("it says %q, and %s %s on record %q", said, r.table, t.name, there.says[i]), nil
		}
	}
	return "", nil
}

func (r *recordReading) more(tx store.Tx) error {
	list, err := r.after(tx, r.last)
	if err != nil {
		return fmt.Errorf("read %s: %w", r.table, err)
	}
	for _, there := range list {
		r.waiting[there.name] = append(r.waiting[there.name], there)
		r.last = there.id
	}
	r.count += len(list)
	r.ended = len(list) == 0
	return nil
}

// untold names a record that no entry tells of, "" if there is none.
func (r *recordReading) untold(tx store.Tx) (string, error) {
	for r.count == 0 && !r.ended {
		if err := r.more(tx); err != nil {
			return "", err
		}
	}
	return r.oldest(), nil
}

func (r *recordReading) oldest() string {
	var first record
	for _, list := range r.waiting {
		if first.name == "" || list[0].id < first.id {
			first = list[0]
		}
	}
	return first.name
}

func recordsOf[T any](tx store.Tx, query string, args []any, record func(T) record) ([]record, error) {
	rows, err := store.List[T](tx, query, args...)
	if err != nil {
		return nil, err
	}
	return mapped(rows, record), nil
}

func mapped[T, U any](list []T, f func(T) U) []U {
	out := make([]U, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

func atOf(at store.Millis) string { return strconv.FormatInt(int64(at), 10) }

// ---- outcomes

func toldOutcome(b ledger.Body) (record, bool) {
	f := b.Fields
	return record{name: f["person"] + " " + f["outcome"], says: []string{
		"to " + f["to"], "from " + f["from"], "rules " + f["rules"], "rulebook " + f["rulebook"],
		"cause " + f["cause"] + " " + f["cause_ref"], "at " + atOf(b.At),
	}}, b.Event == "colour_changed"
}

func outcomeRecords(tx store.Tx, id int64) ([]record, error) {
	type row struct {
		ID, Seq                                            int64
		Ref, Colour, FromColour, Rulebook, Cause, CauseRef string
		At                                                 store.Millis
	}
	rows, err := store.List[row](tx, `SELECT o.id, p.ref, o.seq, o.colour, o.from_colour, o.rulebook, o.cause, o.cause_ref, o.at
		FROM outcome o JOIN person p ON p.id = o.person_id WHERE o.id > ? ORDER BY o.id LIMIT ?`, id, verifyPage)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	type finding struct {
		OutcomeID int64
		Rule      string
	}
	findings, err := store.List[finding](tx, `SELECT outcome_id, rule FROM outcome_finding
		WHERE outcome_id > ? AND outcome_id <= ? ORDER BY outcome_id, id`, id, rows[len(rows)-1].ID)
	if err != nil {
		return nil, err
	}
	rules := map[int64][]string{}
	for _, f := range findings {
		if !slices.Contains(rules[f.OutcomeID], f.Rule) {
			rules[f.OutcomeID] = append(rules[f.OutcomeID], f.Rule)
		}
	}
	return mapped(rows, func(o row) record {
		return record{id: o.ID, name: o.Ref + " " + strconv.FormatInt(o.Seq, 10), says: []string{
			"to " + o.Colour, "from " + o.FromColour, "rules " + strings.Join(rules[o.ID], " "), "rulebook " + o.Rulebook,
			"cause " + o.Cause + " " + o.CauseRef, "at " + atOf(o.At),
		}}
	}), nil
}

// ---- declarations

func toldDeclaration(b ledger.Body) (record, bool) {
	f := b.Fields
	return record{name: f["declaration"], says: []string{
		"person " + f["person"], "version " + f["version"], "channel " + f["channel"], "at " + atOf(b.At),
	}}, b.Event == "declared"
}

func declarationRecords(tx store.Tx, id int64) ([]record, error) {
	type row struct {
		ID, Version          int64
		Ref, Person, Channel string
		At                   store.Millis
	}
	return recordsOf(tx, `SELECT d.id, d.ref, p.ref AS person, d.version, d.channel, d.at
		FROM declaration d JOIN person p ON p.id = d.person_id WHERE d.id > ? ORDER BY d.id LIMIT ?`, []any{id, verifyPage}, func(d row) record {
		return record{id: d.ID, name: d.Ref, says: []string{
			"person " + d.Person, "version " + strconv.FormatInt(d.Version, 10), "channel " + d.Channel, "at " + atOf(d.At),
		}}
	})
}

// ---- appeals and their steps

func toldAppeal(b ledger.Body) (record, bool) {
	f := b.Fields
	return record{name: f["number"], says: []string{"channel " + f["channel"], "items " + f["items"], "at " + atOf(b.At)}}, b.Event == "appeal_filed"
}

func appealRecords(tx store.Tx, id int64) ([]record, error) {
	type row struct {
		ID, Items       int64
		Number, Channel string
		SubmittedAt     store.Millis
	}
	return recordsOf(tx, `SELECT a.id, a.number, a.channel, a.submitted_at, (SELECT count(*) FROM appeal_item i WHERE i.appeal_id = a.id) AS items
		FROM appeal a WHERE a.id > ? ORDER BY a.id LIMIT ?`, []any{id, verifyPage}, func(a row) record {
		return record{id: a.ID, name: a.Number, says: []string{"channel " + a.Channel, "items " + strconv.FormatInt(a.Items, 10), "at " + atOf(a.SubmittedAt)}}
	})
}

// A step of an appeal and its entry have the same name but for one pair: what a
// person adds is an answer.
func toldAppealEvent(b ledger.Body) (record, bool) {
	kind, ok := strings.CutPrefix(b.Event, "appeal_")
	if kind == "answered" {
		kind = "added"
	}
	says := []string{"by staff " + strconv.FormatInt(b.Staff, 10), ""}
	if kind == "decided" {
		says[1] = "items " + b.Fields["items"]
	}
	return record{name: b.Fields["number"] + " " + kind + " " + atOf(b.At), says: says}, ok
}

func appealEventRecords(tx store.Tx, id int64) ([]record, error) {
	type row struct {
		ID, AppealID int64
		Number, Kind string
		StaffID      *int64
		At           store.Millis
	}
	rows, err := store.List[row](tx, `SELECT e.id, e.appeal_id, a.number, e.kind, e.staff_id, e.at
		FROM appeal_event e JOIN appeal a ON a.id = e.appeal_id WHERE e.id > ? ORDER BY e.id LIMIT ?`, id, verifyPage)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	type item struct {
		AppealID  int64
		N         int
		Action    string
		DecidedAt store.Millis
	}
	items, err := store.List[item](tx, `SELECT i.appeal_id, i.n, i.action, i.decided_at FROM appeal_item i
		WHERE i.state = 'decided' AND i.appeal_id IN (SELECT e.appeal_id FROM appeal_event e WHERE e.kind = 'decided' AND e.id > ? AND e.id <= ?)
		ORDER BY i.appeal_id, i.n`, id, rows[len(rows)-1].ID)
	if err != nil {
		return nil, err
	}
	type decision struct {
		appeal int64
		at     store.Millis
	}
	decided := map[decision][]string{}
	for _, i := range items {
		d := decision{i.AppealID, i.DecidedAt}
		decided[d] = append(decided[d], fmt.Sprintf("%d:%s", i.N, i.Action))
	}
	return mapped(rows, func(e row) record {
		says := []string{"by staff 0", ""}
		if e.StaffID != nil {
			says[0] = "by staff " + strconv.FormatInt(*e.StaffID, 10)
		}
		if e.Kind == "decided" {
			says[1] = "items " + strings.Join(decided[decision{e.AppealID, e.At}], " ")
		}
		return record{id: e.ID, name: e.Number + " " + e.Kind + " " + atOf(e.At), says: says}
	}), nil
}

// ---- what staff have looked at

// ledgerReads says which entry tells of each kind of read, and by which field it
// names what was read.
var ledgerReads = map[string]struct{ what, object string }{
	"case_viewed":       {staff.ReadCase, "number"},
	"evidence_viewed":   {staff.ReadEvidence, "evidence"},
	"search_hit":        {staff.ReadSearchHit, "number"},
	"identity_revealed": {staff.ReadIdentity, "number"},
}

func toldStaffRead(b ledger.Body) (record, bool) {
	r, ok := ledgerReads[b.Event]
	reason := ""
	if r.what == staff.ReadIdentity {
		reason = b.Purpose
	}
	return record{name: readName(r.what, b.Fields[r.object], b.Staff, b.At), says: readSays(b.Org, reason)}, ok
}

func readSays(org int64, reason string) []string {
	return []string{"organisation " + strconv.FormatInt(org, 10), "reason " + reason}
}

func readName(what, object string, staffID int64, at store.Millis) string {
	return fmt.Sprintf("%s %s by %d at %d", what, object, staffID, at)
}

func staffReadRecords(tx store.Tx, id int64) ([]record, error) {
	type row struct {
		ID, StaffID, OrgID int64
		What, Object       string
		Reason             string
		At                 store.Millis
	}
	return recordsOf(tx, `SELECT id, staff_id, org_id, what, object, reason, at FROM staff_read WHERE id > ? ORDER BY id LIMIT ?`, []any{id, verifyPage}, func(r row) record {
		return record{id: r.ID, name: readName(r.What, r.Object, r.StaffID, r.At), says: readSays(r.OrgID, r.Reason)}
	})
}

// ---- what came in from outside

func toldImport(b ledger.Body) (record, bool) {
	f := b.Fields
	kind := map[string]string{"facts_imported": imports.Facts, "areas_published": imports.Areas}[b.Event]
	counts := "new " + f["new"] + " same " + f["same"]
	if kind == imports.Facts {
		counts += " changed " + f["changed"] + " cleared " + f["cleared"] + " held " + f["held"] + " refused " + f["refused"] + " aside " + f["aside"]
	}
	return record{name: kind + " " + f["file"] + " " + atOf(b.At), says: []string{counts}}, kind != ""
}

func importRecords(tx store.Tx, id int64) ([]record, error) {
	return recordsOf(tx, `SELECT * FROM import_run WHERE id > ? ORDER BY id LIMIT ?`, []any{id, verifyPage}, func(r imports.Run) record {
		counts := fmt.Sprintf("new %d same %d", r.NewRows, r.Same)
		if r.Kind == imports.Facts {
			counts += fmt.Sprintf(" changed %d cleared %d held %d refused %d aside %d", r.Changed, r.Cleared, r.Held, r.Refused, r.Aside)
		}
		return record{id: r.ID, name: r.Kind + " " + hex.EncodeToString(r.FileHash[:6]) + " " + atOf(r.At), says: []string{counts}}
	})
}

func toldRulebook(b ledger.Body) (record, bool) {
	return record{name: b.Fields["version"], says: []string{"digest " + b.Fields["digest"], "at " + atOf(b.At)}}, b.Event == "rulebook_published"
}

// rulebookRecords reads all at once: there are few, and they have no numbers.
func rulebookRecords(tx store.Tx, id int64) ([]record, error) {
	if id > 0 {
		return nil, nil
	}
	type row struct {
		Version, Body string
		PublishedAt   store.Millis
	}
	list, err := recordsOf(tx, `SELECT version, body, published_at FROM rulebook ORDER BY published_at, version`, nil, func(r row) record {
		return record{name: r.Version, says: []string{fmt.Sprintf("digest %x", sha256.Sum256([]byte(r.Body))), "at " + atOf(r.PublishedAt)}}
	})
	for i := range list {
		list[i].id = int64(i + 1)
	}
	return list, err
}

// ---- staff and their stations

func toldStaff(b ledger.Body) (record, bool) {
	return record{name: b.Fields["staff"], says: []string{"at " + atOf(b.At)}}, b.Event == "staff_added"
}

func staffRecords(tx store.Tx, id int64) ([]record, error) {
	type row struct {
		ID        int64
		Ref       string
		CreatedAt store.Millis
	}
	return recordsOf(tx, `SELECT id, ref, created_at FROM staff WHERE id > ? ORDER BY id LIMIT ?`, []any{id, verifyPage}, func(s row) record {
		return record{id: s.ID, name: s.Ref, says: []string{"at " + atOf(s.CreatedAt)}}
	})
}

func toldStation(b ledger.Body) (record, bool) {
	return record{name: b.Fields["station"]}, b.Event == "station_opened"
}

func stationRecords(tx store.Tx, id int64) ([]record, error) {
	type row struct {
		ID   int64
		Code string
	}
	return recordsOf(tx, `SELECT id, code FROM station WHERE id > ? ORDER BY id LIMIT ?`, []any{id, verifyPage}, func(s row) record {
		return record{id: s.ID, name: s.Code}
	})
}
