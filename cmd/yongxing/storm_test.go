package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yongxing/models"
	"yongxing/models/identity"
	"yongxing/web/admin"
)

// TestStorm asks five times as much as the server can answer, as people do: they
// do not wait for each other. What is asked first of all, the code, is answered;
// others are told at once to come later; and afterwards all is as before.
// YX_STORM says for how many seconds; make torture asks for 60. The short form
// has three tries: on a machine that others use too, their work spoils one.
func TestStorm(t *testing.T) {
	seconds, tries := 3, 3
	if n, err := strconv.Atoi(os.Getenv("YX_STORM")); err == nil {
		seconds, tries = n, 1
	} else if testing.Short() {
		t.Skip("left out: short")
	}
	s := newStorm(t)
	s.closed(8, time.Second/2, s.codes) // warms up
	var wrong []string
	for range tries {
		if wrong = s.try(time.Duration(seconds) * time.Second); len(wrong) == 0 {
			break
		}
		t.Logf("spoilt: %s", strings.Join(wrong, "; "))
	}
	for _, w := range wrong {
		t.Error(w)
	}
	if seconds > 10 { // the code page alone, beyond what two processors can do
		code := s.closed(8, time.Second, s.codes).rate("code")
		only := s.open(5*code, 10*time.Second, s.codes)
		t.Logf("the code page alone at 5 times its capacity: %.0f %% of the peak answered, %s", 100*only.good()/only.took.Seconds()/code, only)
		if !s.calm() {
			t.Error("five seconds after it not all is answered")
		}
	}
}

// try is one storm; it returns what is wrong with how it went.
func (s *storm) try(during time.Duration) (wrong []string) {
	s.t.Helper()
	find := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	code := s.closed(8, time.Second, s.codes).rate("code")
	peak := s.closed(6, 3*time.Second, s.mix) // so few that nothing is turned away
	capacity := peak.good() / peak.took.Seconds()
	s.t.Logf("capacity: %.0f requests a second of the mix (%s), %.0f of the code page alone", capacity, peak, code)

	// The code page has to be answerable at all, on a machine that others use too.
	rate := min(5*capacity, code/2)
	storm := s.open(rate, during, s.mix)
	s.t.Logf("%.0f a second asked for, %.1f times the capacity: %s", rate, rate/capacity, storm)
	s.t.Logf("goodput %.0f %% of the peak, memory of the server %d MiB", 100*storm.good()/storm.took.Seconds()/capacity, s.memory())
	answered, least := .9, .5 // on a machine that others use too
	if during > 10*time.Second {
		answered, least = .99, .8
	}
	ok, got := storm.share("code"), storm.good()/storm.took.Seconds()
	find(ok < answered || ok <= storm.share("upload"), "the code was answered to %.1f %%, photos to %.1f %%", 100*ok, 100*storm.share("upload"))
	find(len(storm.shed) == 0, "nothing was turned away: this was no storm")
	find(got < least*min(capacity, rate), "%.0f a second were answered, of %.0f", got, capacity)
	// Met in 50 ms when the machine is the server's own; this one may be anybody's.
	late := quantile(storm.shed, .5)
	find(late > 500*time.Millisecond, "turned away after %v", late)
	find(s.memory() > 512, "the server takes %d MiB", s.memory())
	find(storm.hasty > 0, "%d were turned away without being told when to come again", storm.hasty)
	find(!s.calm(), "five seconds after the storm not all is answered")
	return wrong
}

