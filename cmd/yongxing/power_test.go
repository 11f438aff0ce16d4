package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestPowerCut takes the power from the machine again and again (see
// testdata/disk.c) while people declare, appeal with photos and officers decide:
// whatever was not flushed is lost, at every other cut a random half of it. What
// was acknowledged is there afterwards, and nothing is there by halves. YX_CUTS
// says how often; make torture cuts 200 times.
func TestPowerCut(t *testing.T) {
	cuts, most := 6, 3000 // changes and flushes of the disk between two cuts
	if n, err := strconv.Atoi(os.Getenv("YX_CUTS")); err == nil {
		cuts, most = n, 7000
	} else if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	c.start() // makes the demo
	c.seat()
	c.kill()
	stop := c.populate()
	for i := range cuts {
		settings := []string{"mode=" + []string{"all", "half"}[i%2], "seed=" + strconv.Itoa(rand.Int()), "cut=" + strconv.Itoa(300+rand.IntN(most))}
		if i%5 == 4 { // while it starts, and puts right what the last cut has left
			settings[2] = "cut=" + strconv.Itoa(1+rand.IntN(60))
		}
		c.cut(settings...)
	}
	c.disk = nil
	c.start()
	time.Sleep(2 * time.Second) // what is under way comes to an end
	stop()
	c.kill()
	c.count(cuts)
	c.proved()
}

// TestPowerCut_lyingDisk: on a disk that answers flushes and does not do them the
// same trial finds losses. Else it could not find any.
func TestPowerCut_lyingDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	c.start()
	c.seat()
	c.kill()
	found := 0
	c.wrong = func(string, ...any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		found++
	}
	stop := c.populate()
	c.cut("mode=all", "lie=1", "cut=3000")
	stop()
	c.disk = nil
	c.count(1)
	if found == 0 {
		t.Error("nothing is missing after a cut on a disk that lies")
	}
}

// cut runs the server on a disk until its power is cut.
func (c *city) cut(settings ...string) {
	c.t.Helper()
	c.disk = disk(c.t, c.dir, settings...)
	c.process = c.command()
	var said strings.Builder
	c.process.Stderr = &said
	if err := c.process.Start(); err != nil {
		c.t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = c.process.Process.Kill() })
	defer late.Stop()
	err := c.process.Wait()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != diskCut {
		c.t.Fatalf("ended with %v before the cut %v: %s", err, settings, tail(said.String()))
	}
}

// tail is the end of a log.
func tail(s string) string { return s[max(0, len(s)-4000):] }
