package review

import (
	"math"
	"time"

	"yongxing/models/review/strict"
)

// instant is a point in time in microseconds since 1970 UTC. The engine compares
// and shifts thousands of them for one person; a number does that without the
// zone and the clock reading that a time.Time carries, and its two ends serve as
// "at once" and "never", which also is an end that is open.
type instant int64

const (
	always instant = math.MinInt64
	never  instant = math.MaxInt64

	minute instant = 60_000_000
	hour           = 60 * minute
	oneDay         = 24 * hour
	offset         = 8 * hour // Asia/Shanghai, strict.Zone
)

// day is a calendar day in Asia/Shanghai, counted from 1 January 1970.
type day int64

// noDay is the last day of a window without an end.
const noDay day = math.MaxInt64

func at(t time.Time) instant { return instant(t.UnixMicro()) }

// atOr is at(t), or absent for the zero time.
func atOr(t time.Time, absent instant) instant {
	if t.IsZero() {
		return absent
	}
	return at(t)
}

// time is the zero time for never and always: an outcome says "none" for both.
func (t instant) time() time.Time {
	if t == never || t == always {
		return time.Time{}
	}
	return time.UnixMicro(int64(t)).UTC()
}

// plus leaves never and always where they are.
func (t instant) plus(d instant) instant {
	if t == never || t == always {
		return t
	}
	return t + d
}

func (t instant) day() day {
	if t == never {
		return noDay
	}
	local := t + offset
	d := local / oneDay
	if local%oneDay < 0 {
		d--
	}
	return day(d)
}

func (d day) start() instant {
	if d == noDay {
		return never
	}
	return instant(d)*oneDay - offset
}

// after is 00:00 of the day on which n whole days after d are over.
func (d day) after(n int) instant {
	if d == noDay {
		return never
	}
	return (d + day(n) + 1).start()
}

func (d day) date() time.Time { return d.start().time().In(strict.Zone) }

// window is half open, or an instant if its ends are equal.
type window struct{ from, to instant }

func (w window) contains(t instant) bool {
	return w.from <= t && (t < w.to || w.from == w.to && t == w.from)
}

// overlap is what two windows share; ok is false if that is nothing.
func (w window) overlap(o window) (shared window, ok bool) {
	shared = window{max(w.from, o.from), min(w.to, o.to)}
	if shared.from < shared.to {
		return shared, true
	}
	point := w.from == w.to || o.from == o.to
	return shared, point && shared.from == shared.to && w.contains(shared.from) && o.contains(shared.from)
}

// widened is w with so much more on both sides. An instant takes itself along,
// so that one which drifts by exactly that much is still inside.
func (w window) widened(by instant) window {
	if w.from == w.to {
		return window{w.from - by, w.to + by + 1}
	}
	return window{w.from - by, w.to.plus(by)}
}

// includes says whether all of o lies in w; an open end only in an open end.
func (w window) includes(o window) bool {
	if o.from == o.to {
		return w.contains(o.from)
	}
	return w.from <= o.from && o.to <= w.to
}

// last is the last day of the window: that of the instant just before its end.
func (w window) last() day {
	switch {
	case w.to == never:
		return noDay
	case w.to > w.from:
		return (w.to - 1).day()
	}
	return w.from.day()
}