// TestCodePageBesideWork measures how long the code page takes while nothing else
// happens, and while facts are imported, photos come in and people declare. It is
// part of make torture: the figures mean something only on a machine that does
// nothing else.
func TestCodePageBesideWork(t *testing.T) {
	if os.Getenv("YX_STORM") == "" {
		t.Skip("make torture runs it")
	}
	s := newStorm(t)
	const during = 8 * time.Second
	s.closed(8, time.Second, s.codes)
	quiet := s.open(100, during, s.codes)
	t.Logf("quiet: %s", quiet)
	for _, beside := range []struct {
		name string
		work []func(stop <-chan struct{})
	}{
		{"an import of facts", []func(<-chan struct{}){s.importing}},
		{"photos", []func(<-chan struct{}){s.repeating(3, func(a asker) []byte { return a.upload })}},
		{"declarations", []func(<-chan struct{}){s.repeating(8, func(a asker) []byte { return a.declare })}},
		{"all of these", []func(<-chan struct{}){s.importing,
			s.repeating(3, func(a asker) []byte { return a.upload }), s.repeating(8, func(a asker) []byte { return a.declare })}},
	} {
		stop := make(chan struct{})
		var all sync.WaitGroup
		for _, work := range beside.work {
			all.Go(func() { work(stop) })
		}
		time.Sleep(300 * time.Millisecond)
		busy := s.open(100, during, s.codes)
		close(stop)
		all.Wait()
		p99 := quantile(busy.times["code"], .99)
		t.Logf("beside %s: %.1f times the quiet p99, %s", beside.name, float64(p99)/float64(quantile(quiet.times["code"], .99)), busy)
		if p99 > 100*time.Millisecond || busy.share("code") < 1 {
			t.Errorf("beside %s: %s", beside.name, busy)
		}
	}
}

// repeating lets so many send the same form again and again.
func (s *storm) repeating(askers int, form func(asker) []byte) func(stop <-chan struct{}) {
	return func(stop <-chan struct{}) {
		var all sync.WaitGroup
		for i := range askers {
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, _ = s.send(form(s.people[i%len(s.people)])) // only the code is measured
					}
				}
			})
		}
		all.Wait()
	}
}

// importing imports one file of facts after the other.
func (s *storm) importing(stop <-chan struct{}) {
	for n := 0; ; n++ {
		var file strings.Builder
		file.WriteString("source,upstream,document_number,kind,class,place,from,to\n")
		for i := range 10_000 {
			serial := fmt.Sprintf("33020319%02d0101%03d", 40+i/1000, i%1000)
			fmt.Fprintf(&file, "carrier,S-%d-%d,%s%c,stay,stayed,330203,2026-11-01 08:00,2026-11-01 12:%02d\n", n, i, serial, identity.CheckSign(serial), n%60)
		}
		select {
		case <-stop:
			return
		default:
		}
		var report models.Report
		if err := admin.Call(s.t.Context(), filepath.Join(s.dir, "admin.sock"), admin.ImportFacts, strings.NewReader(file.String()), &report); err != nil || report.Refused > 0 {
			s.t.Errorf("import: %d refused, %v", report.Refused, err)
			return
		}
	}
}

// storm is a server and what is asked of it.
type storm struct {
	*city
	people []asker
	conns  chan net.Conn // idle
}

// asker has the requests of one person, ready to be sent.
type asker struct{ code, declare, appeal, upload []byte }

func newStorm(t *testing.T) *storm {
	t.Helper()
	s := &storm{city: newCity(t), conns: make(chan net.Conn, 4096)}
	s.start()
	t.Cleanup(func() {
		s.kill()
		for len(s.conns) > 0 {
			(<-s.conns).Close()
		}
	})
	picture := noise()
	for i := range 4 {
		serial := fmt.Sprintf("33020319850101%03d", 100+i)
		number, phone := serial+string(identity.CheckSign(serial)), fmt.Sprintf("1390000%04d", i)
		b := s.browser(fmt.Sprintf("198.18.0.%d", i))
		a, err := s.prepare(b, phone, number, picture)
		if err != nil {
			t.Fatal(err)
		}
		s.people = append(s.people, a)
	}
	return s
}

