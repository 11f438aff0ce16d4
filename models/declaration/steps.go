package declaration

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/width"

	"yongxing/models/division"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/review"
)

// Lookback is how many days before today the form asks about.
const Lookback = 14

// How far back and ahead days may lie, against slips of the pen, and how much
// somebody may write.
const (
	mostDaysBack  = 90
	mostDaysAhead = 90
	mostStays     = 20
	communityLong = 40
	detailLong    = 100
	causeLong     = 60
)

// Form is what a person typed on one page, not yet checked.
type Form interface {
	// Step is the step that the page belongs to.
	Step() string
	// Apply checks what was typed and writes it into the answers, or returns
	// *fault.Invalid and leaves them as they are.
	Apply(a *Answers, now time.Time) error
}

// Open is the first step that is not finished, "" if all are.
func (a Answers) Open() string {
	for _, step := range Steps {
		if !a.finished(step) {
			return step
		}
	}
	return ""
}

// Reached tells whether a step may be visited: all before it are finished.
func (a Answers) Reached(step string) bool {
	for _, s := range Steps {
		if s == step {
			return true
		}
		if !a.finished(s) {
			return false
		}
	}
	return false
}

// Finished tells whether a step has all its answers.
func (a Answers) Finished(step string) bool { return a.finished(step) }

func (a Answers) finished(step string) bool {
	switch step {
	case StepIdentity:
		return a.Identity.Number != "" && a.Identity.Name != ""
	case StepResidence:
		return a.Residence.Division != "" && a.Residence.Detail != ""
	case StepStays:
		return a.Trip.finished()
	case StepContact:
		return a.Contact.Asked
	case StepHealth:
		return a.Isolation.Kind != ""
	}
	return false
}

func (t Trip) finished() bool {
	switch t.Kind {
	case TripNone:
		return true
	case TripChina:
		return len(t.Stays) > 0 && (t.Arrived != "" || !t.NeedsArrival())
	case TripAbroad:
		return t.Country != "" && t.Entered != "" && (t.Arrived != "" || !t.NeedsArrival())
	}
	return false
}

// NeedsArrival tells whether there is a stay in another province: then the day
// of arrival in Ningbo is asked, because a test is due after it.
func (t Trip) NeedsArrival() bool {
	_, ok := t.left()
	return ok
}

// left is the place outside the province that was left last.
func (t Trip) left() (place string, ok bool) {
	var last Day
	for _, s := range t.Stays {
		if !strings.HasPrefix(s.Place, division.Ningbo[:2]) && s.To >= last {
			place, last, ok = s.Place, s.To, true
		}
	}
	return place, ok
}

// IdentityForm is the page that asks who somebody is.
type IdentityForm struct{ Name, Kind, Number, Nationality, Born string }

// Step is StepIdentity.
func (IdentityForm) Step() string { return StepIdentity }

// Apply checks name, document and, where the document does not say it, the day
// of birth.
func (f IdentityForm) Apply(a *Answers, now time.Time) error {
	var bad fault.Invalid
	name, err := identity.ParseName(f.Name)
	gather(&bad, err)
	d, err := identity.ParseDocument(f.Kind, f.Number, f.Nationality, now)
	gather(&bad, err)
	born, said := d.Born()
	if !identity.SaysBorn(f.Kind, f.Number) {
		born, err = identity.ParseBorn(f.Born, now)
		gather(&bad, err)
	}
	if bad.OrNil() == nil && child(born, now) {
		field := "document_number"
		if !said {
			field = "born"
		}
		bad.Add(field, "field.born.child", guardedYears)
	}
	if bad.OrNil() != nil {
		return &bad
	}
	a.Identity = Identity{Name: name, Kind: d.Kind, Nationality: d.Nationality, Number: d.Number, Born: DayOf(born), Sex: d.Sex()}
	return nil
}

// guardedYears is the age below which the law wants a guardian's consent to health
// data (PIPL, articles 28 and 31). Until guardians can act here, the counter does.
const guardedYears = 14

func child(born, now time.Time) bool {
	return born.AddDate(guardedYears, 0, 0).After(now)
}

// ResidenceForm is the page that asks where somebody lives.
type ResidenceForm struct{ Street, Community, Detail string }

// Step is StepResidence.
func (ResidenceForm) Step() string { return StepResidence }

// Apply wants a street or town of Ningbo. Any community is accepted, in the
// person's words: the street decides which station serves them.
func (f ResidenceForm) Apply(a *Answers, _ time.Time) error {
	var bad fault.Invalid
	d, ok := division.Get(f.Street)
	if !ok || d.Level != "street" || !strings.HasPrefix(d.Code, division.Ningbo) {
		bad.Add("street", "field.street.choose")
	}
	text(&bad, "community", f.Community, communityLong)
	text(&bad, "detail", f.Detail, detailLong)
	if bad.OrNil() != nil {
		return &bad
	}
	a.Residence = identity.Address{Division: d.Code, Community: f.Community, Detail: f.Detail}
	return nil
}

