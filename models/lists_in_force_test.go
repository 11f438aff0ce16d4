package models

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/models/area"
	"yongxing/models/review"
	"yongxing/models/rulebook"
	"yongxing/models/store"
)

// another is a second node over the same database: it keeps lists of its own in
// memory and hears of nothing.
func (b *bench) another() *bench {
	return &bench{t: b.t, Portal: &Portal{Store: b.Store, Pass: b.Pass, Log: b.Log, Settings: b.Settings}, clock: b.clock}
}

// What is published stands on the very next page, on the node that published it
// and on any other, however often they have kept the lists before.
func TestPublishedListsStandOnTheNextPage(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.imported("new 1", stay("T-1", "330203001", "2026-02-27 10:00", "2026-02-27 20:00"))
	other := b.another()
	look := func(want string) {
		t.Helper()
		for name, node := range map[string]*bench{"own": b, "other": other} {
			if got := node.codePage(id).State; got != want {
				t.Errorf("the %s node shows %s, want %s", name, got, want)
			}
		}
	}
	look("green")
	b.published("A1,330203,high,2026-02-20,,YB-31,")
	look("red")
	other.published("A2,330203,high,2026-02-20,2026-02-22,YB-32,A1")
	look("green")

	version := review.DefaultBook().Version
	body := strings.Replace(string(review.DefaultBook().Source()), version, "next-book", 1)
	b.clock.Advance(time.Minute)
	b.write(func(tx store.Tx) error { return rulebook.Publish(tx, "next-book", body) })
	for name, node := range map[string]*bench{"own": b, "other": other} {
		if got := node.codePage(id).Book; got != "next-book" {
			t.Errorf("the %s node goes by rulebook %s", name, got)
		}
	}
}

// A list that a transaction saw and then took back is believed by nobody, also
// when another one is published in its place.
func TestListThatWasTakenBack(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.imported("new 1", stay("T-1", "330203001", "2026-02-27 10:00", "2026-02-27 20:00"))
	back := errors.New("taken back")
	listing := func(rowID, code string) area.Row {
		return area.Row{RowID: rowID, Code: code, Level: "high", FromAt: store.At(b.clock.Now().AddDate(0, 0, -9)), Document: rowID}
	}
	err := b.Store.Write(t.Context(), func(tx store.Tx) error {
		if _, _, err := area.Add(tx, listing("A1", "330203")); err != nil {
			return err
		}
		s, err := b.situation(tx, id)
		if err == nil && s.decide(tx.Now()).Colour != review.Red {
			t.Error("a transaction does not see its own list")
		}
		return errors.Join(err, back)
	})
	if !errors.Is(err, back) {
		t.Fatal(err)
	}
	b.write(func(tx store.Tx) error { _, _, err := area.Add(tx, listing("A2", "330212")); return err })
	if page := b.codePage(id); page.State != "green" {
		t.Errorf("a listing that was taken back makes the page %s", page.State)
	}
}

// The list in memory finds what its words say: areas around a place, areas
// inside it, and whatever is in a chain with one of them.
func TestAreasTouchingPlaces(t *testing.T) {
	t.Parallel()
	codes := []string{"33", "3302", "330203", "330203001", "330203001002", "330203002", "330212", "33021", "110101", "GBR", "GBRX"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var rows []area.Row
		chains := map[int64][]int64{}
		for id := int64(1); id <= 12; id++ {
			r := area.Row{ID: id, Code: codes[random.IntN(len(codes))], Level: "high"}
			chains[id] = []int64{id}
			if old := random.Int64N(id); old > 0 && random.IntN(3) == 0 && !slices.ContainsFunc(rows, func(o area.Row) bool { return o.Replaces != nil && *o.Replaces == old }) {
				r.Replaces = &old
				chain := append(slices.Clone(chains[old]), id)
				for _, member := range chain {
					chains[member] = chain
				}
			}
			rows = append(rows, r)
		}
		places := []string{codes[random.IntN(len(codes))], codes[random.IntN(len(codes))]}
		want := map[int64]bool{}
		for _, r := range rows {
			for _, place := range places {
				around := slices.Contains(area.Around(place), r.Code)
				if inside := strings.HasPrefix(r.Code, place); around || inside {
					for _, member := range chains[r.ID] {
						want[member] = true
					}
				}
			}
		}
		var got, wanted []int64
		for _, a := range indexAreas("", rows).touching(places) {
			got = append(got, a.ID)
		}
		for id := range want {
			wanted = append(wanted, id)
		}
		if slices.Sort(wanted); !slices.Equal(got, wanted) {
			t.Fatalf("places %v touch %v, want %v of %+v", places, got, wanted, rows)
		}
	}
}
