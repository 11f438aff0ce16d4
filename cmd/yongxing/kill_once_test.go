package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/identity"
	"yongxing/models/modeltest"
	"yongxing/models/staff"
	"yongxing/models/store"
	"yongxing/web/admin"
)

// TestDecidedOnce has all officers of a station press for the same appeals at once
// while the server is killed (kill -9) again and again. Some of them claim cases
// and go home: when the clock has passed their time, the others have those too.
// Each appeal is decided once, by whoever was told so, and whoever comes too late
// is told what has become of it and when. YX_DECISIONS says how many appeals;
// make torture has 1,000 of them and fifty officers.
func TestDecidedOnce(t *testing.T) {
	if testing.Short() && os.Getenv("YX_DECISIONS") == "" {
		t.Skip("left out: short")
	}
	t.Parallel() // much of it is waiting
	c := newCity(t)
	c.start()
	r := newRush(c)
	r.run()
	c.kill()
	c.count(r.kills)
	r.once()
}

// TestDecidedOnceNodes is TestDecidedOnce at two nodes on one PostgreSQL database.
func TestDecidedOnceNodes(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("about PostgreSQL")
	}
	first, second := newCity(t), newCity(t)
	first.database = modeltest.Options(t, modeltest.NewClock(modeltest.Start)).URL
	second.database, second.first = first.database, first
	front := httptest.NewServer(inTurn(t, first.url, second.url))
	defer front.Close()
	first.url, second.url = front.URL, front.URL
	first.start()
	shareDemo(t, first.dir, second.dir)
	second.start()
	r := newRush(first, second)
	r.run()
	first.kill()
	second.kill()
	first.count(r.kills)
	r.once()
}

// rush is a station all of whose officers press for the same cases.
type rush struct {
	*city
	nodes   []*city
	appeals int
	staff   []*member
	kills   int

	mu       sync.Mutex
	acks     map[string]map[int64]bool // appeal number → members who were told that they have decided it
	kept     map[string]bool           // appeal number, of those on the desk of somebody who went home
	late     map[string]int            // what those were told who came too late
	speaking atomic.Int64              // how much has happened
	patience atomic.Bool               // nothing is killed
}

// member is an officer with what they sign in by.
type member struct {
	*browser
	id                      int64
	login, password, secret string
	gone                    bool // home: they claim, and do nothing for hours
	forms                   map[string]url.Values
}

func newRush(nodes ...*city) *rush {
	r := &rush{city: nodes[0], nodes: nodes, appeals: 24, acks: map[string]map[int64]bool{}, kept: map[string]bool{}, late: map[string]int{}}
	officers := 6
	if n, err := strconv.Atoi(os.Getenv("YX_DECISIONS")); err == nil {
		r.appeals, officers = n, 50
	}
	for i := range officers {
		r.hire(i)
	}
	return r
}

// hire adds an officer of the station of everybody's street.
func (r *rush) hire(i int) {
	r.t.Helper()
	m := &member{login: fmt.Sprintf("rush%02d", i), password: "tide-and-lantern-rush", gone: i%5 == 4, forms: map[string]url.Values{}}
	in := models.NewStaff{Login: m.login, Name: "陈警官", Badge: m.login, Role: staff.Officer, Station: "330203005", Password: m.password}
	body, err := json.Marshal(in)
	if err != nil {
		r.t.Fatal(err)
	}
	var added models.AddedStaff
	if err := admin.Call(r.t.Context(), filepath.Join(r.dir, "admin.sock"), admin.AddStaff, bytes.NewReader(body), &added); err != nil {
		r.t.Fatal(err)
	}
	m.id, m.secret = added.ID, added.TOTPSecret
	r.staff = append(r.staff, m)
}

// seatAll signs everybody in while all nodes stand.
func (r *rush) seatAll() {
	r.t.Helper()
	var all sync.WaitGroup
	turn := make(chan struct{}, 2) // as many passwords as are hashed at once
	for i, m := range r.staff {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			m.browser = r.browser(fmt.Sprintf("198.51.%d.%d", 100+i/200, 1+i%200))
			if err := r.signInStaff(m.browser, m.login, m.password, m.secret); err != nil {
				r.t.Error(err)
			}
		})
	}
	all.Wait()
	if r.t.Failed() {
		r.t.FailNow()
	}
}

