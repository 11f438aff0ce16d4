package review_test

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"yongxing/models/review"
	"yongxing/models/review/strict"
)

// world is one person with everything that a review looks at.
type world struct {
	book    *review.Book
	areas   []review.Area
	subject review.Subject
	facts   []review.Fact
	asides  []review.Aside
	now     time.Time
}

func (w world) decide(now time.Time) review.Outcome {
	return review.Decide(w.book, w.areas, w.subject, w.facts, w.asides, now)
}

func (w world) with(facts ...review.Fact) world {
	w.facts = append(append([]review.Fact(nil), w.facts...), facts...)
	return w
}

func (w world) marked(asides ...review.Aside) world {
	w.asides = append(append([]review.Aside(nil), w.asides...), asides...)
	return w
}

// start is the first instant that a generated fact lies at. All instants are
// multiples of six hours after it, so that windows meet, tests are exactly a day
// apart and much happens at midnight.
var start = time.Date(2026, 11, 1, 0, 0, 0, 0, strict.Zone)

const step = 6 * time.Hour

// between draws a number, each as likely as any other: rapid's own ranges prefer
// small numbers so much that most worlds would be empty and early.
func between(t *rapid.T, label string, least, most int) int {
	n := 0
	for _, bit := range rapid.SliceOfN(rapid.Bool(), 9, 9).Draw(t, label) {
		n <<= 1
		if bit {
			n++
		}
	}
	return least + n*(most-least+1)>>9
}

func instant(t *rapid.T, label string, fromDay, toDay int) time.Time {
	return start.Add(steps(t, label, fromDay*4, toDay*4))
}

func steps(t *rapid.T, label string, least, most int) time.Duration {
	return step * time.Duration(between(t, label, least, most))
}

func one[V any](t *rapid.T, label string, values ...V) V {
	return values[between(t, label, 0, len(values)-1)]
}

// chance needs a high draw, so that a case that is made smaller loses what is
// optional.
func chance(t *rapid.T, label string, percent int) bool {
	return between(t, label, 0, 99) >= 100-percent
}

var (
	places    = []string{"330203001", "330203", "330205001", "330203001002", "3205", "THA"}
	areaCodes = []string{"330203", "330203001", "3302", "330205", "320508", "THA"}
	refs      = []string{"", "A-1", "A-2"}
)

// variants are books that differ from the default one where the engine has a
// decision to make.
var variants = func() []*review.Book {
	books := []*review.Book{review.DefaultBook()}
	for _, patch := range []string{
		"{parameters: {grace_days: 0, grace_days_per_week: 0, same_event_hours: 0, min_dwell_minutes: 0}}",
		"{parameters: {declaration_lapse_days: 9, test_from_years: 5}, rules: {Y13: {to: 2026-11-25}, Y03: {to: 2026-11-15}}}",
		"{rules: {R07: {from: 2026-11-10}, R04: {to: 2026-11-20}, Y05: {gap_hours: 0}, R05: {gap_hours: 72}}}",
	} {
		r := &strict.Reader{}
		book, err := review.DefaultBook().Overlay(r.Document([]byte(patch)))
		if err != nil {
			panic(err)
		}
		books = append(books, book)
	}
	return books
}()

func drawWorld(t *rapid.T) world {
	w := world{
		book: one(t, "book", variants...),
	}
	w.subject.Born = time.Date(1984, 5, 12, 0, 0, 0, 0, strict.Zone)
	if chance(t, "small", 15) {
		w.subject.Born = time.Date(2023, 11, between(t, "born", 1, 28), 0, 0, 0, 0, strict.Zone)
	}
	w.subject.Bound = start.AddDate(0, -1, 0)
	if chance(t, "bound late", 15) {
		w.subject.Bound = instant(t, "bound", 0, 30)
	}
	w.areas = drawAreas(t)
	if !chance(t, "undeclared", 5) {
		w.facts = append(w.facts, review.Fact{ID: 1, Kind: "declaration", From: start, Known: start, Source: "declaration"})
	}
	for range between(t, "facts", 3, 8) {
		facts := drawFacts(t, w)
		w.facts = append(w.facts, facts...)
		if chance(t, "answered", 50) {
			w.facts = append(w.facts, drawAnswer(t, w, facts[0])...)
		}
	}
	for range max(0, between(t, "sent again", -2, 2)) {
		w.facts = append(w.facts, drawCopy(t, w, *anyOf(t, w, "")))
	}
	for range max(0, between(t, "marks", -2, 2)) {
		a := drawAside(t, w)
		w.asides = append(w.asides, a)
		if chance(t, "sent after it", 60) {
			again := drawCopy(t, w, w.facts[a.Fact-1])
			again.Known = latest(again.Known, a.At.Add(step))
			w.facts = append(w.facts, again)
		}
	}
	w.now = instant(t, "now", 4, 40)
	if last := anyOf(t, w, ""); last != nil && chance(t, "soon after", 75) {
		w.now = last.Known.Add(steps(t, "after", 0, 10))
	}
	return w
}

