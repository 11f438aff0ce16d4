package web_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/models/evidence"
	"yongxing/web"
	"yongxing/web/rate"
	"yongxing/web/webtest"
)

// strict serves a site's portal with these rates and a proxy in front.
func strict(site *webtest.Site, rates web.Rates) {
	site.Handler = server(site, "http://localhost:8080", web.Config{Rates: rates, Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}).Handler()
}

// tight holds everything to so many requests at once and one more each minute.
func tight(burst int) web.Rates {
	r := rate.Rate{Every: time.Minute, Burst: burst}
	return web.Rates{Pages: r, Checks: r, Doors: r, StaffDoor: r, Reads: r, Forms: r, Uploads: r}
}

// Every address of the table holds off who comes too fast, signed in or not, but
// for what balancers ask and for files.
func TestEveryRouteKeepsPace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const burst = 3
	free := map[string]bool{"/healthz": true, "/readyz": true, "/static/*": true}
	for _, row := range w.Rows {
		for who, c := range map[string]*webtest.Client{"nobody": w.Browser(), "a resident": w.opener, "an officer": w.officer} {
			strict(w.Site, tight(burst)) // nobody has come yet
			held := 0
			for range burst + 2 {
				res := c.Do(row.Method, w.address(row.Path), "", nil)
				if res.StatusCode != http.StatusTooManyRequests {
					continue
				}
				held++
				if after := res.Header.Get("Retry-After"); after != "60" {
					t.Errorf("%s %s: Retry-After %q", row.Method, row.Path, after)
				}
				if body, _ := io.ReadAll(res.Body); row.Method == http.MethodGet && !strings.Contains(string(body), "分钟") {
					t.Errorf("%s %s: no wait in words", row.Method, row.Path)
				}
			}
			if want := map[bool]int{false: 2}[free[row.Path]]; held != want {
				t.Errorf("%s %s by %s: %d held off, want %d", row.Method, row.Path, who, held, want)
			}
		}
	}
}

// Two thousand people behind one address open their codes at once, and a machine
// that knocks there without end does not keep a single one of them from it.
func TestACompanyBehindOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	strict(w.Site, web.DefaultRates())
	noisy := w.Browser()
	for tries := 0; noisy.Do(http.MethodGet, "/", "", nil).StatusCode != http.StatusTooManyRequests; tries++ {
		if tries > 5000 {
			t.Fatal("a machine is never held off")
		}
	}
	for i := range 2000 {
		c := []*webtest.Client{w.green, w.yellow, w.red, w.opener, w.unbound, w.claimant, w.questioned, w.granted}[i%8]
		if res := c.Do(http.MethodGet, "/code", "", nil); res.StatusCode != http.StatusOK {
			t.Fatalf("person %d does not see their code: %d", i, res.StatusCode)
		}
	}
	if res := noisy.Do(http.MethodGet, "/", "", nil); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the machine is not held off: %d", res.StatusCode)
	}
	// One session that asks without end is held off, and only that one.
	held := 0
	for range 1000 {
		if w.green.Do(http.MethodGet, "/code", "", nil).StatusCode == http.StatusTooManyRequests {
			held++
		}
	}
	if held == 0 {
		t.Error("one session may ask for ever")
	}
	if res := w.red.Do(http.MethodGet, "/code", "", nil); res.StatusCode != http.StatusOK {
		t.Errorf("another session on the same network: %d", res.StatusCode)
	}
	w.Clock.Advance(time.Minute)
	if res := w.green.Do(http.MethodGet, "/code", "", nil); res.StatusCode != http.StatusOK {
		t.Errorf("a minute later: %d", res.StatusCode)
	}
}

