package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"yongxing/handlers"
	"yongxing/web/webtest"
)

// visit is one look at a page: by whom, where, and what status is right.
type visit struct {
	by     *webtest.Client
	path   string
	status int
	leads  string // where it leads instead, if it does
}

// visits says for every GET of the table who looks at it, in which states.
func (w *world) visits() map[string][]visit {
	ok := func(path string, who ...*webtest.Client) (list []visit) {
		for _, c := range who {
			list = append(list, visit{by: c, path: path, status: http.StatusOK})
		}
		return list
	}
	token := w.pass(2)
	everyCode := []*webtest.Client{w.fresh, w.unbound, w.green, w.yellow, w.red, w.opener}
	all := map[string][]visit{
		"/":              ok("/", w.anybody, w.fresh, w.green, w.yellow, w.red),
		"/help":          ok("/help", w.anybody, w.green),
		"/privacy":       ok("/privacy", w.anybody),
		"/accessibility": ok("/accessibility", w.anybody),
		"/v/:token":      slices.Concat(ok("/v/"+token, w.anybody), ok("/v/"+strings.Repeat("A", 60), w.anybody)),
		"/V/:token":      slices.Concat(ok("/V/"+w.pass(4), w.anybody), ok("/V/"+w.pass(3), w.anybody), ok("/V/"+w.pass(1), w.anybody)),

		"/appeal/find":      ok("/appeal/find", w.anybody, w.green),
		"/appeal/find/code": ok("/appeal/find/code", w.finding),
		"/appeal/found":     ok("/appeal/found", w.found),

		"/signin":          ok("/signin", w.anybody, w.asked),
		"/signin/code":     ok("/signin/code", w.asked),
		"/signin/document": ok("/signin/document", w.stranger),
		"/signin/notme":    ok("/signin/notme", w.stranger),

		"/declare":              ok("/declare", w.fresh, w.half, w.green),
		"/declare/identity":     ok("/declare/identity", w.fresh, w.half, w.green),
		"/declare/residence":    ok("/declare/residence", w.half, w.green),
		"/declare/stays":        ok("/declare/stays", w.half, w.green),
		"/declare/stays/add":    ok("/declare/stays/add", w.half),
		"/declare/contact":      ok("/declare/contact", w.half),
		"/declare/health":       ok("/declare/health", w.half),
		"/declare/confirm":      {{w.half, "/declare/confirm", http.StatusOK, "/declare/check"}},
		"/declare/check":        ok("/declare/check", w.half),
		"/declare/done":         ok("/declare/done", w.unbound, w.green, w.red),
		"/code":                 ok("/code", everyCode...),
		"/code/show":            ok("/code/show", everyCode[1:]...),
		"/history":              ok("/history", w.fresh, w.green, w.red, w.granted),
		"/me":                   ok("/me", w.fresh, w.unbound, w.green, w.granted),
		"/me/looks":             ok("/me/looks", w.fresh, w.granted),
		"/me/document":          append(ok("/me/document", w.green), visit{w.unbound, "/me/document", 200, "/declare/identity"}),
		"/me/phone":             ok("/me/phone", w.unbound, w.green),
		"/me/phone/code":        ok("/me/phone/code", w.unbound),
		"/notices":              ok("/notices", w.fresh, w.granted),
		"/appeal/new":           append(ok("/appeal/new", w.green, w.yellow, w.red, w.granted), visit{w.opener, "/appeal/new", 200, "/appeal/" + w.open}),
		"/appeal/new/statement": ok("/appeal/new/statement", w.drafting),
		"/appeal/new/evidence":  ok("/appeal/new/evidence", w.drafting),
		"/appeal/new/check":     ok("/appeal/new/check", w.drafting),
		"/appeal/:number": slices.Concat(ok("/appeal/"+w.open, w.opener), ok("/appeal/"+w.claimed, w.claimant), ok("/appeal/"+w.asking, w.questioned),
			ok("/appeal/"+w.decided, w.granted), []visit{{w.opener, "/appeal/" + w.claimed, 404, ""}, {w.opener, "/appeal/YS-2603-0000000-0", 404, ""}}),
		"/appeal/:number/withdraw": ok("/appeal/"+w.open+"/withdraw", w.opener),
		"/evidence/:ref":           append(ok("/evidence/"+w.photo, w.opener), visit{w.green, "/evidence/" + w.photo, 404, ""}),

		"/staff/signin": ok("/staff/signin", w.anybody),
		"/officer/appeals": slices.Concat(ok("/officer/appeals", w.officer), ok("/officer/appeals?tab=mine", w.officer),
			ok("/officer/appeals?tab=waiting", w.officer), ok("/officer/appeals?tab=done", w.officer),
			ok("/officer/appeals?colour=yellow&rule=R07&due=late&channel=web&harm=1&photos=1", w.officer), []visit{{w.officer, "/officer/appeals?tab=secret", 422, ""}}),
		"/officer/appeals/:number": slices.Concat(ok("/officer/appeals/"+w.open, w.officer), ok("/officer/appeals/"+w.claimed, w.officer),
			ok("/officer/appeals/"+w.asking, w.officer), ok("/officer/appeals/"+w.decided, w.officer), []visit{{w.officer, "/officer/appeals/YS-2603-0000000-0", 404, ""}}),
		"/officer/appeals/:number/evidence/:ref": append(ok("/officer/appeals/"+w.open+"/evidence/"+w.photo, w.officer),
			visit{w.officer, "/officer/appeals/" + w.claimed + "/evidence/" + w.photo, 404, ""}),
		"/officer/evidence/:ref": ok("/officer/evidence/"+w.photo, w.officer),
		"/staff/awake":           ok("/staff/awake", w.officer),
		"/healthz":               ok("/healthz", w.anybody),
		"/readyz":                ok("/readyz", w.anybody),
		"/static/*":              {{w.anybody, "/static/nosuch.css", 404, ""}},
	}
	for _, c := range []*webtest.Client{w.green, w.red} {
		// A part of a page, not a page: what is true of pages is not of it.
		renew, _ := c.Get("/code").Find("[data-renew]").Attr("data-renew")
		all["/code/fragment"] = append(all["/code/fragment"], visit{by: c, path: renew, status: http.StatusOK})
	}
	return all
}

