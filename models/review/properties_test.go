package review_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yongxing/models/review"
)

// The properties of rulebook.md section 10, by its numbers.

// moments are instants worth asking about: now, and when anything is learned or
// changes, at it and just before.
func (w world) moments() []time.Time {
	times := []time.Time{w.now}
	add := func(t time.Time) {
		if !t.IsZero() {
			times = append(times, t, t.Add(-time.Microsecond))
		}
	}
	for _, f := range w.facts {
		add(f.Known)
		add(w.decide(f.Known).NextChange)
	}
	for _, a := range w.asides {
		add(a.At)
		add(a.Lifted)
	}
	for next := w.now; !next.IsZero() && len(times) < 200; {
		next = w.decide(next).NextChange
		add(next)
	}
	slices.SortFunc(times, time.Time.Compare)
	return slices.Compact(times)
}

func (w world) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "book %s with %+v\nsubject born %s bound %s\n", w.book.Version, w.book.Parameters, clock(w.subject.Born), clock(w.subject.Bound))
	for _, a := range w.areas {
		fmt.Fprintf(&b, "area %d %s %s %s to %s known %s replaces %d\n", a.ID, a.Code, a.Level, clock(a.From), clock(a.To), clock(a.Known), a.Replaces)
	}
	for _, f := range w.facts {
		fmt.Fprintf(&b, "fact %d %s %s about %s/%d place %q ref %q %s to %s %v %v by %s/%s known %s replaces %d\n", f.ID, f.Kind, f.Class,
			f.About, f.AboutFact, f.Place, f.Ref, clock(f.From), clock(f.To), f.Items, f.Value, f.Source, f.Upstream, clock(f.Known), f.Replaces)
	}
	for _, a := range w.asides {
		fmt.Fprintf(&b, "aside %s of %d at %s lifted %s %s\n", a.Scope, a.Fact, clock(a.At), clock(a.Lifted), a.Appeal)
	}
	return b.String()
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(start.Location()).Format("01-02T15:04:05.000000")
}

func TestProperty1SameArgumentsSameOutcome(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := w.decide(w.now)
		shuffled := world{
			book: w.book, subject: w.subject, now: w.now,
			areas: slices.Clone(w.areas), facts: slices.Clone(w.facts), asides: slices.Clone(w.asides),
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		random.Shuffle(len(w.areas), reflect.Swapper(shuffled.areas))
		random.Shuffle(len(w.facts), reflect.Swapper(shuffled.facts))
		random.Shuffle(len(w.asides), reflect.Swapper(shuffled.asides))
		for _, again := range []world{w, shuffled} {
			if got := again.decide(w.now); !reflect.DeepEqual(got, want) {
				t.Fatalf("%v\nwant %+v\ngot  %+v", w, want, got)
			}
		}
	})
}

func TestProperty2TwiceIsOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		doubled := w.with(w.copies()...)
		for _, at := range w.moments() {
			once, twice := w.decide(at), doubled.decide(at)
			if once.Colour != twice.Colour || len(once.Findings) != len(twice.Findings) {
				t.Fatalf("%v\nat %s\nonce  %+v\ntwice %+v", w, clock(at), once, twice)
			}
		}
	})
}

// copies are the facts again under other ids. Left out are those that a mark
// names, those that never join, and, since a copy must be replaced by a copy,
// what such a fact replaces.
func (w world) copies() []review.Fact {
	const away = 1000
	single := map[int64]bool{}
	for _, a := range w.asides {
		single[a.Fact] = true
	}
	for _, f := range w.facts {
		if f.Kind == "duty" || f.Kind == "other" || f.Kind == "breach" {
			single[f.ID] = true
		}
	}
	for range w.facts {
		for _, f := range w.facts {
			if single[f.ID] {
				single[f.Replaces] = true
			}
		}
	}
	var copies []review.Fact
	for _, f := range w.facts {
		if single[f.ID] {
			continue
		}
		f.ID += away
		if f.Replaces != 0 && !single[f.Replaces] {
			f.Replaces += away
		}
		copies = append(copies, f)
	}
	return copies
}

