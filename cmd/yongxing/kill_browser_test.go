package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// browser is a client of a server that may die at any moment: every step
// answers an error instead of failing the test, and is tried again.
type browser struct {
	base, address string
	http          *http.Client
	acks          *atomic.Int64
}

func (c *city) browser(address string) *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{base: c.url, address: address, http: &http.Client{Jar: jar, Timeout: 20 * time.Second}, acks: &c.acks}
}

// page is an answer that has arrived whole.
type page struct {
	*goquery.Document
	at string // path after redirects
}

func (b *browser) do(req *http.Request) (page, error) {
	req.Header.Set("X-Forwarded-For", b.address) // the limits count addresses
	res, err := b.http.Do(req)
	if err != nil {
		return page{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return page{}, err
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		return page{}, err
	}
	p := page{doc, res.Request.URL.Path}
	if res.StatusCode != http.StatusOK {
		return p, fmt.Errorf("%s: status %d: %s", p.at, res.StatusCode, strings.Join(strings.Fields(doc.Find("main").Text()), " "))
	}
	return p, nil
}

func (b *browser) get(path string) (page, error) {
	req, err := http.NewRequest(http.MethodGet, b.base+path, nil)
	if err != nil {
		return page{}, err
	}
	return b.do(req)
}

// send fills in the last form of a page that goes to action, and posts it.
func (b *browser) send(p page, action string, pairs ...string) (page, error) {
	values, err := filled(p, action, pairs)
	if err != nil {
		return page{}, err
	}
	return b.post(action, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

// upload is send with a photo.
func (b *browser) upload(p page, action string, photo []byte, pairs ...string) (page, error) {
	values, err := filled(p, action, pairs)
	if err != nil {
		return page{}, err
	}
	body, kind := uploadBody(values, photo)
	return b.post(action, kind, bytes.NewReader(body))
}

func uploadBody(values url.Values, photo []byte) (body []byte, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name := range values {
		_ = w.WriteField(name, values.Get(name)) // into memory: never fails
	}
	part, _ := w.CreateFormFile("file", "photo.jpg")
	_, _ = part.Write(photo)
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType()
}

// photo is the same picture each time.
func photo() []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 80, 60)), nil) // into memory: never fails
	return b.Bytes()
}

func filled(p page, action string, pairs []string) (url.Values, error) {
	form := p.Find("form[action='" + action + "']").Last()
	if form.Length() == 0 {
		return nil, fmt.Errorf("%s: no form to %s", p.at, action)
	}
	values := url.Values{}
	form.Find("input[type=hidden], textarea, select").Each(func(_ int, in *goquery.Selection) {
		name, _ := in.Attr("name")
		value, _ := in.Attr("value")
		switch goquery.NodeName(in) {
		case "textarea":
			value = in.Text()
		case "select":
			value, _ = in.Find("option[selected]").Attr("value")
		}
		values.Set(name, value)
	})
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values, nil
}

// post sends a body; a page that comes back acknowledges a change.
func (b *browser) post(action, contentType string, body io.Reader) (page, error) {
	req, err := http.NewRequest(http.MethodPost, b.base+action, body)
	if err != nil {
		return page{}, err
	}
	req.Header.Set("Content-Type", contentType)
	p, err := b.do(req)
	if err == nil && !strings.HasSuffix(action, "/preview") {
		b.acks.Add(1)
	}
	return p, err
}

// step fills in the form of a page at its own address.
func (b *browser) step(path string, pairs ...string) (page, error) {
	p, err := b.get(path)
	if err != nil {
		return p, err
	}
	if p.at != path { // a step that an earlier try has done leads on
		return p, nil
	}
	return b.send(p, path, pairs...)
}

var (
	errElsewhere = errors.New("led elsewhere")
	errGone      = errors.New("what was saved is gone")
	errLater     = errors.New("not within a minute")
)
