package declaration_test

import (
	"errors"
	"slices"
	"testing"

	"yongxing/models/declaration"
	"yongxing/models/fault"
)

func fields(err error) []string {
	var bad *fault.Invalid
	if !errors.As(err, &bad) {
		return nil
	}
	var out []string
	for _, p := range bad.Problems {
		out = append(out, p.Field+" "+p.Key)
	}
	return out
}

func TestForms(t *testing.T) {
	t.Parallel()
	health := declaration.HealthForm{Measured: "no", Symptoms: []string{"none"}, Isolation: "none"}
	sick := func(change func(f *declaration.HealthForm)) declaration.HealthForm {
		f := health
		change(&f)
		return f
	}
	tests := []struct {
		name string
		form declaration.Form
		want []string
	}{
		{"identity", declaration.IdentityForm{Name: "李芳", Kind: "resident_id", Number: "330203199003071232"}, nil},
		{"nothing typed", declaration.IdentityForm{Kind: "resident_id"}, []string{"name field.name.missing", "document_number field.document_number.missing"}},
		{"passport without day of birth", declaration.IdentityForm{Name: "Anne Novak", Kind: "passport", Number: "925665416", Nationality: "GBR"}, []string{"born field.born.date"}},
		{"passport", declaration.IdentityForm{Name: "Anne Novak", Kind: "passport", Number: "925665416", Nationality: "GBR", Born: "1980-02-29"}, nil},

		{"child", declaration.IdentityForm{Name: "李小芳", Kind: "resident_id", Number: "330212201512318885"}, []string{"document_number field.born.child"}},
		{"child with a passport", declaration.IdentityForm{Name: "Anne Novak", Kind: "passport", Number: "925665416", Nationality: "GBR", Born: "2015-02-28"}, []string{"born field.born.child"}},

		{"residence", declaration.ResidenceForm{Street: "330203005", Community: "秀水社区", Detail: "12 幢"}, nil},
		{"street elsewhere", declaration.ResidenceForm{Street: "330106", Community: "a", Detail: "b"}, []string{"street field.street.choose"}},
		{"no address", declaration.ResidenceForm{Street: "330203005"}, []string{"community field.community.missing", "detail field.detail.missing"}},

		{"no trip", declaration.TripForm{Kind: "no"}, nil},
		{"no answer", declaration.TripForm{}, []string{"trip field.trip.choose"}},
		{"abroad without more", declaration.TripForm{Kind: "abroad"}, []string{"country field.country.choose", "entered field.entered.missing"}},
		{"entered tomorrow", declaration.TripForm{Kind: "abroad", Country: "GBR", Entered: "2026-11-24"}, []string{"entered field.date.future"}},

		{"stay", declaration.StayForm{Place: "330106", From: "2026-11-20", To: "2026-11-20"}, nil},
		{"a whole city", declaration.StayForm{Place: "3301", From: "2026-11-20", To: "2026-11-20"}, []string{"county field.county.choose"}},
		{"left before arriving", declaration.StayForm{Place: "330106", From: "2026-11-16", To: "2026-11-14"}, []string{"to field.to.order"}},
		{"a year ago", declaration.StayForm{Place: "330106", From: "2025-11-16", To: "2026-11-14"}, []string{"from field.date.old"}},
		{"no day", declaration.StayForm{Place: "330106", From: "2026-02-30", To: ""}, []string{"from field.date.shape", "to field.to.missing"}},

		{"no contact", declaration.ContactForm{Met: "no"}, nil},
		{"contact without day", declaration.ContactForm{Met: "yes"}, []string{"contact_last field.contact_last.missing"}},
		{"contact not answered", declaration.ContactForm{}, []string{"contact field.contact.choose"}},

		{"well", health, nil},
		{"nothing answered", declaration.HealthForm{}, []string{"measured field.measured.choose", "symptoms[] field.symptoms.choose", "isolation field.isolation.choose"}},
		{"none excludes", sick(func(f *declaration.HealthForm) { f.Symptoms = []string{"none", "fever"} }), []string{"symptoms[] field.symptoms.exclusive"}},
		{"unknown symptom", sick(func(f *declaration.HealthForm) { f.Symptoms = []string{"love"} }), []string{"symptoms[] field.symptoms.choose"}},
		{"cause without words", sick(func(f *declaration.HealthForm) { f.Symptoms, f.KnownCause = []string{"fever"}, "yes" }), []string{"cause field.cause.missing"}},
		{"temperature missing", sick(func(f *declaration.HealthForm) { f.Measured = "yes" }), []string{"temperature field.temperature.missing"}},
		{"temperature in Fahrenheit", sick(func(f *declaration.HealthForm) { f.Measured, f.Temperature = "yes", "98.6" }), []string{"temperature field.temperature.range"}},
		{"temperature is no number", sick(func(f *declaration.HealthForm) { f.Measured, f.Temperature = "yes", "NaN" }), []string{"temperature field.temperature.range"}},
		{"isolation without more", sick(func(f *declaration.HealthForm) { f.Isolation = "ordered" }), []string{"isolation_class field.isolation_class.choose", "isolation_from field.isolation_from.missing"}},
		{"isolation ends before it begins", sick(func(f *declaration.HealthForm) {
			f.Isolation, f.Class, f.IsolatedFrom, f.IsolatedTo = "ordered", "home", "2026-11-25", "2026-11-24"
		}), []string{"isolation_to field.to.order"}},
		{"isolation from tomorrow, end not known", sick(func(f *declaration.HealthForm) {
			f.Isolation, f.Class, f.IsolatedFrom = "ordered", "home", "2026-11-24"
		}), nil},
		{"test without day", sick(func(f *declaration.HealthForm) { f.TestResult = "negative" }), []string{"test_taken field.test_taken.missing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var a declaration.Answers
			err := tt.form.Apply(&a, monday)
			if got := fields(err); !slices.Equal(got, tt.want) {
				t.Errorf("refused for %v, want %v", got, tt.want)
			}
			if empty, _ := (declaration.Answers{}).Encode(); err != nil {
				if got, _ := a.Encode(); got != empty {
					t.Error("refused answers were written")
				}
			}
		})
	}
}

