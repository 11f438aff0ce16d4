package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/declaration"
	"yongxing/models/identity"
	"yongxing/models/person"
	"yongxing/models/store"
	"yongxing/web/admin"
)

// TestKilled kills the server (kill -9) again and again while people declare,
// appeal and decide over HTTP, and starts it anew. Afterwards everything that
// was acknowledged is there, once; what was sent twice because the answer never
// came is there once too. YX_KILLS says how often; make torture runs 50.
func TestKilled(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("YX_KILLS")); err == nil {
		kills = n
	} else if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	c.start()
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	for i := range 6 {
		work.Go(func() { c.live(ctx, i) })
	}
	work.Go(func() { c.judge(ctx) })
	for range kills {
		time.Sleep(time.Duration(400+rand.IntN(1600)) * time.Millisecond)
		c.kill()
		c.start()
	}
	time.Sleep(3 * time.Second) // what is under way comes to an end
	stop()
	work.Wait()
	c.kill()
	c.count(kills)
}

// city is a server that is killed, and what its people remember.
type city struct {
	t                *testing.T
	dir, binary, url string
	port             string
	process          *exec.Cmd

	mu       sync.Mutex
	declared map[string]string // phone → name
	filed    map[string]string // appeal number → phone
	decided  map[string]bool   // appeal number
	trouble  map[string]int    // why tries failed, to be read when something is wrong
}

func newCity(t *testing.T) *city {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "yongxing")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	return &city{t: t, dir: filepath.Join(dir, "data"), binary: binary, port: port, url: "http://127.0.0.1:" + port,
		declared: map[string]string{}, filed: map[string]string{}, decided: map[string]bool{}, trouble: map[string]int{}}
}

func (c *city) start() {
	c.t.Helper()
	c.process = exec.Command(c.binary, "serve", "--demo", "--data", c.dir, "--addr", "127.0.0.1:"+c.port, "--base-url", c.url,
		"--metrics-addr", "", "--proxy", "127.0.0.0/8")
	var said strings.Builder
	c.process.Stderr = &said
	if err := c.process.Start(); err != nil {
		c.t.Fatal(err)
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(c.url + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			_ = c.process.Process.Kill()
			c.t.Fatalf("the server does not start: %s", said.String())
		}
	}
}

