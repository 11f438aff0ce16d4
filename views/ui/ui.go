// Package ui is the kit of the pages: the frame around every page and one
// component for each thing that pages are put together from, so that a class
// name stands in one place. It knows no models; words that a component needs of
// its own come from the printer in the Frame.
package ui

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yongxing/static"
	"yongxing/views/text"
)

// Frame is what every page shows around its content, and what its forms need.
type Frame struct {
	// Title is the page's name, already in words; " - 甬行码" follows it.
	Title string
	// Lang is T.Lang(): "zh-Hans" or "en".
	Lang string
	T    *text.Printer
	// CSRF goes into every form that posts.
	CSRF string
	// Path is the page's own path with its query, for the switches of language
	// and type size. For a page that answers a POST: the path that GET shows.
	Path string
	// Posted says that the page answers a POST.
	Posted bool
	// Elder is large type.
	Elder bool
	// SignedIn draws the sign-out button; User is a masked label beside it.
	SignedIn bool
	User     string
	// Flash is one sentence about what was just done.
	Flash string
	// Scripts are names in static/js that this page needs besides once.js.
	Scripts []string
	// Problem puts 错误： before the title. It is implied by Problems.
	Problem bool
	// Problems are what was wrong with the form, in page order; every field
	// shows its own, ErrorSummary shows all.
	Problems Problems
	// Desk is the frame of staff: smaller type, its own header.
	Desk bool
	// Idle is when the sign-in at the desk ends; its zero value says nothing.
	Idle Idle
	// Draft is the half-filled form of the page, if it has one.
	Draft Draft
	// Nav is the desk's main navigation.
	Nav []NavItem
	// Refresh makes a browser without scripts load the page again after so many
	// seconds, or RefreshTo if that is set; 0 = never.
	Refresh   int
	RefreshTo string
}

func (f Frame) refresh() string {
	if f.RefreshTo == "" {
		return itoa(f.Refresh)
	}
	return itoa(f.Refresh) + "; url=" + f.RefreshTo
}

// Idle is when the sign-in ends if nothing more is done, for the line at the foot
// of a desk page and the warning before the end (desk.js).
type Idle struct {
	Until         string // the time of day
	Seconds, Most int    // from now, and from a request
	Awake         string // address to ask when the reader goes on working
}

// Draft is a form that may be half filled in when its page is left. What switches
// the language then posts it to Action, which keeps it, and Press is what Enter in
// one of its fields does: without a button of that word before the switch, Enter
// would switch the language.
type Draft struct{ Form, Action, Press string }

// NavItem is an entry of the desk's navigation.
type NavItem struct {
	Href, Label string
	Current     bool
}

// Problem is one thing wrong with a form, already in words. Field is the name
// of the field it belongs to; empty for the whole form.
type Problem struct {
	Field, Message string
	// Later: nobody has to change anything, only to wait.
	Later bool
}

// Problems are in page order.
type Problems []Problem

// Of is the first message of a field, or "".
func (p Problems) Of(field string) string {
	for _, one := range p {
		if one.Field == field {
			return one.Message
		}
	}
	return ""
}

// Later tells that all there is to do is to wait.
func (p Problems) Later() bool {
	for _, one := range p {
		if !one.Later {
			return false
		}
	}
	return len(p) > 0
}

// Colours of a code as the kit draws them. Open is the grey, dotted frame of a
// code that nobody can vouch for.
const (
	Green       = "green"
	Yellow      = "yellow"
	Red         = "red"
	None        = "none"
	Unverified  = "unverified"
	Unconfirmed = "unconfirmed"
	Disputed    = "disputed"
)

// look is the modifier of a colour in class names.
func look(colour string) string {
	switch colour {
	case Green, Yellow, Red:
		return colour
	}
	return "open"
}

func (f Frame) title() string {
	t := f.Title
	if f.Problem || len(f.Problems) > 0 {
		t = f.T.T("common.error") + t
	}
	if f.Elder {
		t += " - " + f.T.T("frame.elder_title")
	}
	if f.Desk {
		return t + " - " + f.T.T("frame.desk")
	}
	return t + " - " + f.T.T("frame.name")
}

func (f Frame) htmlClass() string {
	switch {
	case f.Elder:
		return "yx-elder"
	case f.Desk:
		return "yx-desk"
	}
	return ""
}

// toggle is the page's own address with one more parameter; the server sets the
// cookie and answers 303 to the address without it.
func (f Frame) toggle(name, value string) templ.SafeURL {
	path := f.Path
	if path == "" {
		path = "/"
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return templ.SafeURL(path + sep + name + "=" + value)
}

func (f Frame) languageToggle() templ.SafeURL {
	return f.toggle("lang", f.otherLanguage())
}

// otherLanguage is what the switch of languages sends.
func (f Frame) otherLanguage() string {
	if f.T.Lang() == text.English {
		return "zh"
	}
	return "en"
}

func (f Frame) elderToggle() templ.SafeURL {
	if f.Elder {
		return f.toggle("elder", "0")
	}
	return f.toggle("elder", "1")
}

func (f Frame) elderLabel() string {
	if f.Elder {
		return f.T.T("frame.normal")
	}
	return f.T.T("frame.elder")
}

func (f Frame) scripts() []string {
	urls := []string{static.URL("once.js")}
	for _, s := range f.Scripts {
		urls = append(urls, static.URL(s))
	}
	return urls
}

func itoa(n int) string { return strconv.Itoa(n) }

// lines splits a value that is shown on several lines.
func lines(s string) []string { return strings.Split(s, "\n") }
