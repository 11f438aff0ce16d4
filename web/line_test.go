package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/models/store"
	"yongxing/web"
	"yongxing/web/webtest"
)

// listening is a site's portal on a port of its own, with all of its limits.
func listening(t *testing.T, site *webtest.Site, base string) (address string) {
	t.Helper()
	s := server(site, base, web.Config{Addr: "127.0.0.1:0", Drain: time.Second, Rates: webtest.Patient()})
	ctx, stop := context.WithCancel(context.Background())
	bound, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- s.Run(ctx, func(a net.Addr) { bound <- a }) }()
	select {
	case a := <-bound:
		address = a.String()
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return address
}

// say sends bytes as they are and reads the answer.
func say(t *testing.T, address, what string) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.WriteString(c, what) }()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%.40q: %v", what, err)
	}
	res.Request, _ = http.NewRequest(http.MethodGet, "/", nil)
	return res
}

// What never becomes a request is answered with the same headers as a page, and
// without a word of what was sent.
func TestAnswersBeforeARequest(t *testing.T) {
	t.Parallel()
	address := listening(t, webtest.New(t), "http://localhost:8080")
	for name, c := range map[string]struct {
		send   string
		status int
	}{
		"a header of a hundred kilobytes": {"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("canary", 20_000) + "\r\n\r\n", 431},
		"a header that is none":           {"GET / HTTP/1.1\r\nHost: x\r\ncanary\r\n\r\n", 400},
		"no host":                         {"GET / HTTP/1.1\r\n\r\n", 400},
		"two lengths":                     {"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
		"a length and chunks":             {"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 403},
		"chunks of an unknown kind":       {"POST /signin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: canary\r\n\r\n", 501},
		"a wish":                          {"POST /signin HTTP/1.1\r\nHost: x\r\nExpect: canary\r\nContent-Length: 1\r\n\r\nx", 417},
		"OPTIONS *":                       {"OPTIONS * HTTP/1.1\r\nHost: x\r\nX: canary\r\nConnection: close\r\n\r\n", 404},
		"a method that is no word":        {"G@T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a page":                          {"GET /help HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200},
		"TRACE":                           {"TRACE / HTTP/1.1\r\nHost: x\r\nCookie: canary\r\nConnection: close\r\n\r\n", 405},
	} {
		res := say(t, address, c.send)
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != c.status && (c.status != http.StatusForbidden || res.StatusCode != http.StatusBadRequest) {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, c.status)
		}
		if strings.Contains(string(body), "canary") {
			t.Errorf("%s: the answer repeats what was sent", name)
		}
		wantHeaders(t, res)
	}
}

// What follows a form in chunks is not read, whatever length came with it: a proxy
// that goes by the length would take it for a request of somebody else.
func TestNothingFollowsChunks(t *testing.T) {
	t.Parallel()
	address := listening(t, webtest.New(t), "http://localhost:8080")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	const hidden = "GET /help HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	_, _ = io.WriteString(c, "POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+hidden)
	all, _ := io.ReadAll(c)
	if answers := strings.Count(string(all), "HTTP/1.1 "); answers != 1 {
		t.Errorf("%d answers to one request", answers)
	}
}

// A database that fails is 500 or 503 with every header, a reference, and not a
// word of why; neither is a green.
func TestFailuresShowNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Clock.Advance(2 * time.Second)
	rename := func(from, to string) {
		err := w.Store().Write(t.Context(), func(tx store.Tx) error {
			_, err := tx.Exec("ALTER TABLE " + from + " RENAME TO " + to)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rename("person", "somebody")
	defer rename("somebody", "person") // other tests get the same database on PostgreSQL
	failed := 0
	for _, path := range []string{"/code", "/account", "/history", "/appeal/new"} {
		res := w.green.Do(http.MethodGet, path, "", nil)
		body, _ := io.ReadAll(res.Body)
		wantHeaders(t, res)
		for _, secret := range []string{"person", "SQL", "no such table", "goroutine", "绿码"} {
			if strings.Contains(string(body), secret) && res.StatusCode >= 500 {
				t.Errorf("%s: %d says %q", path, res.StatusCode, secret)
			}
		}
		if res.StatusCode >= 500 {
			failed++
			if !strings.Contains(string(body), "参考号") {
				t.Errorf("%s: %d without a reference", path, res.StatusCode)
			}
		}
	}
	if failed == 0 {
		t.Error("nothing failed: this test proves nothing")
	}
}

// Connections that send and read as slowly as they can keep nobody else waiting,
// and are gone when they close.
func TestSlowClients(t *testing.T) {
	site := webtest.New(t)
	address := listening(t, site, "http://localhost:8080")
	get := func() time.Duration {
		start := time.Now()
		res, err := http.Get("http://" + address + "/help")
		if err != nil {
			t.Error(err)
			return time.Minute
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		return time.Since(start)
	}
	median := func() time.Duration {
		var all []time.Duration
		for range 40 {
			all = append(all, get())
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	quiet := median()
	http.DefaultClient.CloseIdleConnections()
	base := runtime.NumGoroutine()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	var slow sync.WaitGroup
	for i := range 150 {
		slow.Go(func() {
			c, err := net.Dial("tcp", address)
			if err != nil {
				return
			}
			defer c.Close()
			switch i % 3 {
			case 0: // a header, letter by letter
				_, _ = io.WriteString(c, "GET /help HTTP/1.1\r\nHost: x\r\nX-Slow: ")
			case 1: // a body, letter by letter
				_, _ = io.WriteString(c, "POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\nphone=")
			case 2: // many pages asked for, and none read
				_, _ = io.WriteString(c, strings.Repeat("GET /help HTTP/1.1\r\nHost: x\r\n\r\n", 20))
			}
			for ctx.Err() == nil {
				if i%3 < 2 {
					_, _ = io.WriteString(c, "1")
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
	time.Sleep(700 * time.Millisecond) // the pages that are not read have been made
	if busy := median(); busy > 20*quiet+250*time.Millisecond {
		t.Errorf("a page takes %s beside slow clients, %s without", busy, quiet)
	}
	slow.Wait()
	http.DefaultClient.CloseIdleConnections()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > base+20; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), base)
			break
		}
	}
}

// A half sign-in that somebody prepared and planted in another's browser is worth
// nothing once that other has signed in, and neither is a form of before.
func TestPlantedSignInIsWorthNothing(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	attacker, victim := site.Browser(), site.Browser()
	attacker.Get("/signin").Form("/signin").Set("phone", "13800000009").Submit().WantPath("/signin/code")
	planted, browser, form := attacker.Cookie("yx_resident"), attacker.Cookie("yx_browser"), csrf(t, attacker)
	victim.SetCookie("yx_resident", planted)
	victim.SetCookie("yx_browser", browser)
	code := victim.Get("/signin").Form("/signin").Set("phone", "13800000001").Submit().WantPath("/signin/code")
	code.Form("/signin/code").Set("code", code.Text("[data-demo-code]")).Submit().WantPath("/declare")
	if victim.Cookie("yx_resident") == planted {
		t.Fatal("the token is the planted one")
	}
	if reaches(site, "yx_resident", planted, "/declare") {
		t.Error("the planted token is signed in")
	}
	attacker.Get("/declare").WantPath("/signin")
	if res := post(victim, "/signout", map[string][]string{"csrf": {form}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a form of before the sign-in: %d", res.StatusCode)
	}
	victim.Get("/declare").WantPath("/declare")
}
