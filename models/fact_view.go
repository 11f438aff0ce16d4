package models

import "time"

// FactView is one fact on record as pages tell it: to the person it is about on
// the code page, in the history and in an appeal, and to the officer who looks
// at it. Handlers word it with package facttext.
type FactView struct {
	// Ref is the public name of the fact, for forms and links.
	Ref         string
	Kind, Class string
	// About is the kind that a clearance is about.
	About string
	// Place is the division or country code; PlaceName its full name in Chinese,
	// PlaceNameEN in English where one is known, else as in Chinese.
	Place, PlaceName, PlaceNameEN string
	// RefNo is the order, case, tracing, sample or duty number.
	RefNo string
	// From and To are the window; To is zero for an instant or an open end.
	From, To, Known time.Time
	Items           []string
	// Value is a temperature in °C; 0 means that none was taken.
	Value            float64
	Source, Upstream string
	// Authority is the unit that answers for the record.
	Authority string
	Locked    bool
	// Aside is the number of the appeal that took the fact out of reviews.
	Aside string
	// Replaced tells that a newer record has taken its place.
	Replaced bool
}
