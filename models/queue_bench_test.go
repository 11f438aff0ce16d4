package models

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/division"
	"yongxing/models/modeltest"
	"yongxing/models/org"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// BenchmarkAppealQueue reads pages of a station's lists out of ever more appeals,
// beside the same page out of 10,000, in turns within one run: for each tab its
// first page, one from the middle, and what every kind of filter leaves of it, down
// to the only match, which stands last. µs is the median of a whole read, counts
// beside the tabs and names unsealed; ×10k the ratio of the medians: a page must not
// cost more because the pile is high.
//
// YX_QUEUE names the sizes, 100000 if it is not set: YX_QUEUE=1000000 takes some
// minutes to pile up. The piles are made by plain SQL here, and only here: filed one
// by one they would take a day.
func BenchmarkAppealQueue(b *testing.B) {
	quiet := newPile(b, 10_000)
	for _, size := range strings.Split(cmp.Or(os.Getenv("YX_QUEUE"), "100000"), ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatalf("YX_QUEUE: %v", err)
		}
		pile := newPile(b, n)
		for _, tab := range appeal.Tabs {
			for _, look := range looksAtQueue {
				if look.due && tab == appeal.TabDone {
					continue // nothing there is due
				}
				small, high := beside(b, quiet, look.of(b, quiet, tab), pile, look.of(b, pile, tab))
				b.Run(fmt.Sprintf("%s/%s/%s", size, tab, look.name), func(b *testing.B) {
					b.ReportMetric(0, "ns/op") // of telling it: says nothing
					b.ReportMetric(float64(high.Microseconds()), "µs")
					b.ReportMetric(float64(high)/float64(small), "×10k")
				})
			}
		}
	}
}

// queueLook is one way to look at a list.
type queueLook struct {
	name string
	ask  QueueAsk
	deep bool // from the middle of the list
	due  bool // asks when it is due
}

var looksAtQueue = []queueLook{
	{name: "first_page"},
	{name: "deep_page", deep: true},
	{name: "page_before", ask: QueueAsk{Desc: true}, deep: true},
	{name: "red", ask: QueueAsk{Colour: "red"}},
	{name: "one_rule", ask: QueueAsk{Rule: "R07"}},
	{name: "photos", ask: QueueAsk{Photos: true}},
	{name: "harm", ask: QueueAsk{Harm: true}},
	{name: "overdue", ask: QueueAsk{Due: DueLate}, due: true},
	{name: "overdue_red_of_one_rule", ask: QueueAsk{Due: DueLate, Colour: "red", Rule: "R07"}, due: true},
	{name: "only_of_a_channel", ask: QueueAsk{Channel: "phone_110", Photos: true}},
	{name: "only_of_a_rule", ask: QueueAsk{Rule: "R02", Colour: "red"}},
	{name: "nothing", ask: QueueAsk{Channel: "import", Harm: true}},
}

// of is the look at a tab of a pile.
func (l queueLook) of(b *testing.B, p pile, tab appeal.Tab) QueueAsk {
	b.Helper()
	ask := l.ask
	ask.Tab = tab
	if !l.deep {
		return ask
	}
	ask.Desc = false
	middle := p.middleOf(b, tab)
	if l.ask.Desc {
		ask.Before = middle
	} else {
		ask.After = middle
	}
	return ask
}

// beside reads a page of each of two piles in turns, and tells the medians.
func beside(b *testing.B, p pile, ask QueueAsk, q pile, other QueueAsk) (of, others time.Duration) {
	var first, second []time.Duration
	for range 41 {
		first, second = append(first, p.page(b, ask)), append(second, q.page(b, other))
	}
	return middle(first), middle(second)
}

