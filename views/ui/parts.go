package ui

import "github.com/a-h/templ"

// Button is a button that submits its form.
type Button struct {
	Label string
	// Name and Value travel with the form, to tell several buttons apart.
	Name, Value string
	Secondary   bool
	// Once lets the script disable the button after the first press.
	Once bool
	// Action posts the form elsewhere than to its own action.
	Action string
	// Form is the id of the form, for a button outside it.
	Form string
}

// Row is a line of a SummaryList. Value may have several lines; Content stands
// in its place when it needs more than words. ChangeHref draws 更改.
type Row struct {
	Key, Value string
	Content    templ.Component
	ChangeHref string
}

// Pair is a term and what is said about it. Value may have several lines;
// Content stands in its place when it needs more than words.
type Pair struct {
	Key, Value string
	Content    templ.Component
	// Masked is what stands in the place of Value once the sign-in has ended or the
	// page is left (desk.js); empty if Value may stay.
	Masked string
}

// LinkRow is a line of Rows: a link with a chevron and perhaps a second line.
type LinkRow struct {
	Href, Label, Detail string
}

// Moment is an entry of a Timeline.
type Moment struct {
	// State is Done, Now or Next.
	State string
	Title string
	When  string
	Text  string
}

// States of a Moment.
const (
	Done = "done"
	Now  = "now"
	Next = "next"
)

// Tab is one of Tabs. Count below 0 is not shown.
type Tab struct {
	Href, Label string
	Count       int
	Current     bool
}

// Meter is how far one condition of ending is along. Share is its word, such as
// "1 / 2 次"; Advice one line under the bar.
type Meter struct {
	Label, Share, Advice string
	Done, Need           int
}

// Chosen is a removable chip of a filter.
type Chosen struct {
	Label, RemoveHref string
}