// prepare takes somebody to where their requests can be repeated: declared, with
// another declaration and an appeal begun.
func (s *storm) prepare(b *browser, phone, number string, picture []byte) (a asker, err error) {
	if err = errors.Join(s.signIn(b, phone), s.declare(b, phone, number), s.accuse(s.t.Context(), phone, number)); err != nil {
		return a, err
	}
	p, err := b.get("/appeal/new")
	if err != nil {
		return a, err
	}
	items, _ := p.Find("input[name='items[]']").Attr("value")
	if p, err = b.send(p, "/appeal/new", "items[]", items, "ground.1", "moved"); err != nil {
		return a, err
	}
	statement, err := filled(p, "/appeal/new/statement", []string{"statement", "十月底已经搬走"})
	if err != nil {
		return a, err
	}
	if p, err = b.send(p, "/appeal/new/statement", "statement", "十月底已经搬走"); err != nil {
		return a, err
	}
	evidence, err := filled(p, "/appeal/new/evidence", []string{"kind", "lease", "do", "add"})
	if err != nil {
		return a, err
	}
	if p, err = b.get("/declare/residence"); err != nil {
		return a, err
	}
	residence, err := filled(p, p.at, []string{"offered", "330203", "district", "330203", "street", "330203005", "community", "秀水社区", "detail", number[12:]})
	if err != nil {
		return a, err
	}
	form, kind := uploadBody(evidence, picture)
	const encoded = "application/x-www-form-urlencoded"
	return asker{
		code:    b.raw("GET", "/code", "", nil),
		declare: b.raw("POST", p.at, encoded, []byte(residence.Encode())),
		appeal:  b.raw("POST", "/appeal/new/statement", encoded, []byte(statement.Encode())),
		upload:  b.raw("POST", "/appeal/new/evidence", kind, form),
	}, nil
}

// raw is a request as it goes over the line.
func (b *browser) raw(method, path, kind string, body []byte) []byte {
	var r bytes.Buffer
	at, _ := url.Parse(b.base)
	fmt.Fprintf(&r, "%s %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\nX-Forwarded-For: %s\r\n", method, path, at.Host, b.address)
	var cookies []string
	for _, c := range b.http.Jar.Cookies(at) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	fmt.Fprintf(&r, "Cookie: %s\r\n", strings.Join(cookies, "; "))
	if method == http.MethodPost {
		fmt.Fprintf(&r, "Content-Type: %s\r\nContent-Length: %d\r\n", kind, len(body))
	}
	r.WriteString("\r\n")
	r.Write(body)
	return r.Bytes()
}

// noise is a photo of two million pixels that a phone might have taken.
func noise() []byte {
	img := image.NewYCbCr(image.Rect(0, 0, 1600, 1200), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = uint8(i/1600/8 + rand.IntN(24))
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}) // into memory: never fails
	return b.Bytes()
}

// ask is a request to be sent.
type ask struct {
	class string
	raw   []byte
}

func (s *storm) someone() asker { return s.people[rand.IntN(len(s.people))] }

func (s *storm) codes() ask { return ask{"code", s.someone().code} }

// mix is what a day of many people is made of.
func (s *storm) mix() ask {
	a := s.someone()
	switch n := rand.IntN(100); {
	case n < 92:
		return ask{"code", a.code}
	case n < 97:
		return ask{"declare", a.declare}
	case n < 99:
		return ask{"appeal", a.appeal}
	}
	return ask{"upload", a.upload}
}

// tally is what came of many requests.
type tally struct {
	mu     sync.Mutex
	took   time.Duration
	asked  map[string]int
	times  map[string][]time.Duration // of those that were answered
	shed   []time.Duration            // of those that were turned away
	hasty  int                        // turned away without Retry-After
	failed map[string]int
}

func newTally() *tally {
	return &tally{asked: map[string]int{}, times: map[string][]time.Duration{}, failed: map[string]int{}}
}

func (r *tally) add(class string, a answer, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[class]++
	switch {
	case err != nil:
		r.failed[class+": "+err.Error()]++
	case a.status == http.StatusServiceUnavailable:
		r.shed = append(r.shed, a.took)
		if !a.retry {
			r.hasty++
		}
	case a.status < 500:
		r.times[class] = append(r.times[class], a.took)
	default:
		r.failed[class+": "+strconv.Itoa(a.status)]++
	}
}

// good is how many were answered within a second.
func (r *tally) good() (n float64) {
	for _, list := range r.times {
		for _, took := range list {
			if took <= time.Second {
				n++
			}
		}
	}
	return n
}

func (r *tally) rate(class string) float64 { return float64(len(r.times[class])) / r.took.Seconds() }
func (r *tally) share(class string) float64 {
	return float64(len(r.times[class])) / float64(r.asked[class])
}

