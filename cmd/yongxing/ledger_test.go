package main

import (
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"yongxing/models/ledger"
)

func TestLedgerVerify(t *testing.T) {
	data := started(t)
	verify := func(more ...string) (string, error) {
		return yongxing(t, append([]string{"ledger", "verify", "--data", data}, more...)...)
	}
	out, err := verify()
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`(?m)^head ([1-9][0-9]*:[0-9a-f]{64})$`).FindStringSubmatch(out)
	if head == nil || !strings.Contains(out, " entries, the newest of 20") {
		t.Fatalf("said:\n%s", out)
	}
	if _, err := verify("--head", head[1]); err != nil {
		t.Error(err)
	}
	if _, err := yongxing(t, "ledger", "verify", "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no portal") {
		t.Errorf("an empty folder: %v", err)
	}
	for _, wrong := range []string{"1", "x:y", "0:" + head[1][2:], head[1] + "00"} {
		if _, err := verify("--head", wrong); !errors.Is(err, errUsage) {
			t.Errorf("--head %s: %v", wrong, err)
		}
	}
	if _, err := verify("file"); !errors.Is(err, errUsage) {
		t.Errorf("a file: %v", err)
	}

	db, err := sql.Open("sqlite3", filepath.Join(data, "yongxing.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range []string{"DROP TRIGGER ledger_no_update", "UPDATE ledger SET salt = zeroblob(32) WHERE seq = 2"} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	var wrong *ledger.Wrong
	if _, err = verify(); !errors.As(err, &wrong) || wrong.Seq != 2 {
		t.Errorf("edited: %v", err)
	}
	// As in a shell: one line, and the code by which a timer knows it.
	stderr := os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = w
	code := run(t.Context(), []string{"yongxing", "ledger", "verify", "--data", data})
	os.Stderr = stderr
	w.Close()
	said, err := io.ReadAll(r)
	if code != exitFailed || err != nil || string(said) != "yongxing: ledger: entry 2: its body does not fit its commitment\n" {
		t.Errorf("code %d, said %q, %v", code, said, err)
	}
}
