package sms

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/handlers/job"
)

var message = job.Message{To: "13800000001", Text: "【甬行码】<1> & 2", At: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), Kind: "code"}

const wanted = `{"to":"13800000001","text":"【甬行码】<1> & 2","at":"2026-03-02T01:00:00Z","kind":"code"}` + "\n"

func TestFileTakesOneObjectALine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "outbox", "sms.jsonl")
	s, err := Open("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := s.Send(t.Context(), message); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != strings.Repeat(wanted, 20) {
		t.Errorf("%v: %s", err, got)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v", info.Mode())
	}
}

// A line that a full disk or a crash has cut short spoils none that comes after it.
func TestFileGoesOnAfterAHalfLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sms.jsonl")
	if err := os.WriteFile(path, []byte(wanted+wanted[:20]), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if want := wanted + wanted[:20] + "\n" + wanted + wanted; err != nil || string(got) != want {
		t.Errorf("%v: %s", err, got)
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	status := http.StatusAccepted
	var got string
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = string(body)
		if !json.Valid(body) || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s", r.Method, body)
		}
		w.WriteHeader(status)
	}))
	defer gateway.Close()
	for _, sink := range []string{gateway.URL + "/send?key=secret", "http:" + gateway.URL + "/send?key=secret"} {
		s, err := Open(sink)
		if err != nil {
			t.Fatal(err)
		}
		status = http.StatusAccepted
		if err := s.Send(t.Context(), message); err != nil || got != wanted {
			t.Errorf("%v: %s", err, got)
		}
		for _, status = range []int{http.StatusFound, http.StatusTooManyRequests, http.StatusInternalServerError} {
			if err := s.Send(t.Context(), message); err == nil {
				t.Errorf("%d is taken for done", status)
			}
		}
	}
	s, _ := Open(gateway.URL + "/send?key=secret")
	gateway.Close()
	if err := s.Send(t.Context(), message); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), message.To) {
		t.Errorf("error %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, sink := range []string{"", "file:", "file", "/tmp/sms", "http:", "http:/path", "https:", "ftp://host", "file:/proc/none/sms"} {
		if _, err := Open(sink); err == nil {
			t.Errorf("%q is taken for a sink", sink)
		}
	}
}
