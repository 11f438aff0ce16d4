package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/ledger"
	"yongxing/models/modeltest"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// toldBench is a city of which everything has an entry: somebody's appeal was
// viewed and decided, another one withdrawn, and a file imported.
func toldBench(t *testing.T) *deskBench {
	t.Helper()
	d := newDeskBench(t)
	d.write(func(tx store.Tx) error { // as AddStaff does, without the cost of real passwords
		var errs []error
		for _, id := range []int64{d.wang, d.liu, d.far} {
			m, err := staff.Get(tx, id)
			errs = append(errs, err, ledger.Append(tx, "staff_added", ledger.Entry{Actor: "system"},
				map[string]string{"staff": m.Ref, "role": string(m.Role), "org": "haishu-police", "station": "gulou"}))
		}
		return errors.Join(errs...)
	})
	d.arrives(d.sameBuilding())
	d.arrives(d.closeContact())
	d.clock.Advance(time.Minute)
	number := d.claimed()
	d.clock.Advance(time.Minute)
	if _, err := d.AppealCase(t.Context(), d.wang, number); err != nil {
		t.Fatal(err)
	}
	if _, err := d.AppealCase(t.Context(), d.far, number); err == nil {
		t.Fatal("a case is open to another station")
	}
	if _, err := d.FindAppeals(t.Context(), d.wang, lin); err != nil {
		t.Fatal(err)
	}
	if _, err := d.RevealIdentity(t.Context(), d.wang, Reveal{Number: number, Reason: "ask_source"}); err != nil {
		t.Fatal(err)
	}
	d.decides(number, ItemRuling{N: 1, Action: appeal.ActionUphold, Basis: "rule_applies"}, ItemRuling{N: 2, Action: appeal.ActionUphold, Basis: "rule_applies"})
	d.clock.Advance(time.Minute)
	if err := d.WithdrawAppeal(t.Context(), d.lin, d.appeals(d.lin)); err != nil {
		t.Fatal(err)
	}
	return d
}

// behind changes the database as somebody would who has its file: past the
// guards, which are as they were afterwards.
func (d *deskBench) behind(statements ...string) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		off, on, err := guardsOff(tx)
		if err != nil {
			return err
		}
		for _, s := range slices.Concat(off, statements, on) {
			if _, err := tx.Exec(spoken(s)); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
}

// guardsOff are the statements that take the guards away, and put them back.
func guardsOff(tx store.Tx) (off, on []string, err error) {
	if modeltest.Postgres() {
		return []string{"SET LOCAL session_replication_role = replica"}, []string{"SET LOCAL session_replication_role = origin"}, nil
	}
	type trigger struct{ Name, SQL string }
	guards, err := store.List[trigger](tx, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
	off = []string{"PRAGMA defer_foreign_keys = on"}
	for _, g := range guards {
		off, on = append(off, "DROP TRIGGER "+g.Name), append(on, g.SQL)
	}
	return off, on, err
}

var hexBytes = regexp.MustCompile(`x'([0-9a-f]*)'`)

// spoken is a statement in the words of the database at hand.
func spoken(s string) string {
	if !modeltest.Postgres() {
		return s
	}
	s = hexBytes.ReplaceAllString(s, `decode('$1', 'hex')`)
	return strings.NewReplacer("CAST(replace(CAST(body AS TEXT),", "convert_to(replace(convert_from(body, 'UTF8'),",
		" AS BLOB)", ", 'UTF8')", "zeroblob(32)", "decode(repeat('00', 32), 'hex')").Replace(s)
}

// entryOf is the number of the last entry of an event.
func (d *deskBench) entryOf(event string) (seq int64) {
	d.t.Helper()
	d.read(func(tx store.Tx) error {
		return tx.QueryRow("SELECT max(seq) FROM ledger WHERE event = ?", event).Scan(&seq)
	})
	return seq
}

// forge rewrites an entry, commitment included, as somebody would who knows the
// program.
func (d *deskBench) forge(seq int64, change func(b *ledger.Body)) string {
	d.t.Helper()
	var row ledger.Row
	d.read(func(tx store.Tx) error {
		rows, err := ledger.From(tx, seq, 1)
		row = rows[0]
		return err
	})
	var b ledger.Body
	if err := json.Unmarshal(row.Body, &b); err != nil {
		d.t.Fatal(err)
	}
	change(&b)
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		d.t.Fatal(err)
	}
	text := bytes.TrimSpace(body.Bytes())
	return fmt.Sprintf("UPDATE ledger SET body = x'%x', commitment = x'%x', seq = %d, event = '%s', at = %d WHERE seq = %d",
		text, ledger.Commit(row.Salt, text), b.Seq, b.Event, b.At, seq)
}