func (c *city) kill() {
	c.t.Helper()
	if err := c.process.Process.Signal(syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
	_ = c.process.Wait()
}

// until tries until it works or ctx ends; ok tells which.
func (c *city) until(ctx context.Context, what string, try func() error) (ok bool) {
	for ctx.Err() == nil {
		err := try()
		if err == nil {
			return true
		}
		c.mu.Lock()
		c.trouble[what+": "+strings.ReplaceAll(err.Error(), c.url, "")]++
		c.mu.Unlock()
		time.Sleep(30 * time.Millisecond)
	}
	return false
}

// live is one person after the other who signs in, declares, turns yellow by a
// record, and appeals.
func (c *city) live(ctx context.Context, worker int) {
	for n := 0; ctx.Err() == nil; n++ {
		serial := fmt.Sprintf("330203198501%02d%03d", 1+worker, 100+n)
		number := serial + string(identity.CheckSign(serial))
		phone := fmt.Sprintf("139%02d%06d", worker, n)
		b := newBrowser(c.url, fmt.Sprintf("198.51.%d.%d", worker, n))
		if !c.until(ctx, "sign in", func() error { return c.signIn(b, phone) }) ||
			!c.until(ctx, "declare", func() error { return c.declare(b, phone, number) }) ||
			!c.until(ctx, "import", func() error { return c.accuse(ctx, phone, number) }) {
			return
		}
		c.until(ctx, "appeal", func() error { return c.appeal(b, phone) })
	}
}

func (c *city) signIn(b *browser, phone string) error {
	p, err := b.get("/code")
	if err != nil || p.at != "/signin" {
		return err
	}
	if p, err = b.step("/signin", "phone", phone); err != nil {
		// The code was sent, and the answer lost: another is due in a minute.
		if strings.Contains(err.Error(), "429") {
			*b = *newBrowser(b.base, b.address)
			time.Sleep(time.Second)
		}
		return err
	}
	_, err = b.send(p, "/signin/code", "code", strings.TrimSpace(p.Find("[data-demo-code]").Text()))
	return err
}

func (c *city) declare(b *browser, phone, number string) error {
	for _, step := range [][]string{
		{"/declare/identity", "name", "陈安", "document_kind", "resident_id", "document_number", number},
		{"/declare/residence", "offered", "330203", "district", "330203", "street", "330203005", "community", "秀水社区", "detail", number[12:]},
		{"/declare/stays", "trip", "no"},
		{"/declare/contact", "contact", "no"},
		{"/declare/health", "measured", "no", "symptoms[]", "none", "isolation", "none", "test", "no"},
	} {
		if _, err := b.step(step[0], step[1:]...); err != nil {
			return err
		}
	}
	p, err := b.get("/declare/check")
	if err != nil {
		return err
	}
	if p.at != "/declare/check" {
		return fmt.Errorf("%w: %s", errElsewhere, p.at)
	}
	// The same form is sent until it is answered, as a person presses again.
	for tries := 0; ; tries++ {
		done, err := b.send(p, "/declare/check", "true", "1")
		if err == nil && done.at == "/declare/done" {
			c.mu.Lock()
			c.declared[phone] = number
			c.mu.Unlock()
			return nil
		}
		if tries == 100 {
			return fmt.Errorf("not answered: %w at %s", err, done.at)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// accuse imports a record by which the person turns yellow, through the door of
// the running server.
func (c *city) accuse(ctx context.Context, phone, number string) error {
	day := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	file := "source,upstream,document_number,phone,kind,class,ref,from,authority\n" +
		fmt.Sprintf("city,K-%s,%s,%s,contact,same_building,LD-%s,%s,海曙区疾控中心\n", phone, number, phone, phone, day)
	var report models.Report
	return admin.Call(ctx, filepath.Join(c.dir, "admin.sock"), admin.ImportFacts, strings.NewReader(file), &report)
}

var caseNumber = regexp.MustCompile(`YS-[0-9]{4}-[0-9]{7}-[0-9]`)

func (c *city) appeal(b *browser, phone string) error {
	p, err := b.get("/appeal/new")
	if err != nil {
		return err
	}
	if number := caseNumber.FindString(p.at); number != "" { // sent before, and the answer lost
		c.remember(number, phone)
		return nil
	}
	items, _ := p.Find("input[name='items[]']").Attr("value")
	if p, err = b.send(p, "/appeal/new", "items[]", items, "ground.1", "moved"); err != nil {
		return err
	}
	if p, err = b.step("/appeal/new/statement", "statement", "十月底已经搬走"); err != nil {
		return err
	}
	if p, err = b.get("/appeal/new/check"); err != nil {
		return err
	}
	if p, err = b.send(p, "/appeal/new/check"); err != nil {
		return err
	}
	number := caseNumber.FindString(p.at)
	if number == "" {
		return fmt.Errorf("%w: %s", errElsewhere, p.at)
	}
	c.remember(number, phone)
	return nil
}

func (c *city) remember(number, phone string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filed[number] = phone
}

// judge is an officer who claims and decides what the queue shows.
func (c *city) judge(ctx context.Context) {
	b := newBrowser(c.url, "198.51.100.1")
	if !c.until(ctx, "officer", func() error { return c.officer(b) }) {
		return
	}
	for ctx.Err() == nil {
		c.mu.Lock()
		next := ""
		for number := range c.filed {
			if !c.decided[number] {
				next = number
			}
		}
		c.mu.Unlock()
		if next == "" {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		c.until(ctx, "decide", func() error { return c.decide(b, next) })
	}
}

func (c *city) officer(b *browser) error {
	raw, err := os.ReadFile(filepath.Join(c.dir, "demo.json"))
	if err != nil {
		return err
	}
	var accounts struct {
		Staff []struct {
			Login, Password string
			Secret          string `json:"totp_secret"`
		}
	}
	if err := json.Unmarshal(raw, &accounts); err != nil {
		return err
	}
	first := accounts.Staff[0]
	code, err := totp.GenerateCode(first.Secret, time.Now())
	if err != nil {
		return err
	}
	p, err := b.step("/staff/signin", "login", first.Login, "password", first.Password, "code", code)
	if err == nil && p.at != "/officer/appeals" {
		err = fmt.Errorf("%w: %s", errElsewhere, p.at)
	}
	if err != nil {
		time.Sleep(time.Second) // a code works once
	}
	return err
}

func (c *city) decide(b *browser, number string) error {
	href := "/officer/appeals/" + number
	p, err := b.get(href)
	if err != nil {
		return err
	}
	if p.Find("form[action='"+href+"/claim']").Length() > 0 {
		if p, err = b.send(p, href+"/claim"); err != nil {
			return err
		}
	}
	if p.Find("form[action='"+href+"/preview']").Length() > 0 {
		if p, err = b.send(p, href+"/preview", "item1", "set_aside"); err != nil {
			return err
		}
		if _, err = b.send(p, href+"/decide"); err != nil {
			return err
		}
	} else if !strings.Contains(p.Text(), "本件已经办结") {
		return fmt.Errorf("%w: neither to be decided nor decided", errElsewhere)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.decided[number] = true
	return nil
}

// count opens what the last kill left behind and looks for everything that was
// acknowledged.
func (c *city) count(kills int) {
	c.t.Helper()
	p, err := open(c.t.Context(), opening{dir: c.dir, settings: models.Settings{Demo: true}, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.t.Fatal(err)
	}
	defer p.Store.Close()
	err = p.Store.Read(c.t.Context(), func(tx store.Tx) error {
		var sound string
		if err := tx.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
			c.t.Errorf("integrity: %s, %v", sound, err)
		}
		for phone := range c.declared {
			who, ok, err := person.ByPhone(tx, phone)
			if err != nil || !ok {
				c.t.Errorf("a person who declared is lost: %v", err)
				continue
			}
			list, err := declaration.OfPerson(tx, who.ID)
			if err != nil || len(list) != 1 {
				c.t.Errorf("%d declarations of a person who declared once, %v", len(list), err)
			}
		}
		for number := range c.filed {
			a, err := appeal.ByNumber(tx, number)
			if err != nil {
				c.t.Errorf("appeal %s is lost: %v", number, err)
				continue
			}
			if c.decided[number] && a.State != appeal.Decided {
				c.t.Errorf("appeal %s was decided and is %s", number, a.State)
			}
		}
		return errors.Join(c.twice(tx), c.whole(tx), c.told(tx, kills))
	})
	if err != nil {
		c.t.Error(err)
	}
	c.t.Logf("acknowledged: %d declarations, %d appeals, %d decisions", len(c.declared), len(c.filed), len(c.decided))
	if len(c.declared) == 0 || len(c.filed) == 0 || len(c.decided) == 0 {
		c.t.Errorf("nothing was proved: %v", c.trouble)
	}
}

// twice looks for what must never be there: one person's fact in two open
// appeals, two decisions of one case, half a story.
func (c *city) twice(tx store.Tx) error {
	for what, query := range map[string]string{
		"facts in two open appeals":         `SELECT COUNT(*) FROM (SELECT fact_id FROM appeal_item_fact WHERE open GROUP BY person_id, fact_id HAVING COUNT(*) > 1)`,
		"decisions of one case":             `SELECT COUNT(*) FROM (SELECT appeal_id FROM appeal_event WHERE kind = 'decided' GROUP BY appeal_id HAVING COUNT(*) > 1)`,
		"decided cases without an outcome":  `SELECT COUNT(*) FROM appeal a WHERE a.state = 'decided' AND a.outcome = ''`,
		"codes without their outcome":       `SELECT COUNT(*) FROM code c LEFT JOIN outcome o ON o.id = c.outcome_id WHERE o.id IS NULL`,
		"decisions without a notice":        `SELECT COUNT(*) FROM appeal a WHERE a.state = 'decided' AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.person_id = a.person_id AND n.kind = 'appeal_decided')`,
		"set-asides that changed no colour": `SELECT COUNT(*) FROM aside m WHERE NOT EXISTS (SELECT 1 FROM outcome o WHERE o.person_id = m.person_id AND o.cause = 'decision')`,
		"rows that name what is not there":  `SELECT COUNT(*) FROM pragma_foreign_key_check`,
	} {
		var n int
		if err := tx.QueryRow(query).Scan(&n); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if n != 0 {
			c.t.Errorf("%d %s", n, what)
		}
	}
	return nil
}
