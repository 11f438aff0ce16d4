package webtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// tripwire remembers what the browsers of a test have said and been given: what
// somebody wrote into a form, every cookie, every odd header. Nothing of it may stand in
// a log line or in an address that the portal sends anybody to. It is laid for
// every page test, so that a log line that one day holds an answer fails whichever
// test comes by first.
type tripwire struct {
	mu   sync.Mutex
	said map[string]bool
}

// heard remembers values that belong to a person: words, numbers and tokens, not
// the short names of choices. Digits are looked for as a whole number.
func (w *tripwire) heard(values ...string) {
	for _, v := range values {
		if len(v) <= 2000 && personal(v) {
			w.keep(v)
		}
	}
}

func (w *tripwire) keep(v string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.said == nil {
		w.said = map[string]bool{}
	}
	w.said[v] = true
}

// personal tells what a person typed, or holds, from what they chose from a list
// and from the addresses that a form leads back to. The number of an appeal is
// known by its shape.
func personal(v string) bool {
	digits, han := 0, false
	for _, r := range appealNumber.ReplaceAllString(v, "") {
		if unicode.IsDigit(r) {
			digits++
		}
		han = han || unicode.Is(unicode.Han, r)
	}
	address := strings.HasPrefix(v, "/") || strings.Contains(v, "=")
	return han || digits >= 6 && digits != 9 || len(v) >= 24 && !address // nine digits are a street
}

// written are the fields that a person fills with words and numbers of their own,
// without the item that a field belongs to (detail.2, item1_question). What stands in them is theirs from five signs
// on, but for the hotline, which is on every page.
var written = map[string]bool{
	"name": true, "document_number": true, "document_tail": true, "phone": true, "born": true, "code": true, "password": true,
	"detail": true, "address": true, "statement": true, "harm": true, "text": true, "words": true, "note": true, "find": true,
	"issuer": true, "document": true, "question": true,
}

var itemOf = regexp.MustCompile(`^item\d+_`)

// entry remembers what stood in a field of a form.
func (w *tripwire) entry(name, value string) {
	w.heard(name)
	field, _, _ := strings.Cut(itemOf.ReplaceAllString(name, ""), ".")
	if !written[field] || utf8.RuneCountInString(value) < 5 || value == "12345" || len(value) > 2000 {
		w.heard(value)
		return
	}
	w.keep(value)
}

// form remembers the entries of a form as it goes over the line.
func (w *tripwire) form(body string) {
	entries, err := url.ParseQuery(body)
	if err != nil {
		w.heard(body)
	}
	for name, values := range entries {
		for _, value := range values {
			w.entry(name, value)
		}
	}
}

// request remembers what a browser sends along.
func (w *tripwire) request(r *http.Request) {
	for _, c := range r.Cookies() {
		w.heard(c.Value)
	}
	for _, name := range []string{"User-Agent", "Referer", "X-Forwarded-For"} {
		w.heard(r.Header.Get(name))
	}
	// What stands in an address comes from a link of the portal or from somebody's
	// hand: "before" counts pages, anything else may not come back.
	for name, values := range r.URL.Query() {
		w.heard(name)
		if name != "before" {
			w.heard(values...)
		}
	}
}

// Shapes that are a person's wherever they come from: nobody needs to have typed
// them.
var shapes = []struct {
	what string
	is   *regexp.Regexp
}{
	{"a phone", regexp.MustCompile(`(^|[^0-9a-zA-Z])1[3-9]\d{9}($|[^0-9a-zA-Z])`)},
	{"a document", regexp.MustCompile(`(^|[^0-9a-zA-Z])[1-9]\d{5}(19|20)\d{2}[01]\d[0-3]\d{4}[\dXx]($|[^0-9a-zA-Z])`)},
	{"a token", regexp.MustCompile(`(^|[^0-9a-zA-Z_/-])[0-9A-Za-z_-]{43}($|[^0-9a-zA-Z_-])`)},
	{"the number of an appeal", appealNumber},
	{"words in Chinese", regexp.MustCompile(`\p{Han}`)},
}

