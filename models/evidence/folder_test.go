package evidence

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yongxing/models/fault"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := NewFolder(dir, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content := []byte("a lease with a name on it")
	if err := f.Put("REFA", content); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Get("REFA"); err != nil || !bytes.Equal(got, content) {
		t.Errorf("Get = %q, %v", got, err)
	}
	onDisk, err := os.ReadFile(filepath.Join(dir, "REFA"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(onDisk, []byte("lease")) {
		t.Error("the file on the disk is legible")
	}
	if err := f.Put("REFB", content); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "REFA"), filepath.Join(dir, "REFB")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Get("REFB"); err == nil {
		t.Error("a file put in another's place opens")
	}
	for _, ref := range []string{"REFA", "../etc/passwd", ""} {
		if _, err := f.Get(ref); err == nil {
			t.Errorf("Get(%q) gives a file", ref)
		}
	}
	if _, err := f.Get("REFA"); !errors.Is(err, fault.NotFound) {
		t.Errorf("Get of nothing = %v, want fault.NotFound", err)
	}
}

// A disk that takes no more is nobody's fault: come back later.
func TestFolder_Put_noRoom(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "photos")
	f, err := NewFolder(dir, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Put("REF", []byte("x")); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Put into a folder that is gone = %v, want fault.Unavailable", err)
	}
}

func TestFolder_Written(t *testing.T) {
	t.Parallel()
	f := testFolder(t)
	for _, ref := range []string{"OLD", "NEW"} {
		if err := f.Put(ref, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := f.root.Chtimes("OLD", long, long); err != nil {
		t.Fatal(err)
	}
	got, err := f.Written(long, long.Add(time.Hour))
	if err != nil || !slices.Equal(got, []string{"OLD"}) {
		t.Errorf("Written = %v, %v, want OLD alone", got, err)
	}
	if err := errors.Join(f.Delete("OLD"), f.Delete("OLD")); err != nil {
		t.Errorf("Delete twice = %v", err)
	}
	if got, _ := f.Written(long, long.AddDate(200, 0, 0)); !slices.Equal(got, []string{"NEW"}) {
		t.Errorf("after Delete: Written = %v, want NEW alone", got)
	}
}
