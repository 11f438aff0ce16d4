package resident

import "yongxing/views/ui"

// AppealPage is where an appeal stands: unit, place in the queue, due time, each
// item and everything that has happened.
type AppealPage struct {
	ui.Frame
	Number      string
	Shape       string // of ui
	State       string
	Ends        []ui.Pair
	About       []ui.Pair
	Station     string
	Phone, Tel  string
	Overdue     bool
	Question    string // what the officer asks; empty if nothing
	AskUntil    string
	Decision    string // the officer's words
	Items       []AppealItem
	Moments     []ui.Moment
	Statement   string
	Photos      []AppealPhoto
	CanAdd      bool
	CanWithdraw bool
	CanAppeal   bool // something else
	Text        string
	Upload      AppealUpload
	// Until is set where the appeal was looked up without an account: it can be
	// read until then, and nothing else.
	Until string
}

// onward is where somebody goes from an appeal that is over; another one is
// offered only if there is something to appeal.
func (d AppealPage) onward() []ui.LinkRow {
	rows := []ui.LinkRow{{Href: "/code", Label: d.T.T("appeal.to_code")}}
	if d.CanAppeal {
		rows = append(rows, ui.LinkRow{Href: "/appeal/new", Label: d.T.T("appeal.again")})
	}
	return rows
}

// AppealFindPage asks for an appeal's number and its person's phone.
type AppealFindPage struct {
	ui.Frame
	Number, Phone string
}

// AppealItem is one finding in question and what has become of it.
type AppealItem struct {
	Name, Tone, Tag string
	Pairs           []ui.Pair
	Meaning         string // what a decision on it means
	Locked          bool
}

func (d AppealPage) action(verb string) string { return "/appeal/" + d.Number + verb }

// AppealWithdrawPage asks once more before an appeal is withdrawn.
type AppealWithdrawPage struct {
	ui.Frame
	Number string
}
