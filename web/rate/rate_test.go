package rate

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func TestTake(t *testing.T) {
	t.Parallel()
	l, r := New(), Rate{Every: time.Second, Burst: 3}
	for i, c := range []struct {
		key  string
		at   time.Duration
		wait time.Duration
	}{
		{"a", 0, 0}, {"a", 0, 0}, {"a", 0, 0}, {"a", 0, time.Second},
		{"b", 0, 0}, // another key
		{"a", 400 * time.Millisecond, 600 * time.Millisecond}, // trying again costs nothing
		{"a", time.Second, 0}, {"a", time.Second, time.Second},
		{"a", time.Hour, 0}, {"a", time.Hour, 0}, {"a", time.Hour, 0}, {"a", time.Hour, time.Second},
		{"a", 0, time.Second}, // the clock was set back by an hour: the wait is no hour
		{"a", time.Second, 0},
	} {
		if got := l.Take(c.key, r, start.Add(c.at)); got != c.wait {
			t.Errorf("request %d of %s at %s: wait %s, want %s", i, c.key, c.at, got, c.wait)
		}
	}
	for range 10_000 {
		if l.Take("a", Rate{}, start) != 0 {
			t.Fatal("the zero rate holds somebody off")
		}
	}
}

// In no span does anybody get more than the burst and what is due in that span,
// and whoever keeps to the rate is never held off.
func TestTakeNeverExceeds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l, r := New(), Rate{Every: time.Second, Burst: rapid.IntRange(1, 5).Draw(rt, "burst")}
		now, given := start, []time.Time(nil)
		for _, ms := range rapid.SliceOfN(rapid.IntRange(0, 3000), 1, 60).Draw(rt, "between") {
			now = now.Add(time.Duration(ms) * time.Millisecond)
			wait := l.Take("a", r, now)
			if wait == 0 {
				given = append(given, now)
			} else if l.Take("a", r, now.Add(wait)) != 0 {
				rt.Fatalf("held off after the wait of %s", wait)
			} else {
				now = now.Add(wait)
				given = append(given, now)
			}
		}
		for i := range given {
			for j := i; j < len(given); j++ {
				if most := r.Burst + int(given[j].Sub(given[i])/r.Every); j-i+1 > most {
					rt.Fatalf("%d in %s, at most %d", j-i+1, given[j].Sub(given[i]), most)
				}
			}
		}
	})
}

// A flood from ever new addresses takes bounded room, and who waited before it
// still waits.
func TestRoomIsBounded(t *testing.T) {
	t.Parallel()
	l, slow := New(), Rate{Every: time.Hour, Burst: 1}
	if l.Take("guilty", slow, start) != 0 || l.Take("guilty", slow, start) == 0 {
		t.Fatal("no limit")
	}
	for i := range 2 * shards * mostKeys {
		l.Take(fmt.Sprint(i), Rate{Every: time.Millisecond, Burst: 5}, start)
	}
	kept := 0
	for i := range l.shards {
		kept += len(l.shards[i].until)
	}
	if kept > shards*mostKeys || kept < shards*mostKeys/2 {
		t.Errorf("%d keys in memory", kept)
	}
	if l.Take("guilty", slow, start) == 0 {
		t.Error("a flood has made the portal forget who must wait")
	}
}

func BenchmarkTake(b *testing.B) {
	l, r := New(), Rate{Every: time.Nanosecond, Burst: 1000}
	for i := 0; b.Loop(); i++ {
		l.Take("192.0.2.7", r, start.Add(time.Duration(i)))
	}
}
