package web_test

import (
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"yongxing/handlers"
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

// formField is an entry of a form, and who is shown the form where it goes to.
type formField struct {
	by   *webtest.Client
	path string
}

// formFields are the entries that the pages of the world send to each address that
// takes a form, by pattern and name.
func (w *world) formFields() map[string]map[string]formField {
	w.t.Helper()
	fields := map[string]map[string]formField{}
	take := func(by *webtest.Client, page *webtest.Page) {
		page.Find("form[method=post]").Each(func(_ int, form *goquery.Selection) {
			all := form.Find("[name], [formaction]")
			if id := form.AttrOr("id", ""); id != "" {
				all = all.AddSelection(page.Find("[form='" + id + "']"))
			}
			actions := []string{form.AttrOr("action", page.URL.Path)}
			all.Each(func(_ int, e *goquery.Selection) {
				if to := e.AttrOr("formaction", ""); to != "" {
					actions = append(actions, to)
				}
			})
			for _, action := range actions {
				path, _, _ := strings.Cut(action, "?")
				pattern := appealNumber.ReplaceAllString(path, ":number")
				if fields[pattern] == nil {
					fields[pattern] = map[string]formField{}
				}
				all.Each(func(_ int, e *goquery.Selection) {
					fields[pattern][e.AttrOr("name", handlers.CSRFField)] = formField{by, path}
				})
			}
		})
	}
	visits := w.visits()
	for _, part := range append([]string{"/static/*"}, partsOnly...) {
		delete(visits, part)
	}
	for _, list := range visits {
		for _, v := range list {
			take(v.by, v.by.Get(v.path))
		}
	}
	href := "/officer/appeals/" + w.claimed
	take(w.officer, w.officer.Get(href).Form(href+"/preview").Set("item1", "set_aside").Submit().WantStatus(200))
	take(w.drafting, w.drafting.Get("/appeal/new"))
	w.Clock.Advance(time.Minute) // one message a minute
	w.SignIn(someone(1).Phone)   // a second device
	take(w.unbound, w.unbound.Get("/me"))
	w.green.Get("/declare/identity").Form("/declare/identity").Submit() // begins a declaration that can be given up
	take(w.green, w.green.Get("/declare"))
	return fields
}

// Every entry of every form of the table is refused when it comes twice; a form
// that no page of the world shows fails.
func TestRepeatedFieldsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fields, tokens, tried := w.formFields(), map[*webtest.Client]string{}, 0
	before := contents(t, w.Site)
	for _, row := range w.Rows {
		if row.Method != http.MethodPost {
			continue
		}
		if len(fields[row.Path]) == 0 {
			t.Errorf("no page shows a form to %s: what does it take?", row.Path)
		}
		for name, f := range fields[row.Path] {
			if name == handlers.CSRFField || strings.HasSuffix(name, "[]") {
				continue
			}
			if tokens[f.by] == "" {
				tokens[f.by] = csrf(t, f.by)
			}
			tried++
			f.by.SetCookie("yx_lang", "zh")
			res := post(f.by, f.path, url.Values{"csrf": {tokens[f.by]}, name: {"1", "2"}})
			if said := body(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(said, "被重复提交") {
				t.Errorf("%s with %s twice: %d", f.path, name, res.StatusCode)
			}
		}
	}
	if tried < 90 {
		t.Errorf("only %d entries tried", tried)
	}
	both := w.everybodyIn()
	for _, path := range []string{"/history?before=1&before=2", "/code/fragment?seen=a&seen=b", "/officer/appeals?tab=open&tab=done", "/notices?before=1&before=2", "/me/looks?before=1&before=2"} {
		if res := both.Do(http.MethodGet, path, "", nil); res.StatusCode != http.StatusUnprocessableEntity && res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	// What stands in the address is no entry of the form.
	if res := post(w.anybody, "/signin?phone=13800000061", url.Values{"csrf": {csrf(t, w.anybody)}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a phone in the address: %d", res.StatusCode)
	}
	if m := moved(before, contents(t, w.Site)); m != "" {
		t.Errorf("refused forms have written: %s", m)
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

// skip is a step that somebody sends who has not come so far.
type skip struct {
	who  string
	by   *webtest.Client
	path string
	form url.Values
}

// beginnings are the forms before which there is no step.
var beginnings = []string{
	"/signin", "/signout", "/staff/signin", "/staff/signout", "/appeal/find", "/appeal/found/leave", "/declare/anew", "/declare/identity",
	"/me/settings", "/me/devices/end", "/me/devices/others", "/me/phone", "/notices/open", "/notices/read", "/appeal/new", "/appeal/new/anew",
	"/officer/appeals/find", "/officer/appeals/:number/claim", "/officer/appeals/:number/identity",
}

func (w *world) skips() map[string][]skip {
	code, declare := url.Values{"code": {"123456"}}, url.Values{"true": {"1"}, "key": {"K1"}, "stamp": {"x"}, "version": {"0"}}
	at := []string{w.fresh.Get("/declare/identity").Find("input[name=version]").AttrOr("value", "")}
	nothing, unasked, unclaimed, over := "who has declared nothing", "who asked for no code", "who has not claimed the case", "who comes when it is over"
	finds := url.Values{"seen": {"x"}, "item1": {"set_aside"}}
	return map[string][]skip{
		"/signin/code":                     {{unasked, w.anybody, "/signin/code", code}, {unasked, w.finding, "/signin/code", code}},
		"/signin/document":                 {{"who waits for a code", w.asked, "/signin/document", url.Values{"document_tail": {someone(2).Number[12:]}}}},
		"/signin/notme":                    {{"who waits for a code", w.asked, "/signin/notme", nil}, {unasked, w.anybody, "/signin/notme", nil}},
		"/appeal/find/code":                {{unasked, w.anybody, "/appeal/find/code", code}, {unasked, w.asked, "/appeal/find/code", code}},
		"/declare/residence":               {{nothing, w.fresh, "/declare/residence", url.Values{"version": at, "district": {"330203"}, "street": {"330203005"}, "community": {"x"}, "detail": {"x"}}}},
		"/declare/stays":                   {{nothing, w.fresh, "/declare/stays", url.Values{"version": at, "trip": {"no"}}}},
		"/declare/stays/add":               {{nothing, w.fresh, "/declare/stays/add", url.Values{"version": at, "province": {"42"}}}},
		"/declare/contact":                 {{nothing, w.fresh, "/declare/contact", url.Values{"version": at, "contact": {"no"}}}},
		"/declare/health":                  {{nothing, w.fresh, "/declare/health", url.Values{"version": at, "measured": {"no"}, "symptoms[]": {"none"}, "isolation": {"none"}, "test": {"no"}}}},
		"/declare/check":                   {{nothing, w.fresh, "/declare/check", declare}, {"who is half signed in", w.stranger, "/declare/check", declare}},
		"/me/document":                     {{"who is not verified", w.unbound, "/me/document", url.Values{"document_kind": {"resident_id"}, "document_number": {someone(60).Number}}}},
		"/me/phone/code":                   {{unasked, w.green, "/me/phone/code", code}},
		"/appeal/new/statement":            {{"who has chosen no item", w.red, "/appeal/new/statement", url.Values{"statement": {"一句话"}}}},
		"/appeal/new/evidence":             {{"who has chosen no item", w.red, "/appeal/new/evidence", url.Values{"do": {"next"}}}},
		"/appeal/new/evidence/remove":      {{"who has no photo", w.red, "/appeal/new/evidence/remove", url.Values{"ref": {w.photo}}}},
		"/appeal/new/check":                {{"who has chosen no item", w.red, "/appeal/new/check", url.Values{"key": {"K2"}, "seen": {"x"}}}},
		"/appeal/:number/material":         {{over, w.granted, "/appeal/" + w.decided + "/material", url.Values{"text": {"x"}}}},
		"/appeal/:number/withdraw":         {{over, w.granted, "/appeal/" + w.decided + "/withdraw", nil}},
		"/officer/appeals/:number/release": {{unclaimed, w.officer, "/officer/appeals/" + w.open + "/release", nil}},
		"/officer/appeals/:number/keep":    {{unclaimed, w.officer, "/officer/appeals/" + w.open + "/keep", finds}, {over, w.officer, "/officer/appeals/" + w.decided + "/keep", finds}},
		"/officer/appeals/:number/preview": {{unclaimed, w.officer, "/officer/appeals/" + w.open + "/preview", finds}, {over, w.officer, "/officer/appeals/" + w.decided + "/preview", finds}},
		"/officer/appeals/:number/decide":  {{unclaimed, w.officer, "/officer/appeals/" + w.open + "/decide", finds}, {over, w.officer, "/officer/appeals/" + w.decided + "/decide", finds}},
	}
}

// A step sent before the one that leads to it does nothing: neither a declaration
// nor an appeal nor a decision nor a sign-in comes to be by an address alone. Every
// form of the table begins something or has somebody here who skips to it.
func TestStepsCannotBeSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	skips := w.skips()
	for _, row := range w.Rows {
		if row.Method == http.MethodPost && len(skips[row.Path]) == 0 && !slices.Contains(beginnings, row.Path) {
			t.Errorf("%s: which step comes before, and what if it is skipped?", row.Path)
		}
	}
	for _, c := range slices.Concat(slices.Collect(maps.Values(skips))...) {
		form := url.Values{"csrf": {csrf(t, c.by)}}
		maps.Copy(form, c.form)
		before := contents(t, w.Site)
		res := post(c.by, c.path, form)
		if res.StatusCode == http.StatusOK || res.StatusCode == http.StatusForbidden || res.StatusCode >= 500 || strings.Contains(body(t, res), "不认识的内容") {
			t.Errorf("%s sends %s: %d", c.who, c.path, res.StatusCode) // 403 and what is unknown would be another reason
		}
		if m := moved(before, contents(t, w.Site), "draft"); m != "" {
			t.Errorf("%s sends %s: %s", c.who, c.path, m)
		}
		if res := c.by.Do(http.MethodGet, "/code", "", nil); (c.by == w.asked || c.by == w.stranger || c.by == w.anybody) && res.StatusCode == http.StatusOK {
			t.Errorf("%s is signed in", c.who)
		}
	}
}
