package web

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"yongxing/models/store"
)

// metrics counts requests by route and status. Routes are the patterns of the
// table, never paths: a path may hold a token or a case number.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	answers  sync.Map // answerKind → answerCounters: looked up once, since it runs on every request
	tooMany  *prometheus.CounterVec

	admitted, turnedAway [classes]prometheus.Counter
	waiting              [classes]prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "yx_http_requests_total", Help: "Requests by route and status."}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "yx_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"route"}),
	}
	admission := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "yx_admission_total", Help: "Requests that were let run, and that were turned away because of overload, by class."}, []string{"class", "verdict"})
	waiting := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "yx_admission_waiting", Help: "Requests that wait for their turn, by class."}, []string{"class"})
	for c, name := range classNames {
		m.admitted[c], m.turnedAway[c] = admission.WithLabelValues(name, "admitted"), admission.WithLabelValues(name, "shed")
		m.waiting[c] = waiting.WithLabelValues(name)
	}
	m.tooMany = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "yx_too_many_total", Help: "Requests held off, by the limit that did (a catalogue key)."}, []string{"limit"})
	m.registry.MustRegister(m.tooMany, admission, waiting, m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// countReveals adds what the portal counts of identities that it did not show.
func (m *metrics) countReveals(refused func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "yx_identity_reveals_refused_total",
		Help: "Looks at whole document numbers refused because an officer's day was used up."}, func() float64 { return float64(refused()) }))
}

// countRoom adds how much room is left on the disk.
func (m *metrics) countRoom(room *store.Room) {
	if room == nil {
		return
	}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "yx_disk_free_bytes", Help: "Room left on the fullest disk of the data folder and the photos."},
			func() float64 {
				if left, known := room.Left(); known {
					return float64(left)
				}
				return math.NaN() // a gap, not a full disk
			}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "yx_disk_low", Help: "1 while so little room is left that photos are refused."},
			func() float64 {
				if room.Low() {
					return 1
				}
				return 0
			}))
}

// countCodes adds how many text messages the day has cost so far. A database that
// does not answer leaves a gap, not a zero.
func (m *metrics) countCodes(today func(context.Context) (int64, error)) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "yx_codes_today", Help: "One-time codes sent by text message since midnight."}, func() float64 {
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		sent, err := today(ctx)
		if err != nil {
			return math.NaN()
		}
		return float64(sent)
	}))
}

type answerKind struct {
	method, route string
	status        int
}

type answerCounters struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
}

// knownMethod is the method as it is counted and logged. One that no route has is
// "other", whatever it calls itself: the client chooses the word, the log keeps
// it, and every label of a counter is kept for ever.
func knownMethod(method string) string {
	if method != http.MethodGet && method != http.MethodHead && method != http.MethodPost {
		return "other"
	}
	return method
}

// count counts an answer.
func (m *metrics) count(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	kind := answerKind{method, route, status}
	found, ok := m.answers.Load(kind)
	if !ok {
		found, _ = m.answers.LoadOrStore(kind, answerCounters{m.requests.WithLabelValues(method, route, strconv.Itoa(status)), m.seconds.WithLabelValues(route)})
	}
	c := found.(answerCounters)
	c.requests.Inc()
	c.seconds.Observe(took.Seconds())
}

// admit counts a verdict of the admission.
func (m *metrics) admit(c class, ok bool) {
	if ok {
		m.admitted[c].Inc()
	} else {
		m.turnedAway[c].Inc()
	}
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
