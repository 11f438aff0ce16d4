package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models/fault"
	"yongxing/web/rate"
)

// Rates are how fast one address, or one session where somebody is signed in, may
// come. They hold off machines, not people: a family behind one address, or a
// company whose two thousand people open their codes at eight, must not notice
// them. Whoever is signed in is counted by their session alone, so that nobody is
// kept from their code by a neighbour on the same network.
type Rates struct {
	Pages     rate.Rate // looked at without signing in, by address
	Checks    rate.Rate // passes checked, by address
	Doors     rate.Rate // forms sent without being signed in, by address
	StaffDoor rate.Rate // the staff's: each try costs a password hash
	Reads     rate.Rate // looked at while signed in, by session
	Forms     rate.Rate // sent while signed in, by session
	Uploads   rate.Rate // photos, by session
}

// DefaultRates are those of an installation. What costs more than a page (text
// messages, guesses, photos a day, appeals a day) has budgets on record besides.
func DefaultRates() Rates {
	return Rates{
		Pages:     rate.Rate{Every: 20 * time.Millisecond, Burst: 1000},
		Checks:    rate.Rate{Every: 50 * time.Millisecond, Burst: 300},
		Doors:     rate.Rate{Every: 500 * time.Millisecond, Burst: 120},
		StaffDoor: rate.Rate{Every: 3 * time.Second, Burst: 30},
		Reads:     rate.Rate{Every: 50 * time.Millisecond, Burst: 400},
		Forms:     rate.Rate{Every: 500 * time.Millisecond, Burst: 120},
		Uploads:   rate.Rate{Every: 10 * time.Second, Burst: 20},
	}
}

// Times are rates so many times as high, for a machine that plays many people.
func (r Rates) Times(n int) Rates {
	for _, one := range []*rate.Rate{&r.Pages, &r.Checks, &r.Doors, &r.StaffDoor, &r.Reads, &r.Forms, &r.Uploads} {
		one.Every, one.Burst = max(1, one.Every/time.Duration(n)), one.Burst*n
	}
	return r
}

// pace is how fast one route may be asked for: by a session, and by an address
// where nobody is signed in. Routes of one name share their rate.
type pace struct {
	signedIn, anonymous named
}

type named struct {
	name string
	rate rate.Rate // zero = never held off
}

// paceOf is the pace of a row of the table. A new row is held to the rates of its
// kind without a word.
func (s *Server) paceOf(r route) pace {
	rates := s.cfg.Rates
	door := named{"staff door", rates.StaffDoor}
	var p pace
	switch {
	case r.free:
		return p
	case r.method == http.MethodPost && r.path == "/staff/signin":
		return pace{door, door}
	case r.method == http.MethodPost:
		p = pace{named{"forms", rates.Forms}, named{"doors", rates.Doors}}
	default:
		p = pace{named{"reads", rates.Reads}, named{"pages", rates.Pages}}
	}
	if r.class == classUpload {
		p.signedIn = named{"uploads", rates.Uploads}
	}
	if r.class == classVerify {
		p.anonymous = named{"checks", rates.Checks}
	}
	return p
}

// keepPace holds off who comes too fast. The staff's door is counted by address
// whoever knocks: signed in or not, passwords are guessed at from somewhere.
func (s *Server) keepPace(c echo.Context, p pace) error {
	session, _ := c.Get(handlers.SessionKey).(string)
	by, key, why := p.signedIn, session, "error.fast_account"
	if session == "" || p.signedIn == p.anonymous {
		by, key, why = p.anonymous, c.RealIP(), "error.fast_address"
	}
	if wait := s.limiter.Take(by.name+" "+key, by.rate, s.kit.Now()); wait > 0 {
		return &fault.TooMany{Key: why, After: wait}
	}
	return nil
}
