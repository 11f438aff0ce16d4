// Package resident holds the pages of a resident: one .templ and one plain data
// struct a page. It knows no models; handlers fill the structs with words.
package resident

import (
	"yongxing/views/text"
	"yongxing/views/ui"
)

// CodePage is the code with everything that explains it.
type CodePage struct {
	ui.Frame
	// Colour is one of the kit's colours; Word and Advice stand in its band.
	Colour, Word, Advice string
	// AsOf says of when the page is, if it is not of now.
	AsOf string
	// Reasons, Ends and Actions stand under the band, above the QR.
	ReasonsLabel string
	Reasons      []CodeReason
	More         string // that there are more reasons further down
	Ends         []ui.Pair
	Actions      []CodeAction
	// Pass is the QR; nil where there is nothing to show at a gate.
	Pass *PassCard
	// Binding is how an identity is bound, while it is not.
	Binding *CodeBinding
	// Why is the card of a code without findings.
	Why *CodeWhy
	// Todo is what to do now.
	Todo [][]text.Part
	// Findings are the active findings in full, Ended those of late, Aside the
	// facts that no longer count.
	Findings []CodeFinding
	Ended    []CodeEnded
	Aside    []CodeAside
	// Reminder asks for a new declaration; it never changes a colour.
	Reminder string
	Links    []ui.LinkRow
	Foot     string
}

// CodeReason is a finding in short: rule, fact, and who answers for it.
type CodeReason struct{ Name, Fact, Source string }

// CodeAction is a button under the reasons; the first one leads.
type CodeAction struct{ Href, Label string }

// CodeWhy says why a code is what it is where no finding says it.
type CodeWhy struct {
	Heading, Words string
	Pairs          []ui.Pair
}

// CodeBinding says how to be bound, and how to get on until then.
type CodeBinding struct {
	Heading string
	Ways    []ui.Pair
	Until   string
	Getting []string
}

// CodeFinding is a finding in full.
type CodeFinding struct {
	Name, Colour string
	// Changed tells that the source changed its record after an appeal.
	Changed string
	Pairs   []ui.Pair
	// Advice is the rulebook's.
	Advice                string
	WaysHeading, WaysNote string
	Ways                  []CodeWay
}

// CodeWay is one way that ends a finding: counted conditions as meters, the
// others and what follows as lines.
type CodeWay struct {
	Name   string
	Meters []ui.Meter
	Lines  []string
}

// CodeEnded is a finding that has ended of late.
type CodeEnded struct{ Name, Colour, Words string }

// CodeAside is a fact that an appeal took out, with the number of that appeal.
type CodeAside struct{ Words, Appeal string }

// PassCard is the QR with its clock and holder.
type PassCard struct {
	Colour, Word, Advice string
	// Label names the card, QRLabel the picture; Paper stands in the place of both
	// on a print.
	Label, QRLabel    string
	Paper             string
	ISO, Clock, Day   string
	Path              string
	Size              int
	Name, Document    string
	Renewed, Again    string
	RefreshHref       string
	RenewURL          string
	Stale, StaleAgain string
}

// ShowPage is the code alone, for the gate.
type ShowPage struct {
	ui.Frame
	// Pass is nil where there is none; then Colour, Word and Advice stand alone.
	Pass                 *PassCard
	Colour, Word, Advice string
	// AsOf says of when it is, if it is not of now; Todo what to do meanwhile.
	AsOf string
	Todo [][]text.Part
	// Again is the button that asks for it anew, where nothing renews itself.
	Again string
	Back  ui.LinkRow
}
