// Package web is the server and everything that is true of every request: the
// table of routes, who may come in, limits, headers, the two request-forgery
// checks, the way from an error to a page, and an orderly end.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/web/rate"
)

// Config is what an installation decides about its server.
type Config struct {
	// Addr is where pages are served, such as ":8080".
	Addr string
	// MetricsAddr is where /metrics is served; a loopback address. Empty = not.
	MetricsAddr string
	// BaseURL is the address that people use; https makes cookies Secure and
	// adds HSTS.
	BaseURL *url.URL
	// Proxies are the networks whose X-Forwarded-For is believed. None = the
	// peer's own address counts.
	Proxies []netip.Prefix
	// Drain is how long requests in flight may take after the signal to stop.
	Drain time.Duration
	// LastWord is how long connections in use are answered with the word that
	// they will be closed, before they are.
	LastWord time.Duration
	// Rates are how fast anybody may come; the zero value is DefaultRates.
	Rates Rates
	Log   *slog.Logger
}

// Limits of the HTTP server. A phone on a bad line needs seconds for a page and
// up to two minutes for a photo; nobody needs more.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 120 * time.Second
	writeTimeout      = 150 * time.Second
	idleTimeout       = 90 * time.Second
	maxHeaderBytes    = 16 << 10
)

// Server serves the portal.
type Server struct {
	cfg       Config
	kit       *handlers.Kit
	echo      *echo.Echo
	metrics   *metrics
	admission *admission
	limiter   *rate.Limiter
	uploads   uploads
	busy      busyPages
	headers   http.Header // on every answer, see headersOf
	cross     *http.CrossOriginProtection
	pages     map[string]audience // by pattern: what shows a page, and to whom
	// draining is set once the server is to stop.
	draining atomic.Bool
}

// New builds the server with all its routes.
func New(cfg Config, kit *handlers.Kit) *Server {
	if cfg.LastWord == 0 {
		cfg.LastWord = 500 * time.Millisecond
	}
	if cfg.Drain == 0 {
		cfg.Drain = 8 * time.Second
	}
	if cfg.Rates == (Rates{}) {
		cfg.Rates = DefaultRates()
	}
	s := &Server{cfg: cfg, kit: kit, echo: echo.New(), metrics: newMetrics(), limiter: rate.New(), cross: http.NewCrossOriginProtection(), pages: map[string]audience{}}
	s.admission = newAdmission(s.metrics)
	s.metrics.countReveals(kit.Portal.RevealsRefused)
	s.metrics.countRoom(kit.Portal.Room)
	s.metrics.countCodes(kit.Portal.CodesToday)
	if cfg.BaseURL != nil {
		// Behind a proxy that ends TLS the Host header may lack the port or
		// scheme that the browser's Origin carries.
		_ = s.cross.AddTrustedOrigin(cfg.BaseURL.Scheme + "://" + cfg.BaseURL.Host)
	}
	s.headers = headersOf(s.https())
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = s.clientAddress
	e.HTTPErrorHandler = s.fail
	e.Use(s.front)
	for _, r := range s.routes() {
		s.add(r)
	}
	return s
}

// Handler is the whole portal as one http.Handler.
func (s *Server) Handler() http.Handler { return s.echo }

// MetricsHandler is what Config.MetricsAddr serves.
func (s *Server) MetricsHandler() http.Handler { return s.metrics.handler() }

// Run serves until ctx ends, then lets requests in flight finish within
// Config.Drain. Ready is called with the bound address once it listens.
func (s *Server) Run(ctx context.Context, ready func(net.Addr)) error {
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // a socket of several paths takes no filter, see quiet
	ln, err := plain.Listen(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return err
	}
	servers := []*http.Server{s.server(s.echo)}
	ended := make(chan error, 2)
	go func() { ended <- servers[0].Serve(dress(ln, s.headers)) }()
	if s.cfg.MetricsAddr != "" {
		mln, err := net.Listen("tcp", s.cfg.MetricsAddr)
		if err != nil {
			_ = servers[0].Close()
			return err
		}
		servers = append(servers, s.server(s.MetricsHandler()))
		go func() { ended <- servers[1].Serve(mln) }()
	}
	if ready != nil {
		ready(ln.Addr())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	// Nobody new comes in. Whoever is connected is told that this answer is the
	// last, so that nobody sends a request into a connection that is being closed.
	quiet(ln)
	_ = ln.Close()
	s.draining.Store(true)
	time.Sleep(s.cfg.LastWord)
	drain, stop := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Drain)
	defer stop()
	var errs []error
	for _, srv := range servers {
		if err := srv.Shutdown(drain); err != nil && !errors.Is(err, net.ErrClosed) { // the listener is closed already
			errs = append(errs, err, srv.Close())
		}
	}
	return errors.Join(errs...)
}

func (s *Server) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelWarn),
		// OPTIONS * is a request like others: net/http would answer it bare.
		DisableGeneralOptionsHandler: true,
	}
}
