package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"yongxing/models/fault"
)

// nameLength is the most characters that a name may have; the longest names in
// passports have fewer.
const nameLength = 80

// ParseName returns a name without needless spaces; one that is empty, too long
// or has other signs than letters, spaces and the marks between parts of a name
// is refused as *fault.Invalid at name.
func ParseName(s string) (string, error) {
	name := strings.Join(strings.Fields(s), " ")
	switch {
	case name == "":
		return "", fault.Refuse("name", "field.name.missing")
	case utf8.RuneCountInString(name) > nameLength:
		return "", fault.Refuse("name", "field.name.long", nameLength)
	}
	letters := false
	for _, r := range name {
		letters = letters || unicode.IsLetter(r)
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" ·•．.-'’", r) {
			return "", fault.Refuse("name", "field.name.letters")
		}
	}
	if !letters {
		return "", fault.Refuse("name", "field.name.letters")
	}
	return name, nil
}
