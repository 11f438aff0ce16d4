package store

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"yongxing/models/fault"
)

// clockStep is how far the machine's clock may be set at once for the portal to
// follow: what a time server corrects is less.
const clockStep = 5 * time.Minute

// Clock is the portal's own watch. It follows the machine's clock, but not when
// that jumps: a code must not turn green, nor a session come back to life, because
// somebody set a clock. It knows a jump by what has passed meanwhile, which is
// counted by a clock that nobody can set.
//
// A jump that is meant is taken over when the portal starts anew. Until then the
// log says so each minute, and Jumped tells.
type Clock struct {
	wall    func() time.Time
	elapsed func() time.Duration
	log     *slog.Logger

	mu     sync.Mutex
	begun  bool
	own    time.Time     // the portal's time …
	at     time.Duration // … when so much had passed
	jumped bool
	behind bool // at the start, and not since put right
	said   time.Duration
}

// NewClock makes a clock that simply tells wall until Begin. elapsed is the time
// that has passed since any fixed moment.
func NewClock(wall func() time.Time, elapsed func() time.Duration, log *slog.Logger) *Clock {
	return &Clock{wall: wall, elapsed: elapsed, log: log}
}

// Begin makes the clock its own from now on. last is the time of the newest entry
// on record, zero if there is none: the portal's time never lies before it, and
// while the machine's lies more than a few minutes before it, Fit is an error.
func (c *Clock) Begin(last time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun, c.own, c.at, c.said = true, c.wall(), c.elapsed(), c.elapsed()
	if last.After(c.own) {
		c.behind = last.Sub(c.own) > clockStep
		c.own = last
	}
	c.jumped = c.behind
	if c.jumped {
		c.warn()
	}
}

// Now is the portal's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall()
	if !c.begun {
		return wall
	}
	passed := c.elapsed()
	own := c.own.Add(passed - c.at)
	off := wall.Sub(own)
	was := c.jumped
	if c.jumped = off > clockStep || off < -clockStep; !c.jumped {
		c.own, c.at, c.behind = wall, passed, false
		if was {
			c.log.Info("the machine's clock is right again")
		}
		return wall
	}
	if !was || passed-c.said >= time.Minute {
		c.said = passed
		c.warn()
	}
	return own
}

func (c *Clock) warn() {
	c.log.Error("the machine's clock was set: the portal goes by its own until the two agree or it is started anew",
		"machine", c.wall().UTC(), "behind_the_record", c.behind)
}

// Jumped tells whether the machine's clock was set and not followed.
func (c *Clock) Jumped() bool {
	c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jumped
}

// Fit says why nothing may be written now, nil if it may: a portal that started
// under a clock that lies before what is on record would put it out of order.
func (c *Clock) Fit() error {
	c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.behind {
		return fmt.Errorf("the machine's clock is behind the newest entry on record: %w", fault.Unavailable)
	}
	return nil
}
