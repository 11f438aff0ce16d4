package models

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yongxing/models/code"
	"yongxing/models/fact"
	"yongxing/models/identity"
	"yongxing/models/store"
)

func checkSign(seventeen string) byte { return identity.CheckSign(seventeen) }

func (b *bench) due(want int) {
	b.t.Helper()
	n, err := b.StoreDue(b.t.Context(), 1000)
	if err != nil || n != want {
		b.t.Fatalf("reviewed %d, %v; want %d", n, err, want)
	}
}

// A finding that runs out is stored once, whoever looks, with one notice.
func TestStoreDueOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var ids []int64
	for i := range 2*dueRows + 3 {
		number := fmt.Sprintf("33020319900307%03d", i)
		id := b.resident(fmt.Sprintf("137%08d", i), number+string(checkSign(number)))
		b.bind(id)
		ids = append(ids, id)
		b.write(func(tx store.Tx) error {
			n := symptom(id, tx.Now())
			n.Source = "clinic"
			if _, _, err := fact.Add(tx, n); err != nil {
				return err
			}
			_, err := b.recompute(tx, id, Cause{Kind: CauseImport})
			return err
		})
		b.wantColour(id, "yellow")
	}
	b.due(0)
	end := b.code(ids[0]).NextChange.Time()
	b.clock.Set(end.Add(-time.Millisecond))
	b.due(0)
	b.clock.Set(end)
	b.due(len(ids))
	for i := 0; b.code(ids[0]).Colour != "green"; i++ {
		if i == 5 {
			t.Fatal("still not green")
		}
		b.clock.Set(b.code(ids[0]).NextChange.Time())
		b.due(len(ids))
	}
	b.due(0)
	for _, id := range ids {
		b.wantColour(id, "green")
		list := b.outcomes(id)
		if list[0].Cause != CauseRelease || list[0].FromColour != "yellow" {
			t.Fatalf("outcome %+v", list[0])
		}
		ended, err := list[0].EndedList()
		if err != nil || len(ended) != 1 || ended[0].By == code.Gone || ended[0].Rule != "Y01" {
			t.Fatalf("ended %+v, %v", ended, err)
		}
		if got := b.notices(id); got != "code_changed code_released" {
			t.Fatalf("notices %q", got)
		}
	}
}

// Somebody whose review fails is put off; the others are stored.
func TestStoreDuePutsOffWhoFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	good, bad := b.resident(linsTel, lin), b.resident("13900000002", "330212198512318880")
	b.write(func(tx store.Tx) error {
		// A seal of another row: its review cannot open it.
		if _, err := tx.Exec("UPDATE person SET born_sealed = ? WHERE id = ?", tx.Seal("person", "born", good, "2000-01-01"), bad); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE code SET next_change = ?", tx.Millis())
		return err
	})
	n, err := b.StoreDue(t.Context(), 10)
	if n != 2 || err == nil {
		t.Errorf("reviewed %d, %v", n, err)
	}
	if c := b.code(good); c.NextChange != nil {
		t.Error("the other one was not reviewed")
	}
	b.due(0)
	b.clock.Advance(duePause)
	if n, err := b.StoreDue(t.Context(), 10); n != 1 || err == nil {
		t.Errorf("after the pause: reviewed %d, %v", n, err)
	}
}

// No flip-back: whatever ids, hours, streets and files sources send a settled
// event in, the code stays green; only a stay that reaches beyond it counts anew.
func TestImportNeverFlipsBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.listed("330203")
	start := time.Date(2026, 2, 25, 8, 0, 0, 0, zone)
	people := 0
	rapid.Check(t, func(rt *rapid.T) {
		people++
		number := fmt.Sprintf("33020619580101%03d", people)
		number += string(checkSign(number))
		id := b.resident(fmt.Sprintf("136%08d", people), number)
		row := func(upstream, place string, from, to time.Time) string {
			return fmt.Sprintf("province,%s,%s,136%08d,stay,stayed,,,%s,,%s,%s,,,,,", upstream, number, people, place,
				from.Format("2006-01-02 15:04"), to.Format("2006-01-02 15:04"))
		}
		hours := rapid.IntRange(1, 48).Draw(rt, "hours")
		end := start.Add(time.Duration(hours) * time.Hour)
		first := fmt.Sprint("P-", people)
		b.imported("new 1", row(first, "330203", start, end))
		b.wantColour(id, "red")
		b.setAside(id, first, fact.ScopeEvent)
		b.wantColour(id, "green")
		for i := range rapid.IntRange(1, 6).Draw(rt, "records") {
			b.clock.Advance(time.Minute)
			upstream := rapid.SampledFrom([]string{first, fmt.Sprintf("P-%d-%d", people, i), ""}).Draw(rt, "upstream")
			place := rapid.SampledFrom([]string{"330203", "330203001", "3302"}).Draw(rt, "place")
			from := start.Add(-time.Duration(rapid.IntRange(0, 12*60).Draw(rt, "earlier")) * time.Minute)
			to := end.Add(time.Duration(rapid.IntRange(0, 12*60).Draw(rt, "later")) * time.Minute)
			b.importFacts(factHead + row(upstream, place, from, to))
			b.wantColour(id, "green")
		}
		b.clock.Advance(time.Minute)
		b.importFacts(factHead + row(fmt.Sprint("Q-", people), "330203", start, end.Add(13*time.Hour)))
		b.wantColour(id, "red")
	})
}
