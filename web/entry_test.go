package web_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
	"yongxing/web/webtest"
)

// tables counts the rows of every table.
func tables(t *testing.T, site *webtest.Site) map[string]int {
	t.Helper()
	counts := map[string]int{}
	err := site.Store().Read(t.Context(), func(tx store.Tx) error {
		names, err := modeltest.Tables(tx)
		if err != nil {
			return err
		}
		for _, name := range names {
			var n int
			if err := tx.QueryRow("SELECT COUNT(*) FROM " + name).Scan(&n); err != nil {
				return err
			}
			counts[name] = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// moved says which tables have another number of rows, those named apart.
func moved(before, after map[string]int, apart ...string) string {
	var all []string
	for name, n := range after {
		if n != before[name] && !strings.Contains(" "+strings.Join(apart, " ")+" ", " "+name+" ") {
			all = append(all, fmt.Sprintf("%s %d→%d", name, before[name], n))
		}
	}
	return strings.Join(all, ", ")
}

// hostile are columns that a form must never set.
var hostile = []string{"colour", "color", "role", "station_id", "person_id", "id", "state", "outcome", "bound_at", "rule", "locked", "admin", "claimed_by"}

// No form of the table takes a field that its page does not have, nor the same
// field twice: it is refused whole, and nothing is written.
func TestFormsTakeOnlyTheirFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.everybodyIn()
	token := csrf(t, c)
	before := tables(t, w.Site)
	for _, row := range w.Rows {
		if row.Method != http.MethodPost {
			continue
		}
		for _, field := range hostile {
			form := url.Values{"csrf": {token}, field: {"1"}}
			if res := post(c, w.address(row.Path), form); res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("POST %s with %s: %d", row.Path, field, res.StatusCode)
			}
		}
	}
	if m := moved(before, tables(t, w.Site)); m != "" {
		t.Errorf("refused forms have written: %s", m)
	}
}

func TestRepeatedFieldsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := w.everybodyIn()
	href := "/officer/appeals/" + w.claimed
	for _, c := range []struct {
		by    *webtest.Client
		path  string
		field string
		value []string
	}{
		{w.anybody, "/signin", "phone", []string{"13800000061", "13800000062"}},
		{w.asked, "/signin/code", "code", []string{"1", "2"}},
		{w.stranger, "/signin/document", "document_tail", []string{"1", "2"}},
		{w.anybody, "/staff/signin", "login", []string{"a", "b"}},
		{w.half, "/declare/identity", "name", []string{"a", "b"}},
		{w.half, "/declare/health", "temperature", []string{"36.5", "39"}},
		{w.half, "/declare/check", "true", []string{"1", "1"}},
		{w.drafting, "/appeal/new/statement", "statement", []string{"a", "b"}},
		{w.drafting, "/appeal/new/check", "key", []string{"a", "b"}},
		{w.opener, "/appeal/" + w.open + "/material", "text", []string{"a", "b"}},
		{w.officer, href + "/preview", "item1", []string{"uphold", "set_aside"}},
		{w.officer, href + "/decide", "seen", []string{"a", "b"}},
	} {
		before := tables(t, w.Site)
		if res := post(c.by, c.path, url.Values{"csrf": {csrf(t, c.by)}, c.field: c.value}); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s with %s twice: %d", c.path, c.field, res.StatusCode)
		}
		if m := moved(before, tables(t, w.Site)); m != "" {
			t.Errorf("%s with %s twice has written: %s", c.path, c.field, m)
		}
	}
	for _, path := range []string{"/history?before=1&before=2", "/code/fragment?seen=a&seen=b", "/officer/appeals?tab=open&tab=done"} {
		if res := both.Do(http.MethodGet, path, "", nil); res.StatusCode != http.StatusUnprocessableEntity && res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	// What stands in the address is no entry of the form.
	before := tables(t, w.Site)
	if res := post(w.anybody, "/signin?phone=13800000061", url.Values{"csrf": {csrf(t, w.anybody)}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a phone in the address: %d", res.StatusCode)
	}
	if m := moved(before, tables(t, w.Site)); m != "" {
		t.Errorf("a phone in the address has written: %s", m)
	}
}

// askAs posts for a code for the n-th phone, as if forwarded by these hops.
func askAs(t *testing.T, c *webtest.Client, n int, hops string) int {
	t.Helper()
	c.With("X-Forwarded-For", hops).With("X-Real-IP", hops).With("Forwarded", "for="+hops)
	return post(c, "/signin", url.Values{"csrf": {csrf(t, c)}, "phone": {fmt.Sprintf("1390000%04d", n)}}).StatusCode
}

// What a client says about its own address resets no limit: thirty codes an hour
// are all, in a new browser each time.
func TestForwardedAddressIsNotBelieved(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	for n := range 30 {
		if status := askAs(t, site.Browser(), n, fmt.Sprintf("203.0.113.%d", n)); status != http.StatusSeeOther {
			t.Fatalf("code %d: %d", n, status)
		}
	}
	if status := askAs(t, site.Browser(), 30, "203.0.113.200"); status != http.StatusTooManyRequests {
		t.Errorf("the 31st code of an address that calls itself another: %d", status)
	}

	// Behind a proxy the last hop counts that is no proxy, not what stands before.
	behind := webtest.New(t)
	behind.Handler = at(behind, "http://localhost:8080", netip.MustParsePrefix("192.0.2.0/24")).Handler()
	for n := range 30 {
		if status := askAs(t, behind.Browser(), n, fmt.Sprintf("10.9.9.%d, 203.0.113.5", n)); status != http.StatusSeeOther {
			t.Fatalf("code %d behind a proxy: %d", n, status)
		}
	}
	if status := askAs(t, behind.Browser(), 30, "10.9.9.200, 203.0.113.5, 192.0.2.9"); status != http.StatusTooManyRequests {
		t.Errorf("the 31st code behind a proxy: %d", status)
	}
	if status := askAs(t, behind.Browser(), 31, "203.0.113.6"); status != http.StatusSeeOther {
		t.Errorf("the first code of another address behind the proxy: %d", status)
	}
}