// partsOnly are the addresses that answer with something else than a page: parts of
// one, pictures, and words for machines.
var partsOnly = []string{"/code/fragment", "/evidence/:ref", "/officer/evidence/:ref", "/staff/awake", "/healthz", "/readyz"}

// readings are the ways to read a page.
var readings = []struct{ lang, elder string }{{"zh", "0"}, {"en", "0"}, {"zh", "1"}, {"en", "1"}}

// Every page of the table, in every state, in both languages and in large type,
// holds what is true of all pages (see webtest). A route without a visitor
// fails.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	visits := w.visits()
	signedIn := map[string]bool{}
	for _, row := range w.Rows {
		signedIn[row.Path] = signedIn[row.Path] || row.SignedIn
		if row.Method == http.MethodGet && len(visits[row.Path]) == 0 {
			t.Errorf("nobody visits %s", row.Path)
		}
	}
	for _, part := range partsOnly {
		delete(signedIn, part)
	}
	delete(signedIn, "/code/show") // held out to somebody else at a gate: one link back, and nothing to press by mistake
	for _, path := range slices.Sorted(maps.Keys(visits)) {
		for _, v := range visits[path] {
			for _, r := range readings {
				v.by.SetCookie("yx_lang", r.lang)
				v.by.SetCookie("yx_elder", r.elder)
				v.by.Loose = path == "/code/fragment"
				page := v.by.Get(v.path).WantNot("⟦")
				v.by.Loose = false
				page.WantStatus(v.status)
				if at := page.URL.RequestURI(); v.path != at && v.leads != at {
					t.Errorf("%s leads to %s", v.path, at)
				}
				if signedIn[path] && (v.status == http.StatusOK || !strings.HasPrefix(path, "/officer/")) && page.Find("form[action$='/signout'] button").Length() == 0 {
					t.Errorf("%s: no way to sign out", v.path)
				}
			}
		}
	}
}

