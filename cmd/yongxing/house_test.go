package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "yongxing/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, "yongxing/")
		all = append(all, p)
	}
}

// pure packages know neither the database nor the clock.
var pure = []string{"models/fault", "models/division", "models/identity", "models/lastknown", "models/pass", "models/review", "models/review/examples", "models/review/strict"}

// rules says which packages of ours a package may import, by the longest prefix
// that fits its path. Imports run one way: cmd → web → handlers → {models,
// views}, models → nouns → {store, fault}; no noun imports a noun, and views
// know no models.
var rules = []struct {
	path string
	may  []string
}{
	{"cmd", []string{"cmd", "web", "handlers", "models", "views/text"}},
	{"web", []string{"web", "handlers", "models", "views", "static"}},
	// The sessions stand below the handlers, who sign people in: a leaf.
	{"web/session", []string{"models/session", "models/lastknown", "models/store", "models/fault"}},
	{"web/outbound", []string{"handlers/job"}},
	{"web/admin", []string{"models"}},
	{"handlers", []string{"handlers", "models", "views", "web/session"}},
	{"views", []string{"views", "static"}},
	{"static", nil},
	{"models", append([]string{"models/"}, pure...)},
	// Nouns; models/job holds the arguments of jobs and is known to who queues one.
	{"models/", append([]string{"models/store", "models/job"}, pure...)},
	{"models/store", []string{"models/fault"}},
	{"models/job", []string{"models/store"}},
	{"models/review", []string{"models/review"}},
	{"models/lastknown", nil},
	{"models/pass", nil},
	{"models/fault", nil},
	{"models/division", nil},
	{"models/identity", []string{"models/division", "models/fault"}},
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		best := -1
		for i, r := range rules {
			fits := p.ImportPath == r.path || strings.HasPrefix(p.ImportPath, strings.TrimSuffix(r.path, "/")+"/")
			if fits && !(r.path == "models" && p.ImportPath != "models") && (best < 0 || len(r.path) > len(rules[best].path)) {
				best = i
			}
		}
		if best < 0 {
			t.Errorf("%s: no rule says what it may import", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			own, ours := strings.CutPrefix(imported, "yongxing/")
			if ours && !slices.ContainsFunc(rules[best].may, func(may string) bool {
				return own == may || strings.HasPrefix(own, strings.TrimSuffix(may, "/")+"/")
			}) {
				t.Errorf("%s imports %s", p.ImportPath, own)
			}
			if slices.Contains(pure, p.ImportPath) && (strings.HasPrefix(imported, "gorm.io") || imported == "database/sql") {
				t.Errorf("%s is pure and imports %s", p.ImportPath, imported)
			}
			if imported == "github.com/labstack/echo/v4" && (strings.HasPrefix(p.ImportPath, "models") || strings.HasPrefix(p.ImportPath, "views")) {
				t.Errorf("%s knows about HTTP", p.ImportPath)
			}
		}
	}
}

// TestClockIsInjected: time comes from the store's clock, so that a test or the
// demo can move it. Only the program, the store's default and the timing of
// requests, and of the end of a server, read the machine's.
func TestClockIsInjected(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if strings.HasPrefix(p.ImportPath, "cmd") || p.ImportPath == "models/store" || p.ImportPath == "models/modeltest" || strings.HasPrefix(p.ImportPath, "web/webtest") {
			continue
		}
		for _, name := range p.GoFiles {
			if p.ImportPath == "web" && (name == "front.go" || name == "admission.go" || name == "quiet_linux.go") {
				continue
			}
			body, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(body), "time.Now()") || strings.Contains(string(body), "time.Since(") {
				t.Errorf("%s/%s reads the machine's clock", p.ImportPath, name)
			}
		}
	}
}

func TestTopLevelStaysSmall(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("git", "-C", "../..", "ls-files").Output()
	if err != nil {
		t.Skip("left out: not a checkout")
	}
	allowed := []string{"cmd", "web", "views", "static", "models", "handlers", "go.mod", "go.sum", "Makefile", "README.md"}
	for line := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(line), "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s does not belong at the top", top)
		}
	}
}
