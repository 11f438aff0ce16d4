package resident

import "yongxing/views/ui"

// HistoryPage is what happened to a person's code, newest first: declarations,
// changes of colour, appeals.
type HistoryPage struct {
	ui.Frame
	Note  string
	Looks ui.LinkRow
	Days  []HistoryDay
	Empty string
	// Start is the one action of an empty history.
	Start ui.LinkRow
	Older ui.LinkRow
}

// HistoryDay is one day of the history.
type HistoryDay struct {
	Heading string
	Entries []HistoryEntry
}

// HistoryEntry is one line: a change of colour (From and To), or Title.
type HistoryEntry struct {
	Clock, ISO string
	From, To   string
	Title      string
	// Words say why, one sentence a line; By says who, and by which rulebook.
	Words []string
	By    string
	// Link leads to the appeal behind it.
	Link ui.LinkRow
}
