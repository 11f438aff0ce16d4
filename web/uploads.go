package web

import (
	"fmt"
	"sync"

	"github.com/labstack/echo/v4"

	"yongxing/models/fault"
)

// uploadsOfOne is how many photos of one person may be on their way in at once:
// nobody on a slow line, or on purpose, takes all the room that admission gives
// to photos.
const uploadsOfOne = 2

// uploads are the photos that are on their way in now, by person.
type uploads struct {
	mu sync.Mutex
	of map[int64]int
}

// enter takes a place before a single byte of the photo is read; fault.Busy if
// there is none.
func (u *uploads) enter(person int64) (leave func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of[person] >= uploadsOfOne {
		return nil, fmt.Errorf("photos on their way in: %w", fault.Busy)
	}
	if u.of == nil {
		u.of = map[int64]int{}
	}
	u.of[person]++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.of[person]--; u.of[person] == 0 {
			delete(u.of, person)
		}
	}, nil
}

// photoPlace is a place for the photo of whoever asks, if they have one left and
// the pictures that wait to be decoded leave hope for one more: ten megabytes are
// not taken from a phone only to be refused.
func (s *Server) photoPlace(c echo.Context, r route) (leave func(), err error) {
	if r.class != classUpload {
		return func() {}, nil
	}
	if s.kit.Portal.Files.Full() {
		return nil, fmt.Errorf("pictures wait to be decoded: %w", fault.Busy)
	}
	return s.uploads.enter(s.kit.Person(c))
}