func TestProperty3SettingAsideNeverHarms(t *testing.T) {
	t.Parallel()
	answers := []string{"test", "clearance", "excuse", "known_cause", "checkin", "declaration"}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		f := one(t, "set aside", w.facts...)
		if slices.Contains(answers, f.Kind) || f.Kind == "residence" && f.Replaces != 0 {
			return
		}
		f.Upstream = "" // of the record nothing else goes with it
		for i := range w.facts {
			w.facts[i].Upstream = ""
		}
		less := w.marked(review.Aside{Scope: "record", Fact: f.ID, At: start.AddDate(0, -2, 0), Appeal: "YS-9"})
		for _, at := range w.moments() {
			standing := review.Standing(w.book, w.subject, w.facts, w.asides, at)
			if !slices.ContainsFunc(standing, func(s review.Fact) bool { return s.ID == f.ID }) {
				continue
			}
			before, after := w.decide(at), less.decide(at)
			if review.Worse(after.Colour, before.Colour) {
				t.Fatalf("%v\nwithout %d at %s\nbefore %+v\nafter  %+v", w, f.ID, clock(at), before, after)
			}
		}
	})
}

func TestProperty4NoFlipBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		f := one(t, "settled", w.facts...)
		mark := review.Aside{Scope: "event", Fact: f.ID, At: f.Known.Add(steps(t, "settled after", 0, 12)), Appeal: "YS-9"}
		again := f
		again.ID = one[int64](t, "id", -1, 77, 1_000_000)
		again.Known = f.Known.Add(steps(t, "again after", -4, 60))
		again.Upstream = one(t, "upstream", "", "U-9", f.Upstream)
		again.Source = one(t, "source", "declaration", "checkin", "carrier", "lab", "city", "station", "health", "manual")
		if (again.Source == "declaration" || again.Source == "checkin") && again.Known.After(mark.At) {
			return
		}
		w = w.marked(mark).with(again)
		for _, at := range w.moments() {
			bound := !w.subject.Bound.After(at)
			if at.Before(mark.At) || at.Before(again.Known) || at.Before(f.Known) || !bound {
				continue
			}
			out := w.decide(at)
			aside := slices.ContainsFunc(out.Aside, func(a review.SetAside) bool { return a.Fact == again.ID })
			counts := slices.ContainsFunc(out.Findings, func(f review.Finding) bool { return slices.Contains(f.Facts, again.ID) })
			if !aside || counts {
				t.Fatalf("%v\nthe copy counts at %s: %+v", w, clock(at), out)
			}
		}
	})
}

func TestProperty5AnswersNeverHarm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		if rule, _ := w.book.Rule("R04"); !rule.To.IsZero() {
			// What would have followed a finding that the rulebook ends does not
			// follow, but what had begun goes on (section 5). So whoever ended it
			// just before with a negative is monitored and the others are not: an
			// answer that harms, which the page itself asks for.
			return
		}
		answer := drawFacts(t, w)[0]
		kind := one(t, "answer kind", "test", "clearance", "excuse", "known_cause")
		answer = review.Fact{
			ID: 5000, Kind: kind, From: answer.From, Known: answer.Known,
			Source: one(t, "answered by", "lab", "health", "station", "declaration"),
		}
		switch kind {
		case "test":
			answer.Class = "negative"
		case "clearance":
			answer.Class, answer.Source = one(t, "class", review.Kinds["clearance"].Classes...), "health"
			answer = drawClearance(t, w, answer)
		case "excuse":
			answer.Ref = one(t, "ref", refs...)
			answer.To = answer.From.Add(steps(t, "excused for", 1, 40))
		case "known_cause":
			answer.Items = []string{"fever", "dry_cough", "sore_throat"}
		}
		answered := w.with(answer)
		for _, at := range answered.moments() {
			before, after := w.decide(at), answered.decide(at)
			if review.Worse(after.Colour, before.Colour) {
				t.Fatalf("%v\nanswer %+v at %s\nbefore %+v\nafter  %+v", w, answer, clock(at), before, after)
			}
			if kind == "test" && !at.Before(answer.Known) {
				requirePastEnds(t, w, answered, answer.Known, at)
			}
		}
	})
}

// requirePastEnds holds that a negative learned at one instant moves no end that
// had passed by then.
func requirePastEnds(t *rapid.T, before, after world, learned, at time.Time) {
	// Those that without it have ended by then, with everything else known now.
	got := map[string]time.Time{}
	for _, e := range after.decide(at).Ended {
		got[e.Key] = e.At
	}
	for _, e := range before.decide(at).Ended {
		if !e.At.After(learned) && !got[e.Key].Equal(e.At) {
			t.Fatalf("%v\nat %s the end of %s moved from %s to %s", after, clock(at), e.Key, clock(e.At), clock(got[e.Key]))
		}
	}
}

