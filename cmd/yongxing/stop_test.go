package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
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

// TestStopsUnderLoad: people are asking, and one of them sends a photo over a
// slow line, when the program is told to stop. Nobody's request is broken.
func TestStopsUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	c.start()
	slow := c.slowly(t, 2*time.Second)
	var asked atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var people sync.WaitGroup
	for i := range 8 {
		people.Go(func() {
			b := c.browser(fmt.Sprintf("198.51.100.%d", i))
			for ctx.Err() == nil {
				// Posted, because a client asks again by itself for what it only reads.
				_, err := b.post("/signin", "application/x-www-form-urlencoded", strings.NewReader("phone=13800000001&csrf=none"))
				switch {
				case err != nil && strings.Contains(err.Error(), "status 403"): // an answer, to a wrong token
					asked.Add(1)
				case !neverArrived(err):
					t.Error(err)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
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
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("stopped after %s", took)
	}
	stop()
	people.Wait()
	if asked.Load() < 50 {
		t.Errorf("%d answers: that is no load", asked.Load())
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
