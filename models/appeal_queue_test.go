package models

import (
	"testing"

	"yongxing/models/appeal"
	"yongxing/models/store"
)

// Paging through 5,000 cases, many due at the same minute, shows each once and
// in order, in both directions.
func TestAppealQueue_pages(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	first := d.appeals(d.lin)
	const more = 5000
	d.write(func(tx store.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO appeal (id, number, person_id, filer_id, channel, state, station_id, statement_sealed, colour, rules, submitted_at, due_at, request_key)
			SELECT 1000 + i, 'YS-' || i, person_id, filer_id, channel, state, station_id, statement_sealed, CASE WHEN i % 3 = 0 THEN 'red' ELSE colour END,
			rules, submitted_at, due_at + (i * 7919 % 100) * 60000, 'key-' || i FROM appeal, n WHERE number = ?`, more, first)
		return err
	})
	for _, desc := range []bool{false, true} {
		seen := map[string]bool{}
		ask := QueueAsk{Tab: appeal.TabOpen, Desc: desc}
		var last QueueRow
		for pages := 0; ; pages++ {
			q, err := d.AppealQueue(t.Context(), d.wang, ask)
			if err != nil {
				t.Fatal(err)
			}
			if q.Count[appeal.TabOpen] != appeal.CountCap {
				t.Fatalf("count %d", q.Count[appeal.TabOpen])
			}
			for _, r := range q.Rows {
				if seen[r.Number] {
					t.Fatalf("%s twice", r.Number)
				}
				if last.Number != "" && (!desc && r.Due.Before(last.Due) || desc && r.Due.After(last.Due)) {
					t.Fatalf("%s out of order", r.Number)
				}
				seen[r.Number], last = true, r
			}
			if ask.After = q.Next; q.Next == "" || pages == 8 && desc {
				break
			}
			if len(q.Rows) != appeal.PageSize {
				t.Fatalf("a page of %d", len(q.Rows))
			}
			if pages == 0 && last.Name != "林小满" {
				t.Errorf("name %q", last.Name)
			}
		}
		if !desc && len(seen) != more+1 {
			t.Errorf("%d of %d seen", len(seen), more+1)
		}
	}
	q, err := d.AppealQueue(t.Context(), d.wang, QueueAsk{Tab: appeal.TabOpen, Colour: "red"})
	if err != nil || len(q.Rows) != appeal.PageSize {
		t.Fatalf("red only: %d, %v", len(q.Rows), err)
	}
	for _, r := range q.Rows {
		if r.Colour != "red" {
			t.Errorf("%s is %s", r.Number, r.Colour)
		}
	}
}

func TestAppealQueue_tabs(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	in := func(who int64) (tabs string) {
		for _, tab := range appeal.Tabs {
			q, err := d.AppealQueue(t.Context(), who, QueueAsk{Tab: tab})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range q.Rows {
				tabs += string(tab) + ":" + r.Number + " "
			}
		}
		return tabs
	}
	check := func(when string, wang, liu string) {
		t.Helper()
		if got := in(d.wang); got != wang {
			t.Errorf("%s: Wang sees %q, want %q", when, got, wang)
		}
		if got := in(d.liu); got != liu {
			t.Errorf("%s: Liu sees %q, want %q", when, got, liu)
		}
		if got := in(d.far); got != "" {
			t.Errorf("%s: another station sees %q", when, got)
		}
	}
	check("filed", "open:"+number+" ", "open:"+number+" ")
	if err := d.ClaimAppeal(t.Context(), d.wang, number); err != nil {
		t.Fatal(err)
	}
	check("claimed", "mine:"+number+" ", "")
	d.decides(number, ItemRuling{N: 1, Action: ActionAsk, Question: "请补交租房合同"})
	check("asked", "mine:"+number+" waiting:"+number+" ", "waiting:"+number+" ")
	d.write(func(tx store.Tx) error {
		a, err := appeal.ByNumber(tx, number)
		if err != nil {
			return err
		}
		return appeal.AddMaterial(tx, a, "已补交", 0)
	})
	d.decides(number, setAside(1))
	check("decided", "done:"+number+" ", "done:"+number+" ")
}
