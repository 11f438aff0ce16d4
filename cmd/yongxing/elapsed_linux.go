package main

import (
	"time"

	"golang.org/x/sys/unix"
)

var programStart = time.Now()

// elapsed is the time since the machine started, by a clock that nobody can set.
// Unlike Go's own it goes on while the machine sleeps: after a night of sleep the
// time of day has not jumped.
func elapsed() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return time.Since(programStart)
	}
	return time.Duration(t.Nano())
}
