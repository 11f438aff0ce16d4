package appeal_test

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

const (
	person  = 1
	station = 1
)

// world is a database with one person, two facts and one station.
func world(t *testing.T) (*store.Store, *modeltest.Clock) {
	t.Helper()
	clock := modeltest.NewClock(modeltest.Start)
	s := modeltest.StoreAt(t, clock)
	write(t, s, func(tx store.Tx) error {
		one, two := []byte{1}, []byte{2}
		for _, q := range []string{
			`INSERT INTO person (id, ref, created_at) VALUES (1, 'P1', 0)`,
			`INSERT INTO org (id, code, name, kind) VALUES (1, 'O', 'O', 'police')`,
			`INSERT INTO station (id, code, name, district, org_id) VALUES (1, 'S1', 'S', '330203', 1), (2, 'S2', 'S', '330203', 1)`,
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO fact (id, ref, person_id, kind, from_at, source, known, digest) VALUES
			(1, 'F1', 1, 'contact', 0, 'health', 0, ?), (2, 'F2', 1, 'stay', 0, 'carrier', 0, ?)`, one, two)
		return err
	})
	return s, clock
}

func write(t *testing.T, s *store.Store, fn func(store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func file(t *testing.T, s *store.Store, key string, facts ...int64) appeal.Appeal {
	t.Helper()
	var a appeal.Appeal
	write(t, s, func(tx store.Tx) (err error) {
		a, err = add(tx, key, facts...)
		return err
	})
	return a
}

func add(tx store.Tx, key string, facts ...int64) (appeal.Appeal, error) {
	return appeal.Add(tx, appeal.New{
		PersonID: person, FilerID: person, Channel: "web", StationID: station, Statement: "搬走了", Colour: "yellow", RequestKey: key,
		Items: []appeal.NewItem{{Target: appeal.TargetFact, Rule: "Y04", FindingKey: "k", Colour: "yellow", LeadFact: facts[0], Facts: facts, Ground: "never"}},
	})
}

func reload(t *testing.T, s *store.Store, a appeal.Appeal) appeal.Appeal {
	t.Helper()
	write(t, s, func(tx store.Tx) (err error) {
		a, err = appeal.Get(tx, a.ID)
		return err
	})
	return a
}

func TestAdd(t *testing.T) {
	t.Parallel()
	s, clock := world(t)
	a := file(t, s, "key", 1, 2)
	if want := clock.Now().Add(8 * time.Hour); !a.DueAt.Time().Equal(want) {
		t.Errorf("due = %v, want %v", a.DueAt.Time(), want)
	}
	write(t, s, func(tx store.Tx) error {
		got, err := appeal.ByNumber(tx, a.Number)
		if err != nil || got.ID != a.ID || got.State != appeal.Submitted {
			t.Errorf("ByNumber = %+v, %v", got, err)
		}
		if text, err := appeal.Statement(tx, got); err != nil || text != "搬走了" {
			t.Errorf("Statement = %q, %v", text, err)
		}
		items, err := appeal.Items(tx, a.ID)
		if err != nil || len(items) != 1 || items[0].State != appeal.ItemOpen {
			t.Fatalf("Items = %+v, %v", items, err)
		}
		if ids, err := items[0].FactIDs(); err != nil || len(ids) != 2 {
			t.Errorf("FactIDs = %v, %v", ids, err)
		}
		if events, err := appeal.Events(tx, a.ID); err != nil || len(events) != 1 || events[0].Kind != appeal.EventFiled {
			t.Errorf("Events = %+v, %v", events, err)
		}
		if found, ok, err := appeal.ByRequestKey(tx, "key"); err != nil || !ok || found.ID != a.ID {
			t.Errorf("ByRequestKey = %+v, %v, %v", found, ok, err)
		}
		if _, err := appeal.ByNumber(tx, "YS-2603-0000000-0"); !errors.Is(err, fault.NotFound) {
			t.Errorf("ByNumber of nothing = %v, want NotFound", err)
		}
		return nil
	})
}

// One open appeal for each fact: the second is told the first's number, and may
// be filed once the first is over.
func TestAdd_oneOpenForEachFact(t *testing.T) {
	t.Parallel()
	s, _ := world(t)
	first := file(t, s, "one", 1)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		_, err := add(tx, "two", 2, 1)
		return err
	})
	var conflict *fault.Conflict
	if !errors.As(err, &conflict) || conflict.Key != "appeal.already_open" || conflict.Args[0] != first.Number {
		t.Fatalf("second appeal = %v, want the first one's number", err)
	}
	write(t, s, func(tx store.Tx) error { return appeal.Withdraw(tx, first) })
	file(t, s, "three", 2, 1)
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	s, _ := world(t)
	a := file(t, s, "key", 1)
	write(t, s, func(tx store.Tx) error { return appeal.Withdraw(tx, a) })
	got := reload(t, s, a)
	if got.State != appeal.Withdrawn || got.Open() || got.Version != a.Version+1 {
		t.Errorf("after Withdraw: %s, version %d", got.State, got.Version)
	}
	write(t, s, func(tx store.Tx) error {
		items, err := appeal.Items(tx, a.ID)
		if err != nil || items[0].State != appeal.ItemWithdrawn {
			t.Errorf("items after Withdraw = %+v, %v", items, err)
		}
		return nil
	})
	for name, move := range map[string]func(store.Tx) error{
		"again":    func(tx store.Tx) error { return appeal.Withdraw(tx, got) },
		"material": func(tx store.Tx) error { return appeal.AddMaterial(tx, got, "x", 0) },
		"as it was before": func(tx store.Tx) error {
			return appeal.Withdraw(tx, a)
		},
	} {
		if err := s.Write(t.Context(), move); !errors.Is(err, fault.Stale) {
			t.Errorf("%s after Withdraw = %v, want a stale refusal", name, err)
		}
	}
}

// An officer's question stops the clock; the answer starts it where it stood.
func TestAddMaterial_startsTheClockAgain(t *testing.T) {
	t.Parallel()
	s, clock := world(t)
	a := file(t, s, "key", 1)
	clock.Advance(3 * time.Hour)
	write(t, s, func(tx store.Tx) error {
		_, err := tx.Exec(`UPDATE appeal SET state = 'awaiting_citizen', paused_at = ?, ask_until = ?, version = version + 1`,
			tx.Millis(), store.At(tx.Now().Add(appeal.AskFor)))
		return err
	})
	clock.Advance(20 * time.Hour)
	a = reload(t, s, a)
	if left := a.Due(clock.Now()).Sub(clock.Now()); left != 5*time.Hour {
		t.Errorf("while asked %v are left, want 5h", left)
	}
	if a.Overdue(clock.Now()) {
		t.Error("overdue while the clock stands still")
	}
	write(t, s, func(tx store.Tx) error { return appeal.AddMaterial(tx, a, "租约", 0) })
	a = reload(t, s, a)
	if a.State != appeal.Claimed || a.PausedAt != nil || a.AskUntil != nil {
		t.Errorf("after the answer: %+v", a)
	}
	if left := a.DueAt.Time().Sub(clock.Now()); left != 5*time.Hour || a.PausedMs != (20*time.Hour).Milliseconds() {
		t.Errorf("after the answer %v are left and the clock stood %d ms, want 5h and 20h", left, a.PausedMs)
	}
	clock.Advance(6 * time.Hour)
	if !a.Overdue(clock.Now()) {
		t.Error("not overdue six hours later")
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	s, clock := world(t)
	first := file(t, s, "one", 1)
	clock.Advance(time.Minute)
	second := file(t, s, "two", 2)
	places := func() (got [2]int) {
		write(t, s, func(tx store.Tx) error {
			for i, a := range []appeal.Appeal{first, second} {
				a, err := appeal.Get(tx, a.ID)
				if err != nil {
					return err
				}
				if got[i], err = appeal.Place(tx, a); err != nil {
					return err
				}
			}
			return nil
		})
		return got
	}
	if got := places(); got != [2]int{1, 2} {
		t.Errorf("places = %v, want 1 and 2", got)
	}
	set := func(q string) {
		write(t, s, func(tx store.Tx) error { _, err := tx.Exec(q); return err })
	}
	set(`UPDATE appeal SET state = 'claimed' WHERE id = 1`)
	if got := places(); got != [2]int{0, 1} {
		t.Errorf("places after the first is claimed = %v, want none and 1", got)
	}
	set(`UPDATE appeal SET state = 'submitted', station_id = 2 WHERE id = 1`)
	if got := places(); got != [2]int{1, 1} {
		t.Errorf("places at two stations = %v, want 1 and 1", got)
	}
}
