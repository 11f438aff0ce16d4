package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yongxing/models/store"
	"yongxing/web/webtest"
)

// moment is a page that no address alone gives: what a refused form, a race or a
// fault answers.
type moment struct {
	name   string
	by     *webtest.Client
	status int
	ask    func() *http.Response
}

// rareVisits are states that need somebody of their own, looked at besides the
// ones of visits.
func (w *world) rareVisits() map[string][]visit {
	w.t.Helper()
	w.OpenStation("cx", "浒山派出所", "Hushan Police Station", "330282")
	idle, unreadable := w.Officer("055001", "cx"), w.coloured(30)
	w.breakBirthday(personOf(w.t, w.Site, someone(30).Phone))
	return map[string][]visit{
		"/code":      {{unreadable, "/code", http.StatusOK, ""}}, // unconfirmed
		"/code/show": {{unreadable, "/code/show", http.StatusOK, ""}},
		"/":          {{unreadable, "/", http.StatusOK, ""}},
		"/officer/appeals": {{idle, "/officer/appeals", http.StatusOK, ""}, {idle, "/officer/appeals?tab=done", http.StatusOK, ""},
			{w.officer, "/officer/appeals?tab=open&colour=yellow&late=1", http.StatusOK, ""}},
	}
}

// breakBirthday is what a bad disk does: a birthday that nobody can read any
// more, and so no review of this person.
func (w *world) breakBirthday(id int64) {
	w.t.Helper()
	if err := w.Store().Write(w.t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec("UPDATE person SET born_sealed = ? WHERE id = ?", []byte("broken"), id)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

// moments are the error pages of residents and of the desk, each as the portal
// itself answers.
func (w *world) moments() []moment {
	w.t.Helper()
	form := func(c *webtest.Client, path string, pairs ...string) func() *http.Response {
		return func() *http.Response {
			v := url.Values{"csrf": {csrf(w.t, c)}}
			for i := 0; i < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
			return post(c, path, v)
		}
	}
	get := func(c *webtest.Client, path string) func() *http.Response {
		return func() *http.Response { return c.Do(http.MethodGet, path, "", nil) }
	}
	guest := w.Browser()
	form(w.Browser(), "/signin", "phone", "13800000077")()
	again := form(guest, "/signin", "phone", "13800000077") // not their own, which they would be led to
	busy := busySite(w.t)
	return append(lastMoments(w.t), []moment{
		{"not found", w.red, 404, get(w.red, "/nosuch")},
		{"not found at the desk", w.officer, 404, get(w.officer, "/officer/appeals/YS-2603-0000000-0")},
		{"forged", w.green, 403, func() *http.Response { return post(w.green, "/appeal/new", nil) }},
		{"not so", w.anybody, 405, func() *http.Response { return w.anybody.Do(http.MethodDelete, "/help", "", nil) }},
		{"claimed meanwhile", w.officer, 409, form(w.officer, "/officer/appeals/"+w.decided+"/claim")},
		{"too large", w.green, 413, form(w.green, "/appeal/new", "ground.1", strings.Repeat("x", 70<<10))},
		{"odd address", w.green, 422, get(w.green, "/history?before=x")},
		{"too often", guest, 429, again},
		{"fault of ours", busy.torn, 500, get(busy.torn, "/history")},
		{"busy", busy.asking, 503, busy.ask},
	}...)
}

// lastMoments are what the code page shows while the database is gone: of a moment
// ago, and of too long ago.
func lastMoments(t *testing.T) []moment {
	t.Helper()
	short, h := outageSite(t)
	red := holderOf(t, short, "13800000002", "330206195801010013", "王芳")
	red.red(t, short)
	red.Get("/code")
	h.Get("/code")
	long, late := outageSite(t)
	short.Gone()
	long.Gone()
	short.Clock.Advance(pastTrust)
	long.Clock.Advance(time.Hour)
	get := func(c *webtest.Client, path string) moment {
		return moment{"last shown " + path, c, 200, func() *http.Response { return c.Do(http.MethodGet, path, "", nil) }}
	}
	return []moment{
		get(h.Client, "/code"), get(red.Client, "/code"), get(h.Client, "/code/show"), get(h.Client, "/"),
		get(late.Client, "/code"), get(late.Client, "/code/show"), get(late.Client, "/"),
	}
}

// busy is a second portal whose database is torn, and then away.
type busy struct {
	torn, asking *webtest.Client
	ask          func() *http.Response
}

func busySite(t *testing.T) busy {
	t.Helper()
	torn, away := webtest.New(t), webtest.New(t)
	station(t, torn)
	b := busy{torn: torn.Declared(someone(1)), asking: away.Browser()}
	if err := torn.Store().Write(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec("ALTER TABLE outcome RENAME TO lost")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	token := csrf(t, b.asking)
	if err := away.Store().Close(); err != nil {
		t.Fatal(err)
	}
	b.ask = func() *http.Response {
		return post(b.asking, "/signin", url.Values{"csrf": {token}, "phone": {"13800000078"}})
	}
	return b
}

// allVisits are visits and rareVisits together, without what is no page.
func (w *world) allVisits() map[string][]visit {
	all := w.visits()
	for path, list := range w.rareVisits() {
		all[path] = append(all[path], list...)
	}
	return all
}

// The error pages hold what is true of all pages, in every reading.
func TestEveryMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range w.moments() {
		for _, r := range readings {
			m.by.SetCookie("yx_lang", r.lang)
			m.by.SetCookie("yx_elder", r.elder)
			page := m.by.Page(m.ask()).WantStatus(m.status).WantNot("⟦")
			if m.status >= 429 && m.status != 500 && page.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", m.name)
			}
			if !strings.Contains(page.Text("main"), "12345") && m.status >= 500 {
				t.Errorf("%s: no hotline: %s", m.name, page.Text("main"))
			}
		}
	}
}
