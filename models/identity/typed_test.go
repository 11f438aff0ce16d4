package identity_test

import (
	"testing"
	"time"

	"yongxing/models/identity"
)

func TestPartOfResidentID(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{
		"33020319": true, "330203 199003": true, "33020319900307123": true, "3302032012": true, "1234567890": true,
		"330203": false, "330203199003071232": false, "123456789": false, "33020330": false, "E12345678": false, "": false,
	} {
		if got := identity.PartOfResidentID(typed); got != want {
			t.Errorf("%q: %v", typed, got)
		}
	}
}

// A number typed alone is one resident ID, or a passport of any country; a slip
// in a resident ID is neither.
func TestParseTyped(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	for typed, kind := range map[string]string{
		"330203199003071232": identity.ResidentID, " 330203 19900307 1232": identity.ResidentID, "３３０２０３１９９００３０７１２３２": identity.ResidentID,
		"123456789": identity.Passport, "e12345678": identity.Passport,
		"330203199003071233": "", "33020319900307123": "", "330203900307123": "", "林小满": "", "": "", "12": "",
	} {
		got := identity.ParseTyped(typed, now)
		switch {
		case kind == "" && len(got) != 0:
			t.Errorf("%q: %d documents", typed, len(got))
		case kind == identity.ResidentID && (len(got) != 1 || got[0].Kind != kind):
			t.Errorf("%q: %+v", typed, got)
		case kind == identity.Passport && (len(got) < 100 || got[0].Kind != kind || got[0].Nationality == got[1].Nationality):
			t.Errorf("%q: %d documents", typed, len(got))
		}
	}
}
