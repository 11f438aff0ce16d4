package session_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/session"
	"yongxing/models/store"
)

// make32 is a token hash of a test.
func make32(b byte) []byte { return slices.Repeat([]byte{b}, 32) }

func id(n int64) *int64 { return &n }

func row(b byte, kind session.Kind, who int64) session.Session {
	s := session.Session{TokenHash: make32(b), Kind: kind, Data: "{}", BrowserHash: make32(0)}
	if kind == session.Staff {
		s.StaffID = id(who)
	} else {
		s.PersonID = id(who)
	}
	return s
}

func TestSessions(t *testing.T) {
	t.Parallel()
	clock := modeltest.NewClock(modeltest.Start)
	s := modeltest.StoreAt(t, clock)
	write := func(fn func(tx store.Tx) error) {
		t.Helper()
		if err := s.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	// live says which of the hashes 1 to 9 are live.
	live := func() (list []byte) {
		t.Helper()
		write(func(tx store.Tx) error {
			for b := byte(1); b <= 9; b++ {
				_, ok, err := session.Load(tx, make32(b), 0)
				if err != nil {
					return err
				}
				if ok {
					list = append(list, b)
				}
			}
			return nil
		})
		return list
	}
	expect := func(when string, want ...byte) {
		t.Helper()
		if got := live(); !slices.Equal(got, want) {
			t.Errorf("%s: live are %v, want %v", when, got, want)
		}
	}

	write(func(tx store.Tx) error {
		for _, r := range []session.Session{
			row(1, session.Resident, 1), row(2, session.Resident, 1), row(3, session.Resident, 2),
			row(4, session.Staff, 1), row(5, session.Staff, 2),
		} {
			made, err := session.Create(tx, r)
			if err != nil {
				return err
			}
			if _, ok := store.ParseRef(made.Ref); !ok || made.CreatedAt != tx.Millis() || made.ExpiresAt != store.At(tx.Now().Add(r.Kind.Absolute())) {
				t.Errorf("made %+v", made)
			}
		}
		return nil
	})
	expect("created", 1, 2, 3, 4, 5)

	write(func(tx store.Tx) error {
		_, err := session.Rotate(tx, make32(1), row(6, session.Resident, 1))
		return err
	})
	expect("rotated", 2, 3, 4, 5, 6)

	clock.Advance(time.Minute)
	write(func(tx store.Tx) error {
		if err := session.Touch(tx, map[string]store.Millis{string(make32(6)): tx.Millis(), string(make32(8)): tx.Millis()}); err != nil {
			return err
		}
		if err := session.Touch(tx, map[string]store.Millis{string(make32(6)): tx.Millis() - 5}); err != nil {
			return err
		}
		list, err := session.ListOfPerson(tx, 1)
		if err != nil {
			return err
		}
		if len(list) != 2 || list[0].TokenHash[0] != 6 || list[0].SeenAt != tx.Millis() || list[1].TokenHash[0] != 2 {
			t.Errorf("person 1 has %+v", list)
		}
		if err := session.EndByRef(tx, 2, list[0].Ref, list[1].Ref); !errors.Is(err, fault.Stale) {
			t.Errorf("person 2 ends a session of person 1: %v", err)
		}
		return session.EndByRef(tx, 1, list[1].Ref, list[0].Ref)
	})
	expect("one device ended", 3, 4, 5, 6)

	write(func(tx store.Tx) error { return session.EndAllOfStaff(tx, 1) })
	expect("staff member 1 disabled", 3, 5, 6)
	write(func(tx store.Tx) error { return session.EndAllOfPerson(tx, 1) })
	expect("phone of person 1 detached", 3, 5)
	write(func(tx store.Tx) error { return session.End(tx, make32(9)) })
	expect("nobody signed out", 3, 5)

	clock.Advance(session.Staff.Idle())
	expect("staff idle", 3)
	write(func(tx store.Tx) error {
		if _, ok, err := session.Load(tx, make32(5), tx.Millis()); !ok || err != nil {
			t.Errorf("used just now, though not on record: %v, %v", ok, err)
		}
		if err := session.Sweep(tx); err != nil {
			return err
		}
		var n int
		err := tx.QueryRow("SELECT count(*) FROM session").Scan(&n)
		if n != 2 {
			t.Errorf("%d rows are left after the sweep, want 2: one of staff waits for its absolute end", n)
		}
		return err
	})
}

// An idle session of staff is known until its absolute end, for what came too
// late; no other that has ended is.
func TestLoadIdle(t *testing.T) {
	t.Parallel()
	clock := modeltest.NewClock(modeltest.Start)
	s := modeltest.StoreAt(t, clock)
	one := int64(1)
	idle := func() (list string) {
		t.Helper()
		err := s.Write(t.Context(), func(tx store.Tx) error {
			if err := session.Sweep(tx); err != nil {
				return err
			}
			for i := range byte(4) {
				_, ok, err := session.LoadIdle(tx, make32(i))
				if err != nil {
					return err
				}
				if ok {
					list += string('0' + rune(i))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	err := s.Write(t.Context(), func(tx store.Tx) error {
		for i, row := range []session.Session{
			{Kind: session.Staff, StaffID: &one}, {Kind: session.Staff, StaffID: &one}, {Kind: session.Resident, PersonID: &one}, {Kind: session.Staff},
		} {
			row.TokenHash, row.Data, row.BrowserHash = make32(byte(i)), "{}", make32(9)
			if _, err := session.Create(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := idle(); got != "" {
		t.Errorf("live: %s", got)
	}
	clock.Advance(session.Staff.Idle())
	if got := idle(); got != "01" {
		t.Errorf("idle: %s", got)
	}
	if err := s.Write(t.Context(), func(tx store.Tx) error { return session.End(tx, make32(1)) }); err != nil {
		t.Fatal(err)
	}
	if got := idle(); got != "0" {
		t.Errorf("signed out: %s", got)
	}
	clock.Advance(session.Staff.Absolute())
	if got := idle(); got != "" {
		t.Errorf("past the absolute end: %s", got)
	}
}
