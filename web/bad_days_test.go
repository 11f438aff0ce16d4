package web_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yongxing/models/modeltest"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// A database that was damaged while the portal runs makes no green: the page says
// that it cannot confirm, or nothing at all, and other nodes take over.
func TestDatabaseDamaged(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	site := codeSite(t)
	h := holderOf(t, site, zhangTel, zhang, "张小明")
	h.green(t, site)
	file, err := os.OpenFile(filepath.Join(site.Store().Dir(), "yongxing.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var page int64 // the first one of a table that no page of this test asks for
	err = site.Store().Read(t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT rootpage FROM sqlite_master WHERE name = 'evidence'").Scan(&page)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(bytes.Repeat([]byte{0xEE}, 512), (page-1)*4096); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); site.Store().Sound() == nil; time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the damage is not found")
		}
	}
	h.Get("/code").WantStatus(http.StatusOK).Want("暂不能确认").WantNot("可通行")
	statuses(t, site, http.StatusServiceUnavailable)
}

func statuses(t *testing.T, site *webtest.Site, ready int) {
	t.Helper()
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": ready} {
		if res := site.Browser().Do(http.MethodGet, path, "", nil); res.StatusCode != want {
			t.Errorf("%s answers %d, want %d", path, res.StatusCode, want)
		}
	}
}

// A page that cannot say whose code it is, or whose facts do not add up to what
// is on record, says that it cannot confirm, and shows nothing for a gate.
func TestCodePageDoesNotVouch(t *testing.T) {
	t.Parallel()
	t.Run("name", func(t *testing.T) {
		t.Parallel()
		site := codeSite(t)
		h := holderOf(t, site, zhangTel, zhang, "张小明")
		h.green(t, site)
		spoilt(t, site, "UPDATE person SET name_sealed = ? WHERE id = ?", []byte("\x01 nothing that a key would open"), h.id)
		unconfirmed(t, h)
	})
	t.Run("facts", func(t *testing.T) {
		t.Parallel()
		site := codeSite(t)
		h := holderOf(t, site, zhangTel, zhang, "张小明")
		h.green(t, site)
		pass := token(t, site, h.id)
		spoilt(t, site, "UPDATE code SET colour = ?, next_change = NULL WHERE person_id = ?", "red", h.id) // the facts of a red are gone
		unconfirmed(t, h)
		site.Browser().Get("/v/" + pass).WantNot("可通行")
	})
}

func unconfirmed(t *testing.T, h holder) {
	t.Helper()
	page := h.Get("/code").WantStatus(http.StatusOK).Want("暂不能确认").WantNot("可通行")
	if page.Find(".yx-qr, .yx-code--green").Length() > 0 {
		t.Error("something still looks green")
	}
}

func spoilt(t *testing.T, site *webtest.Site, statement string, args ...any) {
	t.Helper()
	err := site.Store().Write(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Somebody sets the machine's clock: no colour changes, no session that was over
// comes back, no pass that had run out is good again, nothing falls due, and what
// is written has the portal's own time.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"a day back": -24 * time.Hour, "a day ahead": 24 * time.Hour, "a year ahead": 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var passed time.Duration
			site := webtest.NewOnWatch(t, func() time.Duration { return passed })
			pass := func(d time.Duration) {
				passed += d
				site.Clock.Advance(d)
			}
			station(t, site)
			red := holderOf(t, site, zhangTel, zhang, "张小明")
			red.red(t, site)
			green := holderOf(t, site, "13800000002", "330206195801010013", "王芳")
			green.green(t, site)
			old := token(t, site, green.id)
			officer := site.Officer("033127", "330203001")
			pass(16 * time.Minute) // the pass has run out, the officer's session too
			officer.Get("/officer/appeals").WantPath("/staff/signin")

			site.Clock.Advance(jump)
			for range 2 {
				red.Get("/code").WantStatus(http.StatusOK).Want("红码").WantNot("绿码 可通行")
				green.Get("/code").WantStatus(http.StatusOK).Want("绿码 可通行")
				officer.Get("/officer/appeals").WantPath("/staff/signin")
				site.Browser().Get("/v/" + old).WantNot("绿码 可通行")
				if n, err := site.Portal.StoreDue(t.Context(), 100); n != 0 || err != nil {
					t.Errorf("%d codes fell due, %v", n, err)
				}
				pass(2 * time.Minute)
			}
			green.sends(t, site, "", nothing, "lab,test,negative,2026-03-01 09:00")
			at, err := site.Portal.LastOnRecord(t.Context())
			if own := modeltest.Start.Add(passed); err != nil || !at.Equal(own) {
				t.Errorf("written at %s, want %s, %v", at, own, err)
			}
		})
	}
}
