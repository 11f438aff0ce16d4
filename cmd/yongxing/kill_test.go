package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/identity"
	"yongxing/web/admin"
)

// TestKilled kills the server (kill -9) again and again while people declare,
// appeal and decide over HTTP, and starts it anew. Afterwards everything that
// was acknowledged is there, once; what was sent twice because the answer never
// came is there once too. YX_KILLS says how often; make torture runs 500.
func TestKilled(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("YX_KILLS")); err == nil {
		kills = n
	} else if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	c.start()
	c.seat()
	stop := c.populate()
	for range kills {
		time.Sleep(time.Duration(200+rand.IntN(1000)) * time.Millisecond)
		c.kill()
		c.start()
	}
	time.Sleep(2 * time.Second) // what is under way comes to an end
	stop()
	c.kill()
	c.count(kills)
	c.proved()
}

// city is a server that is killed, and what its people remember.
type city struct {
	t                *testing.T
	dir, binary, url string
	port             string
	process          *exec.Cmd
	disk             []string      // what the server runs on, empty = the machine's own
	database         string        // of PostgreSQL, empty = SQLite in dir
	first            *city         // the node whose keys and photos this one shares
	shift            time.Duration // of the clock that the server starts by
	gateway          string        // where messages go, empty = the demo's file
	// wrong tells what must not be; the test fails unless a test says otherwise.
	wrong    func(format string, args ...any)
	acks     atomic.Int64 // changes that were answered as done
	officers []*browser
	over     atomic.Bool // nobody tries any more

	mu       sync.Mutex
	declared map[string]string // phone → document number
	accused  map[string]bool   // phone
	shown    map[string]bool   // phone of whose appeal has a photo
	filed    map[string]string // appeal number → phone
	decided  map[string]bool   // appeal number
	trouble  map[string]int    // why tries failed, to be read when something is wrong
}

func newCity(t *testing.T) *city {
	t.Helper()
	dir := t.TempDir()
	binary, err := programOnce()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	return &city{t: t, dir: filepath.Join(dir, "data"), binary: binary, port: port, url: "http://127.0.0.1:" + port,
		wrong: t.Errorf, declared: map[string]string{}, accused: map[string]bool{}, shown: map[string]bool{}, filed: map[string]string{},
		decided: map[string]bool{}, trouble: map[string]int{}}
}

// seat signs the officers in while the server stands: a code works once, and the
// next comes only after half a minute.
func (c *city) seat() {
	c.t.Helper()
	for i := range 2 {
		b := c.browser(fmt.Sprintf("198.51.100.%d", 1+i))
		if err := c.officer(b, i); err != nil {
			c.t.Fatal(err)
		}
		c.officers = append(c.officers, b)
	}
}

// populate lets people live and officers decide until stop.
func (c *city) populate() (stop func()) {
	const people = 12
	ctx, end := context.WithCancel(c.t.Context())
	var work sync.WaitGroup
	for i := range people {
		work.Go(func() { c.live(ctx, i) })
	}
	for i, b := range c.officers {
		work.Go(func() { c.judge(ctx, b, i) })
	}
	return func() {
		c.over.Store(true)
		end()
		work.Wait()
	}
}

// command is the line that starts the server.
func (c *city) command() *exec.Cmd {
	words := append(slices.Clone(c.disk), c.binary, "serve", "--demo", "--data", c.dir, "--addr", "127.0.0.1:"+c.port, "--base-url", c.url,
		"--metrics-addr", "", "--proxy", "127.0.0.0/8", "--pace", "1000")
	if c.first != nil {
		words = append(words, "--keys", placeIn(c.first.dir).keys, "--photos", placeIn(c.first.dir).photos,
			"--sms", "file:"+filepath.Join(c.first.dir, "sms.jsonl"))
	}
	if c.gateway != "" {
		words = append(words, "--sms", "http:"+c.gateway)
	}
	run := exec.Command(words[0], words[1:]...)
	run.Env = append(os.Environ(), "YONGXING_DATABASE="+c.database, shiftVariable+"="+c.shift.String())
	return run
}