func TestTemperatureAsTyped(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]float64{"36.5": 36.5, "３６．５": 36.5, "36,5 ℃": 36.5, "36。5": 36.5, "37": 37, "37.26": 37.3} {
		var a declaration.Answers
		f := declaration.HealthForm{Measured: "yes", Temperature: typed, Symptoms: []string{"none"}, Isolation: "none"}
		if err := f.Apply(&a, monday); err != nil || a.Health.Temperature != want {
			t.Errorf("%q: %v, %v, want %v", typed, a.Health.Temperature, fields(err), want)
		}
	}
}

func TestStepOrder(t *testing.T) {
	t.Parallel()
	var a declaration.Answers
	forms := []declaration.Form{
		declaration.IdentityForm{Name: "李芳", Kind: "resident_id", Number: "330203199003071232"},
		declaration.ResidenceForm{Street: "330203005", Community: "秀水社区", Detail: "12 幢"},
		declaration.StayForm{Place: "320508", From: "2026-11-20", To: "2026-11-21"},
		declaration.TripForm{Kind: declaration.TripChina, Arrived: "2026-11-21"},
		declaration.ContactForm{Met: "no"},
		declaration.HealthForm{Measured: "yes", Temperature: "36.5", Symptoms: []string{"none"}, Isolation: "voluntary"},
	}
	for _, f := range forms {
		if a.Open() != f.Step() || !a.Reached(f.Step()) || a.Reached("health") && f.Step() != "health" {
			t.Fatalf("open is %q before %s", a.Open(), f.Step())
		}
		if err := f.Apply(&a, monday); err != nil {
			t.Fatalf("%s: %v", f.Step(), fields(err))
		}
	}
	if a.Open() != "" {
		t.Errorf("still open: %s", a.Open())
	}
	body, err := a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := declaration.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := again.Encode(); second != body {
		t.Errorf("decoded to %s", second)
	}
	if err := (declaration.TripForm{Kind: declaration.TripNone}).Apply(&a, monday); err == nil || len(a.Trip.Stays) != 1 {
		t.Errorf("no trip, though one is listed: %v, %d stays kept", err, len(a.Trip.Stays))
	}
	if err := (declaration.RemoveStay{Index: "0"}).Apply(&a, monday); err != nil || a.Open() != declaration.StepStays || a.Trip.Arrived != "" {
		t.Errorf("after removing the only stay open is %q, %v", a.Open(), err)
	}
	if err := (declaration.TripForm{Kind: declaration.TripNone}).Apply(&a, monday); err != nil || a.Open() != "" {
		t.Errorf("open is %q, %v", a.Open(), err)
	}
}
