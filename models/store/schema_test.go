package store_test

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

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
	loose := []string{"PRAGMA defer_foreign_keys = ON"}
	if modeltest.Postgres() {
		loose = []string{"ALTER TABLE " + table + " DISABLE TRIGGER ALL", "ALTER TABLE " + table + " ENABLE TRIGGER USER"}
	}
	for _, statement := range loose {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	row := maps.Clone(with)
	if row == nil {
		row = map[string]any{}
	}
	for _, c := range columns(t, tx, table) {
		if _, named := row[c.name]; named || !c.needed {
			continue
		}
		row[c.name] = anyOf[c.kind]
	}
	names := slices.Sorted(maps.Keys(row))
	values := make([]any, len(names))
	for i, n := range names {
		values[i] = row[n]
	}
	return try(tx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", table, strings.Join(names, ", "), strings.Repeat(", ?", len(names)-1)), values...)
}

// try runs a statement that may fail without ending the piece.
func try(tx store.Tx, statement string, values ...any) error {
	return tx.DB().Transaction(func(g *gorm.DB) error { return g.Exec(statement, values...).Error })
}

// anyOf is a value of each type.
var anyOf = map[string]any{
	"INTEGER": 1, "TEXT": "x", "BLOB": blob("x"),
	"bigint": 1, "text": "x", "bytea": blob("x"), "boolean": true,
}

// blob keeps GORM from taking bytes for a list.
type blob []byte

func (b blob) Value() (driver.Value, error) { return []byte(b), nil }

type column struct {
	name, kind string
	needed     bool
}

func columns(t *testing.T, tx store.Tx, table string) (list []column) {
	t.Helper()
	query := `SELECT name, type, "notnull" = 1 AND dflt_value IS NULL OR pk > 0 FROM pragma_table_info(?)`
	if modeltest.Postgres() {
		query = `SELECT column_name, data_type, is_nullable = 'NO' AND column_default IS NULL FROM information_schema.columns WHERE table_name = ? AND table_schema = current_schema()`
	}
	rows, err := tx.Query(query, table)
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
				if try(tx, fmt.Sprintf("UPDATE %s SET %s = ?", table, c.name), anyOf[c.kind]) == nil {
					t.Errorf("%s.%s was changed", table, c.name)
				}
			}
			around := "INSERT OR REPLACE INTO " + table + " SELECT * FROM " + table
			if modeltest.Postgres() {
				around = "TRUNCATE " + table + " CASCADE"
			}
			for _, statement := range []string{"DELETE FROM " + table, around} {
				if try(tx, statement) == nil {
					t.Errorf("a row of %s is gone by %s", table, statement)
				}
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
		if try(tx, "UPDATE aside SET lifted_at = 5, fact_id = 9") == nil {
			t.Error("lifted and moved to another fact")
		}
		if err := store.ChangedRow(tx.Exec("UPDATE aside SET lifted_at = 5")); err != nil {
			t.Errorf("not lifted: %v", err)
		}
		for _, again := range []string{"6", "NULL"} {
			if try(tx, "UPDATE aside SET lifted_at = "+again) == nil {
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
		query := "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%DEFERRABLE%'"
		if modeltest.Postgres() {
			query = "SELECT count(*) FROM pg_constraint WHERE condeferrable"
		}
		err := tx.QueryRow(query).Scan(&n)
		if n > 0 {
			t.Errorf("%d tables or indexes are deferrable", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
