package models

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/division"
	"yongxing/models/modeltest"
	"yongxing/models/org"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// BenchmarkAppealQueue reads the first and the last page of a station's open
// cases on the worst day, 5,000 of 100,000 in the city, beside the same page on
// a quiet one, 50 of 1,000, in turns within one run. ×quiet is the ratio of the
// medians: a page must not cost more because the pile is high.
//
// The piles are made by plain SQL here, and only here: filed one by one they
// would take an hour.
func BenchmarkAppealQueue(b *testing.B) {
	quiet, worst := newPile(b, 1_000, 50), newPile(b, 100_000, 5_000)
	for _, bench := range []struct {
		name        string
		quiet, pile QueueAsk
	}{
		{"first page", QueueAsk{Tab: appeal.TabOpen}, QueueAsk{Tab: appeal.TabOpen}},
		{"last page", quiet.last(b), worst.last(b)},
		{"overdue red of one rule", QueueAsk{Tab: appeal.TabOpen, Colour: "red", Rule: "R07", Due: DueLate}, QueueAsk{Tab: appeal.TabOpen, Colour: "red", Rule: "R07", Due: DueLate}},
		{"one case in the whole pile", QueueAsk{Tab: appeal.TabOpen, Channel: "phone_110", Photos: true}, QueueAsk{Tab: appeal.TabOpen, Channel: "phone_110", Photos: true}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var small, large []time.Duration
			for b.Loop() {
				small, large = append(small, quiet.page(b, bench.quiet)), append(large, worst.page(b, bench.pile))
			}
			b.ReportMetric(0, "ns/op") // of both together: says nothing
			b.ReportMetric(float64(middle(large).Microseconds()), "µs")
			b.ReportMetric(float64(middle(large))/float64(middle(small)), "×quiet")
		})
	}
}

func middle(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// pile is a city's open appeals, and an officer of its largest station.
type pile struct {
	*Portal
	officer int64
	open    int // at the station
}

// benchStations share what is not at the first.
const benchStations = 15

func newPile(b *testing.B, city, at int) pile {
	b.Helper()
	p := pile{Portal: &Portal{Store: modeltest.Store(b)}, open: at}
	for n, street := range division.Children("330203")[:benchStations] {
		_, err := p.OpenStation(b.Context(), NewStation{
			Code: street.Code, Name: fmt.Sprintf("第%d派出所", n), District: "330203", Serves: []string{street.Code},
			Org: org.Org{Code: "police", Name: "公安局", Kind: "police"},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	err := p.Store.Write(b.Context(), func(tx store.Tx) error {
		member, err := staff.Add(tx, staff.New{
			Login: "033127", Name: "王警官", Role: staff.Officer, StationID: 1, OrgID: 1, PasswordHash: "-", TOTPSecret: "-",
			DocumentIndex: tx.Index("document", "number", "own"), AddressIndex: tx.Index("person", "address", "own"),
		})
		if err != nil {
			return err
		}
		p.officer = member.ID
		return pileUp(tx, city, at)
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// pileUp puts appeals on record, the first so many at the first station, each of
// a person of their own, with one item and, for every third, one photo.
func pileUp(tx store.Tx, city, at int) error {
	for i := 1; i <= city; i++ {
		_, err := tx.Exec("INSERT INTO person (id, ref, name_sealed, address_index, division, created_at) VALUES (?, ?, ?, ?, '330203001', 0)",
			i, store.Ref(), tx.Seal("person", "name", int64(i), "林小满"), tx.Index("person", "address", fmt.Sprint(i)))
		if err != nil {
			return err
		}
	}
	numbers := "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
	for _, statement := range []struct {
		query string
		args  []any
	}{
		{"INSERT INTO fact (id, ref, person_id, kind, from_at, source, known, digest) VALUES (1, 'f', 1, 'contact', 0, 'city', 0, x'00')", nil},
		{numbers + `INSERT INTO appeal (id, number, person_id, filer_id, channel, state, station_id, statement_sealed, colour, rules, submitted_at, due_at, request_key)
			SELECT i, printf('YS-2603-%07d-0', i), i, i, 'web', 'submitted', CASE WHEN i <= ? THEN 1 ELSE 2 + i % ? END, x'00',
			CASE WHEN i % 3 = 0 THEN 'red' ELSE 'yellow' END, CASE WHEN i % 3 = 0 THEN 'R07' ELSE 'Y04' END, 0, ? + (i * 7919 % 1000) * 60000, i FROM n`,
			[]any{city, at, benchStations - 1, tx.Now().UnixMilli() - 30*60*1000}},
		{"UPDATE appeal SET photos = CASE WHEN id % 3 = 0 THEN 1 ELSE 0 END, channel = CASE WHEN id = ? - ? % 3 THEN 'phone_110' ELSE channel END", []any{at, at}},
		{numbers + `INSERT INTO appeal_item (id, appeal_id, n, target, rule, finding_key, colour, lead_fact, facts, locked, ground, state)
			SELECT i, i, 1, 'fact', 'Y04', 'k', 'yellow', 1, '[1]', 0, 'moved', 'open' FROM n`, []any{city}},
		{numbers + `INSERT INTO evidence (id, ref, person_id, appeal_id, kind, sha256, width, height, bytes, added_at)
			SELECT i, i, i, i, 'lease', x'00', 1, 1, 1, 0 FROM n WHERE i % 3 = 0`, []any{city}},
	} {
		if _, err := tx.Exec(statement.query, statement.args...); err != nil {
			return err
		}
	}
	return nil
}

func (p pile) page(b *testing.B, ask QueueAsk) time.Duration {
	b.Helper()
	begun := time.Now()
	q, err := p.AppealQueue(b.Context(), p.officer, ask)
	took := time.Since(begun)
	if err != nil || len(q.Rows) == 0 {
		b.Fatalf("%d rows, %v", len(q.Rows), err)
	}
	return took
}

// last turns the pages up to the last one and asks for that.
func (p pile) last(b *testing.B) QueueAsk {
	b.Helper()
	for ask, seen := (QueueAsk{Tab: appeal.TabOpen}), 0; ; {
		q, err := p.AppealQueue(b.Context(), p.officer, ask)
		if err != nil {
			b.Fatal(err)
		}
		if seen += len(q.Rows); q.Next == "" {
			if seen != p.open {
				b.Fatalf("%d of %d cases seen", seen, p.open)
			}
			return ask
		}
		ask.After = q.Next
	}
}
