package lastknown_test

import (
	"sync"
	"testing"

	"yongxing/models/lastknown"
)

func remember(m *lastknown.Memory[int, string], key int, value string) {
	m.Remember(m.Mark(), key, value)
}

func recalls(t *testing.T, m *lastknown.Memory[int, string], want map[int]string) {
	t.Helper()
	for key, value := range want {
		if got, ok := m.Recall(key); got != value || ok != (value != "") {
			t.Errorf("%d: recalls %q (%v), want %q", key, got, ok, value)
		}
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	var m lastknown.Memory[int, string]
	recalls(t, &m, map[int]string{1: ""})
	remember(&m, 1, "a")
	remember(&m, 2, "b")
	remember(&m, 1, "c")
	recalls(t, &m, map[int]string{1: "c", 2: "b", 3: ""})
	m.Forget(1)
	recalls(t, &m, map[int]string{1: "", 2: "b"})
	remember(&m, 3, "b")
	remember(&m, 4, "d")
	m.ForgetIf(func(v string) bool { return v == "b" })
	recalls(t, &m, map[int]string{2: "", 3: "", 4: "d"})
	m.ForgetAll()
	recalls(t, &m, map[int]string{4: ""})
}

// It holds at least half of what it may, those of late, and never more; and what
// is forgotten is so in both halves.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const most = 10
	m := lastknown.Memory[int, string]{Most: most}
	for i := range 1000 {
		remember(&m, i, "x")
		if n := m.Len(); n > most {
			t.Fatalf("%d are remembered of %d", n, most)
		}
		for back := range min(i+1, most/2) {
			if _, ok := m.Recall(i - back); !ok {
				t.Fatalf("after %d, %d is not remembered", i, i-back)
			}
		}
	}
	for i := range 1000 {
		m.Forget(i)
	}
	if n := m.Len(); n != 0 {
		t.Errorf("%d are left", n)
	}
	m.Most = 1
	remember(&m, 1, "x")
	recalls(t, &m, map[int]string{1: "x"})
}

// What was read before something was forgotten is not remembered: it may be from
// before.
func TestMemoryForgetsWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(m *lastknown.Memory[int, string]){
		"one":  func(m *lastknown.Memory[int, string]) { m.Forget(1) },
		"some": func(m *lastknown.Memory[int, string]) { m.ForgetIf(func(string) bool { return false }) },
		"all":  func(m *lastknown.Memory[int, string]) { m.ForgetAll() },
	} {
		var m lastknown.Memory[int, string]
		since := m.Mark()
		forget(&m)
		m.Remember(since, 1, "before")
		if got, ok := m.Recall(1); ok {
			t.Errorf("%s: %q comes back", name, got)
		}
		remember(&m, 1, "after")
		recalls(t, &m, map[int]string{1: "after"})
	}
}

// What others read meanwhile is remembered: a busy node forgets somebody at every
// moment, and would have next to nothing when the database goes.
func TestMemoryForgetsNobodyElse(t *testing.T) {
	t.Parallel()
	const people = 1000
	var m lastknown.Memory[int, string]
	since := m.Mark()
	m.Forget(people)
	for i := range people {
		m.Remember(since, i, "x")
	}
	if n := m.Len(); n < people*9/10 {
		t.Errorf("of %d only %d are remembered", people, n)
	}
	since = m.Mark()
	m.ForgetIf(func(string) bool { return false })
	m.Forget(people)
	for i := people + 1; i < 2*people; i++ {
		m.Remember(since, i, "before")
		recalls(t, &m, map[int]string{i: ""})
	}
}

func TestMemoryIsForMany(t *testing.T) {
	t.Parallel()
	m := lastknown.Memory[int, string]{Most: 100}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 2000 {
				since := m.Mark()
				m.Recall(i % 150)
				m.Remember(since, i%150, "x")
				if i%50 == n {
					m.Forget(i % 150)
				}
			}
		})
	}
	all.Wait()
	if n := m.Len(); n > 100 {
		t.Errorf("%d are remembered", n)
	}
}
