// Package rate says whether somebody comes too fast. It keeps one instant for
// each key (an address, a session) in memory, bounded, on each node: what it
// guards is cheap to do again after a restart. What is dear, a text message or a
// guess at a document, is counted on record instead (models/signin).
package rate

import (
	"hash/maphash"
	"sync"
	"time"
)

// Rate is one request every Every in the long run, and up to Burst at once. The
// zero Rate lets everything through.
type Rate struct {
	Every time.Duration
	Burst int
}

const (
	shards = 64
	// mostKeys bounds what a flood of addresses can make us remember: 64 shards of
	// so many keys are some 30 MB.
	mostKeys = 4096
	// looked is how many keys are looked at to make room for one: a full map must
	// not be walked on each request of a flood.
	looked = 32
)

// Limiter counts by the generic cell rate algorithm: for each key it remembers
// when the requests so far would have been over if they had come evenly. It is
// safe for concurrent use.
type Limiter struct {
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// New makes a limiter that knows nobody.
func New() *Limiter {
	l := &Limiter{seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].until = map[string]time.Time{}
	}
	return l
}

// Take counts a request of key at now and returns 0, or how long it is too early;
// a request that is too early is not counted, so that whoever goes on trying
// waits no longer than who sits still.
func (l *Limiter) Take(key string, r Rate, now time.Time) (wait time.Duration) {
	if r.Every <= 0 || r.Burst <= 0 {
		return 0
	}
	s := &l.shards[maphash.String(l.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	full := time.Duration(r.Burst) * r.Every
	until, known := s.until[key]
	switch {
	case until.Before(now):
		until = now
	case until.Sub(now) > full: // the clock was set back: nobody waits for it to catch up
		until = now.Add(full)
		s.until[key] = until
	}
	until = until.Add(r.Every)
	if over := until.Sub(now) - full; over > 0 {
		return over
	}
	if !known && len(s.until) >= mostKeys {
		s.makeRoom(now)
	}
	s.until[key] = until
	return 0
}

// makeRoom forgets keys that have nothing left to wait for; if it meets none, the
// one that would have the least. A flood from ever new addresses then forgets
// itself first.
func (s *shard) makeRoom(now time.Time) {
	seen, least := 0, ""
	for key, until := range s.until {
		if !until.After(now) {
			delete(s.until, key)
			least = ""
			if seen++; seen >= looked {
				return
			}
			continue
		}
		if least == "" || until.Before(s.until[least]) {
			least = key
		}
		if seen++; seen >= looked {
			break
		}
	}
	if len(s.until) >= mostKeys {
		delete(s.until, least)
	}
}
