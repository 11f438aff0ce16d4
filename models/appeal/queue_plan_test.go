package appeal

import (
	"strings"
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// Each list is read in the order of its index, from where the page begins: the
// cost of a page does not grow with the station's pile.
func TestPageQuery_plan(t *testing.T) {
	modeltest.OnlySQLite(t) // PostgreSQL's plan follows the rows that are there
	t.Parallel()
	index := map[Tab]string{TabOpen: "appeal_queue", TabMine: "appeal_mine", TabWaiting: "appeal_waiting", TabDone: "appeal_done"}
	v := Viewer{StaffID: 1, StationID: 1}
	err := modeltest.Store(t).Read(t.Context(), func(tx store.Tx) error {
		for _, tab := range Tabs {
			for _, ask := range []Ask{{Tab: tab}, {Tab: tab, Desc: true}, {Tab: tab, After: "YS-2603-0000001-1", Colour: "red", Rule: "R07", Late: 1}} {
				query, args := pageQuery(v, ask)
				rows, err := tx.Query("EXPLAIN QUERY PLAN "+query, args...)
				if err != nil {
					return err
				}
				var plan []string
				for rows.Next() {
					var a, b, c int
					var step string
					if err := rows.Scan(&a, &b, &c, &step); err != nil {
						return err
					}
					plan = append(plan, step)
				}
				if err := rows.Close(); err != nil {
					return err
				}
				all := strings.Join(plan, "\n")
				if !strings.Contains(all, "SEARCH a USING INDEX "+index[tab]) || strings.Contains(all, "TEMP B-TREE FOR ORDER BY") || strings.Contains(all, "SCAN ") {
					t.Errorf("%s, after %q:\n%s", tab, ask.After, all)
				}
				if ask.After != "" && !strings.Contains(all, "_at>?") {
					t.Errorf("%s does not begin at the place of the last row:\n%s", tab, all)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
