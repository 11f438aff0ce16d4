package admin

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/models/modeltest"
)

const facts = "source,document_number,kind,class,place,from,to\n" +
	"province,330203199003071232,stay,stayed,330203,2026-02-27,2026-02-28\n" +
	"province,330203199003071231,stay,stayed,330203,2026-02-27,2026-02-28\n"

func serve(t *testing.T, path string) (stop func()) {
	t.Helper()
	p := &models.Portal{Store: modeltest.Store(t)}
	if err := p.EnsureRulebook(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop, err := Serve(t.Context(), path, p)
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

func TestCall(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		filepath.Join(t.TempDir(), "admin.sock"),
		filepath.Join(t.TempDir(), strings.Repeat("a-long-folder/", 8), "admin.sock"), // longer than a socket's path may be
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := Call(t.Context(), path, ImportFacts, strings.NewReader(facts), nil); !errors.Is(err, ErrNoServer) {
			t.Fatalf("nobody serves: %v", err)
		}
		stop := serve(t, path)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v: others can use the socket", err)
		}
		var r models.Report
		if err := Call(t.Context(), path, ImportFacts, strings.NewReader(facts), &r); err != nil || r.Held != 1 || r.Refused != 1 || len(r.Problems) != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		var bad *fault.Invalid
		err := Call(t.Context(), path, ImportFacts, strings.NewReader("colour\nred\n"), &r)
		if !errors.As(err, &bad) || bad.Problems[0].Key != "import.file.colour" {
			t.Errorf("a refused file: %v", err)
		}
		err = Call(t.Context(), path, PublishAreas, strings.NewReader("id,code,level,from,document\nA1,33,dark,2026-02-01,YB-1\n"), &r)
		if !errors.As(err, &bad) || len(r.Problems) != 1 || r.Problems[0].Field != "level" {
			t.Errorf("a refused list has a report: %+v, %v", r, err)
		}
		if err := Call(t.Context(), path, AddStaff, strings.NewReader(`{"Login":"x"}`), nil); !errors.As(err, &bad) {
			t.Errorf("refused staff: %v", err)
		}
		if err := Call(t.Context(), path, "/other", strings.NewReader(""), nil); err == nil {
			t.Error("an operation that nobody knows")
		}
		stop()
		if err := Call(t.Context(), path, ImportFacts, strings.NewReader(facts), nil); !errors.Is(err, ErrNoServer) {
			t.Errorf("after the end: %v", err)
		}
	}
}

// A socket that a crash left behind keeps nobody from serving again.
func TestServeAfterACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "admin.sock")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stop := serve(t, path)
	defer stop()
	var r models.Report
	if err := Call(t.Context(), path, ImportFacts, strings.NewReader(facts), &r); err != nil {
		t.Error(err)
	}
}
