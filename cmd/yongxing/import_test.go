package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yongxing/web/admin"
)

// yongxing runs one command line; it returns what stands on stdout, and the error.
func yongxing(t *testing.T, args ...string) (string, error) {
	t.Helper()
	t.Setenv("LC_ALL", "en_GB.UTF-8")
	var out bytes.Buffer
	app := command()
	app.Writer = &out
	err := app.Run(t.Context(), append([]string{"yongxing"}, args...))
	return out.String(), err
}

func file(t *testing.T, name, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const factsCSV = "source,document_number,kind,class,place,from,to\n" +
	"province,330203199003071232,stay,stayed,330203,2026-02-27,2026-02-28\n" +
	"province,3.30203E+17,stay,stayed,330203,2026-02-27,2026-02-28\n"

// started is the data folder of a portal whose stations are open.
func started(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	list := file(t, "stations.csv", "code,name,district,serves,org,org_name\ngulou,鼓楼派出所,330203,330203,haishu,海曙公安分局\n")
	if out, err := yongxing(t, "stations", "open", list, "--data", data); err != nil {
		t.Fatal(err, out)
	}
	return data
}

func TestImportFacts(t *testing.T) {
	data := started(t)
	facts := file(t, "facts.csv", factsCSV)
	if _, err := yongxing(t, "import", "facts", facts, "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no portal") {
		t.Errorf("a folder without a portal: %v", err)
	}
	for i, want := range []string{"held until the person is known here 1, refused 1", "Nothing changed."} {
		out, err := yongxing(t, "import", "facts", facts, "--data", data)
		if err != nil || !strings.Contains(out, "line 3, document_number: A spreadsheet") || !strings.Contains(out, want) {
			t.Errorf("run %d: %v\n%s", i, err, out)
		}
		if strings.Contains(out, "330203199003071232") {
			t.Errorf("the report names a document:\n%s", out)
		}
	}
	if _, err := yongxing(t, "import", "facts", file(t, "colours.csv", "source,colour\n"), "--data", data); err == nil || !strings.Contains(err.Error(), "never a colour") {
		t.Errorf("a file of colours: %v", err)
	}
	for _, args := range [][]string{{"import", "facts"}, {"import", "facts", facts, facts}, {"areas", "publish"}, {"review"}, {"import", "facts", "--nothing", facts}} {
		if _, err := yongxing(t, args...); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// Beside a server, which holds the database, the same commands go through it.
func TestImportBesideTheServer(t *testing.T) {
	data := t.TempDir()
	p, err := open(t.Context(), opening{place: placeIn(data)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Store.Close()
	if _, err := yongxing(t, "import", "facts", file(t, "facts.csv", factsCSV), "--data", data); err == nil {
		t.Error("the folder is locked and nobody answers")
	}
	stop, err := admin.Serve(context.Background(), filepath.Join(data, "admin.sock"), p)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	out, err := yongxing(t, "import", "facts", file(t, "facts.csv", factsCSV), "--data", data)
	if err != nil || !strings.Contains(out, "held until the person is known here 1, refused 1") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = yongxing(t, "areas", "publish", "--data", data, file(t, "areas.csv", "id,code,level,from,document\nA1,330203,high,2026-02-20,YB-1\n"))
	if err != nil || !strings.Contains(out, "new 1") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = yongxing(t, "areas", "publish", "--data", data, file(t, "areas.csv", "id,code,level,from,document\nA2,330299,high,2026-02-20,YB-1\n"))
	if err == nil || !strings.Contains(out, "line 2, code: There is no such place") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReviewTriesABook(t *testing.T) {
	examples := "../../models/review/data/review-examples.yaml"
	if out, err := yongxing(t, "review", examples); err != nil || !strings.Contains(out, " 0 with a difference") {
		t.Errorf("%v\n%s", err, out)
	}
	book, err := os.ReadFile("../../models/review/data/rulebook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := file(t, "book.yaml", strings.ReplaceAll(string(book), "{days: 14, checkins", "{days: 13, checkins"))
	if out, err := yongxing(t, "review", examples, "--book", changed); err == nil || !strings.Contains(out, "FAIL ") {
		t.Errorf("a book with another rule: %v\n%s", err, out)
	}
	broken := file(t, "book.yaml", strings.Replace(string(book), "colour: red", "colour: blue", 1))
	if _, err := yongxing(t, "review", examples, "--book", broken); err == nil || !strings.Contains(err.Error(), "rulebook refused") {
		t.Errorf("a broken book: %v", err)
	}
}
