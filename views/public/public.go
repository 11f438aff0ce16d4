// Package public holds the pages that anybody sees without signing in: home,
// help, statements, the check of a pass, and error pages.
package public

import (
	"strconv"
	"strings"

	"yongxing/views/ui"
)

// HomePage is the first page.
type HomePage struct {
	ui.Frame
	// Colour is the signed-in person's own, as in package ui; empty for guests
	// and for people without a code.
	Colour string
	// Book is the version of the rulebook in force; empty if nobody knows it now.
	Book string
	// Unread says how many notices a signed-in person has not opened.
	Unread string
	// Notice is a service notice in words; usually empty.
	Notice string
}

// HelpPage answers questions and lists the rules in force.
type HelpPage struct {
	ui.Frame
	Book  string // empty if nobody knows it now
	Rules []Rule
}

// Rule is a rule of the rulebook in plain words.
type Rule struct {
	Code, Colour      string
	Name, Why, Advice string
	// Ways are what ends a finding of this rule sooner, each in a sentence.
	Ways []string
	// LatestDays is when it ends at the latest; 0 = not said.
	LatestDays int
	// District: after that time the district looks again, instead of an end.
	District bool
	// DecidedBy is who decides appeals: "station", "district", "health" or "self".
	DecidedBy string
}

// NoCookiesPage is the answer to a form of a browser that keeps no cookies.
type NoCookiesPage struct {
	ui.Frame
	// Door is where to sign in; Staff have no paper card instead.
	Door  string
	Staff bool
}

// StatementPage is the privacy or the accessibility statement.
type StatementPage struct {
	ui.Frame
}

// VerifyPage is what a checkpoint sees after scanning a pass.
type VerifyPage struct {
	ui.Frame
	// Result is Green, Yellow, Red, Unverified, Unconfirmed or Disputed of
	// package ui, or one of Expired, Forged and Void.
	Result string
	// Name is masked; Tail are the last four signs of the document. Both are
	// empty where the pass is not good.
	Name, Tail string
	// SecondsLeft is how long the pass stays good.
	SecondsLeft int
	// At and AtISO are the server's time of the check, as Printer.Full with
	// Seconds and as Printer.ISO.
	Day, Clock, AtISO string
}

// Results of a check that are no colour.
const (
	Expired = "expired" // genuine, but older than its time
	Forged  = "forged"  // not made by this portal
	Void    = "void"    // genuine and in time, but no longer what is on record
)

// colour is the look of the result: anything but a vouched colour is grey, also
// a forgery, so that nobody is taken for a red code who has none.
func (d VerifyPage) colour() string {
	switch d.Result {
	case ui.Green, ui.Yellow, ui.Red:
		return d.Result
	}
	return ui.Unverified
}

func (d VerifyPage) word() string   { return d.T.T("public.verify_" + d.Result + "_word") }
func (d VerifyPage) advice() string { return d.T.T("public.verify_" + d.Result + "_next") }

// framed is the frame with the result as title, which a screen reader says first.
func (d VerifyPage) framed() ui.Frame {
	f := d.Frame
	f.Title = d.word()
	f.Scripts = append(f.Scripts, "clock.js")
	return f
}

// ErrorPage says what happened, what is kept and what to do.
type ErrorPage struct {
	ui.Frame
	// Status is the answer's; Detail a sentence that fits this very case.
	Status int
	Detail string
	// Reference is what to tell the hotline. Minutes is the wait; 0 = none.
	Reference string
	Minutes   int
	// Back is the page that the form stood on; "" if the browser's own way back
	// is the only one.
	Back string
	// Case is the address of the case at the desk that a refused step was about; ""
	// if there is none.
	Case string
	// Code tells that it was the code page itself that had to be refused.
	Code bool
	// Outage tells that the records cannot be reached, and not that many are here.
	Outage bool
}

// statuses that have texts of their own; others read as 400 or 500.
var statuses = map[int]bool{400: true, 403: true, 404: true, 409: true, 413: true, 422: true, 429: true, 500: true, 503: true}

// key is the catalogue key of one part of the page.
func (d ErrorPage) key(part string) string {
	s := d.Status
	if !statuses[s] {
		s = 400
		if d.Status >= 500 {
			s = 500
		}
	}
	switch {
	case s == 404 && d.desk():
		part += "_desk" // an officer's case may be another station's; no resident's advice
	case s == 404 && (strings.HasPrefix(d.Path, "/appeal/") || strings.HasPrefix(d.Path, "/evidence/")):
		part += "_appeal"
	}
	if s == 503 && d.Outage {
		part = "outage_" + part
	} else if s == 503 && d.Code && part != "title" {
		part = "code_" + part
	}
	return "error." + strconv.Itoa(s) + "_" + part
}

func (d ErrorPage) shape() string {
	switch d.Status {
	case 404:
		return ui.ShapeOpen
	case 429, 503:
		return ui.ShapeClock
	}
	return ui.ShapeInfo
}

// desk tells whether the page belongs to the staff's side.
func (d ErrorPage) desk() bool {
	return d.Frame.Desk || strings.HasPrefix(d.Path, "/officer/") || strings.HasPrefix(d.Path, "/staff/")
}

// framed is the frame of the side that the page belongs to, titled by status.
func (d ErrorPage) framed() ui.Frame {
	f := d.Frame
	f.Title = d.T.T(d.key("title"))
	f.Desk = d.desk()
	return f
}
