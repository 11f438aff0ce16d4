package resident

import "yongxing/views/ui"

// MePage is somebody's account: what is known of them, how they want their
// pages, where they are signed in.
type MePage struct {
	ui.Frame
	Links    []ui.LinkRow
	Who      []ui.Row
	Language string // zh-Hans or en
	Large    bool
	Devices  []Device
	// Others tells that there is more than this device.
	Others bool
}

// Device is a browser in which somebody is signed in.
type Device struct {
	Ref, Name, Under string
	Here             bool
}

// LooksPage is who of the staff looked, the newest first.
type LooksPage struct {
	ui.Frame
	Days  []LooksDay
	Older ui.LinkRow
}

// LooksDay is one day of them.
type LooksDay struct {
	Heading string
	Looks   []Look
}

// Look is what one unit looked at on a day; Clock and ISO are the last time,
// Times says all of them if there were several.
type Look struct {
	Clock, ISO        string
	What, Unit, Times string
	// Reason is why, where one had to be given.
	Reason string
	Link   ui.LinkRow
}

// NoticesPage is what somebody was told, the newest first.
type NoticesPage struct {
	ui.Frame
	Notices []Notice
	// UpTo names the newest, for the button that marks all as read; "" if there
	// is nothing unread.
	UpTo  string
	Older ui.LinkRow
}

// Notice is a line of it.
type Notice struct {
	Ref    string
	Unread bool
	ui.LinkRow
}

// large is the ticked box of large type.
func large(on bool) []string {
	if on {
		return []string{"1"}
	}
	return nil
}

// PhonePage asks for another phone.
type PhonePage struct {
	ui.Frame
	Now         string // which one it is, masked
	Phone       string // as typed
	AskDocument bool
}

// DocumentsPage lists somebody's documents and takes a new one.
type DocumentsPage struct {
	ui.Frame
	Documents []OwnDocument
	Waiting   bool // one of them is not verified yet
	DocumentFields
}

// OwnDocument is one document: its kind, its number masked, and since when it is
// verified or waits.
type OwnDocument struct {
	Name, Under string
	Current     bool
}
