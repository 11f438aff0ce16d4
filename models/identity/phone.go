package identity

import (
	"regexp"
	"strings"

	"yongxing/models/fault"
)

var mainland = regexp.MustCompile(`^1[3-9][0-9]{9}$`)

// NormalisePhone returns the eleven digits of a mainland mobile number, as typed
// with full-width digits, spaces, hyphens or +86; anything else is refused as
// *fault.Invalid at phone.
func NormalisePhone(s string) (string, error) {
	digits := Plain(s)
	for _, prefix := range []string{"+86", "0086", "86"} {
		if rest, ok := strings.CutPrefix(digits, prefix); ok && mainland.MatchString(rest) {
			digits = rest
		}
	}
	if digits == "" {
		return "", fault.Refuse("phone", "field.phone.missing")
	}
	if !mainland.MatchString(digits) {
		return "", fault.Refuse("phone", "field.phone.shape")
	}
	return digits, nil
}
