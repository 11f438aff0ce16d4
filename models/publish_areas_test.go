package models

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yongxing/models/area"
	"yongxing/models/fault"
	"yongxing/models/store"
)

const areaHead = "id,code,level,from,to,document,replaces\n"

func (b *bench) publish(rows ...string) (Report, error) {
	b.t.Helper()
	return b.PublishAreas(b.t.Context(), strings.NewReader(areaHead+strings.Join(rows, "\n")), operator)
}

func (b *bench) published(rows ...string) {
	b.t.Helper()
	if r, err := b.publish(rows...); err != nil {
		b.t.Fatal(err, r.Problems)
	}
}

func TestPublishAreasTouchesOnlyWhoWasThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident(linsTel, lin)
	elsewhere := b.resident("13900000002", "330212198512318880")
	b.bind(elsewhere)
	b.imported("new 2", stay("T-1", "330203001", "2026-02-27 10:00", "2026-02-27 20:00"),
		strings.NewReplacer(lin, "330212198512318880", linsTel, "").Replace(stay("T-2", "330212", "2026-02-27", "2026-02-27")))
	untouched := b.code(elsewhere)

	b.published("A1,330203,high,2026-02-20,,YB-31,")
	b.wantColour(id, "red")
	if o := b.outcomes(id)[0]; o.Cause != CauseArea || o.CauseRef != "YB-31" {
		t.Errorf("cause %s %s", o.Cause, o.CauseRef)
	}
	if b.code(elsewhere).Version != untouched.Version {
		t.Error("somebody who was elsewhere was reviewed")
	}

	// The listing is closed before she came: it never applied to her.
	b.published("A2,330203,high,2026-02-20,2026-02-22,YB-32,A1")
	b.wantColour(id, "green")
	if got := b.notices(id); got != "code_changed code_released" {
		t.Errorf("notices %q", got)
	}

	// A street inside the place where the other one was: too coarse for red.
	b.published("A3,330212001,high,2026-02-20,,YB-33,")
	b.wantColour(elsewhere, "yellow")
}

// Whoever is at home in a place is touched by a listing that begins later.
func TestPublishAreasFindsWindows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := []struct {
		place, from, to string
		want            bool
	}{
		{"330203", "2026-02-10", "2026-02-12", true},
		{"330203001", "2026-02-01", "2026-02-10", true},
		{"3302", "2026-02-19 23:00", "2026-02-25", true},
		{"330203", "2026-02-20", "2026-02-21", false},
		{"330203", "2026-02-07", "2026-02-08", false},
		{"330205", "2026-02-10", "2026-02-12", false},
		{"33021", "2026-02-10", "2026-02-12", false},
	}
	for i, tt := range tests {
		number := fmt.Sprintf("33020319900307%03d", i+1)
		number += string(checkSign(number))
		id := b.resident(fmt.Sprintf("1370000000%d", i), number)
		b.bind(id)
		if tt.place != "33021" { // no place at all
			b.imported("new 1", strings.NewReplacer(lin, number, linsTel, "").Replace(stay(fmt.Sprint("W-", i), tt.place, tt.from, tt.to)))
		}
		tests[i].place = fmt.Sprint(id)
	}
	before := make(map[string]int64)
	for _, tt := range tests {
		before[tt.place] = b.code(parse(tt.place)).Version
	}
	b.published("A1,330203,medium,2026-02-09,2026-02-19,YB-31,")
	for i, tt := range tests {
		if got := b.code(parse(tt.place)).Version != before[tt.place]; got != tt.want {
			t.Errorf("case %d: reviewed %v, want %v", i, got, tt.want)
		}
	}
}

func parse(s string) (id int64) {
	fmt.Sscan(s, &id)
	return id
}

func TestPublishAreasAllOrNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.published("A1,330203,high,2026-02-20,,YB-31,", "A2,GBR,medium,2026-02-20,,YB-31,")
	tests := []struct {
		name string
		rows []string
		want string
	}{
		{"changed row", []string{"A1,330203,medium,2026-02-20,,YB-31,"}, "2 id listed"},
		{"unknown place and level", []string{"A3,339900,dark,2026-02-20,,YB-32,"}, "2 code place, 2 level unknown"},
		{"window", []string{"A3,330205,high,2026-02-20,2026-02-19,YB-32,", "A4,330205,high,soon,,YB-32,"}, "2 to order, 3 from time"},
		{"no id, no document", []string{",330205,high,2026-02-20,,,"}, "2 id empty, 2 document empty"},
		{"twice", []string{"A3,330205,high,2026-02-20,,YB-32,", "A3,330206,high,2026-02-20,,YB-32,"}, "3 id id_twice"},
		{"replaces nothing", []string{"A3,330205,high,2026-02-20,,YB-32,A9"}, "2 replaces no_listing"},
		{"replaces twice", []string{"A3,330203,low,2026-02-20,,YB-32,A1", "A4,330203,low,2026-02-20,,YB-32,A1"}, "3 replaces replaced"},
		{"circle", []string{"A3,330203,low,2026-02-20,,YB-32,A4", "A4,330203,low,2026-02-20,,YB-32,A3"}, "2 replaces circle, 3 replaces circle"},
		{"follows a wrong row", []string{"A3,339900,low,2026-02-20,,YB-32,A1", "A4,330203,low,2026-02-20,,YB-32,A3"}, "2 code place"},
		{"quote", []string{`A3,"330205,high,2026-02-20,,YB-32,`}, "2  quotes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := b.publish(append(tt.rows, "G1,330206,low,2026-02-20,,YB-32,")...)
			var bad *fault.Invalid
			if !errors.As(err, &bad) || bad.Problems[0].Key != "import.file.refused" {
				t.Fatalf("%v, %+v", err, r)
			}
			var got []string
			for _, p := range r.Problems {
				got = append(got, fmt.Sprintf("%d %s %s", p.Line, p.Field, strings.TrimPrefix(p.Key, "import.row.")))
			}
			if strings.Join(got, ", ") != tt.want || r.New != 0 || r.Refused != len(tt.rows)+1 {
				t.Errorf("problems %q, want %q; %+v", got, tt.want, r)
			}
		})
	}
	b.read(func(tx store.Tx) error {
		_, there, err := area.ByRowID(tx, "G1")
		if there {
			t.Error("a good row of a refused file is on the list")
		}
		return err
	})
	if r, err := b.publish("A1,330203,high,2026-02-20,,YB-31,", "A2,GBR,medium,2026-02-20,,YB-31,"); err != nil || r.Same != 2 || r.New != 0 {
		t.Errorf("the same list again: %+v, %v", r, err)
	}
}

// A row may replace one that comes later in the file, and a chain may change its
// code: everybody who was in any of its places is looked at with all of it.
func TestPublishAreasChains(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident(linsTel, lin)
	b.imported("new 1", stay("T-1", "330203001", "2026-02-27 10:00", "2026-02-27 20:00"))
	b.published("A2,330205,high,2026-02-20,,YB-32,A1", "A1,330203,high,2026-02-20,,YB-31,")
	b.wantColour(id, "green")
	b.read(func(tx store.Tx) error {
		s, err := b.situation(tx, id)
		var documents []string
		for _, a := range s.Areas {
			documents = append(documents, a.Document)
		}
		if slices.Sort(documents); !slices.Equal(documents, []string{"YB-31", "YB-32"}) {
			t.Errorf("the row that replaces the one for her street is not loaded: %v", documents)
		}
		return err
	})
	b.clock.Advance(time.Minute)
	b.published("A3,330203,high,2026-02-20,,YB-33,A2")
	b.wantColour(id, "red")
}
