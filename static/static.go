// Package static holds the style sheet, scripts and icons, embedded. Their
// names carry a checksum, so that browsers keep them for a year and a new
// release is never shown with old styles (WeChat has no easy way to clear them).
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed css/*.css js/*.js icons/*.svg
var files embed.FS

// sheets are the parts of app.css in the order of the cascade: the compiled
// base first, then our own layer.
var sheets = []string{"base", "tokens", "frame", "parts", "forms", "code", "story", "desk", "media"}

// A file as it is served.
type file struct {
	name  string // with its checksum
	kind  string
	etag  string
	plain []byte
	gzip  []byte
}

var (
	urls   = map[string]string{} // "app.css" → "/static/app.1f2e….css"
	served = map[string]*file{}  // by the last part of the URL
)

func init() {
	var css bytes.Buffer
	for _, s := range sheets {
		css.Write(mustRead("css/" + s + ".css"))
	}
	add("app.css", "text/css; charset=utf-8", css.Bytes())
	for dir, kind := range map[string]string{"js": "text/javascript; charset=utf-8", "icons": "image/svg+xml"} {
		entries, err := files.ReadDir(dir)
		if err != nil {
			panic(fmt.Errorf("list static files: %w", err)) // part of the program: cannot happen in a tested build
		}
		for _, e := range entries {
			add(e.Name(), kind, mustRead(dir+"/"+e.Name()))
		}
	}
}

// URL is the path of a file by its plain name, such as "app.css". It panics for
// a name that does not exist: page tests render every page.
func URL(name string) string {
	u, ok := urls[name]
	if !ok {
		panic("no static file " + name)
	}
	return u
}

// Names are the plain names of all files.
func Names() []string { return slices.Sorted(maps.Keys(urls)) }

// Handler serves the files below /static/. Anything else, also an old checksum,
// is 404.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, "/static/")
		f := served[name]
		if !ok || f == nil {
			w.Header().Set("Cache-Control", "no-store")
			http.NotFound(w, r)
			return
		}
		f.serve(w, r)
	})
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", f.etag)
	if strings.Contains(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone: nobody to tell
	}
}

func add(name, kind string, body []byte) {
	sum := sha256.Sum256(body)
	mark := hex.EncodeToString(sum[:])[:12]
	ext := path.Ext(name)
	f := &file{
		name:  strings.TrimSuffix(name, ext) + "." + mark + ext,
		kind:  kind,
		etag:  `"` + mark + `"`,
		plain: body,
		gzip:  squeeze(body),
	}
	urls[name] = "/static/" + f.name
	served[f.name] = f
}

func squeeze(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

func mustRead(name string) []byte {
	body, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Errorf("read static file: %w", err))
	}
	return body
}
