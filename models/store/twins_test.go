package store_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// Each migration is written twice, once for each database.
func TestMigrationsHaveTwins(t *testing.T) {
	t.Parallel()
	files := func(folder string) (names []string) {
		list, err := os.ReadDir(filepath.Join("migrations", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			names = append(names, f.Name())
		}
		return names
	}
	if lite, pg := files("sqlite"), files("postgres"); !slices.Equal(lite, pg) {
		t.Errorf("SQLite has %v, PostgreSQL %v", lite, pg)
	}
}

// The twins make the same tables, columns and indexes.
func TestSchemasAreAlike(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("compares both databases")
	}
	t.Parallel()
	lite := open(t, store.Options{}) // SQLite in a folder, whatever the run is on
	pg := modeltest.Store(t)
	liteShape := shape(t, lite, `SELECT 'column ' || m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'river%' AND m.name NOT LIKE 'goose%'
		UNION ALL SELECT 'index ' || name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE 'river%'
		UNION ALL SELECT 'trigger ' || name FROM sqlite_master WHERE type = 'trigger' AND tbl_name NOT LIKE 'river%'`)
	pgShape := shape(t, pg, `SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name NOT LIKE 'river%' AND table_name NOT LIKE 'goose%' AND table_name NOT LIKE 'yx_test%'
		UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename NOT LIKE 'river%' AND tablename NOT LIKE 'goose%'
			AND indexname NOT IN (SELECT conname FROM pg_constraint)
		UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal
			AND relname NOT LIKE 'river%' AND tgname NOT LIKE '%_no_truncate'`)
	for name := range shape(t, pg, `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name NOT LIKE 'river%' AND table_name NOT LIKE 'goose%'
		AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`) {
		t.Errorf("%s is not sorted as on SQLite: TEXT COLLATE \"C\"", name)
	}
	for _, name := range slices.Sorted(maps.Keys(liteShape)) {
		if !pgShape[name] {
			t.Errorf("only SQLite has the %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pgShape)) {
		if !liteShape[name] {
			t.Errorf("only PostgreSQL has the %s", name)
		}
	}
}

func shape(t *testing.T, s *store.Store, query string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	err := s.Read(t.Context(), func(tx store.Tx) error {
		rows, err := tx.Query(query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names[name] = true
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