func (r *tally) String() string {
	var b strings.Builder
	for _, class := range []string{"code", "declare", "appeal", "upload"} {
		if r.asked[class] > 0 {
			fmt.Fprintf(&b, "%s %d of %d, p50 %v p99 %v; ", class, len(r.times[class]), r.asked[class],
				quantile(r.times[class], .5).Round(time.Millisecond/10), quantile(r.times[class], .99).Round(time.Millisecond/10))
		}
	}
	fmt.Fprintf(&b, "turned away %d, p50 %v p99 %v", len(r.shed), quantile(r.shed, .5).Round(time.Millisecond/10), quantile(r.shed, .99).Round(time.Millisecond/10))
	if len(r.failed) > 0 {
		fmt.Fprintf(&b, "; failed %v", r.failed)
	}
	return b.String()
}

func quantile(list []time.Duration, q float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.SortFunc(list, cmp.Compare)
	return list[min(len(list)-1, int(q*float64(len(list))))]
}

// closed lets so many ask one thing after the other: what the server can do.
func (s *storm) closed(askers int, during time.Duration, next func() ask) *tally {
	r, begun := newTally(), time.Now()
	var all sync.WaitGroup
	for range askers {
		all.Go(func() {
			for time.Since(begun) < during {
				a := next()
				got, err := s.send(a.raw)
				r.add(a.class, got, err)
			}
		})
	}
	all.Wait()
	r.took = time.Since(begun)
	return r
}

// open asks at a rate, whether or not what was asked before is answered.
func (s *storm) open(rate float64, during time.Duration, next func() ask) *tally {
	r, begun := newTally(), time.Now()
	var all sync.WaitGroup
	var under atomic.Int64
	for sent := 0; time.Since(begun) < during; time.Sleep(time.Millisecond) {
		for ; float64(sent) < rate*time.Since(begun).Seconds(); sent++ {
			if under.Load() > 3000 { // as many files as a process may open
				continue
			}
			under.Add(1)
			all.Go(func() {
				defer under.Add(-1)
				a := next()
				got, err := s.send(a.raw)
				r.add(a.class, got, err)
			})
		}
	}
	r.took = time.Since(begun)
	all.Wait()
	return r
}

type answer struct {
	status int
	retry  bool
	took   time.Duration
}

// send sends a request over an idle connection, or a new one, and reads the
// answer. A server that has answered before it has read everything closes it.
func (s *storm) send(raw []byte) (a answer, err error) {
	begun := time.Now()
	defer func() { a.took = time.Since(begun) }()
	var conn net.Conn
	select {
	case conn = <-s.conns:
	default:
		if conn, err = net.Dial("tcp", "127.0.0.1:"+s.port); err != nil {
			return a, err
		}
	}
	_ = conn.SetDeadline(begun.Add(20 * time.Second)) // on a socket: never fails
	_, wrote := conn.Write(raw)
	res, err := http.ReadResponse(bufio.NewReaderSize(conn, 4<<10), nil)
	if err != nil {
		conn.Close()
		return a, errors.Join(wrote, err)
	}
	_, err = io.Copy(io.Discard, res.Body)
	a.status, a.retry = res.StatusCode, res.Header.Get("Retry-After") != ""
	if err != nil || wrote != nil || res.Close {
		conn.Close()
		return a, err
	}
	select {
	case s.conns <- conn:
	default:
		conn.Close()
	}
	return a, nil
}

// calm waits until everything is answered as before: within five seconds.
func (s *storm) calm() bool {
	s.t.Helper()
	begun, quiet, last := time.Now(), 0, ""
	for quiet < 3 {
		a := s.someone()
		quiet++
		for _, raw := range [][]byte{a.code, a.declare, a.appeal, a.upload} {
			got, err := s.send(raw)
			// Refused for what it says, and not turned away: a step that is done, and a
			// person's photos of the day, which a long storm uses up.
			answered := got.status < 400 || got.status == http.StatusUnprocessableEntity || got.status == http.StatusTooManyRequests
			if err != nil || !answered || got.took > time.Second {
				quiet, last = 0, fmt.Sprintf("%d after %v, %v", got.status, got.took, err)
			}
		}
		if time.Since(begun) > 5*time.Second {
			s.t.Logf("the last answer: %s", last)
			return false
		}
	}
	s.t.Logf("back to normal after %v", time.Since(begun).Round(time.Millisecond))
	return true
}

// memory is what the server takes, in MiB.
func (s *storm) memory() (mib int) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0 // no such file on this system
	}
	for line := range strings.Lines(string(raw)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			kib, _ := strconv.Atoi(fields[1])
			mib = kib >> 10
		}
	}
	return mib
}
