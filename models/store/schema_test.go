package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// errUndo ends a piece whose work a test does not want to keep.
var errUndo = errors.New("undo")

// anyRow inserts a row into any table: columns that must have a value get one
// of their type unless with names it. Foreign keys are not looked at before the
// commit, which the tests here never reach.
func anyRow(t *testing.T, tx store.Tx, table string, with map[string]any) error {
	t.Helper()
	if _, err := tx.Exec("PRAGMA defer_foreign_keys = ON"); err != nil {
		t.Fatal(err)
	}
	row := maps.Clone(with)
	if row == nil {
		row = map[string]any{}
	}
	for _, c := range columns(t, tx, table) {
		if _, named := row[c.name]; named || !c.needed {
			continue
		}
		row[c.name] = map[string]any{"INTEGER": 1, "TEXT": "x", "BLOB": []byte("x")}[c.kind]
	}
	names := slices.Sorted(maps.Keys(row))
	values := make([]any, len(names))
	for i, n := range names {
		values[i] = row[n]
	}
	_, err := tx.Exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", table, strings.Join(names, ", "), strings.Repeat(", ?", len(names)-1)), values...)
	return err
}

type column struct {
	name, kind string
	needed     bool
}

func columns(t *testing.T, tx store.Tx, table string) (list []column) {
	t.Helper()
	rows, err := tx.Query(`SELECT name, type, "notnull" = 1 AND dflt_value IS NULL OR pk > 0 FROM pragma_table_info(?)`, table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.name, &c.kind, &c.needed); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		t.Fatalf("there is no table %s", table)
	}
	return list
}

func undone(t *testing.T, s *store.Store, fn func(tx store.Tx)) {
	t.Helper()
	err := s.Write(t.Context(), func(tx store.Tx) error {
		fn(tx)
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
}

func TestWhatIsOnRecordStays(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	tables := map[string]map[string]any{
		"fact":            {"person_id": 1},
		"outcome":         {"colour": "green"},
		"outcome_finding": {"colour": "red"},
		"ledger":          nil,
		"declaration":     nil,
		"area":            {"level": "high"},
		"rulebook":        nil,
		"appeal_event":    {"actor": "person"},
		"staff_read":      nil,
		"import_run":      nil,
		"document":        nil,
		"aside":           {"scope": "event"},
	}
	for table, with := range tables {
		undone(t, s, func(tx store.Tx) {
			if err := anyRow(t, tx, table, with); err != nil {
				t.Errorf("%s: %v", table, err)
				return
			}
			for _, c := range columns(t, tx, table) {
				if table == "aside" && c.name == "lifted_at" {
					continue // tested below
				}
				if _, err := tx.Exec(fmt.Sprintf("UPDATE %s SET %s = 2", table, c.name)); err == nil {
					t.Errorf("%s.%s was changed", table, c.name)
				}
			}
			if _, err := tx.Exec("DELETE FROM " + table); err == nil {
				t.Errorf("a row of %s was deleted", table)
			}
			if _, err := tx.Exec("INSERT OR REPLACE INTO " + table + " SELECT * FROM " + table); err == nil {
				t.Errorf("a row of %s was replaced", table)
			}
		})
	}
}

func TestAMarkIsLiftedOnce(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	undone(t, s, func(tx store.Tx) {
		if err := anyRow(t, tx, "aside", map[string]any{"scope": "event"}); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("UPDATE aside SET lifted_at = 5, fact_id = 9"); err == nil {
			t.Error("lifted and moved to another fact")
		}
		if err := store.ChangedRow(tx.Exec("UPDATE aside SET lifted_at = 5")); err != nil {
			t.Errorf("not lifted: %v", err)
		}
		for _, again := range []string{"6", "NULL"} {
			if _, err := tx.Exec("UPDATE aside SET lifted_at = " + again); err == nil {
				t.Errorf("lifted again, to %s", again)
			}
		}
	})
}

func TestNoColourWithoutAFinding(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	tests := []struct {
		colour, finding string // finding is the colour of the one finding, "" for none
		ok              bool
	}{
		{"green", "", true},
		{"none", "", true},
		{"yellow", "", false},
		{"red", "", false},
		{"yellow", "yellow", true},
		{"red", "red", true},
		{"red", "yellow", false},
		{"yellow", "red", false},
		{"blue", "", false},
	}
	for _, tt := range tests {
		undone(t, s, func(tx store.Tx) {
			finding := map[string]any{"id": 1, "outcome_id": 7, "colour": tt.finding}
			if tt.finding != "" {
				if err := anyRow(t, tx, "outcome_finding", finding); err != nil {
					t.Fatal(err)
				}
			}
			err := anyRow(t, tx, "outcome", map[string]any{"id": 7, "colour": tt.colour})
			if (err == nil) != tt.ok {
				t.Errorf("%s with finding %q: %v", tt.colour, tt.finding, err)
			}
			if tt.ok && tt.finding != "" {
				finding["id"] = 2
				if anyRow(t, tx, "outcome_finding", finding) == nil {
					t.Errorf("a %s outcome on record took another finding", tt.colour)
				}
			}
		})
	}
}

// A deferrable key that is not met would fail the commit of the whole batch.
func TestNoDeferrableKeys(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	err := s.Read(t.Context(), func(tx store.Tx) error {
		var n int
		err := tx.QueryRow("SELECT count(*) FROM sqlite_master WHERE sql LIKE '%DEFERRABLE%'").Scan(&n)
		if n > 0 {
			t.Errorf("%d tables or indexes are deferrable", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
