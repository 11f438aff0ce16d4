package declaration_test

import (
	"strings"
	"testing"
	"time"

	"yongxing/models/declaration"
	"yongxing/models/identity"
	"yongxing/models/review"
)

var (
	zone   = time.FixedZone("CST", 8*3600)
	monday = time.Date(2026, 11, 23, 9, 0, 0, 0, zone)
	well   = declaration.Answers{
		Residence: identity.Address{Division: "330203005"},
		Trip:      declaration.Trip{Kind: declaration.TripNone},
		Contact:   declaration.Contact{Asked: true},
		Isolation: declaration.Isolation{Kind: declaration.IsolationNone},
	}
)

// told is what a person has declared so far, and what others report.
type told struct{ facts []review.Fact }

// say declares and returns what was added.
func (h *told) say(a declaration.Answers, now time.Time) []review.Fact {
	standing := review.Standing(review.DefaultBook(), review.Subject{}, h.facts, nil, now)
	added := declaration.States(a, declaration.Record{Book: review.DefaultBook(), Facts: h.facts, Standing: standing}, now)
	for i := range added {
		added[i].ID = int64(len(h.facts) + 1)
		h.facts = append(h.facts, added[i])
	}
	return added
}

func (h *told) colour(now time.Time) review.Colour {
	return review.Decide(review.DefaultBook(), nil, review.Subject{}, h.facts, nil, now).Colour
}

func kinds(facts []review.Fact) string {
	var names []string
	for _, f := range facts {
		name := f.Kind
		if f.Replaces != 0 {
			name += "!"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func with(change func(a *declaration.Answers)) declaration.Answers {
	a := well
	change(&a)
	return a
}

func coughing(cause bool) declaration.Answers {
	return with(func(a *declaration.Answers) {
		a.Health = declaration.Health{Symptoms: []string{"dry_cough"}, KnownCause: cause, Cause: "过敏"}
	})
}

func isolated(kind string) declaration.Answers {
	return with(func(a *declaration.Answers) {
		a.Isolation = declaration.Isolation{Kind: kind}
		if kind == declaration.IsolationOrdered {
			a.Isolation.Class, a.Isolation.From, a.Isolation.To = "home", "2026-11-20", "2026-11-30"
		}
	})
}

func TestStates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answers declaration.Answers
		want    string
		colour  review.Colour
	}{
		{"well, never left", well, "declaration residence", review.Green},
		{"stayed home of their own accord", isolated(declaration.IsolationVoluntary), "declaration residence", review.Green},
		{"isolation ordered", isolated(declaration.IsolationOrdered), "declaration residence isolation", review.Red},
		{"normal temperature", with(func(a *declaration.Answers) { a.Health.Temperature = 36.5 }), "declaration residence", review.Green},
		{"just below the limit", with(func(a *declaration.Answers) { a.Health.Temperature = 37.2 }), "declaration residence", review.Green},
		{"fever measured", with(func(a *declaration.Answers) { a.Health.Temperature = 37.3 }), "declaration residence symptom", review.Yellow},
		{"cough", coughing(false), "declaration residence symptom", review.Yellow},
		{"cough with a known cause", coughing(true), "declaration residence symptom known_cause", review.Green},
		{"met somebody with fever", with(func(a *declaration.Answers) {
			a.Contact = declaration.Contact{Asked: true, Met: true, Last: "2026-11-22"}
		}), "declaration residence contact", review.Yellow},
		{"stay inside the province", with(func(a *declaration.Answers) {
			a.Trip = declaration.Trip{Kind: declaration.TripChina, Stays: []declaration.Stay{{Place: "330106", From: "2026-11-20", To: "2026-11-21"}}}
		}), "declaration residence stay", review.Green},
		{"stay in another province", with(func(a *declaration.Answers) {
			a.Trip = declaration.Trip{Kind: declaration.TripChina, Arrived: "2026-11-22",
				Stays: []declaration.Stay{{Place: "320508", From: "2026-11-20", To: "2026-11-22"}, {Place: "330106", From: "2026-11-22", To: "2026-11-22"}}}
		}), "declaration residence stay stay arrival", review.Yellow},
		{"from abroad", with(func(a *declaration.Answers) {
			a.Trip = declaration.Trip{Kind: declaration.TripAbroad, Country: "GBR", Entered: "2026-11-20"}
		}), "declaration residence entry", review.Red},
		{"own negative test", with(func(a *declaration.Answers) {
			a.Test = declaration.Test{Result: "negative", Taken: "2026-11-22"}
		}), "declaration residence test", review.Green},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var h told
			added := h.say(tt.answers, monday)
			if got := kinds(added); got != tt.want {
				t.Errorf("states %q, want %q", got, tt.want)
			}
			for _, f := range added {
				if err := review.Check(review.DefaultBook(), f); err != nil {
					t.Errorf("%s: %v", f.Kind, err)
				}
			}
			if got := h.colour(monday); got != tt.colour {
				t.Errorf("colour %s, want %s", got, tt.colour)
			}
		})
	}
}