// No link, button or picture of any page leads nowhere.
func TestEveryLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	visits := w.visits()
	delete(visits, "/code/fragment")
	for _, path := range slices.Sorted(maps.Keys(visits)) {
		for _, v := range visits[path] {
			if v.status != http.StatusOK {
				continue
			}
			page := v.by.Get(v.path)
			for _, href := range page.Links() {
				if res := v.by.Do(http.MethodGet, href, "", nil); res.StatusCode >= 400 {
					t.Errorf("%s: a link to %s, which answers %d", v.path, href, res.StatusCode)
				}
			}
		}
	}
}

// Every form, sent empty and sent with nonsense, says what is wrong and keeps
// the rules of all pages; nothing is an error of ours.
func TestEveryForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[string]bool{}
	visits := w.visits()
	delete(visits, "/code/fragment")
	for _, path := range slices.Sorted(maps.Keys(visits)) {
		for _, v := range visits[path] {
			for i, form := range v.by.Get(v.path).Forms() {
				what := fmt.Sprint(appealNumber.ReplaceAllString(form.Action(), "N"), slices.Sorted(maps.Keys(form.Values())))
				if !seen[what] {
					seen[what] = true
					abuse(t, v.by, v.path, i)
				}
			}
		}
	}
	// What the world must have shown, or nothing was tried.
	for _, action := range []string{"/signin", "/signin/document", "/signout", "/me/settings", "/notices/open", "/notices/read", "/declare/check", "/declare/stays/add", "/appeal/new/evidence", "/appeal/new/check",
		"/appeal/N/material", "/appeal/N/withdraw", "/officer/appeals/N/claim", "/officer/appeals/N/release", "/officer/appeals/N/preview", "/staff/signout"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(what string) bool { return strings.HasPrefix(what, action+"[") }) {
			t.Errorf("no page has a form to %s", action)
		}
	}
}

// nonsense is what is typed into every field of a form at once, and which
// answers are right (200 only for patient forms).
var nonsense = []struct {
	name   string
	typed  []string
	status []int
}{
	{"empty", nil, []int{422, 200}},
	{"blank", []string{" "}, []int{422, 200}},
	{"of another type", []string{`-1e999'"><script>`}, []int{422, 200}},
	{"of control characters", []string{"\x00\x1b\u202e"}, []int{422, 200}},
	{"of bytes that are no text", []string{"\xff\xfe"}, []int{422}},
	{"far too long", []string{strings.Repeat("长", 6000)}, []int{422, 413, 200}},
}

// patient are the forms that need not refuse nonsense: a choice that is none only
// asks again, the words of an appeal may be left out, and any words are words.
var patient = []string{"/declare/residence", "/declare/stays/add", "/officer/appeals", "/appeal/new/statement", "/appeal/N/material"}

func abuse(t *testing.T, by *webtest.Client, path string, i int) {
	t.Helper()
	again := func(lang string) *webtest.Form {
		by.SetCookie("yx_lang", lang)
		forms := by.Get(path).Forms()
		if i >= len(forms) {
			t.Fatalf("%s: form %d is gone: a refused entry has done something", path, i)
		}
		return forms[i]
	}
	try := func(f *webtest.Form, what string, want ...int) {
		t.Helper()
		page := f.Submit()
		if !slices.Contains(want, page.Status) || page.Status == http.StatusOK && !slices.Contains(patient, appealNumber.ReplaceAllString(f.Action(), "N")) {
			t.Errorf("%s: form to %s with %s: status %d at %s: %s", path, f.Action(), what, page.Status, page.URL.Path, page.Text("main"))
		}
		page.WantNot("<script>", "⟦")
	}
	for _, lang := range []string{"zh", "en"} {
		try(again(lang).Force("is_admin", "1"), "an entry that it does not have", 422)
		f, twice := again(lang), false
		for name := range f.Values() {
			if name != handlers.CSRFField && !strings.HasSuffix(name, "[]") {
				f.Force(name, "1", "2")
				twice = true
			}
		}
		if twice {
			try(f, "everything twice", 422)
		}
		for _, n := range nonsense {
			f := again(lang)
			for _, name := range f.Typed() {
				f.Force(name, n.typed...)
			}
			if len(f.Typed()) > 0 {
				try(f, "entries "+n.name, n.status...)
			}
		}
	}
}