// Keep keeps the street and the community of a page that was refused. Without the
// detail the step stays open; of one that is finished nothing changes.
func (f ResidenceForm) Keep(a *Answers) bool {
	if a.finished(StepResidence) {
		return false
	}
	kept := identity.Address{Division: a.Residence.Division, Community: a.Residence.Community}
	if d, ok := division.Get(f.Street); ok && d.Level == "street" && strings.HasPrefix(d.Code, division.Ningbo) {
		kept.Division = d.Code
	}
	var bad fault.Invalid
	if text(&bad, "community", f.Community, communityLong); bad.OrNil() == nil {
		kept.Community = f.Community
	}
	changed := kept != a.Residence
	a.Residence = kept
	return changed
}

// TripForm is the page that asks about the last fourteen days, and lists the
// stays told so far.
type TripForm struct{ Kind, Country, Entered, Arrived string }

// Step is StepStays.
func (TripForm) Step() string { return StepStays }

// Apply keeps the stays told so far. Whoever has listed one and says that there
// was no trip is asked which of the two holds: nothing that they told is dropped
// in silence.
func (f TripForm) Apply(a *Answers, now time.Time) error {
	t := Trip{Kind: f.Kind, Stays: a.Trip.Stays}
	var bad fault.Invalid
	switch f.Kind {
	case TripNone:
		if n := len(t.Stays); n > 0 {
			bad.Add("trip", "declare.trip_listed", n)
			return &bad
		}
		a.Trip = Trip{Kind: TripNone}
		return nil
	case TripChina:
	case TripAbroad:
		t.Country = f.Country
		if !division.KnownCountry(f.Country) || f.Country == "CHN" {
			bad.Add("country", "field.country.choose")
		}
		t.Entered = past(&bad, "entered", f.Entered, now)
	default:
		bad.Add("trip", "field.trip.choose")
	}
	if t.NeedsArrival() {
		t.Arrived = past(&bad, "arrived", f.Arrived, now)
	}
	if bad.OrNil() != nil {
		return &bad
	}
	a.Trip = t
	return nil
}

// StayForm is the page that adds one stay.
type StayForm struct{ Place, From, To string }

// Step is StepStays.
func (StayForm) Step() string { return StepStays }

// Apply adds the stay; one told before is not added twice.
func (f StayForm) Apply(a *Answers, now time.Time) error {
	var bad fault.Invalid
	d, ok := division.Get(f.Place)
	if !ok || d.Level != "county" {
		bad.Add("county", "field.county.choose")
	}
	from, to := past(&bad, "from", f.From, now), past(&bad, "to", f.To, now)
	if from != "" && to != "" && to < from {
		bad.Add("to", "field.to.order")
	}
	stay := Stay{Place: f.Place, From: from, To: to}
	if len(a.Trip.Stays) >= mostStays && !slices.Contains(a.Trip.Stays, stay) {
		bad.Add("", "declare.stays.many", mostStays)
	}
	if bad.OrNil() != nil {
		return &bad
	}
	if a.Trip.Kind == "" || a.Trip.Kind == TripNone {
		a.Trip.Kind = TripChina
	}
	if !slices.Contains(a.Trip.Stays, stay) {
		a.Trip.Stays = append(slices.Clone(a.Trip.Stays), stay)
	}
	slices.SortFunc(a.Trip.Stays, func(x, y Stay) int { return strings.Compare(string(x.From)+string(x.To), string(y.From)+string(y.To)) })
	return nil
}

// RemoveStay takes one stay out of the list, by its number from 0.
type RemoveStay struct{ Index string }

// Step is StepStays.
func (RemoveStay) Step() string { return StepStays }

// Apply removes the stay; a number that is not there removes nothing.
func (f RemoveStay) Apply(a *Answers, _ time.Time) error {
	i, err := strconv.Atoi(f.Index)
	if err != nil || i < 0 || i >= len(a.Trip.Stays) {
		return nil
	}
	a.Trip.Stays = slices.Delete(slices.Clone(a.Trip.Stays), i, i+1)
	if !a.Trip.NeedsArrival() {
		a.Trip.Arrived = ""
	}
	return nil
}

// ContactForm is the page that asks about contact with the ill.
type ContactForm struct{ Met, Last string }

// Step is StepContact.
func (ContactForm) Step() string { return StepContact }

// Apply wants the last day if there was contact.
func (f ContactForm) Apply(a *Answers, now time.Time) error {
	var bad fault.Invalid
	c := Contact{Asked: true, Met: f.Met == "yes"}
	switch f.Met {
	case "no":
	case "yes":
		c.Last = past(&bad, "contact_last", f.Last, now)
	default:
		bad.Add("contact", "field.contact.choose")
	}
	if bad.OrNil() != nil {
		return &bad
	}
	a.Contact = c
	return nil
}

// HealthForm is the page that asks how somebody is today, whether isolation was
// ordered, and about a test.
type HealthForm struct {
	Measured, Temperature          string
	Symptoms                       []string // with "none" for no symptom
	KnownCause, Cause              string
	Isolation, Class, IsolatedFrom string
	IsolatedTo                     string
	TestResult, TestTaken          string
}

