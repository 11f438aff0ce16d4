package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"yongxing/static"
	"yongxing/web/webtest"
)

// tooNew is one thing a line that Chromium 80 or iOS 12 does not know, and the
// word that its refusal holds: the pattern that the check looks for may never
// have matched anything.
var tooNew = []struct{ file, code, said string }{
	{"css", "a:has(b){color:red}", "css-has"},
	{"css", "@layer x{a{color:red}}", "css-cascade-layers"},
	{"css", ".n{& b{color:red}}", "css-nesting"},
	{"css", ".c{color:color-mix(in srgb,red,blue)}", "color-mix"},
	{"css", ".i{inset:0}", "rewritten as top: 0"},
	{"css", ".f{display:flex;gap:1rem}", "flexbox-gap"},
	{"css", ".a{aspect-ratio:1}", "aspect-ratio"},
	{"css", ".w{width:clamp(1px,2vw,3px)}", "clamp"},
	{"css", ".s:is(a,b){color:red}", ":is("},
	{"css", ".v:focus-visible{color:red}", "css-focus-visible"},
	{"css", "@container (min-width:1px){a{color:red}}", "css-container-queries"},
	{"css", ".g{display:grid;grid-template-columns:subgrid}", "css-subgrid"},
	{"css", ".l{margin-inline:1px}", "margin-inline"},
	{"css", ".d{height:100dvh}", "viewport-unit-variants"},
	{"css", ".p{position:sticky}", "-webkit-sticky"},
	{"css", ".r{color:rgb(0 0 0 / 50%)}", "rgba("},
	{"css", "@media (400px<=width){a{color:red}}", "min-width"},
	{"js", "a = b?.c;", "rewritten"},
	{"js", "a = b ?? c;", "rewritten"},
	{"js", "a ||= b;", "rewritten"},
	{"js", "class A { #b = 1 }", "rewritten"},
	{"js", "a = /(?<=b)c/;", "rewritten"},
	{"js", "b = a.at(-1);", ".at("},
	{"js", "d.showModal();", "showModal"},
	{"js", "createImageBitmap(b);", "createImageBitmap"},
}

// What is served reads on the oldest browsers that we promise: Chromium 80, which
// WeChat's own kernel is not older than, and iOS 12. A build tool with these as
// its target would have to rewrite nothing, and the tables of caniuse know
// nothing in it that one of them lacks.
func TestServedFilesReadOnOldBrowsers(t *testing.T) {
	t.Parallel()
	node := webtest.Tool(t, "node")
	webtest.NodeFile(t, "esbuild")
	webtest.NodeFile(t, "doiuse")
	dir := t.TempDir()
	read := func(files ...string) string {
		said, err := exec.Command(node, append([]string{"../.node/old-browsers.mjs"}, files...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return string(said)
	}
	put := func(name, code string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	var served []string
	for _, name := range static.Names() {
		if kind := path.Ext(name); kind == ".css" || kind == ".js" {
			w := httptest.NewRecorder()
			static.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, static.URL(name), nil))
			served = append(served, put(name, w.Body.String()))
		}
	}
	if len(served) < 5 {
		t.Errorf("only %v are served", served)
	}
	if said := read(served...); said != "" {
		t.Errorf("too new:\n%s", said)
	}
	if said := read(put("asked.js", "if (!window.createImageBitmap) throw 1; createImageBitmap(1);")); said != "" {
		t.Errorf("what is asked for first is too new:\n%s", said)
	}
	var bad []string
	for i, c := range tooNew {
		bad = append(bad, put(string(rune('A'+i))+"."+c.file, c.code))
	}
	said := read(bad...)
	for i, c := range tooNew {
		if prefix := string(rune('A'+i)) + "." + c.file; !hasLine(said, prefix, c.said) {
			t.Errorf("%s passes:\n%s", c.code, said)
		}
	}
}

// hasLine says whether a line begins with one thing and holds another.
func hasLine(lines, prefix, word string) bool {
	for line := range strings.Lines(lines) {
		if strings.HasPrefix(line, prefix) && strings.Contains(line, word) {
			return true
		}
	}
	return false
}