func (c *city) start() {
	c.t.Helper()
	if _, err := os.Stat(c.dir); err != nil && c.database == "" {
		demo, err := demoOnce()
		if err != nil {
			c.t.Fatal(err)
		}
		if out, err := exec.Command("cp", "-a", demo, c.dir).CombinedOutput(); err != nil {
			c.t.Fatalf("%v: %s", err, out)
		}
	}
	c.process = c.command()
	var said strings.Builder
	c.process.Stderr = &said
	if err := c.process.Start(); err != nil {
		c.t.Fatal(err)
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		res, err := http.Get("http://127.0.0.1:" + c.port + "/readyz")
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

// until tries until it works, ctx ends, or there is no point in it; ok tells which.
func (c *city) until(ctx context.Context, what string, try func() error) (ok bool) {
	for ctx.Err() == nil {
		err := try()
		if err == nil {
			return true
		}
		if errors.Is(err, errGone) || errors.Is(err, errLater) {
			return false
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
		b := c.browser(fmt.Sprintf("198.%d.%d.%d", 18+worker, n/250, n%250))
		if !c.until(ctx, "sign in", func() error { return c.signIn(b, phone) }) ||
			!c.until(ctx, "declare", func() error { return c.declare(b, phone, number) }) ||
			!c.until(ctx, "import", func() error { return c.accuse(ctx, phone, number) }) {
			continue // with the next one
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
		if strings.Contains(err.Error(), "429") { // the code was sent, and the answer lost: another is due in a minute
			return errLater
		}
		return err
	}
	_, err = b.send(p, "/signin/code", "code", strings.TrimSpace(p.Find("[data-demo-code]").Text()))
	return err
}

func (c *city) declare(b *browser, phone, number string) error {
	p, err := c.answerAll(b, number)
	if err != nil {
		return err
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
		if tries == 400 || c.over.Load() {
			return fmt.Errorf("not answered: %w at %s", err, done.at)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// answerAll fills in a declaration up to its last page, which it returns.
func (c *city) answerAll(b *browser, number string) (page, error) {
	for _, step := range [][]string{
		{"/declare/identity", "name", "陈安", "document_kind", "resident_id", "document_number", number},
		{"/declare/residence", "offered", "330203", "district", "330203", "street", "330203005", "community", "秀水社区", "detail", number[12:]},
		{"/declare/stays", "trip", "no"},
		{"/declare/contact", "contact", "no"},
		{"/declare/health", "measured", "no", "symptoms[]", "none", "isolation", "none", "test", "no"},
	} {
		if err := c.answer(b, step[0], step[1:]...); err != nil {
			return page{}, err
		}
	}
	return c.onward(b, "/declare/check")
}

// onward visits the page that follows what was answered as saved: if that leads
// back, to an earlier step or to signing in, something of it is gone.
func (c *city) onward(b *browser, path string) (page, error) {
	p, err := b.get(path)
	if err != nil {
		return p, err
	}
	if p.at != path {
		c.wrong("%s leads to %s: what was saved is gone", path, p.at)
		return p, errGone
	}
	return p, nil
}

// answer fills in the form of a page that follows what was saved.
func (c *city) answer(b *browser, path string, pairs ...string) error {
	p, err := c.onward(b, path)
	if err != nil {
		return err
	}
	_, err = b.send(p, path, pairs...)
	return err
}

// accuse imports a record by which the person turns yellow, through the door of
// the running server.
func (c *city) accuse(ctx context.Context, phone, number string) error {
	day := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	file := "source,upstream,document_number,phone,kind,class,ref,from,authority\n" +
		fmt.Sprintf("city,K-%s,%s,%s,contact,same_building,LD-%s,%s,海曙区疾控中心\n", phone, number, phone, phone, day)
	var report models.Report
	err := admin.Call(ctx, filepath.Join(c.dir, "admin.sock"), admin.ImportFacts, strings.NewReader(file), &report)
	if err != nil || report.Refused > 0 {
		return fmt.Errorf("%d refused, %w", report.Refused, err)
	}
	c.acks.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accused[phone] = true
	return nil
}

var caseNumber = regexp.MustCompile(`YS-[0-9]{4}-[0-9]{7}-[0-9]`)

func (c *city) appeal(b *browser, phone string) error {
	p, err := c.explain(b, phone)
	if err != nil {
		return err
	}
	if caseNumber.FindString(p.at) == "" {
		if p, err = b.send(p, "/appeal/new/check"); err != nil {
			return err
		}
	}
	number := caseNumber.FindString(p.at)
	if number == "" {
		return fmt.Errorf("%w: %s", errElsewhere, p.at)
	}
	c.remember(number, phone)
	return nil
}

// explain fills in an appeal up to its last page, which it returns; or the page of
// the appeal, if it was sent before and the answer lost.
func (c *city) explain(b *browser, phone string) (page, error) {
	p, err := b.get("/appeal/new")
	if err != nil || caseNumber.FindString(p.at) != "" {
		return p, err
	}
	items, _ := p.Find("input[name='items[]']").Attr("value")
	if p, err = b.send(p, "/appeal/new", "items[]", items, "ground.1", "moved"); err != nil {
		return p, err
	}
	if err = c.answer(b, "/appeal/new/statement", "statement", "十月底已经搬走"); err != nil {
		return p, err
	}
	if strings.HasSuffix(phone, "0") || strings.HasSuffix(phone, "5") { // pictures are dear
		if err = c.show(b, phone); err != nil {
			return p, err
		}
	}
	return c.onward(b, "/appeal/new/check")
}

// show adds a photo to the appeal that is being written.
func (c *city) show(b *browser, phone string) error {
	p, err := c.onward(b, "/appeal/new/evidence")
	if err != nil {
		return err
	}
	if _, err = b.upload(p, "/appeal/new/evidence", photo(), "kind", "lease", "do", "add"); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown[phone] = true
	return nil
}

func (c *city) remember(number, phone string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filed[number] = phone
}

// judge is an officer, one of several, who claims and decides what is filed.
func (c *city) judge(ctx context.Context, b *browser, which int) {
	for ctx.Err() == nil {
		c.mu.Lock()
		next := ""
		for number := range c.filed {
			if !c.decided[number] && int(number[len(number)-3]-'0')%len(c.officers) == which { // no two wait for each other
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

func (c *city) officer(b *browser, which int) error {
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
	who := accounts.Staff[which] // the first are of one station
	return c.signInStaff(b, who.Login, who.Password, who.Secret)
}

func (c *city) signInStaff(b *browser, login, password, secret string) error {
	code, err := totp.GenerateCode(secret, time.Now().Add(c.shift))
	if err != nil {
		return err
	}
	p, err := b.step("/staff/signin", "login", login, "password", password, "code", code)
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