func middle(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// pile is a city's appeals, and an officer of its largest station.
type pile struct {
	*Portal
	officer int64
}

// benchStations share what is not at the first, which has one in twenty: of those
// one in ten is open, one in fifty waits for the person, and the rest is done.
const benchStations = 15

func newPile(b *testing.B, city int) pile {
	b.Helper()
	p := pile{Portal: &Portal{Store: modeltest.Store(b)}}
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
		return pileUp(tx, city, city/20, member.ID)
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Store.Write(b.Context(), func(tx store.Tx) error { _, err := tx.Exec("ANALYZE"); return err }); err != nil {
		b.Fatal(err)
	}
	return p
}

// pileUp puts appeals on record, the first so many at the first station, each of
// a person of their own, with one item and, for every third, one photo. The last of
// each list is the only one by its channel and rule.
func pileUp(tx store.Tx, city, at int, officer int64) error {
	for i := 1; i <= at; i++ { // names that are read
		_, err := tx.Exec("INSERT INTO person (id, ref, name_sealed, address_index, division, created_at) VALUES (?, ?, ?, ?, '330203001', 0)",
			i, store.Ref(), tx.Seal("person", "name", int64(i), "林小满"), tx.Index("person", "address", fmt.Sprint(i)))
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec("INSERT INTO fact (id, ref, person_id, kind, from_at, source, known, digest) VALUES (1, 'f', 1, 'contact', 0, 'city', 0, ?)", []byte{0})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO appeal (id, number, person_id, filer_id, channel, state, station_id, statement_sealed, colour, rules, submitted_at, due_at, request_key)
		VALUES (0, 'YS-0', 1, 1, 'web', 'merged', 1, ?, 'red', '', 0, 0, 'first')`, []byte{0})
	if err != nil {
		return err
	}
	n := fmt.Sprintf("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", city)
	due := fmt.Sprintf("%d + (i * 7919 %% 1000) * 60000", tx.Now().UnixMilli()-30*60*1000)
	last := fmt.Sprintf("i IN (%d, %d, %d, %d)", at-at%50, at-at%50-9, 20, at-at%50-19) // of those that wait, are open, are in hand, are done
	state := fmt.Sprintf("CASE WHEN i <= 20 THEN 'claimed' WHEN i %% 50 = 0 THEN 'awaiting_citizen' WHEN i %% 10 = 1 THEN 'submitted' ELSE 'decided' END")
	for _, query := range []string{
		n + fmt.Sprintf("INSERT INTO person (id, ref, division, created_at) SELECT i, 'p' || i, '330203001', 0 FROM n WHERE i > %d", at),
		n + fmt.Sprintf(`INSERT INTO appeal (id, number, person_id, filer_id, channel, state, station_id, statement_sealed, colour, rules, harm, photos, submitted_at, due_at, request_key, claimed_by, decided_at, outcome)
			SELECT i, 'YS-2603-' || SUBSTR(CAST(10000000 + i AS TEXT), 2) || '-0', i, i,
			CASE WHEN %[1]s THEN 'phone_110' ELSE 'web' END, %[2]s, CASE WHEN i <= %[3]d THEN 1 ELSE 2 + i %% %[4]d END, (SELECT statement_sealed FROM appeal WHERE id = 0),
			CASE WHEN i %% 3 = 0 OR %[1]s THEN 'red' ELSE 'yellow' END, CASE WHEN %[1]s THEN 'R02' WHEN i %% 3 = 0 THEN 'R07' ELSE 'Y04' END,
			i %% 25 = 1, CASE WHEN i %% 3 = 0 OR %[1]s THEN 1 ELSE 0 END, 0, CASE WHEN %[1]s THEN %[6]d ELSE %[5]s END, 'k' || i,
			CASE WHEN i <= 20 THEN %[7]d END, CASE WHEN %[2]s = 'decided' THEN CASE WHEN %[1]s THEN 1 ELSE 1000 + i END END,
			CASE WHEN %[2]s = 'decided' THEN 'granted' ELSE '' END FROM n`, last, state, at, benchStations-1, due, tx.Now().UnixMilli()+1000*60*60000, officer),
		n + `INSERT INTO appeal_item (id, appeal_id, n, target, rule, finding_key, colour, lead_fact, facts, locked, ground, state)
			SELECT i, i, 1, 'fact', 'Y04', 'k', 'yellow', 1, '[1]', FALSE, 'moved', 'open' FROM n`,
	} {
		if _, err := tx.Exec(query); err != nil {
			return fmt.Errorf("%.60s: %w", query[strings.Index(query, "INSERT"):], err)
		}
	}
	return nil
}

func (p pile) page(b *testing.B, ask QueueAsk) time.Duration {
	b.Helper()
	begun := time.Now()
	_, err := p.AppealQueue(b.Context(), p.officer, ask)
	took := time.Since(begun)
	if err != nil {
		b.Fatal(err)
	}
	return took
}

// middleOf is the number of a case in the middle of a tab.
func (p pile) middleOf(b *testing.B, tab appeal.Tab) (number string) {
	b.Helper()
	states, key := map[appeal.Tab]string{appeal.TabOpen: "submitted", appeal.TabMine: "claimed", appeal.TabWaiting: "awaiting_citizen", appeal.TabDone: "decided"}, "due_at"
	if tab == appeal.TabDone {
		key = "decided_at"
	}
	err := p.Store.Read(b.Context(), func(tx store.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT COUNT(*) FROM appeal WHERE station_id = 1 AND state = ?", states[tab]).Scan(&n); err != nil {
			return err
		}
		return tx.QueryRow("SELECT number FROM appeal WHERE station_id = 1 AND state = ? ORDER BY "+key+", id LIMIT 1 OFFSET ?", states[tab], n/2).Scan(&number)
	})
	if err != nil {
		b.Fatal(err)
	}
	return number
}
