// Package identity is how a person is known: the name and document that they
// give, checked and in one form, and where they live. It is pure, so that the
// form that asks and the records that answer agree on what counts as a document.
package identity

import (
	"regexp"
	"strings"
	"time"

	"yongxing/models/division"
	"yongxing/models/fault"
)

// The kinds of identity document of this release. A further kind is one more
// constant and one more case in ParseDocument.
const (
	ResidentID = "resident_id" // 居民身份证, GB 11643-1999
	Passport   = "passport"    // 护照
)

// Kinds are the kinds in the order in which a form offers them.
var Kinds = []string{ResidentID, Passport}

// oldest is the age past which a date of birth is taken for a slip of the pen.
const oldest = 130

// Shanghai is the zone of every calendar day here: +08:00, no daylight saving.
var Shanghai = time.FixedZone("CST", 8*60*60)

// Document is an identity document, checked and in its normal form.
type Document struct {
	Kind        string
	Nationality string // alpha-3; CHN for a resident ID
	Number      string // upper case, ASCII, no spaces
}

var (
	eighteen        = regexp.MustCompile(`^[1-9][0-9]{16}[0-9X]$`)
	fifteen         = regexp.MustCompile(`^[1-9][0-9]{14}$`)
	passportNumber  = regexp.MustCompile(`^[A-Z0-9]{5,17}$`)
	chinesePassport = regexp.MustCompile(`^[A-Z]{1,3}[0-9]{5,9}$`)
)

// ParseDocument checks a document number as a person typed it: full-width signs,
// spaces and a small x are put right, everything else that is wrong is refused as
// *fault.Invalid at document_kind, document_number or nationality. now decides
// which dates of birth lie ahead.
//
// The first six digits of a resident ID are where it was first registered, often
// a county that is gone by now: they are not compared with any list and never
// taken for a residence.
func ParseDocument(kind, number, nationality string, now time.Time) (Document, error) {
	d := Document{Kind: kind, Nationality: strings.ToUpper(Plain(nationality)), Number: strings.ToUpper(Plain(number))}
	var bad fault.Invalid
	var key string
	switch kind {
	case ResidentID:
		d.Nationality = "CHN"
		key = checkResidentID(d.Number, now)
	case Passport:
		if !division.KnownCountry(d.Nationality) || region(d.Nationality) {
			bad.Add("nationality", "field.nationality.choose")
		}
		key = checkPassport(d.Number, d.Nationality)
	default:
		bad.Add("document_kind", "field.document_kind.choose")
	}
	if key != "" {
		bad.Add("document_number", key)
	}
	if err := bad.OrNil(); err != nil {
		return Document{}, err
	}
	return d, nil
}

// region tells codes of the list of countries that are no nationality.
func region(code string) bool { return code == "HKG" || code == "MAC" || code == "TWN" }

// checkResidentID returns the catalogue key of what is wrong, or "". The date
// comes before the check character: whoever mistypes the date breaks both, and
// the date is what they can compare.
func checkResidentID(number string, now time.Time) string {
	switch {
	case number == "":
		return "field.document_number.missing"
	case fifteen.MatchString(number):
		return "field.document_number.fifteen"
	case len(number) != 18:
		return "field.document_number.length"
	case !eighteen.MatchString(number):
		return "field.document_number.signs"
	}
	born, ok := bornOf(number)
	if !ok {
		return "field.document_number.date"
	}
	if key := checkBorn(born, now); key != "" {
		return "field.document_number." + key
	}
	if CheckSign(number[:17]) != number[17] {
		return "field.document_number.check_sign"
	}
	return ""
}

func checkPassport(number, nationality string) string {
	switch {
	case number == "":
		return "field.document_number.missing"
	case !passportNumber.MatchString(number), nationality == "CHN" && !chinesePassport.MatchString(number):
		return "field.document_number.passport"
	}
	return ""
}

// ParseBorn checks a date of birth that a document does not say (YYYY-MM-DD); it
// is refused as *fault.Invalid at born.
func ParseBorn(s string, now time.Time) (time.Time, error) {
	born, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(s), Shanghai)
	if err != nil {
		return time.Time{}, fault.Refuse("born", "field.born.date")
	}
	if key := checkBorn(born, now); key != "" {
		return time.Time{}, fault.Refuse("born", "field.born."+key)
	}
	return born, nil
}

// checkBorn returns "future" or "age", or "".
func checkBorn(born, now time.Time) string {
	switch {
	case born.After(now):
		return "future"
	case born.AddDate(oldest+1, 0, 0).Before(now):
		return "age"
	}
	return ""
}

// bornOf reads the date of birth in digits 7 to 14; a day that no calendar has,
// such as 1999-02-29, is not ok.
func bornOf(number string) (time.Time, bool) {
	born, err := time.ParseInLocation("20060102", number[6:14], Shanghai)
	return born, err == nil
}

// CheckSign is the check character of GB 11643-1999 (ISO 7064 MOD 11-2) for the
// first seventeen digits.
func CheckSign(seventeen string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(seventeen[i]-'0')
	}
	return "10X98765432"[sum%11]
}

// Born is the date of birth (00:00 in Shanghai) where the document says it.
func (d Document) Born() (time.Time, bool) {
	if d.Kind != ResidentID || len(d.Number) != 18 {
		return time.Time{}, false
	}
	return bornOf(d.Number)
}

// Sex is "male" or "female" where the document says it, else "".
func (d Document) Sex() string {
	switch {
	case d.Kind != ResidentID || len(d.Number) != 18:
		return ""
	case (d.Number[16]-'0')%2 == 1:
		return "male"
	}
	return "female"
}

// Key is the normal form that is hashed: two documents are one if their keys are
// equal. The number of a passport is unique only within its country.
func (d Document) Key() string { return d.Kind + "\x00" + d.Nationality + "\x00" + d.Number }

// TailLength is how many characters of a document a new browser must name.
const TailLength = 6

// Tail is the last six characters of the number: what a browser new to a bound
// person is asked for.
func (d Document) Tail() string { return d.Number[max(0, len(d.Number)-TailLength):] }

// SameTail compares what a person typed with the end of the number.
func (d Document) SameTail(typed string) bool {
	return len(d.Number) >= 5 && strings.ToUpper(Plain(typed)) == d.Tail()
}

// Plain turns full-width letters and digits into ASCII and drops spaces and the
// hyphens and dots that people put between groups of digits.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		switch r {
		case ' ', '\u3000', '\u00a0', '\t', '\r', '\n', '-', '.', '·':
			return -1
		}
		return r
	}, s)
}

// almostResidentID is a resident ID with a digit too few, which would pass for the
// longest of passports.
var almostResidentID = regexp.MustCompile(`^[0-9]{14,17}[0-9Xx]?$`)

// ParseTyped returns every document that a number typed alone can be: one
// resident ID, or a passport of any country, since nobody types the country of a
// passport into a search. None if it can be neither.
func ParseTyped(number string, now time.Time) []Document {
	if d, err := ParseDocument(ResidentID, number, "", now); err == nil {
		return []Document{d}
	}
	if almostResidentID.MatchString(Plain(number)) {
		return nil
	}
	var list []Document
	for _, land := range division.Countries("en") {
		if d, err := ParseDocument(Passport, number, land.Code, now); err == nil {
			list = append(list, d)
		}
	}
	return list
}
