package officer

import "yongxing/views/ui"

// QueuePage is one page of one list of appeals.
type QueuePage struct {
	ui.Frame
	Station string
	At      string // as of when
	Tabs    []ui.Tab
	Tab     string // open, mine, waiting, done

	// The filter.
	Colour, Rule, Due, Channel string
	Harm, Photos               bool
	Rules, Dues, Channels      []ui.Option
	Chosen                     []ui.Chosen
	Clear                      string // href of the list without a filter
	Sort                       string // value of the hidden field, "" for the list's own order
	List                       string // the list as the address has it, for what leads back to it

	Rows     []QueueRow
	Sum      string // 本页 25 件
	SortHref string // the other way round
	Desc     bool
	First    string // href of the first page; empty on it
	Newer    string // href of the page before; empty on the first
	Older    string // href of the next page; empty on the last
	Empty    string // why there are no rows
}

// Done tells whether the list is of cases that are over: they have an outcome
// where the others have a due time.
func (d QueuePage) Done() bool { return d.Tab == "done" }

// fold is the word that opens search and filter on a narrow screen; "" if they
// hold a mistake to correct and so stand open.
func (d QueuePage) fold() string {
	if len(d.Problems) > 0 {
		return ""
	}
	return d.T.T("officer.find_or_filter")
}

// Open tells whether the cases can be claimed from the list.
func (d QueuePage) Open() bool { return d.Tab == "open" }

// FoundPage is what a search has found.
type FoundPage struct {
	ui.Frame
	Station    string
	Back, List string // href of the list that was left, and what leads back to it
	Sum        string
	Rows       []QueueRow // Handler holds the state
}

// QueueRow is one appeal in a list.
type QueueRow struct {
	Number, Href      string
	Claim, List       string // action of the claim, and the list that it is made from
	Name, Colour      string
	DueState, Due     string
	Rule, Ground      string
	Chips             []string
	Channel, Evidence string
	Handler, Outcome  string
	Late              bool
}

func sortOrder(desc bool) string {
	if desc {
		return "descending"
	}
	return "ascending"
}