// added is a right-looking entry after the last one.
func (d *deskBench) added(event, fields string) (statements []string, seq int64) {
	seq = d.entryOf("appeal_withdrawn") + 1
	at, salt := d.clock.Now().UnixMilli(), make([]byte, 32)
	body := fmt.Appendf(nil, `{"actor":"system","at":%d,"event":%q,"fields":%s,"seq":%d,"v":1}`, at, event, fields, seq)
	return []string{fmt.Sprintf("INSERT INTO ledger SELECT %d, '%s', x'%x', x'%x', x'%x', %d", seq, event, body, salt, ledger.Commit(salt, body), at)}, seq
}

func field(name, value string) func(*ledger.Body) {
	return func(b *ledger.Body) { b.Fields[name] = value }
}

// Whatever is done to the ledger or behind its back is found, at the entry that
// it was done to.
func TestVerifyLedger(t *testing.T) {
	t.Parallel()
	one := func(s string) []string { return []string{s} }
	tests := []struct {
		name   string
		tamper func(d *deskBench) (statements []string, wrong int64)
		reason string
	}{
		// ---- the entries
		{"a body is edited", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("appeal_decided")
			return one(fmt.Sprintf("UPDATE ledger SET body = CAST(replace(CAST(body AS TEXT), 'uphold', 'set_aside') AS BLOB) WHERE seq = %d", seq)), seq
		}, "does not fit its commitment"},
		{"a salt is replaced", func(d *deskBench) ([]string, int64) {
			return one("UPDATE ledger SET salt = zeroblob(32) WHERE seq = 4"), 4
		}, "does not fit its commitment"},
		{"a column is edited", func(d *deskBench) ([]string, int64) {
			return one("UPDATE ledger SET at = at + 1 WHERE seq = 5"), 5
		}, "columns say something else"},
		{"an entry is deleted", func(d *deskBench) ([]string, int64) {
			return one("DELETE FROM ledger WHERE seq = 6"), 6
		}, "it is missing"},
		{"the first entry is deleted", func(d *deskBench) ([]string, int64) {
			return one("DELETE FROM ledger WHERE seq = 1"), 1
		}, "it is missing"},
		{"two entries are swapped", func(d *deskBench) ([]string, int64) {
			return []string{"UPDATE ledger SET seq = -7 WHERE seq = 7", "UPDATE ledger SET seq = 7 WHERE seq = 8", "UPDATE ledger SET seq = 8 WHERE seq = -7"}, 7
		}, "columns say something else"},
		{"the newest entries are cut off", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("appeal_withdrawn")
			return one(fmt.Sprintf("DELETE FROM ledger WHERE seq >= %d", seq)), seq
		}, "it is missing, as all up to"},
		{"the newest is cut off, and the counter set back", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("appeal_withdrawn")
			return []string{fmt.Sprintf("DELETE FROM ledger WHERE seq = %d", seq), fmt.Sprintf("UPDATE id_counter SET last = %d WHERE name = 'ledger'", seq-1)}, 0
		}, "appeal_event YS-"},
		{"an entry is put at the end", func(d *deskBench) ([]string, int64) {
			return d.added("appeal_lapsed", `{"number":"YS-2603-0000000-0"}`)
		}, "YS-2603-0000000-0 is not on record"},
		{"an entry that nothing else tells is put at the end", func(d *deskBench) ([]string, int64) {
			return d.added("person_bound", `{"by":"","person":""}`)
		}, "never gave it this number"},
		{"the first of two", func(d *deskBench) ([]string, int64) {
			return []string{"UPDATE import_run SET new_rows = 9", "DELETE FROM ledger WHERE seq = 12"}, d.entryOf("facts_imported")
		}, "import_run"},
		{"an entry is dated back", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("case_refused")
			return one(d.forge(seq, func(b *ledger.Body) { b.At -= store.Millis(30 * time.Minute / time.Millisecond) })), seq
		}, "before an entry of"},
		{"an entry says too much", func(d *deskBench) ([]string, int64) {
			return one(d.forge(9, field("name", "x"))), 9
		}, "name is not declared"},

		// ---- what entries tell of
		{"an outcome's colour is changed", func(d *deskBench) ([]string, int64) {
			return one("UPDATE outcome SET colour = 'green' WHERE id = (SELECT max(id) FROM outcome)"), d.entryOf("colour_changed")
		}, `on record "to green"`},
		{"an outcome's rule is changed", func(d *deskBench) ([]string, int64) {
			return one("UPDATE outcome_finding SET rule = 'R99' WHERE outcome_id = (SELECT max(id) FROM outcome)"), d.entryOf("colour_changed")
		}, "R99"},
		{"an outcome is deleted", func(d *deskBench) ([]string, int64) {
			return []string{"UPDATE code SET outcome_id = (SELECT min(id) FROM outcome)", "DELETE FROM outcome WHERE id = (SELECT max(id) FROM outcome)"}, d.entryOf("colour_changed")
		}, "not on record"},
		{"an entry tells of another colour", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("colour_changed")
			return one(d.forge(seq, field("to", "green"))), seq
		}, `it says "to green"`},
		{"an entry names another declaration", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("declared")
			return one(d.forge(seq, field("declaration", "AAAA-BBBB"))), seq
		}, "declaration AAAA-BBBB is not on record"},
		{"an entry names another appeal", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("appeal_filed")
			return one(d.forge(seq, field("number", "YS-2603-0000000-0"))), seq
		}, "not on record"},
		{"an entry names another person", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("person_bound")
			return one(d.forge(seq, field("person", "AAAA-BBBB"))), seq
		}, "person AAAA-BBBB is not on record"},
		{"an entry names another member of staff", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("case_refused")
			return one(d.forge(seq, func(b *ledger.Body) { b.Staff = 99 })), seq
		}, "who acted is not on record"},
		{"a decision was another officer's", func(d *deskBench) ([]string, int64) {
			seq := d.entryOf("appeal_decided")
			return one(d.forge(seq, func(b *ledger.Body) { b.Staff = d.liu })), seq
		}, "by staff"},
		{"a decision was another one", func(d *deskBench) ([]string, int64) {
			return one("UPDATE appeal_item SET action = 'set_aside' WHERE n = 2 AND state = 'decided'"), d.entryOf("appeal_decided")
		}, "2:set_aside"},
		{"a channel is changed", func(d *deskBench) ([]string, int64) {
			return one("UPDATE declaration SET channel = 'counter'"), d.entryOf("declared")
		}, "channel counter"},
		{"a file had other counts", func(d *deskBench) ([]string, int64) {
			return one("UPDATE import_run SET new_rows = new_rows + 1"), d.entryOf("facts_imported")
		}, "import_run"},
		{"a rulebook is edited", func(d *deskBench) ([]string, int64) {
			return one("UPDATE rulebook SET body = body || '#'"), 1
		}, "digest"},

		// ---- what has no entry
		{"a read is not told", func(d *deskBench) ([]string, int64) {
			return one("INSERT INTO staff_read (id, person_id, staff_id, org_id, what, object, at) SELECT id + 100, person_id, staff_id, org_id, what, object, at + 1 FROM staff_read LIMIT 1"), 0
		}, "staff_read case YS-"},
		{"a search hit is deleted", func(d *deskBench) ([]string, int64) {
			return one("DELETE FROM staff_read WHERE what = 'search_hit'"), d.entryOf("search_hit")
		}, "not on record"},
		{"the reason of a reveal is changed", func(d *deskBench) ([]string, int64) {
			return one("UPDATE staff_read SET reason = 'at_counter' WHERE what = 'identity'"), d.entryOf("identity_revealed")
		}, "reason ask_source"},
		{"a read is deleted", func(d *deskBench) ([]string, int64) {
			return one("DELETE FROM staff_read WHERE id = (SELECT max(id) FROM staff_read)"), d.entryOf("case_viewed")
		}, "not on record"},
		{"an outcome is not told", func(d *deskBench) ([]string, int64) {
			return one("INSERT INTO outcome SELECT id + 100, person_id, seq + 100, 'green', colour, 'set', '', rulebook, '[]', at FROM outcome ORDER BY id DESC LIMIT 1"), 0
		}, "outcome "},
		{"a member of staff is not told", func(d *deskBench) ([]string, int64) {
			return one("UPDATE staff SET ref = 'AAAA-BBBB' WHERE login = '044001'"), 0
		}, "staff"},
		{"a station is not told", func(d *deskBench) ([]string, int64) {
			return one("INSERT INTO station (id, code, name, district, org_id) SELECT id + 100, 'x', name, district, org_id FROM station LIMIT 1"), 0
		}, "station x has no entry"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := toldBench(t)
			statements, seq := tt.tamper(d)
			d.behind(statements...)
			_, err := d.VerifyLedger(t.Context(), ledger.Head{})
			var wrong *ledger.Wrong
			if !errors.As(err, &wrong) {
				t.Fatalf("not found: %v", err)
			}
			if wrong.Seq != seq && seq != 0 || !strings.Contains(wrong.Reason, tt.reason) {
				t.Errorf("found %v, want entry %d and %q", err, seq, tt.reason)
			}
		})
	}
}

