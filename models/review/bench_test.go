package review_test

import (
	"testing"
	"time"

	"yongxing/models/review"
)

// BenchmarkDecide reviews a typical resident under observation: two findings, a
// dozen check-ins, tests, and a city's list of areas. The code page makes this
// call, so it has to stay far below a millisecond.
func BenchmarkDecide(b *testing.B) {
	day := func(n int, hours int) time.Time {
		return start.AddDate(0, 0, n).Add(time.Duration(hours) * time.Hour)
	}
	facts := []review.Fact{
		{ID: 1, Kind: "declaration", From: day(0, 9), Known: day(0, 9), Source: "declaration"},
		{ID: 2, Kind: "residence", Place: "330203002", From: day(-900, 0), Known: day(0, 9), Source: "declaration"},
		{ID: 3, Kind: "stay", Class: "stayed", Place: "330205001", From: day(1, 10), To: day(1, 20), Known: day(2, 6), Source: "population"},
		{ID: 4, Kind: "stay", Class: "transit", Place: "330206001", From: day(1, 20), To: day(1, 22), Known: day(2, 6), Source: "carrier"},
		{ID: 5, Kind: "contact", Class: "secondary", Ref: "TR-1", From: day(1, 12), Known: day(2, 9), Source: "health"},
		{ID: 6, Kind: "test", Class: "negative", Ref: "N-1", From: day(3, 9), Known: day(3, 18), Source: "lab"},
		{ID: 7, Kind: "duty", Class: "checkin", Ref: "Q-1", From: day(2, 0), To: day(16, 0), Known: day(2, 9), Source: "station"},
		{ID: 8, Kind: "known_cause", Items: []string{"dry_cough"}, From: day(0, 9), Known: day(0, 9), Source: "declaration"},
	}
	for i := range 12 {
		f := review.Fact{ID: int64(9 + i), Kind: "checkin", From: day(2+i, 8), Known: day(2+i, 8), Source: "checkin", Value: 36.5}
		if i == 4 {
			f.Items = []string{"dry_cough"}
		}
		facts = append(facts, f)
	}
	var areas []review.Area
	for i := range 60 {
		code := []string{"330205", "3205", "110105", "330211001"}[i%4]
		areas = append(areas, review.Area{
			ID: int64(i + 1), Code: code, Level: review.AreaLevels[1+i%2], From: day(i%10, 0), To: day(i%10+5, 0), Known: day(i%10, 0),
		})
	}
	subject := review.Subject{Born: day(-15000, 0), Bound: day(-300, 0)}
	book := review.DefaultBook()
	b.ReportAllocs()
	for b.Loop() {
		if out := review.Decide(book, areas, subject, facts, nil, day(5, 12)); len(out.Findings) != 2 {
			b.Fatalf("a typical resident has two findings, not %+v", out.Findings)
		}
	}
}