// trips tells what of a person's stands in a text, or nothing.
func (w *tripwire) trips(text string, among ...string) (what string) {
	for _, s := range shapes {
		if slices.Contains(among, s.what) && s.is.MatchString(text) {
			return s.what
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for v := range w.said {
		for _, form := range []string{v, url.QueryEscape(v), url.PathEscape(v)} {
			if holds(text, form) {
				return "what was sent: " + v
			}
		}
	}
	return ""
}

// holds tells whether v stands in text, and not as a part of a longer number or
// word.
func holds(text, v string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], v)
		if i < 0 || v == "" {
			return false
		}
		i += from
		if !joins(text, i-1, v[0]) && !joins(text, i+len(v), v[len(v)-1]) {
			return true
		}
		from = i + 1
	}
}

func joins(text string, i int, end byte) bool {
	return i >= 0 && i < len(text) && alphanumeric(text[i]) && alphanumeric(end)
}

func alphanumeric(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// timing is what differs from line to line and is nobody's.
var timing = regexp.MustCompile(`^\{"time":"[^"]*"|"ref":"[0-9A-Z]*",?|,"took":\d+`)

// inLog lists what is wrong with a log: lines that are none, and what of a
// person's stands in them.
func (w *tripwire) inLog(book string) (wrong []string) {
	kinds := map[string]bool{} // thousands of lines are one
	for line := range strings.Lines(book) {
		kinds[timing.ReplaceAllString(line, "")] = true
	}
	for _, line := range slices.Sorted(maps.Keys(kinds)) {
		if !strings.HasPrefix(line, `,"level":"`) || !json.Valid([]byte("{"+line[1:])) || strings.ContainsRune(line, '\x1b') {
			wrong = append(wrong, "not one line of ours: "+line)
			continue
		}
		what := w.trips(line, "a phone", "a document", "a token", "the number of an appeal", "words in Chinese")
		if what == "" {
			what = w.trips(plain(line)) // what stands in it escaped
		}
		if what != "" {
			wrong = append(wrong, what+" in "+line)
		}
	}
	return wrong
}

// labels are what stands beside the numbers of the metrics: those are of the
// machine, and long enough to be anybody's.
var labels = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)

// inMetrics tells what of a person's stands in the labels of the metrics, or
// nothing.
func (w *tripwire) inMetrics(metrics http.Handler) string {
	rec := httptest.NewRecorder()
	metrics.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	kinds := map[string]bool{}
	for _, found := range labels.FindAllStringSubmatch(rec.Body.String(), -1) {
		kinds[found[1]] = true
	}
	return w.trips(strings.Join(slices.Sorted(maps.Keys(kinds)), "\n"), "a phone", "a document", "a token", "the number of an appeal", "words in Chinese")
}

// plain are the values of a line as they were before they were escaped.
func plain(line string) string {
	var fields map[string]any
	_ = json.Unmarshal([]byte("{"+line[1:]), &fields)
	var all strings.Builder
	for _, v := range fields {
		if s, ok := v.(string); ok {
			all.WriteString(s + "\n")
		}
	}
	return all.String()
}

// inAddress tells what of a person's stands in an address, or nothing. The number
// of an appeal and the name of a photo may: they open nothing by themselves.
func (w *tripwire) inAddress(address string) string {
	if !strings.ContainsAny(address, "?%") && !strings.ContainsFunc(address, unicode.IsDigit) {
		return ""
	}
	return w.trips(photoName.ReplaceAllString(appealNumber.ReplaceAllString(address, ""), ""), "a phone", "a document", "a token")
}

var appealNumber = regexp.MustCompile(`YS-\d{4}-\d{7}-\d`)

// photoName is where a photo stands. One name in seven has as many digits as a
// phone could have, and a form that removes the photo sends its name.
var photoName = regexp.MustCompile(`/evidence/[0-9A-HJKMNP-TV-Z]{13}\b`)
