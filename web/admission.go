package web

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Admission. When more is asked than two processors can answer, everything gets
// slow and in the end nothing is answered in time. So only a few requests run at
// once, the others stand in line by class, and whoever would wait too long is
// told so at once. The code page is the last that anybody is turned away from:
// a person stands at a gate with it, and everything else can be done later.

// class is what a request is for. An earlier one goes first.
type class int

const (
	classCode   class = iota // the code and what its page is made of
	classVerify              // checking somebody's pass
	classForms               // declaring, appealing, signing in
	classDesk                // officers
	classUpload              // photos: hundreds of milliseconds of a processor each
	classRest                // everything else
	classes
	classNone // not limited: the machine's own
)

var classNames = [classes]string{"code", "verify", "forms", "desk", "upload", "rest"}

// classOf sorts the table of routes.
func classOf(r route) class {
	within := func(folders ...string) bool {
		for _, f := range folders {
			if r.path == f || strings.HasPrefix(r.path, f+"/") {
				return true
			}
		}
		return false
	}
	switch {
	case within("/healthz", "/readyz"):
		return classNone
	case r.body > formLimit:
		return classUpload
	case within("/code", "/static"):
		return classCode
	case within("/v", "/V"):
		return classVerify
	case within("/declare", "/appeal", "/signin", "/signout"):
		return classForms
	case within("/officer", "/staff"):
		return classDesk
	}
	return classRest
}

// Pages cost a processor, so few are made at once. Forms wait for the disk, many
// of them for one flush, so many are under way.
var (
	readingSlots = 4 * runtime.GOMAXPROCS(0)
	writingSlots = 64
)

// uploadBytes is how much of photos may be in memory at once, by what they say
// about their length; being parsed and copied they take three times as much.
const uploadBytes = 80 << 20

// terms are what a class may count on.
type terms struct {
	share float64 // of the slots, together with all later classes
	most  int     // how many of it may run; 0 = no matter
	line  int     // how many may wait
	// A line that was empty within the last standing is a burst and may be
	// waited for; one that was not is an overload, and waiting only makes the
	// answer late. (The rule of CoDel, as Facebook's servers apply it to requests.)
	burst, overload time.Duration
}

const standing = 100 * time.Millisecond

var classTerms = [classes]terms{
	classCode:   {1, 0, 512, time.Second, time.Second}, // some tenths of a second of pages: who finds no place is told at once
	classVerify: {.75, 0, 128, 300 * time.Millisecond, 30 * time.Millisecond},
	classForms:  {.5, 0, 128, 300 * time.Millisecond, 30 * time.Millisecond},
	classDesk:   {.4, 0, 64, 300 * time.Millisecond, 30 * time.Millisecond},
	classUpload: {.25, 2, 4, 2 * time.Second, 2 * time.Second}, // one is decoded, one is ready for it; each takes long, so the line is short instead
	classRest:   {.25, 0, 64, 300 * time.Millisecond, 30 * time.Millisecond},
}

// admission decides who runs.
type admission struct {
	reading, writing *gate
	metrics          *metrics

	mu      sync.Mutex
	uploads int64 // bytes
}

func newAdmission(m *metrics) *admission {
	return &admission{reading: newGate(readingSlots, m), writing: newGate(writingSlots, m), metrics: m}
}

// enter waits for a turn; the returned function ends it. Not ok means that the
// request is not to be answered.
func (a *admission) enter(ctx context.Context, r route) (leave func(), ok bool) {
	if r.class == classNone {
		return func() {}, true
	}
	g := a.reading
	if r.method == http.MethodPost {
		g = a.writing
	}
	// Forms wait for the disk and not for a processor, but they use one: while the
	// code has to wait, they come later.
	ok = (g == a.reading || r.class <= classVerify || !a.reading.stands(classCode)) && g.enter(ctx, r.class)
	a.metrics.admit(r.class, ok)
	return func() { g.leave(r.class) }, ok
}

// receive makes room for the body of an upload before it is read.
func (a *admission) receive(r route, length int64) (done func(), ok bool) {
	if r.class != classUpload {
		return func() {}, true
	}
	if length < 0 || length > r.body {
		length = r.body
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.uploads+length > uploadBytes {
		a.metrics.admit(r.class, false)
		return nil, false
	}
	a.uploads += length
	return func() {
		a.mu.Lock()
		a.uploads -= length
		a.mu.Unlock()
	}, true
}

// gate lets a number of requests run at once.
type gate struct {
	metrics *metrics

	mu      sync.Mutex
	limits  [classes]int // for a class and all later ones
	running [classes]int
	lines   [classes]line
}

type line struct {
	waiting []*waiter
	empty   time.Time // when it last was
}

type waiter struct {
	turn chan struct{}
	done bool // it has its turn, or has left
}

func newGate(slots int, m *metrics) *gate {
	g := &gate{metrics: m}
	for c, t := range classTerms {
		g.limits[c] = max(1, int(t.share*float64(slots)))
	}
	return g
}

func (g *gate) enter(ctx context.Context, c class) bool {
	t, now := classTerms[c], time.Now()
	g.mu.Lock()
	l := &g.lines[c]
	if len(l.waiting) == 0 {
		l.empty = now
		if g.room(c) {
			g.running[c]++
			g.mu.Unlock()
			return true
		}
	}
	if len(l.waiting) >= t.line {
		g.mu.Unlock()
		return false
	}
	patience := t.burst
	if now.Sub(l.empty) > standing {
		patience = t.overload
	}
	w := &waiter{turn: make(chan struct{})}
	l.waiting = append(l.waiting, w)
	g.metrics.waiting[c].Inc()
	g.mu.Unlock()
	defer g.metrics.waiting[c].Dec()

	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.turn:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.done { // its turn came meanwhile
		return true
	}
	w.done = true
	for i, other := range l.waiting {
		if other == w {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			break
		}
	}
	return false
}

// room tells whether one more of a class may run: no class takes more than it
// may, and none together with the later ones more than their share.
func (g *gate) room(c class) bool {
	if most := classTerms[c].most; most > 0 && g.running[c] >= most {
		return false
	}
	later := 0
	for k := classes - 1; k >= 0; k-- {
		later += g.running[k]
		if k <= c && later >= g.limits[k] {
			return false
		}
	}
	return true
}

// stands tells whether some of a class have been waiting for longer than a burst.
func (g *gate) stands(c class) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := &g.lines[c]
	return len(l.waiting) > 0 && time.Since(l.empty) > standing
}

func (g *gate) leave(c class) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running[c]--
	for next := range classes {
		l := &g.lines[next]
		for len(l.waiting) > 0 && g.room(next) {
			w := l.waiting[0]
			l.waiting = l.waiting[1:]
			w.done = true
			g.running[next]++
			close(w.turn)
		}
	}
}
