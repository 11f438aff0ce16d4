package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/models/store"
)

// healthy answers as long as the process runs: restarting it would not help
// when only the database is away.
func (s *Server) healthy(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready answers 200 when pages can be served and forms taken, else 503: a balancer
// then sends people to another node. A disk that is nearly full keeps nobody out,
// and is told.
func (s *Server) ready(c echo.Context) error {
	ctx, stop := context.WithTimeout(c.Request().Context(), 2*time.Second)
	defer stop()
	if s.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "stopping\n")
	}
	err := s.kit.Portal.Store.Sound()
	if err == nil {
		err = s.kit.Portal.Store.Read(ctx, func(tx store.Tx) error {
			var rows int // of a table: a number alone would not ask the file
			return tx.QueryRow("SELECT COUNT(*) FROM key_check").Scan(&rows)
		})
	}
	if err != nil {
		return c.String(http.StatusServiceUnavailable, "the database does not answer\n")
	}
	if err := s.kit.Portal.Store.Writable(); err != nil {
		return c.String(http.StatusServiceUnavailable, "the database takes no more writes\n")
	}
	if s.kit.Portal.Room.Low() {
		return c.String(http.StatusOK, "ready, but there is little room on the disk\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
