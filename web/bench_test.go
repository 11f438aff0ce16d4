package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models/store"
	"yongxing/web"
	"yongxing/web/session"
	"yongxing/web/webtest"
)

// BenchmarkShareOfHello says which share of the requests a second of a bare Echo
// "hello" a page of the portal reaches. Both are asked over real connections by
// the same driver, a process of its own, in turns within one run, because
// machines differ and are shared; each figure is the median of the rounds.
//
// ×cpu is how much processor time the server spends on a request, hello = 1.
// Every request reads its session from the database, as on a day when everybody
// opens their code once; "known session" is the other case, a page and what
// follows it within a second.
func BenchmarkShareOfHello(b *testing.B) {
	portal := serveBench(b)
	hello := serve(b, http.Handler(helloEcho()))
	for _, bench := range []struct {
		name    string
		address string
		asks    asks
	}{
		{"stack", portal.address, asks{path: "/healthz"}},
		{"stack and known session", portal.known, asks{path: "/healthz", cookies: portal.green[:100]}},
		{"stack and session", portal.address, asks{path: "/healthz", cookies: portal.green}},
		{"code page, green", portal.address, asks{path: "/code", cookies: portal.green}},
		{"code page, red", portal.address, asks{path: "/code", cookies: portal.red}},
		{"code fragment", portal.address, asks{path: portal.fragment, cookies: portal.green}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			compare(b, hello, bench.address, bench.asks)
		})
	}
}

// Turns of one comparison: how many, and how long each side is asked in one.
const (
	turns   = 5
	turnFor = 600 * time.Millisecond
)

func compare(b *testing.B, hello, address string, a asks) {
	b.Helper()
	drive(b, address, a, turnFor/2) // warm
	var share, cpu, own, rate, floor []float64
	for range turns {
		h, p := drive(b, hello, asks{path: "/"}, turnFor), drive(b, address, a, turnFor)
		share, cpu = append(share, 100*p.rate/h.rate), append(cpu, p.cpu/h.cpu)
		rate, floor, own = append(rate, p.rate), append(floor, h.rate), append(own, 1e6*p.cpu)
	}
	b.ReportMetric(0, "ns/op") // of a whole comparison: says nothing
	b.ReportMetric(median(rate), "req/s")
	b.ReportMetric(median(floor), "hello-req/s")
	b.ReportMetric(median(share), "%hello")
	b.ReportMetric(median(cpu), "×cpu")
	b.ReportMetric(median(own), "cpu-µs/req")
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// driven is what one turn has shown.
type driven struct{ rate, cpu float64 }

// drive has the driver ask for a while, and charges the requests with what this
// process, the server, has used meanwhile.
func drive(b *testing.B, address string, a asks, during time.Duration) driven {
	b.Helper()
	before := processorTime(b)
	got, took := runDriver(b, address, a, during)
	return driven{rate: float64(got) / took.Seconds(), cpu: (processorTime(b) - before).Seconds() / float64(got)}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func helloEcho() *echo.Echo {
	e := echo.New()
	e.GET("/", func(c echo.Context) error { return c.String(http.StatusOK, "hello") })
	return e
}

// serve serves a handler on a free port of this machine and returns its address.
func serve(b *testing.B, h http.Handler) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(ln) }()
	b.Cleanup(func() { _ = srv.Close() })
	return ln.Addr().String()
}

// benchPortal is a portal as it is served, log lines and all, with sessions of
// somebody green and of somebody red with everything on their page.
type benchPortal struct {
	handler    http.Handler
	address    string
	known      string   // address of the same portal, which remembers sessions
	green, red []string // cookies
	fragment   string   // path of the green one's minute refresh
}

const benchSessions = 1000

func serveBench(b *testing.B) benchPortal {
	b.Helper()
	was := debug.SetGCPercent(200) // as yongxing serve does
	b.Cleanup(func() { debug.SetGCPercent(was) })
	site := codeSite(b)
	green, red := holderOf(b, site, "13800000002", "330206195801010013", "周小丽"), holderOf(b, site, zhangTel, zhang, "张小明")
	green.green(b, site)
	red.red(b, site)
	logFile, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = logFile.Close() })
	log := slog.New(slog.NewJSONHandler(io.Writer(logFile), nil))
	var p benchPortal
	for _, remember := range []int{0, 1} {
		sessions := session.New(site.Store(), session.Options{Remember: remember})
		b.Cleanup(sessions.Close)
		if remember == 0 {
			p.green, p.red = sessionsOf(b, sessions, site.Store(), green.id, benchSessions), sessionsOf(b, sessions, site.Store(), red.id, benchSessions)
		}
		base := &url.URL{Scheme: "http", Host: "localhost:8080"}
		server := web.New(web.Config{Addr: "127.0.0.1:0", BaseURL: base, Rates: webtest.Patient(), Log: log}, &handlers.Kit{Portal: site.Portal, Sessions: sessions, Log: log})
		p.handler = server.Handler()
		p.known, p.address = p.address, run(b, server)
	}
	browser := site.Browser()
	browser.SetCookie("yx_resident", p.green[0])
	p.fragment, _ = browser.Get("/code").Find("[data-renew]").Attr("data-renew")
	if p.fragment == "" {
		b.Fatal("nothing on the green page is renewed")
	}
	return p
}

// run has a server serve on a free port and returns its address.
func run(b *testing.B, server *web.Server) string {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	bound, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- server.Run(ctx, func(a net.Addr) { bound <- a }) }()
	var address string
	select {
	case a := <-bound:
		address = a.String()
	case err := <-ended:
		b.Fatal(err)
	}
	b.Cleanup(func() { stop(); <-ended })
	return address
}

// sessionsOf signs a person in n times and returns the cookies.
func sessionsOf(b *testing.B, sessions *session.Manager, db *store.Store, person int64, n int) []string {
	b.Helper()
	cookies := make([]string, n)
	var group sync.WaitGroup
	for part := range 60 {
		group.Go(func() {
			for i := part; i < n; i += 60 {
				rec := httptest.NewRecorder()
				r := httptest.NewRequest(http.MethodPost, "/signin", nil)
				o, err := sessions.Open(rec, r, session.Resident)
				if err == nil {
					err = db.Write(b.Context(), func(tx store.Tx) error { return o.Row.Begin(tx, person) })
				}
				if err := errors.Join(err, sessions.Opened(rec, r, o, person)); err != nil {
					b.Error(err)
					return
				}
				for _, c := range rec.Result().Cookies() {
					if c.Name == "yx_resident" {
						cookies[i] = c.Value
					}
				}
			}
		})
	}
	group.Wait()
	return cookies
}