// What somebody says about where they come from buys nothing; an IPv6 subscriber
// is one, whatever the end of the address.
func TestPaceIsByAddress(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	strict(site, tight(2))
	c := site.Browser()
	ask := func(hops string) int {
		c.With("X-Forwarded-For", hops)
		return c.Do(http.MethodGet, "/v/"+strings.Repeat("A", 60), "", nil).StatusCode
	}
	for i, tt := range []struct {
		hops string
		want int
	}{
		{"203.0.113.5", 200}, {"10.0.0.1, 203.0.113.5", 200}, {"10.0.0.2, 203.0.113.5", 429}, {"198.51.100.1, 203.0.113.5, 192.0.2.9", 429},
		{"203.0.113.6", 200},
		{"2001:db8:1:2::1", 200}, {"2001:db8:1:2::2", 200}, {"2001:db8:1:2:ffff::3", 429}, {"2001:db8:1:3::1", 200},
	} {
		if got := ask(tt.hops); got != tt.want {
			t.Errorf("request %d from %s: %d, want %d", i, tt.hops, got, tt.want)
		}
	}
	direct := server(site, "http://localhost:8080", web.Config{Rates: tight(2)}) // no proxy in front: nobody is believed
	site.Handler = direct.Handler()
	for i, want := range []int{200, 200, 429} {
		if got := ask(fmt.Sprintf("203.0.113.%d", i)); got != want {
			t.Errorf("request %d with a forged header: %d, want %d", i, got, want)
		}
	}
}

// unread is a body that must not be asked for.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

const photoType = "multipart/form-data; boundary=x"

// A photo for which there is no place is refused before its first byte is read.
func TestNoPlaceForAPhoto(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func(c *webtest.Client, body io.Reader) int {
		return c.Do(http.MethodPost, "/appeal/new/evidence", photoType, body).StatusCode
	}
	// Two photos of one person on their way in: the third must wait, somebody
	// else's not.
	var work sync.WaitGroup
	defer work.Wait()
	var pipes []*io.PipeWriter
	slow := func(c *webtest.Client) {
		r, w := io.Pipe()
		pipes = append(pipes, w)
		work.Go(func() { send(c, r) })
		_, _ = w.Write([]byte("--x\r\n")) // returns when the server reads
	}
	slow(w.drafting)
	slow(w.drafting)
	if got := send(w.drafting, unread{t}); got != http.StatusServiceUnavailable {
		t.Errorf("the third photo of one person: %d", got)
	}
	if got := send(w.opener, strings.NewReader("--x--")); got == http.StatusServiceUnavailable {
		t.Errorf("a photo of somebody else: %d", got)
	}
	for _, p := range pipes {
		_ = p.Close()
	}
	work.Wait()
	// Everybody has left; now pictures wait to be decoded instead.
	ctx, stop := context.WithCancel(t.Context())
	large := pngOf(t, 2000, 2000)
	for range 12 {
		work.Go(func() {
			for ctx.Err() == nil {
				_, _ = w.Portal.Files.Prepare(ctx, large)
			}
		})
	}
	defer stop()
	full := false
	for deadline := time.Now().Add(20 * time.Second); !full && time.Now().Before(deadline); {
		if w.Portal.Files.Full() {
			var read counting
			full = send(w.granted, &read) == http.StatusServiceUnavailable && read == 0
		}
	}
	if !full {
		t.Error("a photo is read although too many wait")
	}
}

type counting int

func (c *counting) Read([]byte) (int, error) { *c++; return 0, io.EOF }

// A person may send so many photos a day, tried or kept; the count survives in the
// database, and the next day is another.
func TestPhotosADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status := 0
	tries := 0
	for ; tries < 200 && status != http.StatusTooManyRequests; tries++ {
		status = w.drafting.Get("/appeal/new/evidence").Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "a.gif", []byte("GIF89a")).Submit("do=add").Status
	}
	if tries < 40 || tries > 100 {
		t.Fatalf("held off after %d photos", tries)
	}
	w.drafting.Get("/appeal/new/evidence").Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "a.jpg", jpegOf(t, 90)).Submit("do=add").
		WantStatus(http.StatusTooManyRequests).Want("照片")
	w.opener.Get("/appeal/"+w.open).Form("/appeal/"+w.open+"/material").Set("kind", "lease").Attach("file", "a.jpg", jpegOf(t, 90)).Submit().WantStatus(http.StatusOK)
	w.Clock.Advance(24 * time.Hour)
	w.drafting.Get("/appeal/new/evidence").Form("/appeal/new/evidence").Set("kind", "lease").Attach("file", "a.jpg", jpegOf(t, 91)).Submit("do=add").WantStatus(http.StatusOK)
}

// pngOf is a large picture that is small on the wire.
func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	if b.Len() > evidence.MaxBytes {
		t.Fatal("too large")
	}
	return b.Bytes()
}
