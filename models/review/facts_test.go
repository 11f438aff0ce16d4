package review_test

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/review"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	day := start.AddDate(0, 0, 1)
	stay := review.Fact{Kind: "stay", Class: "stayed", Place: "330203", From: start, To: day, Source: "carrier", Known: day}
	clearance := review.Fact{Kind: "clearance", Class: "ended", About: "isolation", Ref: "D-1", From: start, Source: "station", Known: start}
	for name, c := range map[string]struct {
		fact  review.Fact
		spoil func(f *review.Fact)
		want  review.Misfit // zero = none
	}{
		"as it should be":          {stay, func(*review.Fact) {}, review.Misfit{}},
		"unknown kind":             {stay, func(f *review.Fact) { f.Kind = "petition" }, review.Misfit{Field: "kind", Reason: "unknown"}},
		"no class":                 {stay, func(f *review.Fact) { f.Class = "" }, review.Misfit{Field: "class", Reason: "required"}},
		"class of another kind":    {stay, func(f *review.Fact) { f.Class = "close" }, review.Misfit{Field: "class", Reason: "unknown"}},
		"unknown source":           {stay, func(f *review.Fact) { f.Source = "camera" }, review.Misfit{Field: "source", Reason: "unknown"}},
		"no place":                 {stay, func(f *review.Fact) { f.Place = "" }, review.Misfit{Field: "place", Reason: "required"}},
		"place with filling zeros": {stay, func(f *review.Fact) { f.Place = "3302030" }, review.Misfit{Field: "place", Reason: "unknown"}},
		"number that it lacks":     {stay, func(f *review.Fact) { f.Ref = "D-1" }, review.Misfit{Field: "ref", Reason: "forbidden"}},
		"end before begin":         {stay, func(f *review.Fact) { f.To = start }, review.Misfit{Field: "to", Reason: "order"}},
		"signals without end":      {stay, func(f *review.Fact) { f.To = time.Time{} }, review.Misfit{Field: "to", Reason: "required"}},
		"register without end":     {stay, func(f *review.Fact) { f.To, f.Source = time.Time{}, "population" }, review.Misfit{}},
		"stay in the future":       {stay, func(f *review.Fact) { f.Known = start.Add(-1) }, review.Misfit{Field: "from", Reason: "ahead"}},
		"known never":              {stay, func(f *review.Fact) { f.Known = time.Time{} }, review.Misfit{Field: "known", Reason: "required"}},
		"release dated ahead":      {clearance, func(f *review.Fact) { f.Known = start.Add(-1) }, review.Misfit{}},
		"exclusion dated ahead":    {clearance, func(f *review.Fact) { f.Class, f.Known = "excluded", start.Add(-1) }, review.Misfit{Field: "from", Reason: "ahead"}},
		"names nothing":            {clearance, func(f *review.Fact) { f.Ref = "" }, review.Misfit{Field: "ref", Reason: "required"}},
		"health names nothing":     {clearance, func(f *review.Fact) { f.Ref, f.Source = "", "health" }, review.Misfit{}},
		"about no kind":            {clearance, func(f *review.Fact) { f.About = "debt" }, review.Misfit{Field: "about", Reason: "unknown"}},
		"one person sets a reason": {stay, func(f *review.Fact) {
			*f = review.Fact{Kind: "breach", Ref: "D-1", From: start, Known: start, Source: "station"}
		}, review.Misfit{Field: "source", Reason: "source"}},
		"symptom without any": {stay, func(f *review.Fact) { *f = review.Fact{Kind: "symptom", From: start, Known: start, Source: "lab"} }, review.Misfit{Field: "items", Reason: "required"}},
		"symptom out of vocabulary": {stay, func(f *review.Fact) {
			*f = review.Fact{Kind: "symptom", Items: []string{"sad"}, From: start, Known: start, Source: "lab"}
		}, review.Misfit{Field: "items", Reason: "unknown"}},
	} {
		f := c.fact
		c.spoil(&f)
		err := review.Check(review.DefaultBook(), f)
		var misfit *review.Misfit
		switch {
		case c.want == review.Misfit{}:
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case !errors.As(err, &misfit) || *misfit != c.want:
			t.Errorf("%s: got %v, want %v", name, err, &c.want)
		}
	}
}

func TestSameEventIsNotSymmetric(t *testing.T) {
	t.Parallel()
	street := review.Fact{Kind: "stay", Class: "stayed", Place: "330203001", From: start, To: start.Add(10 * time.Hour)}
	longer := review.Fact{Kind: "stay", Class: "stayed", Place: "330203", From: start, To: start.AddDate(0, 0, 3)}
	book := review.DefaultBook()
	if review.SameEvent(book, street, longer) {
		t.Error("two days more are a changed event")
	}
	if !review.SameEvent(book, longer, street) {
		t.Error("a part of it is the same event, coarser place or not")
	}
	if !review.SameEvent(book, street, street) {
		t.Error("a fact is of its own event")
	}
}

func TestStandingCutsAResidenceAtTheMove(t *testing.T) {
	t.Parallel()
	move := start.AddDate(0, 0, 5)
	facts := []review.Fact{
		{ID: 1, Kind: "residence", Place: "330203001", From: start, Known: start, Source: "declaration"},
		{ID: 2, Kind: "residence", Place: "330205001", From: move, Known: start, Source: "declaration", Replaces: 1},
		{ID: 3, Kind: "isolation", Class: "home", From: start, Known: start, Source: "declaration"},
		{ID: 4, Kind: "isolation", Class: "home", From: start, To: move, Known: start, Source: "declaration", Replaces: 3},
		{ID: 5, Kind: "declaration", From: start, Known: start, Source: "declaration"},
	}
	asides := []review.Aside{{Scope: "record", Fact: 5, At: start, Appeal: "YS-1"}}
	standing := review.Standing(review.DefaultBook(), review.Subject{}, facts, asides, start)
	if len(standing) != 3 || standing[0].ID != 1 || standing[1].ID != 2 || standing[2].ID != 4 {
		t.Fatalf("standing are %+v", standing)
	}
	if !standing[0].To.Equal(move) || !standing[1].To.IsZero() || !facts[0].To.IsZero() {
		t.Errorf("the first residence ends at %s", standing[0].To)
	}
}

func TestWorse(t *testing.T) {
	t.Parallel()
	order := []review.Colour{review.Green, review.Yellow, review.Red}
	for i, a := range order {
		for j, b := range order {
			if got := review.Worse(a, b); got != (i > j) {
				t.Errorf("Worse(%s, %s) is %v", a, b, got)
			}
		}
	}
	if review.Worse(review.None, review.Green) || review.Worse(review.Green, review.None) {
		t.Error("none and green say the same about danger")
	}
}

// Each source has a level that rules can name, each class of a kind is one that
// Check lets in.
func TestVocabularyIsClosed(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, level := range review.Levels {
		known[level] = true
	}
	for source := range review.Sources {
		if !known[review.SourceLevel(source)] {
			t.Errorf("the source %s has the level %q", source, review.SourceLevel(source))
		}
	}
	if review.SourceLevel("camera") != "" {
		t.Error("a camera is a source")
	}
}
