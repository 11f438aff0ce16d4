package web

import "net/http"

// MetricsHandler is what Config.MetricsAddr serves.
func (s *Server) MetricsHandler() http.Handler { return s.metrics.handler() }
