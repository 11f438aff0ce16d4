package models

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"yongxing/models/declaration"
	"yongxing/models/identity"
	"yongxing/models/org"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/station"
	"yongxing/models/store"
)

// Stories that the city wants to hold and that no single story of this package
// tells alone.

// negative is a laboratory's result of a sample of that time.
func negative(upstream, number, sampled string) string {
	return fmt.Sprintf("lab,%s,%s,,test,negative,,,,,%s,,,,宁波市第一医院,,", upstream, number, sampled)
}

// Red by travel, two tests: red for a stay in a key area, two negatives sampled
// after it and 24 hours apart; green at once, told as a release.
func TestRedByTravelTwoTests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.resident(linsTel, lin)
	b.bind(who)
	b.listed("110101")
	b.imported("new 1", stay("P-1", "110101", "2026-02-27 10:00", "2026-02-27 20:00"))
	b.wantColour(who, "red")

	b.clock.Advance(30 * time.Hour) // 3 March, 15:00
	b.imported("new 1", negative("L-1", lin, "2026-03-02 10:00"))
	b.wantColour(who, "red")
	b.imported("new 1", negative("L-2", lin, "2026-03-03 10:00"))
	b.wantColour(who, "green")
	if told := b.notices(who); !strings.HasSuffix(told, "code_released") {
		t.Errorf("notices %q, want a release at the end", told)
	}
	if o := b.outcomes(who)[0]; !strings.Contains(o.Ended, `"negatives"`) {
		t.Errorf("ended %s, want by negatives", o.Ended)
	}
}

// Close contact, two tests: the same two negatives leave a close contact red,
// and the code page says which tests are still due.
func TestCloseContactTwoTests(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	who := b.resident(linsTel, lin)
	b.bind(who)
	b.imported("new 1", fmt.Sprintf("province,C-1,%s,,contact,close,,,,T-77,2026-02-27 12:00,,,,海曙区疾控中心,yes,", lin))
	b.clock.Advance(30 * time.Hour)
	b.imported("new 2", negative("L-1", lin, "2026-03-02 10:00"), negative("L-2", lin, "2026-03-03 10:00"))
	b.wantColour(who, "red")

	f := b.codePage(who).Findings[0]
	if f.Rule != "R04" || !f.Locked {
		t.Fatalf("finding %s, locked %v", f.Rule, f.Locked)
	}
	for _, way := range f.Sooner {
		for _, c := range way.Conditions {
			if c.By == "negatives_on_days" && (c.Have != 1 || c.Need != 3 || c.Next.IsZero()) {
				t.Errorf("progress %+v, want one of three and the day of the next", c)
			}
		}
	}
}

// Foreigner: a British passport and an entry ten days ago show R06, with the day
// on which it ends at the earliest, in English.
func TestForeigner(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	b.Settings.Demo = true
	who := b.signIn(linsTel, phoneOfLin).PersonID
	entered := string(declaration.DayOf(b.clock.Now()).Add(-10))
	b.declareAll(who, "key",
		declaration.IdentityForm{Name: "Alice Green", Kind: identity.Passport, Number: "123456789", Nationality: "GBR", Born: "1990-05-17"},
		livesIn("330203005"), declaration.TripForm{Kind: declaration.TripAbroad, Country: "GBR", Entered: entered},
		declaration.ContactForm{Met: "no"}, feels(declaration.IsolationNone))
	b.wantColour(who, "red")
	f := b.codePage(who).Findings[0]
	if f.Rule != "R06" || f.RuleText("en").Name != "Entered the country within 14 days" {
		t.Errorf("finding %s %q", f.Rule, f.RuleText("en").Name)
	}
	fourteen := declaration.Day(entered).Add(15).Start()
	for _, c := range f.Sooner[0].Conditions {
		if c.By == "days" && !c.Next.Equal(fourteen) {
			t.Errorf("the days end %s, want %s", c.Next, fourteen)
		}
	}
}

// Not-listed community: whatever name is typed is accepted, and the street
// decides the station.
func TestNotListedCommunity(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	for code, street := range map[string]string{"hs-1": "330203005", "hs-2": "330203003"} {
		if _, err := b.OpenStation(t.Context(), NewStation{Code: code, Name: code + "派出所", District: "330203", Serves: []string{street}, Org: org.Org{Code: "nbga", Name: "宁波市公安局", Kind: "police"}}); err != nil {
			t.Fatal(err)
		}
	}
	who := b.signIn(linsTel, phoneOfLin).PersonID
	home := livesIn("330203005")
	home.Community = "名单里没有的新村"
	b.declareAll(who, "key", linIs(), home, declaration.TripForm{Kind: declaration.TripNone}, declaration.ContactForm{Met: "no"}, feels(declaration.IsolationNone))
	b.wantColour(who, "green")
	b.read(func(tx store.Tx) error {
		p, err := person.Get(tx, who)
		if err != nil {
			return err
		}
		s, err := station.For(tx, p.Division)
		if s.Code != "hs-1" {
			t.Errorf("station %s", s.Code)
		}
		return err
	})
}

// Time zone: a check-in at 00:05 in Ningbo counts for the new day, though it is
// still yesterday in UTC.
func TestTimeZone(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("CST", 8*60*60)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, zone) }
	facts := []review.Fact{
		{ID: 1, Kind: "declaration", From: at(1, 9, 0), Known: at(1, 9, 0), Source: "declaration"},
		{ID: 2, Kind: "duty", Class: "checkin", Ref: "Q-1", From: at(2, 0, 0), To: at(9, 0, 0), Known: at(1, 12, 0), Source: "station"},
		{ID: 3, Kind: "checkin", From: at(2, 8, 0), Known: at(2, 8, 0), Source: "checkin"},
		{ID: 4, Kind: "checkin", From: at(3, 0, 5), Known: at(3, 0, 5), Source: "checkin"},
	}
	subject := review.Subject{Bound: at(1, 0, 0)}
	// The day after the last one with a check-in and its day of grace end on the
	// 6th at 00:00 if the check-in counts for the 3rd, a day before if not.
	if o := review.Decide(review.DefaultBook(), nil, subject, facts, nil, at(5, 12, 0)); o.Colour != review.Green {
		t.Errorf("on the 5th: %s", o.Colour)
	}
	if o := review.Decide(review.DefaultBook(), nil, subject, facts, nil, at(6, 0, 0)); o.Colour != review.Yellow {
		t.Errorf("on the 6th: %s", o.Colour)
	}
}
