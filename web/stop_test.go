package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yongxing/web"
	"yongxing/web/webtest"
)

// A server is told to stop while people connect one after the other. Whoever has
// got through to it is answered.
func TestStop_answersWhoGotThrough(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lets nobody new into the line")
	}
	t.Parallel()
	site := webtest.New(t)
	var answered, broken atomic.Int64
	for range 6 {
		ctx, stop := context.WithCancel(t.Context())
		address := make(chan string, 1)
		ended := make(chan error, 1)
		go func() {
			s := server(site, "http://localhost:8080", web.Config{Addr: "127.0.0.1:0", LastWord: time.Millisecond, Rates: webtest.Patient()})
			ended <- s.Run(ctx, func(a net.Addr) { address <- a.String() })
		}()
		at := <-address
		var people sync.WaitGroup
		for range 16 {
			people.Go(func() {
				for {
					conn, err := net.DialTimeout("tcp", at, 100*time.Millisecond)
					if err != nil {
						return // nobody is there any more
					}
					fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", at)
					res, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil || res.StatusCode != http.StatusOK {
						broken.Add(1)
					} else {
						answered.Add(1)
					}
					conn.Close()
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		stop()
		people.Wait()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if broken.Load() > 0 || answered.Load() < 100 {
		t.Errorf("%d were answered and %d cut off", answered.Load(), broken.Load())
	}
}
