//go:build !linux

package main

import "time"

var programStart = time.Now()

// elapsed is the time since the program started, by a clock that nobody can set.
func elapsed() time.Duration { return time.Since(programStart) }