func TestProperty6UnboundMeansUnseen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.subject.Bound = one(t, "bound", time.Time{}, w.now.Add(time.Microsecond), w.now.AddDate(1, 0, 0))
		own := w
		own.facts = nil
		for _, f := range w.facts {
			if f.Source == "declaration" || f.Source == "checkin" {
				own.facts = append(own.facts, f)
			}
		}
		if got, want := w.decide(w.now), own.decide(w.now); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v\nwant %+v\ngot  %+v", w, want, got)
		}
	})
}

// shows is what the next change is about.
func shows(out review.Outcome) string {
	text := string(out.Colour)
	for _, f := range out.Findings {
		text += fmt.Sprintf(" %s until %s overdue %v;", f.Key, clock(f.Until), f.Overdue)
	}
	return text
}

func TestProperty7NextChangeIsNeverLate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t).frozen()
		wakes := []time.Time{w.now}
		shown := []string{shows(w.decide(w.now))}
		for next := w.decide(w.now).NextChange; !next.IsZero(); next = w.decide(next).NextChange {
			if !next.After(wakes[len(wakes)-1]) || len(wakes) > 500 {
				t.Fatalf("%v\nno progress after %s", w, clock(wakes[len(wakes)-1]))
			}
			wakes, shown = append(wakes, next), append(shown, shows(w.decide(next)))
		}
		for i, wake := range wakes {
			end := wake.AddDate(0, 3, 0)
			if i+1 < len(wakes) {
				end = wakes[i+1]
			}
			for range 8 {
				at := wake.Add(time.Duration(between(t, "part", 0, 511)) * (end.Sub(wake) / 512))
				if got := shows(w.decide(at)); got != shown[i] {
					t.Fatalf("%v\nwoken at %s: %s\nat %s: %s", w, clock(wake), shown[i], clock(at), got)
				}
			}
			if got := shows(w.decide(end.Add(-time.Microsecond))); got != shown[i] {
				t.Fatalf("%v\nwoken at %s: %s\njust before %s: %s", w, clock(wake), shown[i], clock(end), got)
			}
		}
	})
}

func TestProperty8EveryColourExplainsItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, at := range w.moments() {
			out := w.decide(at)
			colour := review.None
			for _, f := range out.Findings {
				rule, ok := w.book.Rule(f.Rule)
				if review.Worse(f.Colour, colour) {
					colour = f.Colour
				}
				// Where somebody lives in a listed area the latest end does not run.
				endless := f.Exposure.IsZero() && (f.Rule == "R07" || f.Rule == "Y05")
				switch {
				case !ok || rule.Colour != f.Colour || len(f.Facts) == 0 || !slices.Contains(f.Facts, f.Lead):
					t.Fatalf("%v\nat %s: no rule or facts: %+v", w, clock(at), f)
				case rule.FollowUp && f.Until.IsZero(), !rule.FollowUp && f.Latest.IsZero() && !endless:
					t.Fatalf("%v\nat %s: no end in sight: %+v", w, clock(at), f)
				case f.Assigned.After(at) || !f.Until.IsZero() && !f.Until.After(at):
					t.Fatalf("%v\nat %s: not active: %+v", w, clock(at), f)
				}
			}
			if (len(out.Findings) > 0) != review.Worse(out.Colour, review.Green) || len(out.Findings) > 0 && colour != out.Colour {
				t.Fatalf("%v\nat %s: colour without findings: %+v", w, clock(at), out)
			}
		}
	})
}

func TestProperty9ANarrowerAreaAddsNobody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		narrower := w
		narrower.areas = slices.Clone(w.areas)
		i := between(t, "area", 0, len(w.areas)-1)
		from := w.areas[i].Code
		to := one(t, "into", "330203", "330203001", "330203001002", "330205001", "320508")
		if !strings.HasPrefix(to, from) {
			return
		}
		for j := range narrower.areas {
			if a := &narrower.areas[j]; a.Code == from {
				a.Code = to
			}
		}
		for _, at := range w.moments() {
			before, after := w.decide(at), narrower.decide(at)
			for _, rule := range []string{"R07", "Y05"} {
				has := func(f review.Finding) bool { return f.Rule == rule }
				if slices.ContainsFunc(after.Findings, has) && !slices.ContainsFunc(before.Findings, has) {
					t.Fatalf("%v\n%s to %s adds %s at %s\nbefore %+v\nafter  %+v", w, from, to, rule, clock(at), before, after)
				}
			}
		}
	})
}