// A ledger that nobody has touched is right, and stays so while it grows.
func TestVerifyLedger_right(t *testing.T) {
	t.Parallel()
	d := toldBench(t)
	before, err := d.VerifyLedger(t.Context(), ledger.Head{})
	if err != nil {
		t.Fatal(err)
	}
	d.clock.Advance(time.Hour)
	d.appeals(d.lin)
	after, err := d.VerifyLedger(t.Context(), before.Head)
	if err != nil {
		t.Fatal(err)
	}
	if after.Head.Entries <= before.Head.Entries || !after.Newest().Equal(d.clock.Now()) {
		t.Errorf("read %v, then %v up to %v", before.Head, after.Head, after.Newest())
	}
}

// Somebody who owns the database can remove the newest entries with all that
// they tell of, or rewrite what nothing else tells. Only a head that was noted
// elsewhere shows it.
func TestVerifyLedger_head(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(d *deskBench) []string{
		"cut off with all they tell of": func(d *deskBench) []string {
			seq := d.entryOf("appeal_withdrawn")
			return []string{
				fmt.Sprintf("DELETE FROM ledger WHERE seq >= %d", seq), fmt.Sprintf("UPDATE id_counter SET last = %d WHERE name = 'ledger'", seq-1),
				"DELETE FROM appeal_event WHERE kind = 'withdrawn'",
			}
		},
		"rewritten": func(d *deskBench) []string {
			return []string{d.forge(d.entryOf("case_refused"), func(b *ledger.Body) { b.Staff = d.liu })}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := toldBench(t)
			noted, err := d.VerifyLedger(t.Context(), ledger.Head{})
			if err != nil {
				t.Fatal(err)
			}
			d.behind(tamper(d)...)
			if _, err := d.VerifyLedger(t.Context(), ledger.Head{}); err != nil {
				t.Errorf("seen without a head: %v", err)
			}
			var wrong *ledger.Wrong
			if _, err := d.VerifyLedger(t.Context(), noted.Head); !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, "noted") {
				t.Errorf("held against its head: %v", err)
			}
		})
	}
}