// run is the whole day: the appeals come in and are decided, some officers go home
// with cases on their desks, hours pass, and the rest is decided.
func (r *rush) run() {
	r.t.Helper()
	r.seatAll()
	r.during(func(ctx context.Context) {
		var people sync.WaitGroup
		const streets = 8
		for street := range streets {
			people.Go(func() {
				for n := street; n < r.appeals && ctx.Err() == nil; n += streets {
					r.resident(ctx, n)
				}
			})
		}
		people.Wait()
		// Whoever stays has decided all that nobody took home.
		r.wait(func() bool { return len(r.filed) == r.appeals && len(r.acks)+len(r.kept) == r.appeals })
	})
	if len(r.kept) == 0 {
		r.t.Fatal("nobody went home with a case: this test proves nothing")
	}
	for _, node := range r.nodes {
		node.kill()
	}
	for _, node := range r.nodes {
		node.shift = appeal.ClaimFor + time.Minute
		node.start()
	}
	r.seatAll()
	before := len(r.acks)
	r.patience.Store(true) // a server that dies every moment never comes to sweep its desks
	r.during(func(context.Context) {
		r.wait(func() bool { return len(r.acks) > before })
		r.patience.Store(false)
		r.wait(func() bool { return len(r.acks) == r.appeals })
	})
	for _, m := range r.staff {
		for number := range m.forms {
			r.tooLate(m, number)
		}
	}
}

// during lets the officers work, and kills a node now and then, until fn returns.
func (r *rush) during(fn func(context.Context)) {
	r.t.Helper()
	ctx, end := context.WithCancel(r.t.Context())
	var work, killing sync.WaitGroup
	for _, m := range r.staff {
		work.Go(func() { r.office(ctx, m) })
	}
	killing.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Duration(100+rand.IntN(500)) * time.Millisecond):
			}
			if r.patience.Load() {
				continue
			}
			node := r.nodes[n%len(r.nodes)]
			node.kill()
			node.start()
			r.kills++
		}
	})
	fn(ctx)
	end()
	work.Wait()
	killing.Wait()
}

// wait waits until something about what is on record here holds, for as long as
// anything happens.
func (r *rush) wait(holds func() bool) {
	r.t.Helper()
	for seen, since := int64(0), time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if n := r.speaking.Load(); n != seen {
			seen, since = n, time.Now()
		}
		r.mu.Lock()
		r.city.mu.Lock()
		done := holds()
		r.city.mu.Unlock()
		r.mu.Unlock()
		if done {
			return
		}
		if time.Since(since) > 30*time.Second {
			r.t.Errorf("nothing happens any more: %d filed, %d decided, %d kept", len(r.filed), len(r.acks), len(r.kept))
			return
		}
	}
}

// resident declares, turns yellow by a record, and appeals.
func (r *rush) resident(ctx context.Context, n int) {
	serial := fmt.Sprintf("33020319%02d0501%03d", 50+n/800, 100+n%800)
	number, phone := serial+string(identity.CheckSign(serial)), ""
	b := r.browser(fmt.Sprintf("198.18.%d.%d", n/250, n%250))
	signedIn := false
	for try := 0; !signedIn && ctx.Err() == nil; try++ { // by another phone, if the answer with the code was lost
		phone = fmt.Sprintf("136%02d%06d", try, n)
		signedIn = r.until(ctx, "sign in", func() error { return r.signIn(b, phone) })
	}
	_ = r.until(ctx, "declare", func() error { return r.declare(b, phone, number) }) &&
		r.until(ctx, "import", func() error { return r.accuse(ctx, phone, number) }) &&
		r.until(ctx, "appeal", func() error { return r.appeal(b, phone) })
	r.speaking.Add(1)
}