func TestStatesAgain(t *testing.T) {
	t.Parallel()
	province := review.Fact{Kind: review.KindIsolation, Class: "home", Ref: "D-1", From: monday.AddDate(0, 0, -3), To: monday.AddDate(0, 0, 9),
		Source: "province", Upstream: "V-1", Known: monday.Add(-time.Hour)}
	day := 24 * time.Hour
	tests := []struct {
		name         string
		first, later declaration.Answers
		after        time.Duration
		others       []review.Fact
		want         string
		colour       review.Colour // what the person's own word makes of it
	}{
		{"the same adds nothing", well, well, day, nil, "declaration", review.Green},
		{"the same isolation adds nothing", isolated(declaration.IsolationOrdered), isolated(declaration.IsolationOrdered), day, nil, "declaration", review.Red},
		{"mis-ticked isolation is taken back", isolated(declaration.IsolationOrdered), isolated(declaration.IsolationVoluntary), time.Hour, nil, "declaration isolation!", review.Green},
		{"isolation that a source reports too stays", isolated(declaration.IsolationOrdered), well, time.Hour, []review.Fact{province}, "declaration", review.Red},
		{"isolation that is over stays as it was", isolated(declaration.IsolationOrdered), well, 10 * day, nil, "declaration", review.Green},
		{"a moved end takes the place of the old one", isolated(declaration.IsolationOrdered), with(func(a *declaration.Answers) {
			a.Isolation = declaration.Isolation{Kind: declaration.IsolationOrdered, Class: "home", From: "2026-11-20", To: "2026-12-05"}
		}), day, nil, "declaration isolation!", review.Red},
		{"a symptom is not taken back", coughing(false), well, day, nil, "declaration", review.Yellow},
		{"a cause added on the same day", coughing(false), coughing(true), time.Hour, nil, "declaration symptom known_cause", review.Green},
		{"a cause added later explains what comes then", coughing(false), coughing(true), day, nil, "declaration symptom known_cause", review.Yellow},
		{"the cause stays while nothing is asked", coughing(true), well, day, nil, "declaration", review.Green},
		{"the same cause adds nothing", coughing(true), coughing(true), day, nil, "declaration symptom", review.Green},
		{"this time it is not the cause", coughing(true), coughing(false), day, nil, "declaration symptom known_cause!", review.Yellow},
		{"a stay is not taken back", with(func(a *declaration.Answers) {
			a.Trip = declaration.Trip{Kind: declaration.TripAbroad, Country: "GBR", Entered: "2026-11-20"}
		}), well, day, nil, "declaration", review.Red},
		{"moved", well, with(func(a *declaration.Answers) { a.Residence.Division = "330205001" }), day, nil, "declaration residence!", review.Green},
		{"the result of a test takes the place of pending", with(func(a *declaration.Answers) {
			a.Test = declaration.Test{Result: "pending", Taken: "2026-11-22"}
		}), with(func(a *declaration.Answers) {
			a.Test = declaration.Test{Result: "negative", Taken: "2026-11-22"}
		}), day, nil, "declaration test!", review.Green},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := told{facts: tt.others}
			for i := range h.facts {
				h.facts[i].ID = int64(i + 1)
			}
			standing := review.Subject{Bound: monday.AddDate(0, -1, 0)}
			h.say(tt.first, monday)
			now := monday.Add(tt.after)
			record := declaration.Record{Book: review.DefaultBook(), Facts: h.facts, Standing: review.Standing(review.DefaultBook(), standing, h.facts, nil, now)}
			added := declaration.States(tt.later, record, now)
			if got := kinds(added); got != tt.want {
				t.Errorf("adds %q, want %q", got, tt.want)
			}
			for i := range added {
				added[i].ID = int64(100 + i)
				if err := review.Check(review.DefaultBook(), added[i]); err != nil {
					t.Errorf("%s: %v", added[i].Kind, err)
				}
			}
			all := append(h.facts, added...)
			if got := review.Decide(review.DefaultBook(), nil, standing, all, nil, now).Colour; got != tt.colour {
				t.Errorf("colour %s, want %s", got, tt.colour)
			}
		})
	}
}
