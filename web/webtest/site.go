package webtest

import (
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/models/evidence"
	"yongxing/models/modeltest"
	"yongxing/models/pass"
	"yongxing/models/store"
	"yongxing/web"
	"yongxing/web/session"
)

// Site is a whole portal for one test: a fresh database, a clock that the test
// moves, and the server as one handler.
type Site struct {
	Portal  *models.Portal
	Clock   *modeltest.Clock
	Handler http.Handler
	// Rows is the table of routes.
	Rows []web.Row
	// Log is everything that the portal has logged. When the test ends, nothing that
	// its browsers have said may stand in it.
	Log *LogBook
	// Metrics are what an operator counts by; the same holds for them.
	Metrics http.Handler

	// Gone makes the database go away, Back brings it back; only of NewOnOutage.
	Gone, Back func()

	t    testing.TB
	base *url.URL

	wire   tripwire
	photos string

	mu   sync.Mutex
	kept []*Page
}

// New builds a site whose clock stands at modeltest.Start. It is in demo mode,
// so that one-time codes can be read off the page.
func New(t testing.TB) *Site {
	t.Helper()
	return build(t, kind{demo: true})
}

// Outage is how a database goes away and comes back: modeltest.Outage, Silence.
type Outage = func(t testing.TB, opts *store.Options) (gone, back func())

// NewOnOutage is New with a database that goes away, and comes back, when the test
// says so.
func NewOnOutage(t testing.TB, outage Outage) *Site {
	t.Helper()
	return build(t, kind{demo: true, outage: outage})
}

// NewOnWatch is New with the portal's own watch between it and the clock, as in
// the real program: elapsed is what has passed by a clock that nobody can set.
func NewOnWatch(t testing.TB, elapsed func() time.Duration) *Site {
	t.Helper()
	return build(t, kind{demo: true, elapsed: elapsed})
}

// NewProduction is New without demo mode.
func NewProduction(t testing.TB) *Site {
	t.Helper()
	return build(t, kind{})
}

// kind is what sites differ in.
type kind struct {
	demo    bool
	outage  Outage
	elapsed func() time.Duration
	from    *Snapshot // nil = an empty portal
}

func build(t testing.TB, k kind) *Site {
	t.Helper()
	s := &Site{t: t, Clock: modeltest.NewClock(modeltest.Start), Log: &LogBook{}, base: &url.URL{Scheme: "http", Host: "localhost:8080"}}
	log := slog.New(slog.NewJSONHandler(s.Log, nil))
	t.Cleanup(func() { // after the store has closed
		for _, wrong := range s.wire.inLog(s.Log.String()) {
			t.Errorf("the log: %s", wrong)
		}
	})
	s.photos = filepath.Join(t.TempDir(), "evidence")
	var opts store.Options
	if k.from == nil {
		opts = modeltest.Options(t, s.Clock)
	} else {
		s.Clock.Set(k.from.now)
		s.wire.said = maps.Clone(k.from.said)
		k.from.unpackPhotos(t, s.photos)
		opts = modeltest.OptionsFrom(t, s.Clock, k.from.database)
	}
	opts.Log = log
	if k.outage != nil {
		s.Gone, s.Back = k.outage(t, &opts)
	}
	if k.elapsed != nil {
		watch := store.NewClock(s.Clock.Now, k.elapsed, log)
		watch.Begin(s.Clock.Now())
		opts.Now, opts.Fit = watch.Now, watch.Fit
	}
	st := modeltest.Open(t, opts)
	files, err := evidence.NewFolder(s.photos, st.Keys().Secret("evidence"))
	if err != nil {
		t.Fatal(err)
	}
	s.Portal = &models.Portal{Store: st, Files: files, Pass: pass.NewSigner(st.Keys().Secret("pass")), Log: log,
		Settings: models.Settings{Demo: k.demo, BaseURL: s.base.String()}}
	if err := s.Portal.EnsureRulebook(t.Context()); err != nil {
		t.Fatal(err)
	}
	sessions := session.New(st, session.Options{})
	server := web.New(web.Config{BaseURL: s.base, Rates: Patient(), Log: log}, &handlers.Kit{Portal: s.Portal, Sessions: sessions, Log: log})
	s.Handler, s.Rows, s.Metrics = server.Handler(), server.Rows(), server.MetricsHandler()
	t.Cleanup(func() { // while the store is open
		if wrong := s.wire.inMetrics(s.Metrics); wrong != "" {
			t.Errorf("the metrics: %s", wrong)
		}
	})
	return s
}

// Patient are rates that hold nobody off: the clock of a test stands still while
// it asks for a thousand pages.
func Patient() web.Rates { return web.DefaultRates().Times(1_000_000) }

// Store is the site's database, for looking; tests fill it through stories.
func (s *Site) Store() *store.Store { return s.Portal.Store }

// Keep makes an answer that no address alone gives, such as to a form, one that a
// real browser can look at: Listen serves it, headers and all, at this path.
func (s *Site) Keep(p *Page) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, p)
	return keptPath + strconv.Itoa(len(s.kept)-1)
}

const keptPath = "/kept/"

func (s *Site) keptAt(path string) *Page {
	n, ok := strings.CutPrefix(path, keptPath)
	if i, err := strconv.Atoi(n); ok && err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.kept[i]
	}
	return nil
}

// Browser is a new browser without cookies.
func (s *Site) Browser() *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &Client{t: s.t, site: s, jar: jar, header: http.Header{"User-Agent": {"webtest"}}}
}

// LogBook collects log lines.
type LogBook struct {
	mu   sync.Mutex
	text []byte
}

var _ io.Writer = (*LogBook)(nil)

// Write appends a line.
func (l *LogBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

// String is everything logged so far.
func (l *LogBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
