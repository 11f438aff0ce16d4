package web_test

import (
	"fmt"
	"hash/fnv"
	"io"
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

// contents is a sum over every row of every table, whatever their order; what the
// portal notes by itself, when a session was last seen, apart.
func contents(t *testing.T, site *webtest.Site) map[string]int {
	t.Helper()
	sums := map[string]int{}
	err := site.Store().Read(t.Context(), func(tx store.Tx) error {
		names, err := modeltest.Tables(tx)
		if err != nil {
			return err
		}
		for _, name := range names {
			if strings.HasPrefix(name, "river_") || name == "id_counter" {
				continue // the queue's own, and numbers that nobody sees
			}
			if sums[name], err = sumOf(tx, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func sumOf(tx store.Tx, table string) (sum int, err error) {
	rows, err := tx.Query("SELECT * FROM " + table)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return 0, err
		}
		for i, name := range columns {
			if name == "seen_at" {
				row[i] = nil
			}
		}
		h := fnv.New32a()
		fmt.Fprintf(h, "%v", row)
		sum += 1 + int(h.Sum32())
	}
	return sum, rows.Err()
}

// hostile are columns that a form must never set.
var hostile = []string{"colour", "color", "role", "station_id", "person_id", "id", "state", "outcome", "bound_at", "rule", "locked", "admin", "claimed_by", "decided_by", "staff_id", "guardian_id"}

// No form of the table takes a field that its page does not have, nor the same
// field twice: it is refused whole, and nothing is written.
func TestFormsTakeOnlyTheirFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.everybodyIn()
	token := csrf(t, c)
	before := contents(t, w.Site)
	for _, row := range w.Rows {
		if row.Method != http.MethodPost {
			continue
		}
		for _, field := range hostile {
			form := url.Values{"csrf": {token}, field: {"1"}}
			res := post(c, w.address(row.Path), form)
			// Not for what is missing: for what it does not know.
			if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(body), "不认识的内容") {
				t.Errorf("POST %s with %s: %d", row.Path, field, res.StatusCode)
			}
		}
	}
	if m := moved(before, contents(t, w.Site)); m != "" {
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

// The last step sent first does nothing: neither a declaration nor an appeal nor a
// sign-in comes to be by an address alone.
func TestStepsCannotBeSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	declare := url.Values{"true": {"1"}, "key": {"K1"}, "seen": {"x"}}
	for _, c := range []struct {
		who  string
		by   *webtest.Client
		path string
		form url.Values
	}{
		{"who has declared nothing", w.fresh, "/declare/check", declare},
		{"who is half signed in", w.stranger, "/declare/check", declare},
		{"who has chosen no item", w.red, "/appeal/new/check", url.Values{"key": {"K2"}, "seen": {"x"}}},
		{"who has chosen no item", w.red, "/appeal/new/statement", url.Values{"statement": {"一句话"}}},
		{"who waits for a code", w.asked, "/signin/document", url.Values{"document_tail": {someone(2).Number[12:]}}},
		{"who waits for a code", w.asked, "/signin/notme", nil},
		{"who asked for no code", w.anybody, "/signin/code", url.Values{"code": {"123456"}}},
		{"who has not claimed the case", w.officer, "/officer/appeals/" + w.open + "/decide", url.Values{"seen": {"x"}, "item1": {"set_aside"}}},
		{"who decides again", w.officer, "/officer/appeals/" + w.decided + "/decide", url.Values{"seen": {"x"}, "item1": {"uphold"}}},
	} {
		form := url.Values{"csrf": {csrf(t, c.by)}}
		for name, values := range c.form {
			form[name] = values
		}
		before := contents(t, w.Site)
		res := post(c.by, c.path, form)
		if res.StatusCode == http.StatusOK || res.StatusCode == http.StatusForbidden || res.StatusCode >= 500 {
			t.Errorf("%s sends %s: %d", c.who, c.path, res.StatusCode)
		}
		if m := moved(before, contents(t, w.Site), "draft"); m != "" {
			t.Errorf("%s sends %s: %s", c.who, c.path, m)
		}
		if res := c.by.Do(http.MethodGet, "/code", "", nil); (c.by == w.asked || c.by == w.stranger || c.by == w.anybody) && res.StatusCode == http.StatusOK {
			t.Errorf("%s is signed in", c.who)
		}
	}
}
