package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, path string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHandler(t *testing.T) {
	t.Parallel()
	plain := get(t, URL("app.css"), http.Header{})
	body, err := io.ReadAll(plain.Body)
	if err != nil {
		t.Fatal(err)
	}
	if plain.StatusCode != http.StatusOK || !strings.HasPrefix(plain.Header.Get("Content-Type"), "text/css") ||
		!strings.Contains(plain.Header.Get("Cache-Control"), "immutable") || !bytes.Contains(body, []byte(".yx-code")) {
		t.Errorf("got %d %v", plain.StatusCode, plain.Header)
	}
	zipped := get(t, URL("app.css"), http.Header{"Accept-Encoding": {"br, gzip"}})
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := io.ReadAll(z); err != nil || !bytes.Equal(same, body) {
		t.Error("the compressed body differs")
	}
	again := get(t, URL("app.css"), http.Header{"If-None-Match": {plain.Header.Get("ETag")}})
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("got %d", again.StatusCode)
	}
}

func TestUnknownFilesAreNotFoundAndNotKept(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/static/", "/static/app.css", "/static/app.000000000000.css", "/static/../static.go", "/other"} {
		r := get(t, path, http.Header{})
		if r.StatusCode != http.StatusNotFound || strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", path, r.StatusCode, r.Header)
		}
	}
}

// The limits of the first visit: all scripts 12 KB, the style sheet 20 KB.
func TestWeights(t *testing.T) {
	t.Parallel()
	scripts := 0
	for name, f := range served {
		if strings.HasSuffix(name, ".js") {
			scripts += len(f.gzip)
		}
		if strings.HasSuffix(name, ".css") && len(f.gzip) > 20<<10 {
			t.Errorf("%s has %d bytes", name, len(f.gzip))
		}
	}
	if scripts > 12<<10 {
		t.Errorf("scripts have %d bytes", scripts)
	}
}

// newSyntax is what WebViews of 2020 do not read.
var newSyntax = regexp.MustCompile(`\?\.[a-zA-Z(\[]|\?\?|=>|\blet\b|\bconst\b`)

func TestScriptsReadOnOldPhones(t *testing.T) {
	t.Parallel()
	for name, f := range served {
		if m := newSyntax.Find(f.plain); strings.HasSuffix(name, ".js") && m != nil {
			t.Errorf("%s: %q", name, m)
		}
	}
}

func TestStyleSheetAsksForNothingElse(t *testing.T) {
	t.Parallel()
	css := served[strings.TrimPrefix(URL("app.css"), "/static/")].plain
	for _, not := range []string{"url(", "@import", "\ufeff", ":has(", "@layer"} {
		if i := bytes.Index(css, []byte(not)); i >= 0 {
			t.Errorf("%q at %.80s", not, css[i:])
		}
	}
}
