package webtest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// requireBrowser is the setting that makes a missing tool a failure; without
// it the test is left out with one line.
const requireBrowser = "YX_REQUIRE_BROWSER"

// Tool is the path of a program that the test needs. If it is not on this
// machine the test is left out, or fails where browser tests are required.
func Tool(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv(requireBrowser) != "" {
		t.Fatalf("%s is not installed", names[0])
	}
	t.Skipf("left out: %s is not installed", names[0])
	return ""
}

// NodeFile is the path of a file of a package that npm ci has installed in .node,
// as .ci/run does. If it is not there the test is left out, or fails where
// browser tests are required. Tests run in a folder below the top one.
func NodeFile(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", ".node", "node_modules", filepath.FromSlash(name))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv(requireBrowser) != "" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("left out: %s is not installed; npm ci in .node", name)
	return ""
}

// WeChat is a user agent of WeChat's in-app browser on an old Android.
const WeChat = "Mozilla/5.0 (Linux; Android 9; MI 6) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/86.0.4240.99 XWEB/3149 MMWEBSDK/20220204 Mobile Safari/537.36 MicroMessenger/8.0.19.2080(0x28001337) Process/toolsmp WeChat/arm64 NetType/4G Language/zh_CN"

// Screen says how a real browser looks at the portal.
type Screen struct {
	Width, Height int64
	UserAgent     string // empty = Chromium's own
	NoScript      bool
}

// Screens that the stories are told on.
var (
	Phone = Screen{Width: 375, Height: 667, UserAgent: WeChat}
	Desk  = Screen{Width: 1280, Height: 800}
)

// Tab is one tab of a real Chromium with cookies of its own.
type Tab struct {
	Ctx  context.Context
	Base string
	t    testing.TB

	// What it was told last: to be told it again costs a layout.
	width, height, percent int64
}

// Listen serves the site on a loopback port. Old browsers send no Sec-Fetch
// headers and no Origin: with old set they are taken away before the portal
// sees them.
func (s *Site) Listen(old bool) string {
	s.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page := s.keptAt(r.URL.Path); page != nil {
			maps.Copy(w.Header(), page.Header)
			w.WriteHeader(page.Status)
			_, _ = io.WriteString(w, page.Body)
			return
		}
		for name := range r.Header {
			if old && (strings.HasPrefix(name, "Sec-") || name == "Origin") {
				r.Header.Del(name)
			}
		}
		s.Handler.ServeHTTP(w, r)
	})
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(ln) }()
	s.t.Cleanup(func() { _ = srv.Close() })
	return "http://" + ln.Addr().String()
}

// shared is the Chromium that all tests of a program look through: to start one
// costs more than most of them.
var shared struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func startShared(path string) {
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("lang", "zh-CN"), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,SpareRendererForSitePerProcess"), // no process started ahead of each page
		chromedp.WSURLReadTimeout(60*time.Second))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	browser, stopBrowser := chromedp.NewContext(alloc)
	shared.ctx, shared.stop = browser, func() {
		stopBrowser()
		stop()
	}
	shared.err = chromedp.Do(browser)
}

// Run runs the tests of a program that call Chromium, and ends the browser.
func Run(m *testing.M) int {
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	return code
}

// Chromium is a real browser; open tabs with its function, each for the test or
// subtest that looks through it. All tests of a program share one browser, but a tab
// shares nothing with others: neither cookies nor stores. Tabs read Chinese first.
func Chromium(t testing.TB) func(t testing.TB, base string, look Screen) *Tab {
	t.Helper()
	path := Tool(t, "chromium", "chromium-browser", "google-chrome")
	shared.once.Do(func() { startShared(path) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return func(t testing.TB, base string, look Screen) *Tab {
		t.Helper()
		ctx, stop := chromedp.NewContext(shared.ctx, chromedp.WithNewBrowserContext())
		t.Cleanup(stop)
		ctx, stopTime := context.WithTimeout(ctx, 9*time.Minute)
		t.Cleanup(stopTime)
		tab := &Tab{Ctx: ctx, Base: base, t: t, percent: 100}
		tab.Do(chromedp.Navigate("about:blank"))
		tab.Resize(look.Width, look.Height)
		call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: look.NoScript})
		agent := look.UserAgent
		if agent == "" {
			agent = strings.ReplaceAll(Eval[string](tab, "navigator.userAgent"), "Headless", "")
		}
		call(tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: "zh-CN,zh;q=0.9"})
		return tab
	}
}

