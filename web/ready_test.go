package web_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// eventually asks /readyz until it answers want; at first connections may be
// broken, which it says in other words.
func eventually(t *testing.T, site *webtest.Site, want string) {
	t.Helper()
	var got string
	for begun := time.Now(); time.Since(begun) < 15*time.Second; time.Sleep(50 * time.Millisecond) {
		res := site.Browser().Do(http.MethodGet, "/readyz", "", nil)
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got = fmt.Sprintf("%d %s", res.StatusCode, body); got == want {
			return
		}
	}
	t.Errorf("/readyz answers %q, want %q", got, want)
}

const (
	isReady    = "200 ready\n"
	isReadOnly = "503 the database takes no more writes\n"
)

// A node whose queue of writes is full sends people elsewhere until it has room.
func TestNotReady_queue(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	statuses(t, site, http.StatusOK)
	room, held := make(chan struct{}), sync.WaitGroup{}
	_, most := site.Store().Queued()
	wait := func(store.Tx) error {
		<-room
		return nil
	}
	for range most + 32 { // some of them are being done, and the last are refused, and come again
		held.Go(func() {
			for errors.Is(site.Store().Write(t.Context(), wait), fault.Busy) {
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	eventually(t, site, isReadOnly)
	close(room)
	held.Wait()
	statuses(t, site, http.StatusOK)
}

// A node whose server has become a standby, or was told to take no writes, sends
// people to one whose server does.
func TestNotReady_standby(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("about PostgreSQL")
	}
	t.Parallel()
	var line *modeltest.Line
	var direct store.Options
	site := webtest.NewOnOutage(t, func(_ testing.TB, opts *store.Options) (gone, back func()) {
		direct = *opts
		line = modeltest.LineTo(t, opts)
		return nil, nil
	})
	other := modeltest.Open(t, direct)
	readOnly := func(set string) {
		t.Helper()
		err := other.Write(t.Context(), func(tx store.Tx) error {
			var name string
			if err := tx.QueryRow("SELECT current_database()").Scan(&name); err != nil {
				return err
			}
			_, err := tx.Exec("ALTER DATABASE " + name + set)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		line.Cut() // new sessions are told
	}
	readOnly(" SET default_transaction_read_only = on")
	defer readOnly(" RESET default_transaction_read_only")
	eventually(t, site, isReadOnly)
	site.Browser().Get("/signin").WantStatus(http.StatusOK)
	readOnly(" RESET default_transaction_read_only")
	eventually(t, site, isReady)
}
