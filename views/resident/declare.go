package resident

import "yongxing/views/ui"

// DeclareSteps is how many pages a declaration takes, the check included.
const DeclareSteps = 6

// DeclarePage is the list of what a declaration asks.
type DeclarePage struct {
	ui.Frame
	Resumed string // when the draft was last saved; "" = there is none
	Tasks   []ui.Row
	Next    string // where to begin or go on
	Label   string // of the button
}

// DeclareSentPage tells that a page came after its draft was sent.
type DeclareSentPage struct {
	ui.Frame
	When        string
	Step        bool // it was the page of one step, and Typed what it held
	Sent, Typed []ui.Row
}

// DeclareStep is what all steps of the form show besides their questions.
type DeclareStep struct {
	ui.Frame
	Number  int    // of the step, from 1
	Label   string // of the step
	Back    string
	Version string // of the draft, for the form
	Saved   bool
	// Fetched tells that the page is shown again because a list was asked for.
	Fetched bool
	// Other is what another tab has saved for this step meanwhile.
	Other []ui.Row
}

// DeclareIdentityPage asks who somebody is.
type DeclareIdentityPage struct {
	DeclareStep
	Fixed []ui.Pair // of a bound identity, which a declaration does not change
	Name  string
	DocumentFields
}

// DocumentFields are the fields that ask for an identity document. Nationality
// and date of birth are on the page only for the kinds that do not say them, so
// that most people see one list and one field.
type DocumentFields struct {
	Kind, Number, Nationality, Born string
	AskNationality, AskBorn         bool
	// More says what this kind needs besides, if the page is shown for that; Begin
	// tells that the reader begins there.
	More             string
	Begin            bool
	Kinds, Countries []ui.Option
	Help             []string // how to enter each kind
	Today            string
}

// DeclareResidencePage asks where somebody lives.
type DeclareResidencePage struct {
	DeclareStep
	Districts, Streets                  []ui.Option
	District, Street, Community, Detail string
	Listed                              string // that the streets have come, if they just have
}

// DeclareStaysPage asks about the last fourteen days.
type DeclareStaysPage struct {
	DeclareStep
	Hint                     string
	Trip                     string
	Country, Entered         string
	Countries                []ui.Option
	Stays                    []ui.Row
	AskArrival               bool
	Arrived, Today, Earliest string
}

// DeclareStayPage adds one stay.
type DeclareStayPage struct {
	DeclareStep
	Provinces, Cities, Counties []ui.Option
	// That a list has come, if it just has.
	CitiesListed, CountiesListed string
	Province, City, County       string
	From, To                     string
	Today, Earliest              string
}

// DeclareContactPage asks about contact with the ill.
type DeclareContactPage struct {
	DeclareStep
	Met, Last       string
	Today, Earliest string
}

// DeclareHealthPage asks how somebody is.
type DeclareHealthPage struct {
	DeclareStep
	Measured, Temperature       string
	Symptoms                    []ui.Option
	Chosen                      []string
	KnownCause, Cause           string
	Isolation, Class, From, To  string
	Test, TestResult, TestTaken string
	Today, Earliest             string
}

// DeclareCheckPage shows everything before it is sent.
type DeclareCheckPage struct {
	DeclareStep
	Who, Where, Health []ui.Row
	Colour             string
	Unbound            bool // the code will say so first
	Reasons            []DeclareReason
	Stamp, Key         string
	Moved              string // why the page is shown again; "" the first time
}

// DeclareReason is one finding that there will be, and what can be done about it
// before sending.
type DeclareReason struct{ Name, Why, Hint string }

// DeclareDonePage is what follows a declaration.
type DeclareDonePage struct {
	ui.Frame
	Colour  string
	Words   string
	Reasons []DeclareReason
	Bind    bool // how to be verified
	// CheckIns tells that a rule speaks of check-ins.
	CheckIns bool
}