func call[P, R any](b *Tab, cmd cdp.Command[P, R], params P) R {
	b.t.Helper()
	res, err := chromedp.Call(b.Ctx, cmd, params)
	if err != nil {
		b.t.Fatalf("browser: %s: %v", cmd.Method, err)
	}
	return res
}

// Resize gives the tab another window; below 600 pixels it is a phone's.
func (b *Tab) Resize(width, height int64) {
	b.t.Helper()
	if b.width == width && b.height == height {
		return
	}
	b.width, b.height = width, height
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600})
}

// Enlarge sets the text size that the reader has chosen in their browser, in per
// cent; 100 is what it comes with.
func (b *Tab) Enlarge(percent int64) {
	b.t.Helper()
	if b.percent == percent {
		return
	}
	b.percent = percent
	call(b, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: 16 * percent / 100}})
}

// ZoomText makes text larger and leaves the boxes around it as they are, as
// WeChat on Android does, in per cent.
func (b *Tab) ZoomText(percent int64) {
	b.t.Helper()
	Eval[bool](b, fmt.Sprintf(`(() => {
		if (%[1]d === 100 && document.adoptedStyleSheets.length === 0) return true;
		const sheet = new CSSStyleSheet();
		if (%[1]d !== 100) sheet.replaceSync("html { text-size-adjust: %[1]d%% !important; -webkit-text-size-adjust: %[1]d%% !important }");
		document.adoptedStyleSheets = [sheet];
		return true;
	})()`, percent))
}

// Preload runs a script of the test in every page before the page's own; no
// policy of the page hinders it.
func (b *Tab) Preload(script string) {
	b.t.Helper()
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// SendEmpty sends the n-th form of the page with nothing typed or chosen, past
// what the browser itself would object to, and waits for the page that follows.
func (b *Tab) SendEmpty(n int) {
	b.t.Helper()
	send := fmt.Sprintf(`void setTimeout(() => {
		const form = document.forms[%d];
		for (const e of form.elements) { if (e.type === "hidden") continue; e.checked = false; if (e.type !== "radio" && e.type !== "checkbox") e.value = ""; }
		HTMLFormElement.prototype.submit.call(form);
	})`, n)
	if _, err := chromedp.RunResponse(b.Ctx, chromedp.Evaluate[chromedp.Void](send)); err != nil {
		b.t.Fatalf("browser at %s: form %d: %v", b.Location(), n, err)
	}
}

// SendAll sends the n-th form of the page with text in every field that is typed
// into, past what the browser itself would object to, and waits for the page that
// follows.
func (b *Tab) SendAll(n int, text string) {
	b.t.Helper()
	send := fmt.Sprintf(`void setTimeout(() => {
		const form = document.forms[%d];
		for (const e of form.elements) { if (e.matches("textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=file])")) { if (e.tagName === "INPUT") e.type = "text"; e.value = %q; } }
		HTMLFormElement.prototype.submit.call(form);
	})`, n, text)
	if _, err := chromedp.RunResponse(b.Ctx, chromedp.Evaluate[chromedp.Void](send)); err != nil {
		b.t.Fatalf("browser at %s: form %d: %v", b.Location(), n, err)
	}
}

// Cookie gives the tab one cookie.
func (b *Tab) Cookie(name, value string) *Tab {
	b.t.Helper()
	call(b, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.Base})
	return b
}

// Undress takes all cookies from the tab.
func (b *Tab) Undress() *Tab {
	b.t.Helper()
	call(b, network.ClearBrowserCookies, chromedp.Void{})
	return b
}

// Media says what the tab is looked at through: "print" or "" (a screen), and
// features such as "forced-colors: active".
func (b *Tab) Media(kind string, features ...string) *Tab {
	b.t.Helper()
	params := emulation.SetEmulatedMediaParams{Media: kind}
	for _, f := range features {
		name, value, _ := strings.Cut(f, ": ")
		params.Features = append(params.Features, &emulation.MediaFeature{Name: name, Value: value})
	}
	call(b, emulation.SetEmulatedMedia, params)
	return b
}

// Wear gives the tab the cookies of a page-test browser.
func (b *Tab) Wear(c *Client) *Tab {
	b.t.Helper()
	for _, ck := range c.jar.Cookies(c.site.base) {
		b.Cookie(ck.Name, ck.Value)
	}
	return b
}

