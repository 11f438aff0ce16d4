package web_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/views/text"
	"yongxing/web/webtest"
)

// guess is one try to find out whether something is known here: a form, and what
// was typed into it, which the answer may repeat.
type guess struct {
	by    *webtest.Client
	path  string
	typed url.Values
	shown []string // as the page shows it
}

// guessing is a page that takes something which may or may not be known.
type guessing struct {
	name   string
	rounds int
	guess  func(w *world, known bool, round int) guess
}

// unknown is somebody who was never here, born when all of the world were.
func unknown(i int) webtest.Somebody { return someone(i + 50) }

var guesses = []guessing{
	{"a phone at the door", 12, func(w *world, known bool, round int) guess {
		who := map[bool]webtest.Somebody{true: someone(1 + round%9), false: unknown(1 + round%9)}[known]
		return guess{w.Browser(), "/signin", url.Values{"phone": {who.Phone}}, []string{text.MaskPhone(who.Phone)}}
	}},
	{"a document of one's own", 12, func(w *world, known bool, round int) guess {
		who := map[bool]webtest.Somebody{true: someone(3 + round%7), false: unknown(3 + round%7)}[known]
		form := url.Values{"document_kind": {"resident_id"}, "document_number": {who.Number}}
		return guess{w.green, "/me/document", form, []string{who.Number, text.MaskDocument(who.Number)}}
	}},
	{"a login at the desk", 6, func(w *world, known bool, round int) guess {
		login := map[bool]string{true: "033127", false: "099127"}[known]
		return guess{w.Browser(), "/staff/signin", url.Values{"login": {login}, "password": {"wrong password"}, "code": {"123456"}}, []string{login}}
	}},
	{"the number of an appeal", 12, func(w *world, known bool, round int) guess {
		number, phone := w.decided, someone(9).Phone
		if !known {
			number, phone = appeal.NewNumber(w.Clock.Now()), unknown(9).Phone
		}
		return guess{w.Browser(), "/appeal/find", url.Values{"number": {number}, "phone": {phone}}, []string{number, text.MaskPhone(phone)}}
	}},
}

// Who asks about somebody else learns nothing from the answer, whether they are
// known here: it has the same status and the same words, and takes as long. Known
// and unknown are asked about in turns, so that a busy machine is as busy for both.
func TestGuessesTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.green.Do(http.MethodGet, "/me/document", "", nil)
	for _, g := range guesses {
		w.answerTo(g.guess(w, false, g.rounds)) // what only the first time costs
		w.Clock.Advance(25 * time.Hour)         // all budgets of a day are full again
		var why string
		for range 3 {
			if why = w.tells(g); why == "" {
				break
			}
		}
		if why != "" {
			t.Errorf("%s: %s", g.name, why)
		}
	}
}

// tells is what the times of a page tell, "" if nothing; different answers fail at
// once.
func (w *world) tells(g guessing) string {
	took := map[bool][]float64{}
	for round := range g.rounds {
		answers := map[bool]string{}
		for _, known := range []bool{round%2 == 0, round%2 != 0} {
			answer, ms := w.answerTo(g.guess(w, known, round))
			answers[known] = answer
			took[known] = append(took[known], ms)
		}
		if answers[true] != answers[false] {
			w.t.Errorf("%s: the answers differ:\n%s\n%s", g.name, answers[true], answers[false])
		}
		w.Clock.Advance(25 * time.Hour)
	}
	return apart(took[true], took[false])
}

// answerTo is the answer without what was typed and what differs every time, and
// how many milliseconds it took.
func (w *world) answerTo(g guess) (answer string, ms float64) {
	w.t.Helper()
	g.typed.Set("csrf", csrf(w.t, g.by))
	begun := time.Now()
	res := post(g.by, g.path, g.typed)
	body, err := io.ReadAll(res.Body)
	took := time.Since(begun)
	if err != nil {
		w.t.Fatal(err)
	}
	answer = res.Status + " " + res.Header.Get("Location") + " " + string(body)
	if next := res.Header.Get("Location"); next != "" {
		answer += g.by.Get(next).Body
	}
	for _, shown := range g.shown {
		answer = strings.ReplaceAll(answer, shown, "TYPED")
	}
	answer = reference.ReplaceAllString(tokenValue.ReplaceAllString(answer, ""), "")
	return clockOf.ReplaceAllString(demoCode.ReplaceAllString(answer, ""), ""), float64(took.Microseconds()) / 1000
}

// apart says how two samples differ: by five milliseconds in the middle, or more
// than chance would have it. On a busy machine times are as far apart among
// themselves; a middle that differs by less than that says nothing.
func apart(a, b []float64) string {
	slices.Sort(a)
	slices.Sort(b)
	n := len(a)
	gap, noise := math.Abs(a[n/2]-b[n/2]), max(a[n*3/4]-a[n/4], b[n*3/4]-b[n/4])
	if p := chance(a, b); p <= 0.01 || gap >= max(5, noise) {
		return fmt.Sprintf("%.1f ms apart, by chance %.3f", gap, p)
	}
	return ""
}

// chance is how likely two samples of one thing differ as much as these, by the
// rank test of Mann and Whitney.
func chance(a, b []float64) float64 {
	u := 0.0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x < y:
				u++
			case x == y:
				u += 0.5
			}
		}
	}
	n, m := float64(len(a)), float64(len(b))
	z := math.Abs(u-n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
	return math.Erfc(z / math.Sqrt2)
}

// The judge of the test above sees a difference, and none where there is none.
func TestApart(t *testing.T) {
	t.Parallel()
	same := []float64{3, 9, 4, 5, 3.5, 4.5, 80, 5.5, 3.2, 4.2, 5.2, 6}
	later := func(ms float64) (all []float64) {
		for _, v := range same {
			all = append(all, v+ms)
		}
		return all
	}
	for ms, want := range map[float64]bool{0: false, 0.3: false, 6: true, 20: true} {
		if got := apart(slices.Clone(same), later(ms)); (got != "") != want {
			t.Errorf("%v ms: %q", ms, got)
		}
	}
}
