// Package lastknown remembers what this node last read of the database about
// whom, for the minutes in which the database is gone: people stand at gates with
// their codes then too. It is no cache. Nobody looks into it while the database
// answers, because what is remembered may be out of date at any moment; whoever
// shows something from here says of when it is.
//
// Each node remembers for itself, what it has shown itself, and forgets it when it
// ends. models/last_code_page.go remembers codes with it, web/session who is
// signed in.
package lastknown

import (
	"hash/maphash"
	"sync"
)

// Most is how many are remembered unless somebody says otherwise.
const Most = 50_000

// Memory remembers the last values of a bounded number of keys. Its zero value is
// ready, holds nothing, and takes no memory before something is remembered. It is
// safe for concurrent use.
//
// It keeps two maps: when the young one has half of Most, it becomes the old one,
// whose keys are then dropped. So at least half of Most are remembered, those of
// late, and at no time more than Most, without a list that each look would change.
type Memory[K comparable, V any] struct {
	// Most is how many keys are remembered; 0 stands for the constant.
	Most int

	mu         sync.Mutex
	young, old map[K]V
	forgotten  uint64     // how often something was
	wholly     uint64     // forgotten, when all or some of unknown keys were last
	lately     [64]uint64 // forgotten, when a key of this part was last
}

// seed spreads keys over the parts.
var seed = maphash.MakeSeed()

// part is where it is noted when a key was forgotten. Several keys share one, since
// a note for each would have to be kept for ever.
func (m *Memory[K, V]) part(key K) *uint64 {
	return &m.lately[maphash.Comparable(seed, key)%uint64(len(m.lately))]
}

// Mark is a moment in the life of a Memory.
type Mark uint64

// Mark is the moment now. Whoever is going to read what they remember takes it
// before they read.
func (m *Memory[K, V]) Mark() Mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Mark(m.forgotten)
}

// Remember keeps what was read after since, unless the key was forgotten meanwhile:
// what was read may be from before. One in 64 of the other keys is taken for it.
func (m *Memory[K, V]) Remember(since Mark, key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if Mark(max(m.wholly, *m.part(key))) > since {
		return
	}
	if _, there := m.young[key]; !there && len(m.young) >= m.half() {
		m.young, m.old = nil, m.young
	}
	if m.young == nil {
		m.young = map[K]V{}
	}
	m.young[key] = value
}

// half is how many keys a map may have.
func (m *Memory[K, V]) half() int {
	if m.Most == 0 {
		return Most / 2
	}
	return max(1, m.Most/2)
}

// Recall is what was remembered last, false if nothing is.
func (m *Memory[K, V]) Recall(key K) (value V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value, ok = m.young[key]; !ok {
		value, ok = m.old[key]
	}
	return value, ok
}

// Forget drops a key, and what anybody has read of it before and not yet
// remembered.
func (m *Memory[K, V]) Forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgotten++
	*m.part(key) = m.forgotten
	delete(m.young, key)
	delete(m.old, key)
}

// ForgetIf is Forget of all for which which says so. It looks at every one.
func (m *Memory[K, V]) ForgetIf(which func(V) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgotten++
	m.wholly = m.forgotten
	for _, part := range []map[K]V{m.young, m.old} {
		for key, value := range part {
			if which(value) {
				delete(part, key)
			}
		}
	}
}

// ForgetAll is Forget of every key.
func (m *Memory[K, V]) ForgetAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgotten++
	m.wholly = m.forgotten
	m.young, m.old = nil, nil
}

// Len is how many keys are remembered, one that was remembered anew perhaps twice.
func (m *Memory[K, V]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.young) + len(m.old)
}
