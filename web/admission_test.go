package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/models/modeltest"
	"yongxing/web/session"
)

// queued is a request that waits at a gate.
type queued struct{ in chan bool }

func wait(ctx context.Context, g *gate, c class) queued {
	q := queued{make(chan bool, 1)}
	go func() { q.in <- g.enter(ctx, c) }()
	synctest.Wait()
	return q
}

// state is "waits", "runs" or "shed".
func (q queued) state() string {
	synctest.Wait()
	select {
	case ok := <-q.in:
		q.in <- ok
		if ok {
			return "runs"
		}
		return "shed"
	default:
		return "waits"
	}
}

func want(t *testing.T, what string, q queued, state string) {
	t.Helper()
	if got := q.state(); got != state {
		t.Errorf("%s %s, want %s", what, got, state)
	}
}

func TestGateLetsTheCodeGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, newMetrics())
		want(t, "the first", wait(t.Context(), g, classRest), "runs")
		rest, desk, code := wait(t.Context(), g, classRest), wait(t.Context(), g, classDesk), wait(t.Context(), g, classCode)
		g.leave(classRest)
		want(t, "the code", code, "runs")
		want(t, "the desk", desk, "waits")
		g.leave(classCode)
		want(t, "the desk", desk, "runs")
		g.leave(classDesk)
		want(t, "the rest", rest, "runs")
		g.leave(classRest)
	})
}

// However many of the others come, some slots are left to the code.
func TestGateKeepsSharesFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(8, newMetrics())
		for range 2 {
			want(t, "the rest", wait(t.Context(), g, classRest), "runs")
		}
		want(t, "a third of the rest", wait(t.Context(), g, classRest), "waits")
		for range 2 {
			want(t, "a form", wait(t.Context(), g, classForms), "runs")
		}
		want(t, "a third form", wait(t.Context(), g, classForms), "waits")
		want(t, "an upload", wait(t.Context(), g, classUpload), "waits")
		for range 4 {
			want(t, "the code", wait(t.Context(), g, classCode), "runs")
		}
		want(t, "a ninth", wait(t.Context(), g, classCode), "waits")
		time.Sleep(2 * time.Second) // who waits gives up
	})
}

// Photos take hundreds of milliseconds of a processor: two at once, whatever is
// free.
func TestGateLimitsUploads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(64, newMetrics())
		for range 2 {
			want(t, "a photo", wait(t.Context(), g, classUpload), "runs")
		}
		third := wait(t.Context(), g, classUpload)
		want(t, "a third photo", third, "waits")
		g.leave(classUpload)
		want(t, "the third photo", third, "runs")
	})
}

// A burst is waited for; where a line stands for long, nobody joins it for long,
// and at its end nobody joins it at all.
func TestGateTurnsAwayEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, newMetrics())
		terms := classTerms[classForms]
		wait(t.Context(), g, classForms)
		burst := wait(t.Context(), g, classForms)
		time.Sleep(terms.overload + time.Millisecond)
		want(t, "a burst", burst, "waits")
		time.Sleep(standing)
		late := wait(t.Context(), g, classForms)
		want(t, "one who comes late", late, "waits")
		time.Sleep(terms.overload + time.Millisecond)
		want(t, "one who came late", late, "shed")
		want(t, "a burst", burst, "waits")
		for range terms.line - 1 {
			wait(t.Context(), g, classForms)
		}
		want(t, "one too many", wait(t.Context(), g, classForms), "shed")
		time.Sleep(terms.burst)
		want(t, "a burst that was not met", burst, "shed")

		// The line was empty again: back to normal.
		again := wait(t.Context(), g, classForms)
		time.Sleep(terms.overload + time.Millisecond)
		g.leave(classForms)
		want(t, "one after the storm", again, "runs")
	})
}

// Whoever hangs up leaves the line, and takes no turn from those behind.
func TestGateForgetsWhoLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, newMetrics())
		wait(t.Context(), g, classCode)
		ctx, leave := context.WithCancel(t.Context())
		gone, next := wait(ctx, g, classCode), wait(t.Context(), g, classCode)
		leave()
		want(t, "who left", gone, "shed")
		g.leave(classCode)
		want(t, "the next", next, "runs")
		g.leave(classCode)
		want(t, "a later one", wait(t.Context(), g, classCode), "runs")
	})
}

// A form has a lane of its own, and still comes after the code.
func TestFormsComeAfterTheCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(newMetrics())
		a.reading = newGate(1, a.metrics)
		form, code := route{method: http.MethodPost, class: classForms}, route{method: http.MethodGet, class: classCode}
		sends := func() bool {
			leave, ok := a.enter(t.Context(), form)
			if ok {
				leave()
			}
			return ok
		}
		leave, _ := a.enter(t.Context(), code)
		waiting := wait(t.Context(), a.reading, classCode)
		if !sends() {
			t.Error("turned away because of a burst")
		}
		time.Sleep(standing + time.Millisecond)
		if sends() {
			t.Error("let in while the code waits")
		}
		leave()
		want(t, "the code", waiting, "runs")
		if !sends() {
			t.Error("turned away when nobody waits any more")
		}
		a.reading.leave(classCode)
	})
}

