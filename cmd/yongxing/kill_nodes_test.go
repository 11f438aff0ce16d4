package main

import (
	"io"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"yongxing/models/modeltest"
)

// TestKilledNodes kills one of two nodes on one PostgreSQL database, again and
// again, while people are served by both in turn. Whoever has begun at the one
// goes on at the other, jobs of a dead node are taken over, and afterwards
// everything that was acknowledged is there, once.
func TestKilledNodes(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("about PostgreSQL")
	}
	kills := 4
	first, second := newCity(t), newCity(t)
	first.database = modeltest.Options(t, modeltest.NewClock(modeltest.Start)).URL
	second.database, second.first = first.database, first
	front := httptest.NewServer(inTurn(t, first.url, second.url))
	defer front.Close()
	first.url, second.url = front.URL, front.URL
	first.start()
	shareDemo(t, first.dir, second.dir)
	second.start()
	defer second.kill()
	first.seat()
	stop := first.populate()
	for i := range kills {
		time.Sleep(time.Duration(300+rand.IntN(900)) * time.Millisecond)
		node := []*city{first, second}[i%2]
		node.kill()
		time.Sleep(300 * time.Millisecond) // the other has it all
		node.start()
	}
	time.Sleep(3 * time.Second) // what is under way comes to an end
	stop()
	first.kill()
	first.count(kills)
	first.proved()
}

// inTurn hands requests to one node and then the other, as a proxy without
// sticky sessions does.
func inTurn(t *testing.T, addresses ...string) *httputil.ReverseProxy {
	t.Helper()
	var nodes []*url.URL
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, u)
	}
	var n atomic.Int64
	quiet := log.New(io.Discard, "", 0) // a node that is down is what this is about
	return &httputil.ReverseProxy{ErrorLog: quiet, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(nodes[int(n.Add(1))%len(nodes)])
		r.Out.Host = r.In.Host
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	}}
}

// shareDemo tells the second node that the demo is there already.
func shareDemo(t *testing.T, from, to string) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(from, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "demo.json"), body, 0o600); err != nil {
		t.Fatal(err)
	}
}
