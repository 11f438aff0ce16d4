package models

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/store"
)

// copyOf is an appeal as the filters see it.
type copyOf struct {
	number, state, colour, rules, channel string
	harm                                  bool
	photos                                int
	due, paused                           time.Time // paused zero: the clock runs
}

func (c copyOf) left(now time.Time) time.Time {
	if c.paused.IsZero() {
		return c.due
	}
	return c.due.Add(now.Sub(c.paused))
}

func (c copyOf) fits(ask QueueAsk, now time.Time) bool {
	state := map[appeal.Tab]string{appeal.TabOpen: appeal.Submitted, appeal.TabWaiting: appeal.AwaitingCitizen}[ask.Tab]
	by := map[Due]time.Time{DueLate: now, DueSoon: now.Add(2 * time.Hour), DueToday: time.Date(2026, 3, 2, 16, 0, 0, 0, time.UTC)}[ask.Due] // midnight in Ningbo
	return c.state == state && (ask.Colour == "" || ask.Colour == c.colour) && (ask.Rule == "" || slices.Contains(strings.Fields(c.rules), ask.Rule)) &&
		(ask.Channel == "" || ask.Channel == c.channel) && (!ask.Harm || c.harm) && (!ask.Photos || c.photos > 0) && (by.IsZero() || c.left(now).Before(by))
}

// Every choice of filters shows and counts what fits and nothing else, in pages
// that keep the choice; a clock that stands still is not overdue for it.
func TestAppealQueue_filters(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	cases := d.copies(d.appeals(d.lin), 240)
	now := d.clock.Now()
	asks := 0
	for _, tab := range []appeal.Tab{appeal.TabOpen, appeal.TabWaiting} {
		for n := range 1 << 6 {
			ask := QueueAsk{Tab: tab, Harm: n&1 != 0, Photos: n&2 != 0, Colour: []string{"", "red"}[n>>2&1], Rule: []string{"", "R07"}[n>>3&1],
				Channel: []string{"", "web"}[n>>4&1], Due: []Due{"", Dues[n%3]}[n>>5&1]}
			var want []string
			for _, c := range cases {
				if c.fits(ask, now) {
					want = append(want, c.number)
				}
			}
			got, count := d.everyPage(ask)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) || count != len(want) {
				t.Errorf("%+v: %d shown, %d counted, want %d", ask, len(got), count, len(want))
			}
			asks += min(len(want), 1)
		}
	}
	if asks < 60 {
		t.Errorf("only %d choices of filters found anything", asks)
	}
}

