// Package webtest is the browser of the page tests: it keeps cookies, follows
// redirects, fills in forms by their labels' names as they stand on the page,
// and holds every page it visits to the rules of all pages (one h1, labels,
// ids, policy, request-forgery field, no untranslated key). It runs the whole
// portal over a real database; only the clock and the text messages are fakes.
package webtest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Client is one browser with its own cookies.
type Client struct {
	t      testing.TB
	site   *Site
	jar    *cookiejar.Jar
	header http.Header
	// Loose switches the page checks off, for pages that are meant to be wrong.
	Loose bool
}

// With sets a header that this browser sends from now on; empty removes it.
func (c *Client) With(name, value string) *Client {
	if value == "" {
		c.header.Del(name)
	} else {
		c.header.Set(name, value)
	}
	return c
}

// English makes this browser's pages English from now on.
func (c *Client) English() *Client { return c.choose("yx_lang", "en") }

// Large makes this browser's pages large from now on.
func (c *Client) Large() *Client { return c.choose("yx_elder", "1") }

func (c *Client) choose(name, value string) *Client {
	c.jar.SetCookies(c.site.base, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
	return c
}

// Cookie is the value of a cookie that the browser keeps, or "".
func (c *Client) Cookie(name string) string {
	for _, ck := range c.jar.Cookies(c.site.base) {
		if ck.Name == name {
			return ck.Value
		}
	}
	return ""
}

// SetCookie plants a cookie, as a thief or an old browser would.
func (c *Client) SetCookie(name, value string) { c.choose(name, value) }

// Get visits a page and follows redirects.
func (c *Client) Get(path string) *Page {
	c.t.Helper()
	return c.follow(c.Do(http.MethodGet, path, "", nil))
}

// Post sends a form as given, without looking at any page; csrf included if the
// test wants it to pass.
func (c *Client) Post(path string, form url.Values) *Page {
	c.t.Helper()
	return c.follow(c.Do(http.MethodPost, path, formType, strings.NewReader(form.Encode())))
}

const formType = "application/x-www-form-urlencoded"

// Do sends one request without following redirects.
func (c *Client) Do(method, path, contentType string, body io.Reader) *http.Response {
	c.t.Helper()
	req := httptest.NewRequest(method, c.site.base.String()+path, body)
	req.RemoteAddr = "192.0.2.7:40000"
	for name, values := range c.header {
		req.Header[name] = values
	}
	if contentType == formType {
		var sent bytes.Buffer
		req.Body = io.NopCloser(io.TeeReader(req.Body, &sent))
		defer func() { c.site.wire.form(sent.String()) }()
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for _, ck := range c.jar.Cookies(c.site.base) {
		req.AddCookie(ck)
	}
	c.site.wire.request(req)
	rec := httptest.NewRecorder()
	c.site.Handler.ServeHTTP(rec, req)
	res := rec.Result()
	res.Request = req
	c.jar.SetCookies(c.site.base, res.Cookies())
	for _, ck := range res.Cookies() {
		c.site.wire.heard(ck.Value)
	}
	if what := c.site.wire.inAddress(res.Header.Get("Location")); what != "" {
		c.t.Errorf("%s %s leads to an address with %s", method, path, what)
	}
	return res
}

func (c *Client) follow(res *http.Response) *Page {
	c.t.Helper()
	for range 10 {
		if res.StatusCode != http.StatusSeeOther {
			return c.Page(res)
		}
		to, err := res.Request.URL.Parse(res.Header.Get("Location"))
		if err != nil || to.Host != c.site.base.Host {
			c.t.Fatalf("redirect to %q", res.Header.Get("Location"))
		}
		res = c.Do(http.MethodGet, to.RequestURI(), "", nil)
	}
	c.t.Fatal("redirects in a circle")
	return nil
}

// Page reads an answer that was asked for with Do.
func (c *Client) Page(res *http.Response) *Page {
	c.t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	p := &Page{Document: doc, Status: res.StatusCode, Header: res.Header, URL: res.Request.URL, Body: string(body), t: c.t, client: c}
	if !c.Loose && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		p.check()
	}
	return p
}

// Form is a form as it stands on a page, filled with what stands in it.
type Form struct {
	page    *Page
	action  string
	values  url.Values
	files   map[string]file
	buttons url.Values
	typed   []string
	query   bool
}

type file struct {
	name string
	data []byte
}

// Form is the form that posts to action (or the first one that contains it);
// without an argument the only form of the main part.
func (p *Page) Form(action ...string) *Form {
	p.t.Helper()
	selection := p.Find("main form")
	if len(action) > 0 {
		selection = p.Find("form").FilterFunction(func(_ int, s *goquery.Selection) bool {
			a, _ := s.Attr("action")
			return a == action[0]
		})
	}
	if selection.Length() == 0 && len(action) > 0 {
		if f := p.formBy(p.Find("button[formaction='" + action[0] + "']").First()); f != nil {
			return f
		}
	}
	if selection.Length() == 0 {
		p.t.Fatalf("%s (%d): no form %v: %s", p.URL, p.Status, action, p.Text("main"))
	}
	return p.form(selection.First())
}

// formBy is the form of a button that sends it elsewhere; nil if there is none.
func (p *Page) formBy(button *goquery.Selection) *Form {
	owner := button.Closest("form")
	if id, apart := button.Attr("form"); apart {
		owner = p.Find("form#" + id)
	}
	if owner.Length() == 0 {
		return nil
	}
	f := p.form(owner)
	f.action, _ = button.Attr("formaction")
	return f
}

// LastForm is Form for a page with several forms of one action: the last.
func (p *Page) LastForm(action string) *Form {
	p.t.Helper()
	selection := p.Find("form[action='" + action + "']")
	if selection.Length() == 0 {
		p.t.Fatalf("%s (%d): no form %v: %s", p.URL, p.Status, action, p.Text("main"))
	}
	return p.form(selection.Last())
}

// Forms are all forms of the page.
func (p *Page) Forms() []*Form {
	var all []*Form
	for _, s := range p.Find("form").EachIter() {
		all = append(all, p.form(s))
	}
	return all
}

func (p *Page) form(s *goquery.Selection) *Form {
	f := &Form{page: p, values: url.Values{}, files: map[string]file{}, buttons: url.Values{}}
	f.action, _ = s.Attr("action")
	method, _ := s.Attr("method")
	f.query = !strings.EqualFold(method, "post")
	const fields = "input, textarea, select, button"
	s.Find(fields).Each(func(_ int, in *goquery.Selection) { f.read(in) })
	if id, named := s.Attr("id"); named { // fields elsewhere on the page can be its own
		p.Find(fields).Filter("[form='" + id + "']").Each(func(_ int, in *goquery.Selection) { f.read(in) })
	}
	return f
}

func (f *Form) read(in *goquery.Selection) {
	name, _ := in.Attr("name")
	if _, off := in.Attr("disabled"); name == "" || off {
		return
	}
	value, _ := in.Attr("value")
	kind, _ := in.Attr("type")
	if kind != "hidden" && kind != "submit" && kind != "file" && goquery.NodeName(in) != "button" && !slices.Contains(f.typed, name) {
		f.typed = append(f.typed, name)
	}
	_, checked := in.Attr("checked")
	switch {
	case goquery.NodeName(in) == "button" || kind == "submit":
		f.buttons.Add(name, value)
	case goquery.NodeName(in) == "textarea":
		f.values.Add(name, in.Text())
	case goquery.NodeName(in) == "select":
		chosen := in.Find("option[selected]")
		if chosen.Length() == 0 {
			chosen = in.Find("option").First()
		}
		v, ok := chosen.Attr("value")
		if !ok {
			v = chosen.Text()
		}
		f.values.Add(name, v)
	case kind == "file":
		f.files[name] = file{}
	case kind == "radio" || kind == "checkbox":
		if checked {
			f.values.Add(name, value)
		}
	default:
		f.values.Add(name, value)
	}
}

// Set types into a field, or ticks the choices given; no value empties it. The
// field must stand on the page.
func (f *Form) Set(name string, values ...string) *Form {
	f.page.t.Helper()
	if f.page.Find("[name='"+name+"']").Length() == 0 {
		f.page.t.Fatalf("%s: no field %q: %s", f.page.URL, name, f.page.Text("main"))
	}
	f.values[name] = values
	return f
}

// Force sets a parameter whether or not the page offers it, as an attacker does.
func (f *Form) Force(name string, values ...string) *Form {
	f.values[name] = values
	return f
}

// Attach chooses a file.
func (f *Form) Attach(name, filename string, data []byte) *Form {
	f.files[name] = file{filename, data}
	return f
}

// Action is where the form goes.
func (f *Form) Action() string { return f.action }

// Typed are the names of what a person types or chooses: all but hidden fields.
func (f *Form) Typed() []string { return f.typed }

// Values are what would be sent.
func (f *Form) Values() url.Values { return f.values }

// Submit presses the form's button (the one with this name=value, if given) and
// follows redirects.
func (f *Form) Submit(button ...string) *Page {
	f.page.t.Helper()
	c := f.page.client
	for _, b := range button {
		name, value, _ := strings.Cut(b, "=")
		f.values.Set(name, value)
	}
	if f.query {
		return c.Get(f.action + "?" + f.values.Encode())
	}
	if len(f.files) == 0 {
		return c.Post(f.action, f.values)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range f.values {
		for _, v := range values {
			c.site.wire.entry(name, v)
			_ = w.WriteField(name, v)
		}
	}
	for name, file := range f.files {
		c.site.wire.heard(file.name)
		part, _ := w.CreateFormFile(name, file.name)
		_, _ = part.Write(file.data)
	}
	_ = w.Close()
	return c.follow(c.Do(http.MethodPost, f.action, w.FormDataContentType(), &body))
}
