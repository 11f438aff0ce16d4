// Package declaration is what people say about themselves: the answers of the
// form, the checks of each step, the facts that the answers state, and the
// declarations on record. It exists because a declaration must not make a wrong
// colour: staying home of one's own accord is not isolation, a cough with a known
// cause is not a suspicion, and saying the same again adds nothing.
//
// Declarations are never edited. A later one supersedes an earlier one, and both
// are kept.
package declaration

import (
	"encoding/json"
	"fmt"
	"time"

	"yongxing/models/identity"
)

// schema is the version of the shape of Answers; older shapes on record are
// brought up to it when they are read.
const schema = 1

// Consent is the version of the statement of truth and of the privacy notice
// that the last step asks for.
const Consent = "2026-11"

// Steps are the steps of the form in their order; each is one page. The pages
// before (task list) and after (check, done) are none.
var Steps = []string{StepIdentity, StepResidence, StepStays, StepContact, StepHealth}

// The steps, as they stand in addresses.
const (
	StepIdentity  = "identity"
	StepResidence = "residence"
	StepStays     = "stays"
	StepContact   = "contact"
	StepHealth    = "health"
)

// Answers are everything that the form asks, in this shape on record.
type Answers struct {
	Schema    int              `json:"v"`
	Identity  Identity         `json:"identity"`
	Residence identity.Address `json:"residence"`
	Trip      Trip             `json:"trip"`
	Contact   Contact          `json:"contact"`
	Health    Health           `json:"health"`
	Isolation Isolation        `json:"isolation"`
	Test      Test             `json:"test"`
}

// Identity is who somebody says they are.
type Identity struct {
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	Nationality string `json:"nationality"`
	Number      string `json:"number"`
	Born        Day    `json:"born"`
	Sex         string `json:"sex,omitempty"`
}

// Document is the document that the identity names.
func (i Identity) Document() identity.Document {
	return identity.Document{Kind: i.Kind, Nationality: i.Nationality, Number: i.Number}
}

// Kinds of trips in the last fourteen days.
const (
	TripNone   = "no"
	TripChina  = "cn"
	TripAbroad = "abroad" // also Hong Kong, Macao and Taiwan: a border is crossed
)

// Trip is where somebody has been besides home.
type Trip struct {
	Kind    string `json:"kind"`
	Stays   []Stay `json:"stays,omitempty"`
	Arrived Day    `json:"arrived,omitempty"` // in Ningbo, after a stay in another province
	Country string `json:"country,omitempty"` // left, alpha-3
	Entered Day    `json:"entered,omitempty"` // into the mainland
}

// Stay is one place with its first and last day.
type Stay struct {
	Place string `json:"place"` // 6 digits
	From  Day    `json:"from"`
	To    Day    `json:"to"`
}

// Contact is whether somebody met a person who was confirmed, suspected or had
// fever.
type Contact struct {
	Asked bool `json:"asked"` // false in a draft that has not come to it
	Met   bool `json:"met"`
	Last  Day  `json:"last,omitempty"`
}

// Health is how somebody feels today.
type Health struct {
	Temperature float64  `json:"temperature,omitempty"` // °C; 0 = not measured
	Symptoms    []string `json:"symptoms,omitempty"`    // of review.Symptoms
	KnownCause  bool     `json:"known_cause,omitempty"`
	Cause       string   `json:"cause,omitempty"` // in the person's words
}

// Kinds of isolation as people tell it.
const (
	IsolationNone      = "none"
	IsolationVoluntary = "voluntary" // stayed home of one's own accord: states nothing
	IsolationOrdered   = "ordered"
)

// Isolation is whether isolation was ordered.
type Isolation struct {
	Kind  string `json:"kind"`
	Class string `json:"class,omitempty"` // home or central
	From  Day    `json:"from,omitempty"`
	To    Day    `json:"to,omitempty"` // last day; "" = not known
}

// Test is a test that somebody took; Result "" = none.
type Test struct {
	Result string `json:"result,omitempty"` // negative, positive, pending
	Taken  Day    `json:"taken,omitempty"`
}

// Encode is the form in which answers are sealed.
func (a Answers) Encode() (string, error) {
	a.Schema = schema
	body, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("declaration: encode answers: %w", err)
	}
	return string(body), nil
}

// Decode reads what Encode wrote.
func Decode(body string) (Answers, error) {
	var a Answers
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		return Answers{}, fmt.Errorf("declaration: decode answers: %w", err)
	}
	if a.Schema != schema {
		return Answers{}, fmt.Errorf("declaration: answers of schema %d", a.Schema)
	}
	return a, nil
}

// shanghai is the zone of every day that people name.
var shanghai = time.FixedZone("CST", 8*60*60)

// Day is a calendar day in Asia/Shanghai as YYYY-MM-DD; "" = none.
type Day string

// DayOf is the day of an instant.
func DayOf(t time.Time) Day { return Day(t.In(shanghai).Format(time.DateOnly)) }

// ParseDay reads a day as date fields send it.
func ParseDay(s string) (Day, bool) {
	t, err := time.ParseInLocation(time.DateOnly, s, shanghai)
	return Day(s), err == nil && t.Year() > 1900
}

// Start is 00:00 of the day; the zero time for none.
func (d Day) Start() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), shanghai)
	if err != nil {
		return time.Time{}
	}
	return t
}

// End is 00:00 of the next day; the zero time for none.
func (d Day) End() time.Time {
	if d == "" {
		return time.Time{}
	}
	return d.Start().AddDate(0, 0, 1)
}

// Add is the day so many days later.
func (d Day) Add(days int) Day { return DayOf(d.Start().AddDate(0, 0, days)) }