// office is an officer at work: one of the oldest few cases that are not decided,
// the same few that everybody looks at. Whoever went home with a case leaves it to
// the others, and presses their old button in the end (tooLate).
func (r *rush) office(ctx context.Context, m *member) {
	for ctx.Err() == nil {
		if m.gone && len(m.forms) >= 2 {
			return
		}
		r.mu.Lock()
		r.city.mu.Lock()
		var next []string
		for number := range r.filed {
			if len(r.acks[number]) == 0 && (r.shift > 0 || !r.kept[number]) && m.forms[number] == nil {
				next = append(next, number)
			}
		}
		r.city.mu.Unlock()
		r.mu.Unlock()
		if len(next) == 0 {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		slices.Sort(next)
		number := next[rand.IntN(min(3, len(next)))]
		r.until(ctx, "decide", func() error { return r.press(m, number) })
	}
}

// press claims a case and decides it. nil means that nothing is open between this
// officer and this case: it is decided, a colleague has it, or it is left for
// later on purpose.
func (r *rush) press(m *member, number string) error {
	href := "/officer/appeals/" + number
	p, err := m.get(href)
	if err != nil {
		return err
	}
	if p.Find("form[action='"+href+"/claim']").Length() > 0 {
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond) // whoever reads is overtaken
		if p, err = m.send(p, href+"/claim"); err != nil {
			return r.beaten(err)
		}
	}
	if p.Find("form[action='"+href+"/preview']").Length() == 0 {
		return nil // a colleague has it
	}
	if p, err = m.send(p, href+"/preview", "item1", "set_aside"); err != nil {
		return r.beaten(err)
	}
	form, err := filled(p, href+"/decide", nil)
	if err != nil {
		return err
	}
	if m.gone && r.shift == 0 {
		m.forms[number] = form
		r.mu.Lock()
		r.kept[number] = true
		r.mu.Unlock()
		r.speaking.Add(1)
		return nil
	}
	for { // pressed until it is answered
		p, err = m.post(href+"/decide", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		switch {
		case err == nil && p.at == "/officer/appeals", err != nil && strings.Contains(err.Error(), "您已于") && strings.Contains(err.Error(), "没有再做一遍"):
			r.ack(m, number)
			return nil
		case err == nil:
			return fmt.Errorf("%w: %s", errElsewhere, p.at)
		case strings.Contains(err.Error(), "status 4"):
			return r.beaten(err)
		case r.over.Load():
			return err
		}
		time.Sleep(30 * time.Millisecond)
	}
}

func (r *rush) ack(m *member, number string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.acks[number] == nil {
		r.acks[number] = map[int64]bool{}
	}
	r.acks[number][m.id] = true
	r.speaking.Add(1)
	r.city.mu.Lock()
	defer r.city.mu.Unlock()
	r.decided[number] = true
}

var beatenBy = regexp.MustCompile(`本所另一位民警已于 \d+ 月 \d+ 日（周.）\d\d:\d\d (认领这件申诉|对这件申诉作出决定)`)

// beaten reads what somebody is told who came too late: who has it, and since when.
func (r *rush) beaten(err error) error {
	if !strings.Contains(err.Error(), "status 409") {
		return err
	}
	said := beatenBy.FindStringSubmatch(err.Error())
	if said == nil {
		r.wrong("too late, and told neither who nor when: %v", err)
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late[said[1]]++
	r.speaking.Add(1)
	return nil
}

// tooLate presses the button that somebody left when they went home.
func (r *rush) tooLate(m *member, number string) {
	r.t.Helper()
	href := "/officer/appeals/" + number
	r.mu.Lock()
	before := r.late["对这件申诉作出决定"]
	r.mu.Unlock()
	p, err := m.get(href)
	if err != nil {
		r.t.Error(err)
		return
	}
	token, _ := p.Find("input[name=csrf]").Attr("value")
	m.forms[number].Set("csrf", token)
	_, err = m.post(href+"/decide", "application/x-www-form-urlencoded", strings.NewReader(m.forms[number].Encode()))
	if err == nil {
		err = errors.New("decided a second time")
	}
	if err := r.beaten(err); err != nil || r.late["对这件申诉作出决定"] == before {
		r.t.Errorf("a button pressed hours later: %v", err)
	}
}

// once holds what officers were told against what is on record.
func (r *rush) once() {
	r.t.Helper()
	at := placeIn(r.dir)
	at.database = r.database
	s := at.reader(r.t)
	defer s.Close()
	twice, expired := 0, 0
	err := s.Read(r.t.Context(), func(tx store.Tx) error {
		for number := range r.filed {
			a, err := appeal.ByNumber(tx, number)
			if err != nil {
				return err
			}
			if a.DecidedBy == nil || len(r.acks[number]) != 1 || !r.acks[number][*a.DecidedBy] {
				twice++
				r.t.Errorf("appeal %s, which is %s, was acknowledged to %v", number, a.State, r.acks[number])
			}
			var claims int // each but the last was given back
			err = tx.QueryRow(`SELECT COALESCE(SUM(CASE kind WHEN 'claimed' THEN 1 WHEN 'released' THEN -1 ELSE 0 END), 0)
				FROM appeal_event WHERE appeal_id = ?`, a.ID).Scan(&claims)
			if err != nil || claims != 1 {
				r.t.Errorf("appeal %s was taken by %d at once, %v", number, claims, err)
			}
		}
		return tx.QueryRow("SELECT COUNT(*) FROM appeal_event WHERE kind = 'released' AND actor = 'system'").Scan(&expired)
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if expired < len(r.kept) {
		r.t.Errorf("%d cases came back to the queue, and %d were on the desks of those who had gone home", expired, len(r.kept))
	}
	if r.late["认领这件申诉"] == 0 || r.late["对这件申诉作出决定"] == 0 {
		r.t.Errorf("nobody came too late: this test proves nothing; %v", r.late)
	}
	r.t.Logf("%d appeals, %d decided by %d officers over %d kills, %d not once; %d claims ran out; told too late: %v",
		len(r.filed), len(r.acks), len(r.staff), r.kills, twice, expired, r.late)
}
