package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// clientAddress is the address that limits are counted by: the peer, or behind
// a configured proxy the last address in X-Forwarded-For that is not a proxy.
// What stands left of it is the client's own word and counts for nothing.
func (s *Server) clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if !s.isProxy(addr) {
		return network(addr)
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop
		if !s.isProxy(hop) {
			break
		}
	}
	return network(addr)
}

// network is what limits are counted by: an IPv4 address, or of IPv6 the /64 that
// one subscriber has for themselves.
func network(a netip.Addr) string {
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	prefix, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a.String()
	}
	return prefix.String()
}

func (s *Server) isProxy(a netip.Addr) bool {
	a = a.Unmap()
	for _, p := range s.cfg.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