func TestClassesOfRoutes(t *testing.T) {
	t.Parallel()
	s := newBusyServer(t)
	want := map[string]class{
		"GET /code": classCode, "GET /code/fragment": classCode, "GET /static/*": classCode, "GET /v/:token": classVerify, "GET /signin": classForms,
		"POST /declare/check": classForms, "GET /appeal/:number": classForms, "POST /appeal/new/evidence": classUpload,
		"POST /appeal/:number/material": classUpload, "GET /officer/appeals": classDesk, "GET /": classRest, "GET /history": classRest,
		"GET /healthz": classNone, "GET /readyz": classNone,
	}
	for _, r := range s.routes() {
		if r.body == 0 {
			r.body = formLimit
		}
		if c, ok := want[r.method+" "+r.path]; ok && classOf(r) != c {
			t.Errorf("%s %s is of class %d, want %d", r.method, r.path, classOf(r), c)
		}
		delete(want, r.method+" "+r.path)
	}
	if len(want) > 0 {
		t.Errorf("no routes: %v", want)
	}
}

func newBusyServer(t *testing.T) *Server {
	t.Helper()
	st := modeltest.Store(t)
	p := &models.Portal{Store: st}
	base := &url.URL{Scheme: "http", Host: "localhost:8080"}
	return New(Config{BaseURL: base, Log: slog.New(slog.DiscardHandler)}, &handlers.Kit{Portal: p, Sessions: session.New(st, session.Options{}), Log: slog.New(slog.DiscardHandler)})
}

// Turned away is turned away fast, with a page in the reader's language, and
// nothing that a session would be needed for.
func TestShedPage(t *testing.T) {
	t.Parallel()
	s := newBusyServer(t)
	fill := func(g *gate) {
		for c := range classes {
			g.running[c] = 1000
			g.lines[c].waiting = make([]*waiter, classTerms[c].line)
		}
	}
	fill(s.admission.reading)
	fill(s.admission.writing)
	for _, tt := range []struct{ method, path, lang, want string }{
		{"GET", "/code", "zh", "这一次没有打开"},
		{"GET", "/code", "en", "this time yours was not opened"},
		{"GET", "/declare", "zh", "以前保存的内容都在"},
		{"GET", "/officer/appeals", "en", "This step is not done yet"},
		{"GET", "/help", "en", "This step is not done yet"},
		{"HEAD", "/help", "en", ""},
	} {
		req := httptest.NewRequest(tt.method, tt.path, nil)
		req.Header.Set("Accept-Language", tt.lang)
		res := httptest.NewRecorder()
		begun := time.Now()
		s.Handler().ServeHTTP(res, req)
		if took := time.Since(begun); took > 5*time.Second { // far from 50 ms: a test machine may be anything
			t.Errorf("%s: took %v", tt.path, took)
		}
		body := res.Body.String()
		after, _ := strconv.Atoi(res.Header().Get("Retry-After"))
		if res.Code != http.StatusServiceUnavailable || after < 5 || after > 9 || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s: %d, Retry-After %d\n%s", tt.method, tt.path, res.Code, after, body)
		}
		if res.Header().Get("Set-Cookie") != "" || strings.Contains(body, `name="csrf"`) || res.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: headers %v", tt.path, res.Header())
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		res := httptest.NewRecorder()
		s.Handler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, path, nil))
		if res.Code != http.StatusOK {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
}

// Photos are not even read when too many are under way.
func TestUploadsBounded(t *testing.T) {
	t.Parallel()
	a := newAdmission(newMetrics())
	r := route{method: echo.POST, body: photoLimit, class: classUpload}
	var leave []func()
	for {
		done, ok := a.receive(r, -1)
		if !ok {
			break
		}
		leave = append(leave, done)
	}
	if most := uploadBytes / photoLimit; len(leave) != int(most) {
		t.Errorf("%d uploads of unknown length at once, want %d", len(leave), most)
	}
	if _, ok := a.receive(r, 1<<10); !ok {
		t.Error("no room for a small one")
	}
	leave[0]()
	if _, ok := a.receive(r, photoLimit-1<<10); !ok {
		t.Error("what was done is not given back")
	}
	if _, ok := a.receive(route{method: echo.POST, body: formLimit, class: classForms}, 1<<20); !ok {
		t.Error("a form is counted")
	}
}