func drawAreas(t *rapid.T) []review.Area {
	var areas []review.Area
	for range between(t, "areas", 1, 5) {
		a := review.Area{
			ID: int64(len(areas) + 1), Code: one(t, "code", areaCodes...), Level: one(t, "level", review.AreaLevels...),
			From: instant(t, "listed", -5, 15),
		}
		if !chance(t, "open", 30) {
			a.To = a.From.Add(steps(t, "listed for", 1, 60))
		}
		a.Known = a.From.Add(steps(t, "list known", -8, 20))
		areas = append(areas, a)
		if chance(t, "closed", 25) {
			closing := a
			closing.ID, closing.Replaces = a.ID+1, a.ID
			closing.To = a.From.Add(steps(t, "closed after", 1, 60))
			closing.Known = a.Known.Add(steps(t, "closing known", 0, 40))
			areas = append(areas, closing)
		}
	}
	return areas
}

// drawFacts draws one fact, or a few that belong together, as the doors let in.
func drawFacts(t *rapid.T, w world) []review.Fact {
	f := review.Fact{ID: int64(len(w.facts) + 1), From: instant(t, "from", 0, 30)}
	f.Kind = one(t, "kind", "stay", "stay", "stay", "residence", "contact", "contact", "contact", "isolation", "isolation",
		"case", "test", "test", "test", "test", "checkin", "checkin", "symptom", "symptom", "clinic", "arrival", "entry",
		"duty", "duty", "excuse", "known_cause", "clearance", "clearance", "clearance", "discrepancy", "declaration",
		"other", "breach")
	f.Source = one(t, "source", "declaration", "carrier", "population", "lab", "health", "station", "province", "decision", "clinic")
	f.Known = f.From.Add(step * one[time.Duration](t, "delay", 0, 0, 1, 2, 4, 12, 40))
	f.Locked = chance(t, "locked", 5)
	if !strings.HasPrefix(f.Source, "dec") && chance(t, "upstream", 50) {
		f.Upstream = one(t, "upstream id", "U-1", "U-2")
	}
	kind := review.Kinds[f.Kind]
	if len(kind.Classes) > 0 {
		f.Class = one(t, "class", kind.Classes...)
	}
	if kind.Place != review.Forbidden {
		f.Place = one(t, "place", places...)
	}
	if kind.Ref != review.Forbidden {
		f.Ref = one(t, "ref", refs...)
	}
	if kind.Ref == review.Required && f.Ref == "" {
		f.Ref = refs[1]
	}
	if kind.ManualOnly {
		f.Source = "manual"
	}
	if kind.To == review.Required || kind.To == review.Optional && !chance(t, "no end", 25) || f.Source == "carrier" && f.Kind == "stay" {
		f.To = f.From.Add(steps(t, "long", 1, 48))
	}
	if kind.Ahead && f.Class != "excluded" && chance(t, "ahead", 40) {
		f.Known = f.From.Add(-steps(t, "announced", 0, 20))
	}
	return drawDetail(t, w, f)
}

func drawDetail(t *rapid.T, w world, f review.Fact) []review.Fact {
	switch f.Kind {
	case "symptom":
		f.Items = []string{one(t, "item", "fever", "dry_cough", "diarrhoea")}
		f.Value = one(t, "value", 0, 36.6, 37.3)
	case "known_cause":
		f.Items = []string{one(t, "cause", "fever", "dry_cough")}
	case "declaration":
		f.Source, f.Known = "declaration", f.From
	case "residence":
		if old := anyOf(t, w, "residence"); old != nil && chance(t, "moves", 60) {
			f.Replaces = old.ID
		}
	case "isolation", "contact":
		if old := anyOf(t, w, f.Kind); old != nil && chance(t, "corrects", 25) {
			f.Replaces, f.Class, f.Ref = old.ID, old.Class, old.Ref
		}
	case "clearance":
		f = drawClearance(t, w, f)
	case "checkin":
		return drawCheckins(t, f)
	case "test":
		return drawTests(t, f)
	}
	return []review.Fact{f}
}

