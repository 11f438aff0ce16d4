package web

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models/fault"
)

// audience says who may come in by a route. Its zero value is not an audience,
// so that a row without one is refused when the server is built.
type audience int

const (
	_ audience = iota
	// everybody may come, signed in or not.
	everybody
	// residents are persons signed in for themselves.
	residents
	// staff are signed in with login, password and TOTP; which of them may do
	// what is asked by the story (models/staff).
	staff
)

// route is one row of the table.
type route struct {
	method string
	path   string
	who    audience
	body   int64 // most bytes of a posted body; 0 = formLimit
	part   bool  // of a page: nobody is led back to it
	free   bool  // held to no rate (pace.go): for balancers, and for files that cost nothing
	// last is for the pages that stand while the database is gone: they show what
	// this node remembers.
	last    bool
	handler echo.HandlerFunc
	// keep takes the form of a member of staff whose session has ended by lying
	// idle, so that what they typed is not lost; nil = it is.
	keep  func(c echo.Context, staffID int64) error
	class class // filled in by add
}

// formLimit is enough for every form without a file.
const formLimit = 64 << 10

func (s *Server) add(r route) {
	if r.who == 0 || r.handler == nil {
		panic("web: route without audience or handler: " + r.method + " " + r.path)
	}
	if r.body == 0 {
		r.body = formLimit
	}
	r.class = classOf(r)
	s.echo.Add(r.method, r.path, s.guard(r))
	if r.method == http.MethodGet {
		if !r.part {
			s.pages[r.path] = r.who
		}
		s.echo.Add(http.MethodHead, r.path, s.guard(r))
	}
}

// guard lets in whom the row names: who it is, how fast they come, where the
// request comes from, how large it is, and whether the form is ours, in this
// order; and no more at once than can be answered. A form has its turn only when it is here, since a
// phone on a bad line takes minutes to send one.
func (s *Server) guard(r route) echo.HandlerFunc {
	pace := s.paceOf(r)
	if r.method == http.MethodPost {
		return func(c echo.Context) error {
			outside := s.identify(c, r)
			if err := s.keepPace(c, pace); err != nil {
				return err
			}
			if outside != nil {
				return s.late(c, r, outside)
			}
			received, ok := s.admission.receive(r, c.Request().ContentLength)
			if !ok {
				return s.shed(c, r.class)
			}
			defer received()
			leave, err := s.photoPlace(c, r)
			if err != nil {
				return err
			}
			defer leave()
			if err := s.ownForm(c, r.body, s.kit.Sessions.CheckCSRF); err != nil {
				return err
			}
			return s.admitted(c, r, r.handler)
		}
	}
	return func(c echo.Context) error {
		return s.admitted(c, r, func(c echo.Context) error {
			outside := s.identify(c, r)
			if err := s.keepPace(c, pace); err != nil {
				return err
			}
			if outside != nil {
				return outside
			}
			return r.handler(c)
		})
	}
}

// late is a form of somebody who is not signed in. If their session at the desk
// has ended by lying idle, and the form is of that session, the route may keep
// what they typed; nothing else is done, and they are led to the door.
func (s *Server) late(c echo.Context, r route, signedOut error) error {
	staffID, ok := s.kit.Sessions.Idle(c.Request())
	if r.keep == nil || !ok {
		return signedOut
	}
	received, ok := s.admission.receive(r, c.Request().ContentLength)
	if !ok {
		return s.shed(c, r.class)
	}
	defer received()
	if s.ownForm(c, r.body, s.kit.Sessions.CheckIdleCSRF) != nil {
		return signedOut
	}
	return s.admitted(c, r, func(c echo.Context) error {
		if err := r.keep(c, staffID); err != nil {
			return err
		}
		return signedOut
	})
}

func (s *Server) admitted(c echo.Context, r route, handler echo.HandlerFunc) error {
	leave, ok := s.admission.enter(c.Request().Context(), r)
	if !ok {
		return s.shed(c, r.class)
	}
	defer leave()
	return handler(c)
}

// identify leaves the signed-in person and member of staff in the context and
// refuses who is not of the audience.
func (s *Server) identify(c echo.Context, r route) error {
	if r.who != staff {
		in, ok := s.kit.Sessions.Resident(c.Request())
		if !ok && r.last {
			var until time.Time
			if in, until, ok = s.kit.Sessions.LastKnown(c.Request()); ok {
				c.Set(handlers.LastInKey, until)
			}
		}
		if ok {
			c.Set(handlers.PersonKey, in.PersonID)
			c.Set(handlers.SessionKey, in.Ref)
		}
	}
	if r.who != residents {
		if in, ok := s.kit.Sessions.Staff(c.Request()); ok {
			c.Set(handlers.StaffKey, in.StaffID)
			c.Set(handlers.SessionKey, in.Ref)
			c.Set(handlers.UntilKey, in.Until)
		}
	}
	switch {
	case r.who == residents && s.kit.Person(c) == 0, r.who == staff && s.kit.StaffID(c) == 0:
		return cmp.Or(s.kit.Sessions.Trouble(c.Request()), fault.SignedOut)
	}
	return nil
}

// ownForm holds the two checks against forged requests: where the browser says
// that the request comes from, and a token of this session in the form. Old
// in-app browsers send neither header, new ones make the first check strong.
func (s *Server) ownForm(c echo.Context, limit int64, ours func(*http.Request, string) bool) error {
	req := c.Request()
	if err := s.cross.Check(req); err != nil {
		return fault.Forbidden
	}
	req.Body = http.MaxBytesReader(c.Response(), req.Body, limit)
	if err := handlers.ParseBody(req); err != nil {
		return err
	}
	if tokens := req.PostForm[handlers.CSRFField]; len(tokens) != 1 || !ours(req, tokens[0]) {
		if err := s.kit.Sessions.Trouble(req); err != nil {
			return err
		}
		if !s.kit.Sessions.Known(req) {
			return errNoCookies
		}
		return fault.Forbidden
	}
	return nil
}

// errNoCookies is a form of a browser that sent no cookie with it: its person
// needs other words than whoever was sent here by another site.
var errNoCookies = fmt.Errorf("the browser keeps no cookies: %w", fault.Forbidden)

// Row is a row of the table of routes as others may read it: the tests visit
// every one.
type Row struct {
	Method, Path string
	// SignedIn tells that only residents or staff may come.
	SignedIn bool
}

// Rows lists the table of routes.
func (s *Server) Rows() []Row {
	var rows []Row
	for _, r := range s.routes() {
		rows = append(rows, Row{Method: r.method, Path: r.path, SignedIn: r.who != everybody})
	}
	return rows
}
