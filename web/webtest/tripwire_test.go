package webtest

import "testing"

// The name of a photo may stand where the photo does, whatever its digits are, and
// nowhere else if a browser has sent it.
func TestPhotosInAddresses(t *testing.T) {
	t.Parallel()
	var w tripwire
	w.heard("J6ZJ71HB3Z4H5", "J6ZJ71HB3Z4H51234")
	for address, want := range map[string]bool{
		"/evidence/J6ZJ71HB3Z4H5":                                   true,
		"/officer/appeals/YS-2603-1234567-8/evidence/J6ZJ71HB3Z4H5": true,
		"/help?about=J6ZJ71HB3Z4H5":                                 false,
		"/evidence/J6ZJ71HB3Z4H51234":                               false,
	} {
		if what := w.inAddress(address); (what == "") != want {
			t.Errorf("%s: %q", address, what)
		}
	}
}
