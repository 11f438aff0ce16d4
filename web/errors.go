package web

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models/fault"
	"yongxing/views/public"
	"yongxing/views/text"
	"yongxing/web/session"
)

// retryAfter is how long a browser is asked to wait when the portal is busy.
const retryAfter = 5 * time.Second

// answer is what the funnel makes of an error.
type answer struct {
	status int
	key    string // catalogue key of the sentence to add, if there is one
	args   []any
	wait   time.Duration
}

// judge is the one table from faults to answers. What it does not know is an
// error of ours: 500, and nothing of it is shown.
func judge(err error) answer {
	var (
		tooLarge *http.MaxBytesError
		many     *fault.TooMany
		invalid  *fault.Invalid
		later    *fault.Later
		conflict *fault.Conflict
		framed   *echo.HTTPError
	)
	switch {
	case errors.As(err, &tooLarge):
		return answer{status: http.StatusRequestEntityTooLarge}
	case errors.As(err, &many):
		return answer{status: http.StatusTooManyRequests, key: many.Key, wait: many.After}
	case errors.As(err, &invalid):
		a := answer{status: http.StatusUnprocessableEntity}
		if errors.As(err, &later) {
			a.status, a.wait = http.StatusServiceUnavailable, later.After
		}
		if len(invalid.Problems) > 0 {
			a.key, a.args = invalid.Problems[0].Key, invalid.Problems[0].Args
		}
		return a
	case errors.As(err, &conflict):
		return answer{status: http.StatusConflict, key: conflict.Key, args: conflict.Args}
	case errors.Is(err, fault.NotFound):
		return answer{status: http.StatusNotFound}
	case errors.Is(err, fault.Forbidden):
		return answer{status: http.StatusForbidden}
	case errors.Is(err, fault.Stale):
		return answer{status: http.StatusConflict}
	case errors.Is(err, fault.Busy), errors.Is(err, fault.Unavailable):
		return answer{status: http.StatusServiceUnavailable, wait: retryAfter}
	case errors.As(err, &framed) && framed.Code >= 400 && framed.Code < 500:
		return answer{status: framed.Code}
	}
	return answer{status: http.StatusInternalServerError}
}

// inWords writes times as the reader's clock has them.
func inWords(t *text.Printer, args []any) []any {
	out := slices.Clone(args)
	for i, a := range out {
		if at, ok := a.(time.Time); ok {
			out[i] = t.DateTime(at)
		}
	}
	return out
}

// residentsDoor is where residents sign in; staff have their own.
const residentsDoor = "/signin"

// door is where whoever asks for this address signs in.
func door(c echo.Context) string {
	if strings.HasPrefix(c.Path(), "/officer/") || strings.HasPrefix(c.Path(), "/staff/") {
		return "/staff/signin"
	}
	return residentsDoor
}

// pageBehind is the page that a signed-out resident asked for, or the one that
// their form stood on: there they go on once they have signed in. "" if there is
// none.
func (s *Server) pageBehind(c echo.Context) string {
	return s.behind(c, func(who audience) bool { return who == residents })
}

// behind is the nearest page for these people at or above the address.
func (s *Server) behind(c echo.Context, serves func(audience) bool) string {
	pattern, path := c.Path(), c.Request().URL.Path
	for who := s.pages[pattern]; who == 0 || !serves(who); who = s.pages[pattern] {
		up := strings.LastIndexByte(pattern, '/')
		if up <= 0 {
			return ""
		}
		pattern, path = pattern[:up], path[:max(0, strings.LastIndexByte(path, '/'))]
	}
	return path
}

// deskCase is the page of the case that an address at the desk is about; "" if it
// is about none. An address that was asked for by the wrong method has no
// parameters, so the path itself is read.
func deskCase(path string) string {
	number, step, _ := strings.Cut(strings.TrimPrefix(path, handlers.DeskPath+"/"), "/")
	if !strings.HasPrefix(path, handlers.DeskPath+"/YS-") || step == "" {
		return ""
	}
	return handlers.DeskPath + "/" + url.PathEscape(number)
}

// backToDesk notes where somebody was at the desk whose session has ended by
// lying idle, so that the door leads back there, and says why they stand before
// it.
func (s *Server) backToDesk(c echo.Context) {
	if _, idle := s.kit.Sessions.Idle(c.Request()); !idle || !strings.HasPrefix(c.Path(), handlers.DeskPath) {
		return
	}
	next := handlers.DeskPath
	switch number := c.Param("number"); {
	case number != "":
		next += "/" + url.PathEscape(number)
	case c.Request().Method == http.MethodGet:
		next = c.Request().URL.RequestURI()
	}
	err := s.kit.Sessions.Pend(c.Response(), c.Request(), session.Staff, session.Pending{Step: session.StepDesk, Next: next})
	if err != nil { // they sign in all the same
		s.cfg.Log.Warn("the way back to the desk is lost", "ref", s.kit.Reference(c), "error", err.Error())
		return
	}
	s.kit.Flash(c, "staff.idle")
}

// fail is the one funnel from errors to pages. It logs an error of ours once,
// with the reference number that the page shows.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if errors.Is(err, fault.SignedOut) {
		to := door(c)
		if to == residentsDoor {
			to = handlers.SignInFor(s.pageBehind(c))
		} else {
			s.backToDesk(c)
		}
		_ = c.Redirect(http.StatusSeeOther, to)
		return
	}
	if errors.Is(err, errNoCookies) {
		page := public.NoCookiesPage{Frame: s.kit.Frame(c, "error.cookies_title"), Door: door(c)}
		page.Problem, page.Staff = true, page.Door != residentsDoor
		_ = s.kit.Render(c, http.StatusForbidden, public.NoCookies(page))
		return
	}
	a := judge(err)
	// A full queue is the portal's own word and is counted; what the database or
	// the disk refuses is for the operator to see.
	if a.status >= 500 && !errors.Is(err, fault.Busy) {
		s.cfg.Log.Error("failed", "ref", s.kit.Reference(c), "route", c.Path(), "error", err.Error())
	}
	if a.status == http.StatusTooManyRequests {
		s.metrics.tooMany.WithLabelValues(a.key).Inc()
	}
	if a.wait > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(a.wait.Seconds()))))
	}
	page := public.ErrorPage{Frame: s.kit.Frame(c, "error.title"), Status: a.status, Reference: s.kit.Reference(c), Minutes: int(math.Ceil(a.wait.Minutes()))}
	if page.Posted && door(c) == residentsDoor {
		page.Path = cmp.Or(s.behind(c, func(audience) bool { return true }), "/") // not every address that takes a form shows a page
		page.Posted = a.status < 500                                              // there reloading sends the form once more, which is what helps
	}
	page.Outage = errors.Is(err, fault.Unavailable) && !errors.Is(err, fault.Busy)
	if a.status == http.StatusRequestEntityTooLarge {
		page.Back = strings.TrimSuffix(c.Request().URL.Path, "/material") // the page that the photo was chosen on
	}
	if a.status == http.StatusConflict || a.status == http.StatusMethodNotAllowed {
		page.Case = deskCase(c.Request().URL.Path)
	}
	if a.key != "" && page.Frame.T.Has(a.key) {
		page.Detail = page.Frame.T.T(a.key, inWords(page.Frame.T, a.args)...)
	}
	if err := s.kit.Render(c, a.status, public.Error(page)); err != nil {
		s.cfg.Log.Error("no error page", "ref", s.kit.Reference(c), "error", err.Error())
		_ = c.String(http.StatusInternalServerError, "500")
	}
}
