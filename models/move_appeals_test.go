package models

import (
	"testing"
	"time"

	"yongxing/models/declaration"
	"yongxing/models/org"
	"yongxing/models/staff"
)

// Moved station: who changes their address while an appeal is open finds it at
// the new station, with the clock as it stood; a case that an officer has begun
// stays.
func TestMovedStation(t *testing.T) {
	t.Parallel()
	for _, claimed := range []bool{false, true} {
		b := newAppealBench(t)
		next, err := b.OpenStation(t.Context(), NewStation{Code: "xs", Name: "丹东派出所", District: "330225", Serves: []string{"330225"},
			Org: org.Org{Code: "NBGA", Name: "宁波市公安局", Kind: "police"}})
		if err != nil {
			t.Fatal(err)
		}
		b.fill(b.lin, "moved")
		number := b.file(b.lin, "k")
		before := b.status(b.lin, number)
		if claimed {
			li, err := b.AddStaff(t.Context(), NewStaff{Login: "033127", Name: "李警官", Role: staff.Officer, Password: "雪落甬江-7 boats", Station: before.Station.Code})
			if err != nil {
				t.Fatal(err)
			}
			if err := b.ClaimAppeal(t.Context(), li.ID, number); err != nil {
				t.Fatal(err)
			}
		}
		b.clock.Advance(time.Hour)
		b.declareAll(b.lin, "moves", livesIn("330225001"), declaration.TripForm{Kind: declaration.TripNone}, declaration.ContactForm{Met: "no"}, feels(declaration.IsolationNone))

		after := b.status(b.lin, number)
		want := next.ID
		if claimed {
			want = before.Station.ID
		}
		if after.Station.ID != want {
			t.Errorf("claimed %v: at %s", claimed, after.Station.Name)
		}
		if !after.Appeal.DueAt.Time().Equal(before.Appeal.DueAt.Time()) {
			t.Errorf("the clock moved from %s to %s", before.Appeal.DueAt.Time(), after.Appeal.DueAt.Time())
		}
		if told := after.Steps[len(after.Steps)-1].Text; !claimed && told != before.Station.Name+" → 丹东派出所" {
			t.Errorf("the person is told %q", told)
		}
	}
}
