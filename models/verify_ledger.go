package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/store"
)

// verifyPage is how many entries are held in memory at once.
const verifyPage = 1000

// VerifyLedger reads the whole ledger and everything that it tells of, as they
// are at one moment, and returns what it has read; a *ledger.Wrong names the
// first entry that is wrong. Each entry must be the one that was written; what it
// names must be on record and say the same; and every record that has an entry
// must have one. With a head that was noted earlier, the entries up to there must
// still be those. It reads only, and may do so beside a running server.
//
// What it cannot see without such a head: that the newest entries were removed
// together with all that they tell of, or that everything was rewritten to fit.
func (p *Portal) VerifyLedger(ctx context.Context, noted ledger.Head) (ledger.Chain, error) {
	v := ledgerReading{noted: noted}
	for _, k := range ledgerRecords {
		v.records = append(v.records, &recordReading{records: k, waiting: map[string][]record{}})
	}
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		v.tx = tx
		return v.run()
	})
	return v.chain, err
}

// ledgerReading is one reading of the ledger.
type ledgerReading struct {
	tx      store.Tx
	chain   ledger.Chain
	noted   ledger.Head
	records []*recordReading
}

func (v *ledgerReading) run() error {
	broken, err := v.tx.BrokenGuards()
	if err != nil {
		return err
	}
	for {
		rows, err := ledger.From(v.tx, v.chain.Head.Entries+1, verifyPage)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		if err := v.page(rows); err != nil {
			return err
		}
	}
	if err := v.end(); err != nil {
		return err
	}
	// Last, since a wrong entry says more than the open door that it came by.
	if len(broken) > 0 {
		return wrongBeside("the guard %s is not in the database as it was made", strings.Join(broken, ", "))
	}
	return nil
}

func wrongBeside(format string, args ...any) error {
	return &ledger.Wrong{Reason: fmt.Sprintf(format, args...)}
}

// page holds entries that follow each other against the ones before them and
// against what they tell of.
func (v *ledgerReading) page(rows []ledger.Row) error {
	bodies := make([]ledger.Body, 0, len(rows))
	var wrong error
	for _, r := range rows {
		b, err := v.chain.Next(r)
		if err != nil {
			wrong = err // those before it come first
			break
		}
		bodies = append(bodies, b)
		if v.chain.Head.Entries == v.noted.Entries && v.chain.Head != v.noted {
			wrong = &ledger.Wrong{Seq: b.Seq, Reason: "up to here the entries are not those whose head was noted"}
			break
		}
	}
	names, err := v.names(bodies)
	if err != nil {
		return err
	}
	for _, b := range bodies {
		reason := names.unknown(b)
		if reason == "" {
			reason, err = v.toldTruly(b)
		}
		if err != nil {
			return err
		}
		if reason != "" {
			return &ledger.Wrong{Seq: b.Seq, Reason: reason}
		}
	}
	return wrong
}

// toldTruly says what differs between an entry and the records that it tells of.
func (v *ledgerReading) toldTruly(b ledger.Body) (reason string, err error) {
	for _, r := range v.records {
		if t, ok := r.told(b); ok && reason == "" && err == nil {
			reason, err = r.meet(v.tx, t)
		}
	}
	return reason, err
}

// end looks for what is there beside the entries that were read.
func (v *ledgerReading) end() error {
	var given int64
	err := v.tx.QueryRow("SELECT last FROM id_counter WHERE name = 'ledger'").Scan(&given)
	if err = store.Found(err); err != nil && !errors.Is(err, fault.NotFound) {
		return fmt.Errorf("count the entries: %w", err)
	}
	n := v.chain.Head.Entries
	switch {
	case n < given:
		return &ledger.Wrong{Seq: n + 1, Reason: fmt.Sprintf("it is missing, as all up to %d are", given)}
	case n > given:
		return &ledger.Wrong{Seq: given + 1, Reason: "the portal never gave it this number"}
	case n < v.noted.Entries:
		return &ledger.Wrong{Seq: n + 1, Reason: fmt.Sprintf("it is missing: there were %d entries when the head was noted", v.noted.Entries)}
	}
	for _, r := range v.records {
		left, err := r.untold(v.tx)
		if err != nil {
			return err
		}
		if left != "" {
			return wrongBeside("%s %s has no entry", r.table, left)
		}
	}
	return nil
}

// ledgerNames are the columns that fields of entries name, so that an event
// which tells of no record of its own still cannot name what is not there.
var ledgerNames = map[string]struct{ table, column string }{
	"person": {"person", "ref"}, "number": {"appeal", "number"}, "staff": {"staff", "ref"},
	"station": {"station", "code"}, "org": {"org", "code"},
}

// knownNames are those of the names in some entries that are on record, by field.
type knownNames map[string]map[string]bool

// names looks up what some entries name, a query for each field.
func (v *ledgerReading) names(bodies []ledger.Body) (knownNames, error) {
	asked := map[string][]string{}
	members := map[int64]bool{}
	for _, b := range bodies {
		if b.Staff != 0 {
			members[b.Staff] = true
		}
		for field := range ledgerNames {
			if name := b.Fields[field]; name != "" {
				asked[field] = append(asked[field], ledgerName(field, name))
			}
		}
	}
	known := knownNames{"": {}}
	for field, names := range asked {
		known[field] = map[string]bool{}
		slices.Sort(names)
		var found []string
		column := ledgerNames[field].column
		err := v.tx.DB().Table(ledgerNames[field].table).Where(column+" IN ?", slices.Compact(names)).Pluck(column, &found).Error
		if err != nil {
			return nil, fmt.Errorf("look up what entries name: %w", err)
		}
		for _, name := range found {
			known[field][name] = true
		}
	}
	for id := range members {
		var n int
		if err := v.tx.QueryRow("SELECT count(*) FROM staff WHERE id = ?", id).Scan(&n); err != nil {
			return nil, fmt.Errorf("look up who acted: %w", err)
		}
		known[""][fmt.Sprint(id)] = n > 0
	}
	return known, nil
}

// unknown says what an entry names that is not on record.
func (known knownNames) unknown(b ledger.Body) (reason string) {
	if b.Staff != 0 && !known[""][fmt.Sprint(b.Staff)] {
		return "the member of staff who acted is not on record"
	}
	for field, there := range known {
		name := ledgerName(field, b.Fields[field])
		// Out of reach may also be a picture, by its ref.
		if field != "" && name != "" && !there[name] && b.Event != "case_refused" {
			reason = fmt.Sprintf("%s %s is not on record", ledgerNames[field].table, name)
		}
	}
	return reason
}

// ledgerName is a name as its table has it: an officer may have typed a number
// in another form.
func ledgerName(field, name string) string {
	if field == "number" {
		if number, ok := appeal.ParseNumber(name); ok {
			return number
		}
	}
	return name
}
