package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/handlers/public"
	"yongxing/handlers/resident"
	"yongxing/static"
)

// routes is the whole portal on one page: who may come to which address, and
// what answers. Every GET also answers HEAD.
func (s *Server) routes() []route {
	all, own := public.New(s.kit), resident.New(s.kit)
	return []route{
		// ---- everybody
		{method: http.MethodGet, path: "/", who: everybody, handler: all.Home},
		{method: http.MethodGet, path: "/help", who: everybody, handler: all.Help},
		{method: http.MethodGet, path: "/privacy", who: everybody, handler: all.Privacy},
		{method: http.MethodGet, path: "/accessibility", who: everybody, handler: all.Accessibility},
		{method: http.MethodGet, path: "/v/:token", who: everybody, handler: all.Verify},
		{method: http.MethodGet, path: "/V/:token", who: everybody, handler: all.Verify},

		// ---- a resident's own code
		{method: http.MethodGet, path: "/code", who: residents, handler: own.CodePage},
		{method: http.MethodGet, path: "/code/show", who: residents, handler: own.CodeShow},
		{method: http.MethodGet, path: "/code/fragment", who: residents, handler: own.CodeFragment},
		{method: http.MethodGet, path: "/history", who: residents, handler: own.History},

		// ---- the machine's own
		{method: http.MethodGet, path: "/healthz", who: everybody, handler: s.healthy},
		{method: http.MethodGet, path: "/readyz", who: everybody, handler: s.ready},
		{method: http.MethodGet, path: "/static/*", who: everybody, handler: echo.WrapHandler(static.Handler())},
	}
}
