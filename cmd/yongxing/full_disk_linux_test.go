package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"yongxing/models/identity"
)

// TestDiskFills fills the disk of the data folder: photos are refused first, while
// people declare and officers decide; when it is full to the last byte the reserve
// is given up, and officers go on deciding; with room again all is as before.
func TestDiskFills(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: short")
	}
	t.Parallel()
	fs := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(fs, 0o700); err != nil {
		t.Fatal(err)
	}
	// Of 96 MiB: photos wait below 24, the reserve is 6 and given up below 3.
	if err := syscall.Mount("none", fs, "tmpfs", 0, "size=96m"); err != nil {
		t.Skipf("left out: no disk of its own can be mounted here (%v); TestRoom and TestLittleRoom do without", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(fs, syscall.MNT_DETACH) })
	c := newCity(t)
	c.dir = filepath.Join(fs, "data")
	c.start()
	c.seat()
	ready := c.readyToDecide(8)
	photographer := c.browser("198.51.100.8")
	if err := c.signIn(photographer, "13711112222"); err != nil {
		t.Fatal(err)
	}
	newcomer := c.browser("198.51.100.9")
	if err := c.signIn(newcomer, "13711113333"); err != nil {
		t.Fatal(err)
	}
	const serial = "33020319850131001"
	number := serial + string(identity.CheckSign(serial))
	if err := c.declare(photographer, "13711112222", number); err != nil {
		t.Fatal(err)
	}
	if err := c.accuse(t.Context(), "13711112222", number); err != nil {
		t.Fatal(err)
	}
	c.await("ready\n", true)

	filler := filepath.Join(fs, "filler")
	fill(t, filler, fs, 12<<20)
	c.await("ready, but there is little room on the disk\n", true)
	if _, err := c.explain(photographer, "13711112220"); err == nil || !strings.Contains(err.Error(), "status 503") || !strings.Contains(err.Error(), "暂时收不下照片") {
		t.Errorf("a photo, with little room: %v", err)
	}
	const other = "33020319850131002"
	if err := c.declare(newcomer, "13711113333", other+string(identity.CheckSign(other))); err != nil {
		t.Errorf("a declaration, with little room: %v", err)
	}
	c.decides(ready[:3], "with little room")

	fill(t, filler, fs, 0)
	c.decides(ready[3:], "with no room")
	c.await("ready, but there is little room on the disk\n", false)
	c.codeThroughout(photographer, "with no room", 200*time.Millisecond)

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	c.await("ready\n", true)
	if err := c.show(photographer, "13711112222"); err != nil {
		t.Errorf("a photo, with room again: %v", err)
	}
	c.kill()
	c.count(1)
}

// decides presses the last button of cases on which all hangs.
func (c *city) decides(list []decidable, when string) {
	c.t.Helper()
	for _, d := range list {
		if !c.decideOnce(d) {
			c.t.Errorf("a decision %s is refused", when)
			continue
		}
		c.decided[d.number] = true
	}
}

// await waits until the server says of itself, and the reserve is as, it should be.
func (c *city) await(says string, reserve bool) {
	c.t.Helper()
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		said := ""
		if res, err := http.Get("http://127.0.0.1:" + c.port + "/readyz"); err == nil {
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			said = string(body)
		}
		_, err := os.Stat(filepath.Join(c.dir, "reserve"))
		if said == says && (err == nil) == reserve {
			return
		}
		if time.Since(begun) > 5*time.Second {
			c.t.Fatalf("it says %q, want %q; there is a reserve: %v, want %v", said, says, err == nil, reserve)
		}
	}
}

// fill writes into a file until so much is left on its disk.
func fill(t *testing.T, path, fs string, left uint64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); ; {
		var s syscall.Statfs_t
		if err := syscall.Statfs(fs, &s); err != nil {
			t.Fatal(err)
		}
		if s.Bavail*uint64(s.Bsize) <= left {
			return
		}
		if _, err := f.Write(block); err != nil {
			return // to the last byte
		}
	}
}