// copies makes n more appeals out of one, of every kind.
func (d *deskBench) copies(number string, n int) []copyOf {
	d.t.Helper()
	first, _ := d.appealRow(number)
	list := []copyOf{{number: number, state: first.State, colour: first.Colour, rules: first.Rules, channel: first.Channel, due: first.DueAt.Time()}}
	d.write(func(tx store.Tx) error {
		for i := range n {
			c := copyOf{
				number: fmt.Sprintf("YS-%d", i), state: []string{appeal.Submitted, appeal.AwaitingCitizen}[i%2], colour: []string{"red", "yellow", "yellow"}[i%3],
				rules: []string{"R07", "Y04", "R05 R07", "R071"}[i/2%4], channel: []string{"web", "web", "phone_110"}[i/3%3], harm: i/5%2 == 0, photos: i / 7 % 3,
				due: tx.Now().Add(time.Duration(i%37-9) * time.Hour),
			}
			if c.state == appeal.AwaitingCitizen {
				c.paused = tx.Now().Add(-time.Duration(i%5) * time.Hour)
			}
			_, err := tx.Exec(`INSERT INTO appeal (id, number, person_id, filer_id, channel, state, station_id, statement_sealed, harm, colour, rules, photos, submitted_at, due_at, paused_at, request_key)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, 1000+i, c.number, first.PersonID, first.FilerID, c.channel, c.state, first.StationID, []byte("x"), c.harm, c.colour,
				c.rules, c.photos, tx.Millis(), store.At(c.due), store.AtOrNil(c.paused), c.number)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		return nil
	})
	return list
}

// everyPage turns all pages of an ask and returns what it has seen, and what the
// tab counts.
func (d *deskBench) everyPage(ask QueueAsk) (numbers []string, count int) {
	d.t.Helper()
	for {
		q, err := d.AppealQueue(d.t.Context(), d.wang, ask)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, r := range q.Rows {
			numbers = append(numbers, r.Number)
		}
		if ask.After = q.Next; q.Next == "" {
			return numbers, q.Count[ask.Tab]
		}
	}
}

// What stands still shows the time that was left then.
func TestAppealQueue_paused(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	d.decides(number, ItemRuling{N: 1, Action: ActionAsk, Question: "请补交租房合同"})
	d.clock.Advance(20 * time.Hour)
	q, err := d.AppealQueue(t.Context(), d.wang, QueueAsk{Tab: appeal.TabWaiting})
	if err != nil || len(q.Rows) != 1 || q.Rows[0].Due.Sub(q.Now) != appeal.DueIn {
		t.Errorf("%+v, %v", q.Rows, err)
	}
}

// A search finds by whole numbers, in every state, at the officer's own station;
// whoever is found is told, and the ledger has every search and no number.
func TestFindAppeals(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	d.decides(number, setAside(1))
	small := strings.ToLower(number)
	for _, c := range []struct {
		name  string
		who   int64
		typed string
		hits  int
	}{
		{"by number", d.wang, " " + small[:7] + " " + small[7:], 1},
		{"by document", d.wang, lin[:6] + " " + lin[6:], 1},
		{"a colleague by document", d.liu, lin, 1},
		{"another station by number", d.far, number, 0},
		{"another station by document", d.far, lin, 0},
		{"a number that nobody has", d.wang, "YS-2603-0000000-7", 0},
		{"a document that nobody has", d.wang, "33020619580101001X"[:17] + "3", 0},
		{"a passport that nobody has", d.wang, "E12345678", 0},
		{"their own", d.officer("own", "gulou", ownDocument), lin, 0},
	} {
		f, err := d.FindAppeals(t.Context(), c.who, c.typed)
		if err != nil || len(f.Rows) != c.hits {
			t.Errorf("%s: %d hits, %v", c.name, len(f.Rows), err)
		}
		if c.hits > 0 && (f.Rows[0].Number != number || f.Rows[0].Name != "林小满") {
			t.Errorf("%s: %+v", c.name, f.Rows)
		}
	}
	for _, typed := range []string{"", number[:12], lin[:17], lin[1:], "林小满", "YS-2603-0000000-1"} {
		_, err := d.FindAppeals(t.Context(), d.wang, typed)
		var bad *fault.Invalid
		if !errors.As(err, &bad) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	var told, searched int64
	var bodies []string
	d.read(func(tx store.Tx) error {
		if err := tx.DB().Table("staff_read").Where("person_id = ? AND what = 'search_hit' AND object = ?", d.lin, number).Count(&told).Error; err != nil {
			return err
		}
		if err := tx.DB().Table("ledger").Where("event = 'appeals_searched'").Count(&searched).Error; err != nil {
			return err
		}
		return tx.DB().Table("ledger").Pluck("body", &bodies).Error
	})
	if told != 3 || searched != 9 {
		t.Errorf("%d hits told, %d searches on record; want 3 and 9", told, searched)
	}
	if strings.Contains(strings.Join(bodies, ""), lin) {
		t.Error("a document number is in the ledger")
	}
}

// Searches of a day are counted, hit or not, and come back at midnight.
func TestFindAppeals_quota(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	find := func() error { _, err := d.FindAppeals(t.Context(), d.wang, "YS-2603-0000000-7"); return err }
	for range 100 {
		if err := find(); err != nil {
			t.Fatal(err)
		}
	}
	var many *fault.TooMany
	if err := find(); !errors.As(err, &many) || many.Key != "officer.find_quota" || many.After != 15*time.Hour {
		t.Errorf("the 101st search: %v", err)
	}
	if _, err := d.FindAppeals(t.Context(), d.liu, "YS-2603-0000000-7"); err != nil {
		t.Errorf("a colleague's first: %v", err)
	}
	d.clock.Advance(15 * time.Hour)
	if err := find(); err != nil {
		t.Errorf("the next day: %v", err)
	}
}
