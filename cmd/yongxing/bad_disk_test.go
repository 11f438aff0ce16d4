package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"yongxing/models/identity"
)

// TestBadDisk fills the disk, and breaks it, while people declare, appeal with
// photos and officers decide. Nobody is told that something is done which is not,
// the code is shown throughout, and everything goes on by itself once the disk is
// well again.
func TestBadDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	c.start() // makes the demo
	c.seat()
	c.kill()
	faults := filepath.Join(t.TempDir(), "faults")
	c.disk = disk(t, c.dir, "faults="+faults)
	c.start()
	person := c.browser("198.51.100.7")
	const serial = "33020319850131001"
	if err := c.signIn(person, "13711112222"); err != nil {
		t.Fatal(err)
	}
	number := serial + string(identity.CheckSign(serial))
	if err := c.declare(person, "13711112222", number); err != nil {
		t.Fatal(err)
	}
	stop := c.populate()
	for _, b := range []struct {
		name, fault string
		refuses     bool // everything that is to be saved
	}{
		{"full", fmt.Sprintf("%d 1", syscall.ENOSPC), true},
		{"broken", fmt.Sprintf("%d 1", syscall.EIO), true},
		{"broken now and then", fmt.Sprintf("%d 7 yongxing.db", syscall.EIO), false},
		{"no room for photos", fmt.Sprintf("%d 1 evidence/", syscall.ENOSPC), false},
	} {
		time.Sleep(500 * time.Millisecond)
		if err := os.WriteFile(faults, []byte(b.fault), 0o600); err != nil {
			t.Fatal(err)
		}
		c.codeThroughout(person, b.name, time.Second)
		if b.refuses {
			c.refusedKindly(person, b.name, number)
		}
		if err := os.Remove(faults); err != nil {
			t.Fatal(err)
		}
		well := time.Now()
		before := c.acks.Load()
		for ; c.acks.Load() == before; time.Sleep(20 * time.Millisecond) {
			if time.Since(well) > 5*time.Second {
				t.Errorf("%s: nothing is saved 5 seconds after the disk is well again: %v", b.name, c.trouble)
				break
			}
		}
		t.Logf("%s: saved again after %s", b.name, time.Since(well).Round(time.Millisecond))
	}
	time.Sleep(time.Second) // what is under way comes to an end
	stop()
	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = c.process.Wait()
	c.disk = nil
	c.count(0)
	for what, times := range c.trouble {
		if strings.Contains(what, "status 500") {
			t.Errorf("%d times %s", times, what)
		}
	}
}

// TestHeldDatabase lets another program hold the database's write lock for 6
// seconds. The code is shown throughout, quickly; whoever saves something is told
// in time that it is not saved; afterwards all goes on, and nothing is lost.
// YX_HELD says for how many seconds; make torture holds it for 30.
func TestHeldDatabase(t *testing.T) {
	held, late := 6*time.Second, time.Second // on a machine that others use too
	if n, err := strconv.Atoi(os.Getenv("YX_HELD")); err == nil {
		held, late = time.Duration(n)*time.Second, 200*time.Millisecond
	} else if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	c.start()
	c.seat()
	const serial = "33020319850131001"
	number := serial + string(identity.CheckSign(serial))
	person := c.browser("198.51.100.7")
	if err := c.signIn(person, "13711112222"); err != nil {
		t.Fatal(err)
	}
	if err := c.declare(person, "13711112222", number); err != nil {
		t.Fatal(err)
	}
	stop := c.populate()
	time.Sleep(time.Second)
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(c.dir, "yongxing.db")+"?_txlock=immediate&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	const answered = 4 * time.Second
	var saving sync.WaitGroup
	var refused atomic.Int64
	for range 4 {
		saving.Go(func() {
			for begun := time.Now(); time.Since(begun) < held-answered; refused.Add(1) {
				sent := time.Now()
				c.refusedKindly(person, "held", number)
				if took := time.Since(sent); took > answered {
					t.Errorf("refused after %s", took)
				}
			}
		})
	}
	times := c.codeThroughout(person, "held", held)
	saving.Wait()
	p99 := quantile(times, .99)
	t.Logf("held for %s: %d codes, p99 %s; %d times told that it is not saved", held, len(times), p99.Round(time.Millisecond/10), refused.Load())
	if p99 > late {
		t.Errorf("of %d codes one in a hundred took %s", len(times), p99)
	}
	before := c.acks.Load()
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	if c.acks.Load() == before {
		t.Errorf("nothing is saved 5 seconds after the lock is gone: %v", c.trouble)
	}
	stop()
	c.kill()
	c.count(1)
}

// codeThroughout looks at a code again and again, and tells how long that took.
func (c *city) codeThroughout(b *browser, when string, most time.Duration) (times []time.Duration) {
	c.t.Helper()
	for begun := time.Now(); time.Since(begun) < most; time.Sleep(10 * time.Millisecond) {
		sent := time.Now()
		if p, err := b.get("/code"); err != nil || p.at != "/code" {
			c.t.Errorf("%s: the code page answers %s, %v", when, p.at, err)
			return times
		}
		took := time.Since(sent)
		if took > time.Second {
			c.t.Errorf("%s: the code page takes %s", when, took)
		}
		times = append(times, took)
	}
	return times
}

// refusedKindly tries to save an answer that cannot be saved.
func (c *city) refusedKindly(b *browser, when, number string) {
	c.t.Helper()
	page, err := b.get("/declare/identity")
	if err != nil {
		c.t.Errorf("%s: %v", when, err)
		return
	}
	values, err := filled(page, "/declare/identity", []string{"name", "陈安", "document_kind", "resident_id", "document_number", number})
	if err != nil {
		c.t.Errorf("%s: %v", when, err)
		return
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.url+"/declare/identity", strings.NewReader(values.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.http.Do(req)
	if err != nil {
		c.t.Errorf("%s: %v", when, err)
		return
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusServiceUnavailable ||
		res.Header.Get("Retry-After") == "" || !strings.Contains(string(said), "以前保存的内容都在") {
		c.t.Errorf("%s: saving is answered with %d, Retry-After %q", when, res.StatusCode, res.Header.Get("Retry-After"))
	}
}
