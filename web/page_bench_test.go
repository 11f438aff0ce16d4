package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// discard is the cheapest answer to write into.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkPage is what the portal itself spends on an answer, without the
// sockets around it: the number to look at while working on a page, and the one
// to profile.
func BenchmarkPage(b *testing.B) {
	portal := serveBench(b)
	for _, bench := range []struct {
		name, path string
		cookies    []string
	}{
		{"stack", "/healthz", nil},
		{"stack and session", "/healthz", portal.green},
		{"green", "/code", portal.green},
		{"red", "/code", portal.red},
		{"fragment", portal.fragment, portal.green},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime(b)
			for i := 0; b.Loop(); i++ {
				r := httptest.NewRequest(http.MethodGet, bench.path, nil)
				r.Header.Set("Accept-Encoding", "gzip")
				if len(bench.cookies) > 0 {
					c := bench.cookies[i%len(bench.cookies)]
					r.Header.Set("Cookie", "yx_resident="+c+"; yx_browser="+c)
				}
				portal.handler.ServeHTTP(&discard{http.Header{}}, r)
			}
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/op")
		})
	}
}
