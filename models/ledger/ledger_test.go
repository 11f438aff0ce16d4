package ledger_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

var (
	system  = ledger.Entry{Actor: "system"}
	officer = ledger.Entry{Actor: "staff", StaffID: 3, OrgID: 2, Role: "officer", Purpose: "appeal", Object: "YS-2603-0000001-0"}
)

func decided() map[string]string {
	return map[string]string{"number": "YS-2603-0000001-0", "outcome": "granted", "items": "1:set_aside <&>"}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	clock := modeltest.NewClock(modeltest.Start)
	s := modeltest.StoreAt(t, clock)
	write := func(fn func(tx store.Tx) error) error { return s.Write(t.Context(), fn) }
	if err := write(func(tx store.Tx) error {
		if _, err := ledger.Last(tx); !errors.Is(err, fault.NotFound) {
			t.Errorf("the last of none is %v", err)
		}
		return ledger.Append(tx, "appeal_decided", officer, decided())
	}); err != nil {
		t.Fatal(err)
	}
	// An entry that is undone leaves no gap.
	_ = write(func(tx store.Tx) error {
		return errors.Join(ledger.Append(tx, "appeal_decided", officer, decided()), fault.Stale)
	})
	clock.Advance(time.Minute)
	if err := write(func(tx store.Tx) error {
		return ledger.Append(tx, "appeal_lapsed", system, map[string]string{"number": "YS-2603-0000002-8"})
	}); err != nil {
		t.Fatal(err)
	}
	err := s.Read(t.Context(), func(tx store.Tx) error {
		rows, err := ledger.From(tx, 1, 10)
		if err != nil {
			return err
		}
		if len(rows) != 2 {
			t.Fatalf("%d entries are on record, want 2", len(rows))
		}
		for i, r := range rows {
			if _, err := r.Verify(int64(i + 1)); err != nil {
				t.Error(err)
			}
		}
		// Anybody can make these bytes again, from this line alone.
		want := `{"actor":"staff","at":1772413200000,"event":"appeal_decided","fields":{"items":"1:set_aside <&>",` +
			`"number":"YS-2603-0000001-0","outcome":"granted"},"object":"YS-2603-0000001-0","org":2,"purpose":"appeal","role":"officer","seq":1,"staff":3,"v":1}`
		if got := string(rows[0].Body); got != want {
			t.Errorf("the body is\n%s, want\n%s", got, want)
		}
		if len(rows[0].Salt) != 32 || bytes.Equal(rows[0].Salt, rows[1].Salt) {
			t.Error("the salts are not 32 random bytes each")
		}
		last, err := ledger.Last(tx)
		if last.Seq != 2 || last.At != store.At(modeltest.Start.Add(time.Minute)) {
			t.Errorf("the last is %d at %v", last.Seq, last.At.Time())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyFindsWhatWasAltered(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	var good ledger.Row
	err := s.Write(t.Context(), func(tx store.Tx) (err error) {
		return ledger.Append(tx, "appeal_decided", officer, decided())
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(tx store.Tx) (err error) {
		good, err = ledger.Last(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	body := func(r *ledger.Row, old, new string) { r.Body = bytes.Replace(r.Body, []byte(old), []byte(new), 1) }
	commit := func(r *ledger.Row) { r.Commitment = ledger.Commit(r.Salt, r.Body) }
	tests := map[string]func(r *ledger.Row){
		"number":                 func(r *ledger.Row) { r.Seq = 2 },
		"body":                   func(r *ledger.Row) { body(r, "granted", "refused") },
		"salt":                   func(r *ledger.Row) { r.Salt = bytes.Repeat([]byte{1}, 32) },
		"time column":            func(r *ledger.Row) { r.At++ },
		"event column":           func(r *ledger.Row) { r.Event = "appeal_asked" },
		"white space, committed": func(r *ledger.Row) { body(r, ":", ": "); commit(r) },
		"order of keys, committed": func(r *ledger.Row) {
			body(r, `{"actor":"staff",`, `{`)
			body(r, `"v":1`, `"v":1,"actor":"staff"`)
			commit(r)
		},
		"key added, committed":      func(r *ledger.Row) { body(r, `"v":1`, `"v":1,"x":1`); commit(r) },
		"number in body, committed": func(r *ledger.Row) { body(r, `"seq":1`, `"seq":2`); commit(r) },
	}
	for name, alter := range tests {
		r := good
		r.Body = slices.Clone(good.Body)
		alter(&r)
		if _, err := r.Verify(1); err == nil {
			t.Errorf("%s: altered and not noticed", name)
		}
	}
	if _, err := good.Verify(1); err != nil {
		t.Error(err)
	}
}

func TestKeysAreDeclared(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	missing, extra := decided(), decided()
	delete(missing, "outcome")
	extra["name"] = "x"
	tests := map[string]struct {
		event  string
		by     ledger.Entry
		fields map[string]string
		want   string
	}{
		"unknown event":     {"colour_set", system, decided(), "no event"},
		"missing key":       {"appeal_decided", officer, missing, "outcome is missing"},
		"extra key":         {"appeal_decided", officer, extra, "name is not declared"},
		"none at all":       {"appeal_decided", officer, nil, "items is missing"},
		"unknown actor":     {"appeal_decided", ledger.Entry{Actor: "robot"}, decided(), "actor"},
		"staff without id":  {"appeal_decided", ledger.Entry{Actor: "staff"}, decided(), "staff id 0"},
		"person with staff": {"appeal_decided", ledger.Entry{Actor: "person", StaffID: 1}, decided(), "staff id 1"},
	}
	for name, tt := range tests {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			return ledger.Append(tx, tt.event, tt.by, maps.Clone(tt.fields))
		})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// All nodes queue up for numbers: however many entries a piece has, it takes them
// at once, as the last thing.
func TestAppend_manyInOnePiece(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	lapsed := func(tx store.Tx, i int) error {
		return ledger.Append(tx, "appeal_lapsed", system, map[string]string{"number": strconv.Itoa(i)})
	}
	const many = 64 + 2*8 + 3
	// Changes of rows in this transaction, of the counter alone where that is told.
	changes := "SELECT total_changes()"
	want := 1 + many
	if modeltest.Postgres() {
		changes, want = "SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'id_counter'", 1
	}
	for range 2 {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			var before, after int
			if err := tx.QueryRow(changes).Scan(&before); err != nil {
				return err
			}
			for i := range many {
				if err := lapsed(tx, i); err != nil {
					return err
				}
			}
			tx.AtEnd(func() error {
				if err := tx.QueryRow(changes).Scan(&after); err != nil {
					return err
				}
				if after-before != want {
					t.Errorf("%d rows changed for %d entries, want %d", after-before, many, want)
				}
				return lapsed(tx, many) // one more, after the others are written
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.Read(t.Context(), func(tx store.Tx) error {
		rows, err := ledger.From(tx, 1, 1000)
		if len(rows) != 2*(many+1) {
			t.Errorf("%d entries on record, want %d", len(rows), 2*(many+1))
		}
		for i, r := range rows {
			body, err := r.Verify(int64(i + 1))
			if err != nil || body.Fields["number"] != strconv.Itoa(i%(many+1)) {
				t.Fatalf("entry %d is of %s: %v", i+1, body.Fields["number"], err)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
