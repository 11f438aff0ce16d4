//go:build linux

package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// A disk that cannot be read any more, while the file is still where it was: the
// code stands, also in the middle of a page, and all goes on when it can be.
func TestCodeStandsOnADiskThatCannotBeRead(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	site, h := outageSite(t)
	spoilt(t, site, "UPDATE person SET division = division") // nobody has read since
	heal := unreadable(t, site)
	for range 2 {
		h.Get("/code").WantStatus(http.StatusOK).Want("截至 09:00 的结果", "绿码 可通行") // the session is believed, then it is not
		statuses(t, site, http.StatusServiceUnavailable)
		site.Clock.Advance(pastTrust)
	}
	h.Get("/history").WantStatus(http.StatusServiceUnavailable)
	heal()
	h.Get("/code").WantStatus(http.StatusOK).Want("绿码 可通行").WantNot("截至")
	statuses(t, site, http.StatusOK)
}

// unreadable makes every read of the site's database fail: the files that it has
// open are others now, which cannot be read.
func unreadable(t *testing.T, site *webtest.Site) (heal func()) {
	t.Helper()
	sink, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	was := map[int]int{} // what stands in the place of a file, and that file
	for _, link := range open {
		path, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(path, filepath.Join(site.Store().Dir(), "yongxing.db")) || strings.HasSuffix(path, "-shm") {
			continue
		}
		fd, err := strconv.Atoi(filepath.Base(link))
		if err != nil {
			t.Fatal(err)
		}
		if was[fd], err = syscall.Dup(fd); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(int(sink.Fd()), fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	if len(was) == 0 {
		t.Fatal("the database is not open")
	}
	if err := site.Store().Read(t.Context(), func(tx store.Tx) error {
		var n int
		return tx.QueryRow("SELECT COUNT(*) FROM fact").Scan(&n)
	}); err == nil {
		t.Error("it can still be read")
	}
	return func() {
		for fd, file := range was {
			if err := syscall.Dup3(file, fd, syscall.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
			_ = syscall.Close(file)
		}
	}
}
