package web

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models/store"
)

// contentPolicy allows what pages are made of and nothing else: own styles, own
// scripts, own pictures. No page has inline style, script or handler.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// front is one layer around every request: its reference number, the headers
// that stand on every answer, the language and large-type choices, the log line
// and the counters. One layer and not five, since it runs on every code page.
func (s *Server) front(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		start, req := time.Now(), c.Request()
		ref := store.Ref()
		c.Set(handlers.ReferenceKey, ref)
		maps.Copy(c.Response().Header(), s.headers)
		// No browser sends chunks, and of a request with chunks and a length net/http
		// keeps the chunks without a word: a proxy that went by the length would take
		// what follows for somebody else's request. Nothing follows.
		if s.draining.Load() || len(req.TransferEncoding) > 0 {
			c.Response().Header().Set("Connection", "close")
		}
		defer func() {
			if p := recover(); p != nil {
				s.cfg.Log.Error("panic", "ref", ref, "route", c.Path(), "value", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				err = fmt.Errorf("panic in %s", c.Path())
			}
			if err != nil {
				c.Error(err) // the funnel writes the page, so that the line below has its status
				err = nil
			}
			took, method := time.Since(start), knownMethod(req.Method)
			s.metrics.count(method, c.Path(), c.Response().Status, took)
			if limit, ok := c.Get(handlers.HeldKey).(string); ok {
				s.metrics.tooMany.WithLabelValues(limit).Inc()
			}
			s.cfg.Log.LogAttrs(req.Context(), slog.LevelInfo, "request", slog.String("ref", ref), slog.String("method", method),
				slog.String("route", c.Path()), slog.Int("status", c.Response().Status), slog.Duration("took", took))
		}()
		if done, err := s.choices(c); done {
			return err
		}
		return next(c)
	}
}

// headersOf are the headers of every answer, errors and files included. All
// answers share the lists of values: whoever wants another value sets it, nobody
// appends.
func headersOf(https bool) http.Header {
	h := http.Header{
		"Content-Security-Policy":      {contentPolicy},
		"X-Content-Type-Options":       {"nosniff"},
		"Referrer-Policy":              {"no-referrer"},
		"X-Frame-Options":              {"DENY"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"geolocation=(), microphone=(), camera=()"},
		"Cache-Control":                {"no-store"},
	}
	if https {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	return h
}

func (s *Server) https() bool { return s.cfg.BaseURL != nil && s.cfg.BaseURL.Scheme == "https" }

// choices keeps what ?lang= and ?elder= ask for in cookies and goes to the same
// page without them, so that the choice is not in the history twice.
func (s *Server) choices(c echo.Context) (done bool, err error) {
	req := c.Request()
	if req.Method != http.MethodGet && req.Method != http.MethodHead || req.URL.RawQuery == "" {
		return false, nil
	}
	query := req.URL.Query()
	lang, elder := query.Get("lang"), query.Get("elder")
	if lang == "" && elder == "" {
		return false, nil
	}
	switch lang {
	case "en", "zh":
		s.kit.Choose(c, handlers.LanguageCookie, lang)
	}
	switch elder {
	case "0", "1":
		s.kit.Choose(c, handlers.LargeTypeCookie, elder)
	}
	query.Del("lang")
	query.Del("elder")
	to := url.URL{Path: req.URL.Path, RawQuery: query.Encode()}
	target := to.String()
	if len(target) > 1 && (target[1] == '/' || target[1] == '\\') { // never to another host
		target = "/"
	}
	return true, c.Redirect(http.StatusSeeOther, target)
}