// Each trigger is missed when it is gone, and when another has its name.
func TestVerifyLedger_guards(t *testing.T) {
	t.Parallel()
	d := toldBench(t)
	triggers := map[string]string{} // and their tables
	d.read(func(tx store.Tx) error {
		query := "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
		if modeltest.Postgres() {
			query = "SELECT tgname, relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal AND relname NOT LIKE 'river%'"
		}
		rows, err := tx.Query(query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name, table string
			if err := rows.Scan(&name, &table); err != nil {
				return err
			}
			triggers[name] = table
		}
		return rows.Err()
	})
	for _, must := range []string{"ledger_no_update", "ledger_no_delete", "outcome_no_update", "fact_no_delete", "staff_read_no_delete"} {
		if triggers[must] == "" {
			t.Errorf("%s is not in the schema", must)
		}
	}
	undone := errors.New("undone")
	missed := func(name string, statements ...string) {
		t.Helper()
		err := d.Store.Write(t.Context(), func(tx store.Tx) error {
			for _, s := range statements {
				if _, err := tx.Exec(s); err != nil {
					return err
				}
			}
			v := ledgerReading{tx: tx}
			var wrong *ledger.Wrong
			if err := v.run(); !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, name) {
				t.Errorf("without %s: %v", name, err)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Error(err)
		}
	}
	for name, table := range triggers {
		if modeltest.Postgres() {
			missed(name, "DROP TRIGGER "+name+" ON "+table)
		} else {
			missed(name, "DROP TRIGGER "+name)
		}
	}
	if modeltest.Postgres() {
		missed("ledger_no_update", "ALTER TABLE ledger DISABLE TRIGGER ledger_no_update")
		missed("ledger_no_update", "CREATE OR REPLACE FUNCTION stays_as_it_is() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
	} else {
		missed("ledger_no_update", "DROP TRIGGER ledger_no_update", "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger WHEN 0 BEGIN SELECT 1; END")
	}
}