// Await is the value of a JavaScript promise of a string.
func Await(b *Tab, expression string) string {
	b.t.Helper()
	v, err := chromedp.Run(b.Ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("browser at %s: %v", b.Location(), err)
	}
	return v
}

// Do runs steps and fails the test on an error.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.Ctx, steps...); err != nil {
		b.t.Fatalf("browser at %s: %v\n%s", b.Location(), err, b.text())
	}
}

// Open goes to a path of the site.
func (b *Tab) Open(path string) *Tab {
	b.t.Helper()
	b.Do(chromedp.Navigate(b.Base + path))
	return b
}

// Location is where the tab is.
func (b *Tab) Location() string {
	at, _ := chromedp.Run(b.Ctx, chromedp.Location())
	return at
}

// Eval is the value of a JavaScript expression; it also works where the page's
// own scripts are switched off.
func Eval[T any](b *Tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.Ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("browser at %s: %s: %v", b.Location(), expression, err)
	}
	return v
}

func (b *Tab) text() string {
	text, _ := chromedp.Run(b.Ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	return text
}

// Want waits a little for each of the words and fails the test without them.
func (b *Tab) Want(words ...string) *Tab {
	b.t.Helper()
	for _, w := range words {
		deadline := time.Now().Add(10 * time.Second)
		for !strings.Contains(b.text(), w) {
			if time.Now().After(deadline) {
				b.t.Fatalf("browser at %s: no %q on the page:\n%s", b.Location(), w, b.text())
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return b
}

// Back presses the browser's back button and waits for the page.
func (b *Tab) Back() *Tab {
	b.t.Helper()
	Eval[bool](b, `(window.old = true, setTimeout(() => history.back()), true)`)
	return b.Until(`window.old === undefined && document.readyState === "complete"`)
}

// Until waits until an expression is true; the page may change meanwhile.
func (b *Tab) Until(expression string) *Tab {
	b.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		if done, err := chromedp.Run(b.Ctx, chromedp.Evaluate[bool](expression)); err == nil && done {
			return b
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("browser at %s: never %s:\n%s", b.Location(), expression, b.text())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Tick chooses a radio button or ticks a box by clicking its label.
func (b *Tab) Tick(id string) *Tab {
	b.t.Helper()
	b.Do(chromedp.Click(chromedp.CSS(`label[for="` + id + `"]`)))
	return b
}

// TickValue chooses the radio button or box of a name that has this value.
func (b *Tab) TickValue(name, value string) *Tab {
	b.t.Helper()
	return b.Tick(Eval[string](b, `document.querySelector('input[name="`+name+`"][value="`+value+`"]').id`))
}

// Type empties a field and types into it.
func (b *Tab) Type(id, value string) *Tab {
	b.t.Helper()
	Eval[bool](b, `(document.getElementById("`+id+`").value = "", true)`)
	b.Do(chromedp.SendKeys(chromedp.CSS("#"+id), value))
	return b
}

// Choose takes an option of a select by its value.
func (b *Tab) Choose(id, value string) *Tab {
	b.t.Helper()
	if got := Eval[string](b, `(document.getElementById("`+id+`").value = "`+value+`")`); got != value || Eval[string](b, `document.getElementById("`+id+`").value`) != value {
		b.t.Fatalf("browser at %s: #%s has no option %q", b.Location(), id, value)
	}
	return b
}

// Attach chooses a file.
func (b *Tab) Attach(id, path string) *Tab {
	b.t.Helper()
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#"+id), []string{path}))
	return b
}

// Press clicks what the selector names and waits for the page that follows.
func (b *Tab) Press(selector string) *Tab {
	b.t.Helper()
	what := chromedp.CSS(selector)
	if _, err := chromedp.RunResponse(b.Ctx, chromedp.ScrollIntoView(what), chromedp.Click(what)); err != nil {
		b.t.Fatalf("browser at %s: press %s: %v\n%s", b.Location(), selector, err, b.text())
	}
	return b
}

// Shot is a PNG of the whole page at one device pixel a CSS pixel.
func (b *Tab) Shot() []byte {
	b.t.Helper()
	png, err := chromedp.Run(b.Ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("browser at %s: screenshot: %v", b.Location(), err)
	}
	return png
}