// NoSymptom is the entry of the list that excludes the others.
const NoSymptom = "none"

// Step is StepHealth.
func (HealthForm) Step() string { return StepHealth }

// Apply checks the page.
func (f HealthForm) Apply(a *Answers, now time.Time) error {
	var bad fault.Invalid
	h := f.health(&bad)
	isolation := f.isolation(&bad, now)
	test := f.test(&bad, now)
	if bad.OrNil() != nil {
		return &bad
	}
	a.Health, a.Isolation, a.Test = h, isolation, test
	return nil
}

func (f HealthForm) health(bad *fault.Invalid) Health {
	var h Health
	switch f.Measured {
	case "no":
	case "yes":
		h.Temperature = temperature(bad, f.Temperature)
	default:
		bad.Add("measured", "field.measured.choose")
	}
	switch {
	case len(f.Symptoms) == 0:
		bad.Add("symptoms[]", "field.symptoms.choose")
	case slices.Contains(f.Symptoms, NoSymptom):
		if len(f.Symptoms) > 1 {
			bad.Add("symptoms[]", "field.symptoms.exclusive")
		}
		return h
	}
	for _, s := range review.Symptoms { // in the order of the list, each once
		if slices.Contains(f.Symptoms, s) {
			h.Symptoms = append(h.Symptoms, s)
		}
	}
	if len(h.Symptoms) == 0 && len(f.Symptoms) > 0 {
		bad.Add("symptoms[]", "field.symptoms.choose")
	}
	if h.KnownCause = f.KnownCause == "yes"; h.KnownCause {
		h.Cause = f.Cause
		text(bad, "cause", f.Cause, causeLong)
	}
	return h
}

func (f HealthForm) isolation(bad *fault.Invalid, now time.Time) Isolation {
	i := Isolation{Kind: f.Isolation}
	switch f.Isolation {
	case IsolationNone, IsolationVoluntary:
		return i
	case IsolationOrdered:
	default:
		bad.Add("isolation", "field.isolation.choose")
		return i
	}
	if i.Class = f.Class; f.Class != "home" && f.Class != "central" {
		bad.Add("isolation_class", "field.isolation_class.choose")
	}
	i.From = between(bad, "isolation_from", f.IsolatedFrom, now, mostDaysAhead)
	if f.IsolatedTo != "" {
		i.To = between(bad, "isolation_to", f.IsolatedTo, now, mostDaysAhead)
		if i.From != "" && i.To != "" && i.To < i.From {
			bad.Add("isolation_to", "field.to.order")
		}
	}
	return i
}

func (f HealthForm) test(bad *fault.Invalid, now time.Time) Test {
	switch f.TestResult {
	case "", "none":
		return Test{}
	case "negative", "positive", "pending":
		return Test{Result: f.TestResult, Taken: past(bad, "test_taken", f.TestTaken, now)}
	}
	bad.Add("test_result", "field.test.choose")
	return Test{}
}

// temperature reads degrees Celsius with at most one digit after the point.
func temperature(bad *fault.Invalid, typed string) float64 {
	s := strings.NewReplacer("｡", ".", "。", ".", ",", ".", "℃", "", "°C", "", "°", "", "度", "", " ", "").Replace(width.Narrow.String(typed))
	if s == "" {
		bad.Add("temperature", "field.temperature.missing")
		return 0
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		bad.Add("temperature", "field.temperature.number")
		return 0
	}
	if !(v >= 34 && v <= 43) {
		bad.Add("temperature", "field.temperature.range")
		return 0
	}
	return float64(int(v*10+0.5)) / 10
}

// past reads a day that is today or at most mostDaysBack before.
func past(bad *fault.Invalid, field, typed string, now time.Time) Day {
	return between(bad, field, typed, now, 0)
}

func between(bad *fault.Invalid, field, typed string, now time.Time, ahead int) Day {
	today := DayOf(now)
	d, ok := ParseDay(typed)
	switch {
	case typed == "":
		bad.Add(field, "field."+field+".missing")
	case !ok:
		bad.Add(field, "field.date.shape")
	case d > today.Add(ahead) && ahead == 0:
		bad.Add(field, "field.date.future")
	case d > today.Add(ahead):
		bad.Add(field, "field.date.far", ahead)
	case d < today.Add(-mostDaysBack):
		bad.Add(field, "field.date.old", mostDaysBack)
	default:
		return d
	}
	return ""
}

// text refuses what is empty or too long.
func text(bad *fault.Invalid, field, typed string, most int) {
	switch {
	case typed == "":
		bad.Add(field, "field."+field+".missing")
	case utf8.RuneCountInString(typed) > most:
		bad.Add(field, "field.long", most)
	}
}

// gather adds the problems of a refusal to bad.
func gather(bad *fault.Invalid, err error) {
	var more *fault.Invalid
	if errors.As(err, &more) {
		bad.Problems = append(bad.Problems, more.Problems...)
	}
}
