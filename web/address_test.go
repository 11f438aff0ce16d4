package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	s := &Server{cfg: Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for _, tt := range []struct{ name, peer, forwarded, want string }{
		{"direct", "192.0.2.7:4000", "", "192.0.2.7"},
		{"direct, and says otherwise", "192.0.2.7:4000", "203.0.113.9", "192.0.2.7"},
		{"behind the proxy", "10.0.0.1:4000", "203.0.113.9", "203.0.113.9"},
		{"behind two proxies", "10.0.0.1:4000", "203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"behind the proxy, with a word of its own", "10.0.0.1:4000", "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		{"one subscriber's IPv6", "[2001:db8:1:2:3::4]:4000", "", "2001:db8:1:2::/64"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.7]:4000", "", "192.0.2.7"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := s.clientAddress(r); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
