package modeltest

import (
	"bytes"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"yongxing/models/store"
)

// Line is the way to a PostgreSQL server, which a test cuts, or lets nothing
// through any more without a word.
type Line struct {
	t        testing.TB
	server   string
	silent   atomic.Bool
	commits  atomic.Int64 // until the one whose answer is lost
	mu       sync.Mutex
	listener net.Listener
	ends     []net.Conn
}

// LineTo is a line to the database of opts; it is what opts name afterwards.
func LineTo(t testing.TB, opts *store.Options) *Line {
	t.Helper()
	address, err := url.Parse(opts.URL)
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{t: t, server: address.Host}
	if address.Port() == "" {
		l.server += ":5432"
	}
	l.listen("127.0.0.1:0")
	t.Cleanup(l.Stop)
	address.Host = l.listener.Addr().String()
	query := address.Query()
	query.Set("sslmode", "disable")
	address.RawQuery = query.Encode()
	opts.URL = address.String()
	return l
}

func (l *Line) listen(address string) {
	l.t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.listener = listener
	go l.serve(listener)
}

func (l *Line) serve(listener net.Listener) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.server)
		if err != nil {
			_ = near.Close()
			continue
		}
		l.mu.Lock()
		l.ends = append(l.ends, near, far)
		l.mu.Unlock()
		go l.relay(near, far)
		go func() {
			l.relay(far, near)
			_ = near.Close()
		}()
	}
}

func (l *Line) relay(to, from net.Conn) {
	defer func() {
		if !l.silent.Load() { // else not even its end is heard
			_ = to.Close()
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if l.silent.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
		if bytes.Contains(buffer[:n], []byte("commit\x00")) && l.commits.Add(-1) == 0 {
			return
		}
	}
}

// Cut ends all that is connected now.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.ends {
		_ = c.Close()
	}
	l.ends = nil
}

// LoseAnswer cuts a connection when it has brought the nth commit from now on to
// the server, and before it brings the answer back.
func (l *Line) LoseAnswer(nth int64) { l.commits.Store(nth) }

// Silence lets nothing through from now on, and says nothing.
func (l *Line) Silence() { l.silent.Store(true) }

// Speak ends that; what was connected is not any more.
func (l *Line) Speak() {
	l.silent.Store(false)
	l.Cut()
}

// Stop is a server that was stopped: what is connected ends, and nobody answers.
func (l *Line) Stop() {
	_ = l.listener.Close()
	l.Cut()
}

// Start is the server again, at the same address.
func (l *Line) Start() {
	l.t.Helper()
	l.listen(l.listener.Addr().String())
}

// Silence makes the server of opts vanish without a word, and come back.
func Silence(t testing.TB, opts *store.Options) (gone, back func()) {
	t.Helper()
	l := LineTo(t, opts)
	return l.Silence, l.Speak
}

// Outage makes the database of opts go, and come back: the server stops, or the
// file is moved away. Call it before the database is opened.
func Outage(t testing.TB, opts *store.Options) (gone, back func()) {
	t.Helper()
	if Postgres() {
		l := LineTo(t, opts)
		return l.Stop, l.Start
	}
	path := filepath.Join(opts.Dir, "yongxing.db")
	move := func(from, to string) func() {
		return func() {
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
	}
	return move(path, path+".away"), move(path+".away", path)
}
