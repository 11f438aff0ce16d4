package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/static"
)

// routes is the whole portal on one page: who may come to which address, and
// what answers. Every GET also answers HEAD.
func (s *Server) routes() []route {
	return []route{
		// ---- the machine's own
		{method: http.MethodGet, path: "/healthz", who: everybody, handler: s.healthy},
		{method: http.MethodGet, path: "/readyz", who: everybody, handler: s.ready},
		{method: http.MethodGet, path: "/static/*", who: everybody, handler: echo.WrapHandler(static.Handler())},
	}
}
