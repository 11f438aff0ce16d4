package store_test

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// While a server that has vanished is away nobody waits for it, and when it is
// back all goes on. One that says no is not away, and one that was stopped is asked
// each time.
func TestServerAway(t *testing.T) {
	onlyPostgres(t)
	opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
	l := modeltest.LineTo(t, &opts)
	s := modeltest.Open(t, opts)
	until := func(what string, ok func() bool) {
		t.Helper()
		for begun := time.Now(); !ok(); time.Sleep(20 * time.Millisecond) {
			if time.Since(begun) > 15*time.Second {
				t.Fatal(what)
			}
		}
	}
	both := map[string]func() error{
		"read":  func() error { return s.Read(t.Context(), one) },
		"write": func() error { return s.Write(t.Context(), one) },
	}
	l.Silence()
	until("nobody notices that it is away", func() bool { return s.Sound() != nil })
	for name, do := range both {
		begun := time.Now()
		for range 50 {
			if err := do(); !errors.Is(err, fault.Unavailable) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("%s waits: %s for 50", name, took)
		}
	}
	l.Speak()
	until("nobody notices that it is back", func() bool { return s.Sound() == nil })
	for _, do := range both {
		until("it does not go on", func() bool { return do() == nil })
	}
	l.Stop()
	time.Sleep(3 * time.Second)
	if err := s.Sound(); err != nil {
		t.Errorf("a server that was stopped says so itself: %v", err)
	}
	l.Start()
	for _, do := range both {
		until("it does not go on after a stop", func() bool { return do() == nil })
	}
}

// A read that has begun before Close finishes: no server is away.
func TestCloseLetsReadsFinish(t *testing.T) {
	onlyPostgres(t)
	s, err := store.Open(t.Context(), modeltest.Options(t, modeltest.NewClock(modeltest.Start)))
	if err != nil {
		t.Fatal(err)
	}
	begun, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Read(t.Context(), func(tx store.Tx) error {
			close(begun)
			var slept string
			return tx.QueryRow("SELECT CAST(pg_sleep(1) AS TEXT)").Scan(&slept)
		})
	}()
	<-begun
	time.Sleep(100 * time.Millisecond) // until the server sleeps
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("a read that had begun: %v", err)
	}
}
