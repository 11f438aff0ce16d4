// Package officer holds the pages of the desk: staff sign-in, the queue, a case,
// and what a decision would do. A page is one component and one plain struct;
// everything in it is already in words.
package officer

import "yongxing/views/ui"

// SignInPage is the one form of the staff door.
type SignInPage struct {
	ui.Frame
	Login string
}
