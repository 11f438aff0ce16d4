package appeal

import (
	"strings"
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// filters is every way to filter a list: each of the six, or not.
func filters() []Filter {
	due := store.Millis(1)
	var all []Filter
	for n := range 1 << 6 {
		has := func(bit int) bool { return n&(1<<bit) != 0 }
		f := Filter{Harm: has(0), Photos: has(1)}
		if has(2) {
			f.Colour = "red"
		}
		if has(3) {
			f.Rule = "R07"
		}
		if has(4) {
			f.Channel = "web"
		}
		if has(5) {
			f.Due = &due
		}
		all = append(all, f)
	}
	return all
}

// Each list is read in the order of its index, from where the page begins, under
// every filter: the cost of a page does not grow with the station's pile. A count
// is read from the index alone.
func TestQueue_plan(t *testing.T) {
	modeltest.OnlySQLite(t) // PostgreSQL's plan follows the rows that are there
	t.Parallel()
	index := map[Tab]string{TabOpen: "appeal_queue", TabMine: "appeal_mine", TabWaiting: "appeal_waiting", TabDone: "appeal_done"}
	v := Viewer{StaffID: 1, StationID: 1}
	err := modeltest.Store(t).Read(t.Context(), func(tx store.Tx) error {
		for _, tab := range Tabs {
			for _, f := range filters() {
				for _, ask := range []Ask{{Tab: tab, Filter: f}, {Tab: tab, Filter: f, Desc: true}, {Tab: tab, Filter: f, After: "YS-2603-0000001-1"}, {Tab: tab, Filter: f, Before: "YS-2603-0000001-1"}} {
					query, args := pageQuery(v, ask, tx.Millis())
					steps := plan(t, tx, query, args)
					by := index[tab]
					if f.Channel != "" && (tab == TabOpen || tab == TabDone) {
						by += "_channel"
					}
					if !strings.Contains(steps, "SEARCH a USING INDEX "+by+" ") || strings.Contains(steps, "TEMP B-TREE FOR ORDER BY") || strings.Contains(steps, "SCAN ") {
						t.Errorf("%s, %+v, after %q, before %q:\n%s", tab, f, ask.After, ask.Before, steps)
					}
					if ask.After != "" && !strings.Contains(steps, "_at>?") || ask.Before != "" && !strings.Contains(steps, "_at<?") {
						t.Errorf("%s, %+v does not begin at the place of the row it goes on from:\n%s", tab, f, steps)
					}
				}
				if tab == TabMine { // what one officer has in hand is never much
					continue
				}
				query, args := countQuery(v, tab, f, tx.Millis())
				if steps := plan(t, tx, query, args); !strings.Contains(steps, "SEARCH a USING COVERING INDEX "+index[tab]) || strings.Contains(steps, "SCAN a") {
					t.Errorf("the count of %s, %+v reads rows:\n%s", tab, f, steps)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A search goes by the number or by the person, never through a station's pile.
func TestFind_plan(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	v := Viewer{StaffID: 1, StationID: 1}
	err := modeltest.Store(t).Read(t.Context(), func(tx store.Tx) error {
		for name, find := range map[string]func() (string, []any){
			"(number=?)":    func() (string, []any) { return v.findQuery("a.number = ?", []any{"YS"}) },
			"appeal_person": func() (string, []any) { return v.findQuery(byDocument(2), []any{[]byte("1"), []byte("2")}) },
		} {
			query, args := find()
			if steps := plan(t, tx, query, args); !strings.Contains(steps, name) || strings.Contains(steps, "SCAN ") {
				t.Errorf("by %s:\n%s", name, steps)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// plan is how the database goes about a query, a step a line.
func plan(t *testing.T, tx store.Tx, query string, args []any) string {
	t.Helper()
	rows, err := tx.Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var a, b, c int
		var step string
		if err := rows.Scan(&a, &b, &c, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}
