package resident

import "yongxing/views/ui"

// SignInPage asks for the phone.
type SignInPage struct {
	ui.Frame
	Phone string
	// Next is the page that somebody came for.
	Next     string
	InWeChat bool
}

// SignInCodePage asks for the one-time code.
type SignInCodePage struct {
	ui.Frame
	// Action is where the answer goes, Back where something else can be asked for.
	Action, Back string
	// Hint says where the code was sent; Again and Submit are the words of Back
	// and of the button.
	Hint, Again, Submit string
	ResendAt            string // time of day; "" = now
	Demo                string // the code itself, in the demo only
	// DemoWords introduce it.
	DemoWords string
}

// SignInDocumentPage asks a browser new to the person for the end of their
// document.
type SignInDocumentPage struct {
	ui.Frame
}

// SignInNotMePage asks whether the phone used to be somebody else's.
type SignInNotMePage struct {
	ui.Frame
}