// anyOf draws one of the facts of a kind, nil if there is none.
func anyOf(t *rapid.T, w world, kind string) *review.Fact {
	var ids []int
	for i, f := range w.facts {
		if f.Kind == kind || kind == "" {
			ids = append(ids, i)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return &w.facts[one(t, "one of them", ids...)]
}

// drawClearance aims a clearance at a fact that is there, if there is one.
func drawClearance(t *rapid.T, w world, f review.Fact) review.Fact {
	f.About, f.Ref = one(t, "about", "case", "contact", "isolation", "test", "stay"), ""
	f.Source = one(t, "cleared by", "health", "health", "lab", "clinic", "station")
	target := anyOf(t, w, one(t, "target", "case", "contact", "isolation", "test", ""))
	if target == nil {
		f.Ref = refs[1]
		return f
	}
	f.About = target.Kind
	f.From = target.From.Add(steps(t, "later", -8, 80))
	f.Known = f.From.Add(steps(t, "cleared known", 0, 8))
	if f.Class != "excluded" && chance(t, "dated ahead", 20) {
		f.Known = f.From.Add(-step)
	}
	switch {
	case target.Ref != "" && chance(t, "by number", 60):
		f.Ref = target.Ref
	case f.Source == "health" && chance(t, "by nothing", 30):
	default:
		f.AboutFact = target.ID
	}
	return f
}

// drawCheckins draws the check-ins of some days in a row, as somebody under
// observation makes them.
func drawCheckins(t *rapid.T, f review.Fact) []review.Fact {
	f.Source, f.Known, f.Upstream = "checkin", f.From, ""
	var facts []review.Fact
	for i := range between(t, "check-ins", 1, 12) {
		next := f
		next.ID, next.From = f.ID+int64(len(facts)), f.From.AddDate(0, 0, i)
		next.Known = next.From
		if chance(t, "synchronised late", 10) {
			next.Known = next.From.Add(8 * step)
		}
		if chance(t, "unwell", 10) {
			next.Items = []string{one(t, "item", "fever", "dry_cough", "fatigue")}
		}
		if i == 0 || !chance(t, "forgotten", 15) {
			facts = append(facts, next)
		}
	}
	return facts
}

// drawTests draws a test, a pending one with its result, or two negatives.
func drawTests(t *rapid.T, f review.Fact) []review.Fact {
	second := f
	second.ID++
	switch between(t, "tests", 0, 3) {
	case 0:
		return []review.Fact{f}
	case 1:
		f.Known, f.Class = f.From, "pending"
		second.Replaces = f.ID
		return []review.Fact{f, second}
	default:
		f.Class, second.Class, f.Source, second.Source = "negative", "negative", "lab", "lab"
		second.From = f.From.Add(steps(t, "apart", 3, 30))
		second.Known = second.From.Add(steps(t, "result", 0, 4))
		return []review.Fact{f, second}
	}
}

// drawAnswer draws what may end the finding that a fact raises.
func drawAnswer(t *rapid.T, w world, to review.Fact) []review.Fact {
	end := to.From
	if !to.To.IsZero() {
		end = to.To
	}
	f := review.Fact{ID: int64(len(w.facts) + 1), From: end, Known: end, Source: "lab", Kind: "test", Class: "negative"}
	var days []int
	switch between(t, "answer", 0, 3) {
	case 0:
		f.Kind, f.Class = "checkin", ""
		f.From = f.From.AddDate(0, 0, between(t, "begun", 0, 2))
		return drawCheckins(t, f)
	case 1:
		f.Kind, f.Class, f.Source = "clearance", one(t, "class", review.Kinds["clearance"].Classes...), "health"
		f = drawClearance(t, world{facts: []review.Fact{to}}, f)
		return []review.Fact{f}
	case 2:
		days = []int{1, 7, 14}
	default:
		days = []int{1, 2 + between(t, "apart", 0, 6)}
	}
	var facts []review.Fact
	for i, d := range days {
		next := f
		next.ID, next.From = f.ID+int64(i), f.From.AddDate(0, 0, d)
		next.Known = next.From.Add(steps(t, "result", 0, 3))
		facts = append(facts, next)
	}
	return facts
}

// drawCopy draws a fact that is sent again: the same, drifted, longer, elsewhere
// or by another source.
func drawCopy(t *rapid.T, w world, f review.Fact) review.Fact {
	f.ID = int64(len(w.facts) + 1)
	f.Known = f.Known.Add(steps(t, "again after", 1, 20))
	if f.Source != "manual" && f.Kind != "declaration" && f.Kind != "clearance" && chance(t, "other source", 50) {
		f.Source = one(t, "source", "city", "population", "declaration", "decision")
	}
	if review.Kinds[f.Kind].Place != review.Forbidden && chance(t, "elsewhere", 40) {
		f.Place = one(t, "place", places...)
	}
	if !f.To.IsZero() {
		f.To = f.To.Add(steps(t, "longer", 0, 8))
	}
	return f
}

func drawAside(t *rapid.T, w world) review.Aside {
	target := anyOf(t, w, "")
	a := review.Aside{Scope: one(t, "scope", "record", "event"), Fact: target.ID, Appeal: one(t, "appeal", "YS-1", "YS-2")}
	a.At = target.Known.Add(steps(t, "decided after", 0, 8))
	if chance(t, "lifted", 20) {
		a.Lifted = a.At.Add(steps(t, "lifted after", 1, 12))
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// frozen is the world as it is known now: what is learned later never will be.
func (w world) frozen() world {
	frozen := w
	frozen.areas, frozen.facts, frozen.asides = nil, nil, nil
	for _, a := range w.areas {
		if !a.Known.After(w.now) {
			frozen.areas = append(frozen.areas, a)
		}
	}
	for _, f := range w.facts {
		if !f.Known.After(w.now) {
			frozen.facts = append(frozen.facts, f)
		}
	}
	for _, a := range w.asides {
		if a.Lifted.After(w.now) {
			a.Lifted = time.Time{}
		}
		if !a.At.After(w.now) {
			frozen.asides = append(frozen.asides, a)
		}
	}
	if w.subject.Bound.After(w.now) {
		frozen.subject.Bound = time.Time{}
	}
	return frozen
}
