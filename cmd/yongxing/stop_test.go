package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"yongxing/models/store"
)

// TestStopsInOrder: after SIGTERM a form that is still on its way is answered,
// nothing new is let in, and the program ends by itself.
func TestStopsInOrder(t *testing.T) {
	c := newCity(t)
	c.start()
	conn, err := net.Dial("tcp", "127.0.0.1:"+c.port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := "phone=13800000001&csrf=none"
	fmt.Fprintf(conn, "POST /signin HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", c.port, len(body), body[:10])
	time.Sleep(200 * time.Millisecond) // the server reads it

	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	if late, err := net.Dial("tcp", "127.0.0.1:"+c.port); err == nil {
		late.Close()
		t.Error("somebody new is let in")
	}
	fmt.Fprint(conn, body[10:])
	status, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(status, "403") { // the form's token is wrong: an answer all the same
		t.Errorf("answered %q, %v", status, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.process.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		c.kill()
		t.Error("it does not end")
	}
}

// TestStopsUnderLoad: people are asking, messages go out to a slow gateway, and
// somebody sends a photo over a slow line, when the program is told to stop.
// Nobody's request is broken, no message is left behind as if it were still under
// way, and none goes out twice. YX_STOPS says how often it is stopped and started
// again; make torture does it 20 times under 300 requests a second.
func TestStopsUnderLoad(t *testing.T) {
	stops := 1
	if n, err := strconv.Atoi(os.Getenv("YX_STOPS")); err == nil {
		stops = n
	} else if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	gateway := newGateway(t)
	c.gateway = gateway.URL
	c.start()
	ctx, end := context.WithCancel(t.Context())
	load := c.press(ctx, 300)
	var longest time.Duration
	for range stops {
		slow := c.slowly(t, 2*time.Second)
		time.Sleep(500 * time.Millisecond)
		begun := time.Now()
		if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := <-slow; err != nil {
			t.Errorf("the slow one: %v", err)
		}
		if err := c.process.Wait(); err != nil {
			t.Errorf("ended with %v", err)
		}
		longest = max(longest, time.Since(begun))
		c.noJobAtWork()
		c.start()
	}
	end()
	load.all.Wait()
	c.kill()
	if longest > 10*time.Second {
		t.Errorf("stopped after %s", longest)
	}
	again := gateway.again()
	if again > 0 {
		t.Errorf("%d messages went out twice", again)
	}
	if load.asked.Load() < int64(50*stops) || load.codes.Load() == 0 {
		t.Errorf("%d answers and %d codes: that is no load", load.asked.Load(), load.codes.Load())
	}
	t.Logf("%d stops, the longest %s; %d requests answered, %d found nobody, %d codes asked for; %d broken", stops, longest.Round(time.Millisecond),
		load.asked.Load(), load.nobody.Load(), load.codes.Load(), load.broken.Load())
}

// load is what people ask for whether or not anybody is there.
type load struct {
	all                          sync.WaitGroup
	asked, nobody, codes, broken atomic.Int64
}

// press has so many requests sent in a second until ctx ends, and somebody sign in
// now and then. A request that was taken up and not answered is broken.
func (c *city) press(ctx context.Context, rate int) *load {
	l := &load{}
	broken := func(err error) {
		if neverArrived(err) {
			l.nobody.Add(1)
			return
		}
		l.broken.Add(1)
		c.t.Error(err)
	}
	const people = 16
	for i := range people {
		l.all.Go(func() {
			b := c.browser(fmt.Sprintf("198.51.100.%d", i))
			for next := time.NewTicker(people * time.Second / time.Duration(rate)); ctx.Err() == nil; <-next.C {
				// Posted, because a client asks again by itself for what it only reads.
				_, err := b.post("/signin", "application/x-www-form-urlencoded", strings.NewReader("phone=13800000001&csrf=none"))
				if err != nil && strings.Contains(err.Error(), "status 403") { // an answer, to a wrong token
					l.asked.Add(1)
				} else {
					broken(err)
				}
			}
		})
	}
	l.all.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			b := c.browser(fmt.Sprintf("198.52.%d.%d", n/250, n%250))
			p, err := b.get("/signin")
			if err == nil {
				p, err = b.send(p, "/signin", "phone", fmt.Sprintf("133%08d", n))
			}
			if err == nil && p.at == "/signin/code" {
				l.codes.Add(1)
			} else {
				broken(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	return l
}

// gateway takes messages, longer for each than the program needs to stop.
type gateway struct {
	*httptest.Server
	mu    sync.Mutex
	taken map[string]int
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{taken: map[string]int{}}
	g.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		time.Sleep(2500 * time.Millisecond)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.taken[string(body)]++
	}))
	t.Cleanup(g.Close)
	return g
}

// again is how many messages came more than once.
func (g *gateway) again() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, times := range g.taken {
		n += times - 1
	}
	return n
}

// noJobAtWork looks for jobs that the queue takes for being worked on, though
// nobody is there: they would wait for a minute.
func (c *city) noJobAtWork() {
	c.t.Helper()
	s := placeIn(c.dir).reader(c.t)
	defer s.Close()
	var kinds string
	err := s.Read(c.t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT COALESCE(GROUP_CONCAT(kind), '') FROM river_job WHERE state = 'running'").Scan(&kinds)
	})
	if err != nil || kinds != "" {
		c.t.Errorf("left as if at work: %s, %v", kinds, err)
	}
}

// neverArrived tells that there was no connection: nobody is there any more, or
// the listener closed before it took this one up.
func neverArrived(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" && (errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET))
}

// TestStopsAtOnce: a second signal does not wait for anybody.
func TestStopsAtOnce(t *testing.T) {
	c := newCity(t)
	c.start()
	c.slowly(t, time.Minute)
	for range 2 {
		time.Sleep(300 * time.Millisecond)
		if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	_ = c.process.Wait()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("ended %s after the second signal", took)
	}
}

// slowly begins to send a form, and ends after a time; the channel tells how that
// was answered.
func (c *city) slowly(t *testing.T, within time.Duration) <-chan error {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+c.port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	body := "phone=13800000001&csrf=none&photo=" + strings.Repeat("x", 20_000)
	fmt.Fprintf(conn, "POST /signin HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", c.port, len(body))
	answered := make(chan error, 1)
	go func() {
		const parts = 20
		for i := range parts {
			if _, err := fmt.Fprint(conn, body[i*len(body)/parts:(i+1)*len(body)/parts]); err != nil {
				answered <- err
				return
			}
			time.Sleep(within / parts)
		}
		status, err := bufio.NewReader(conn).ReadString('\n')
		if err == nil && !strings.Contains(status, " 403 ") { // the token is wrong: an answer all the same
			err = errors.New(status)
		}
		answered <- err
	}()
	return answered
}
