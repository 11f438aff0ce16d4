// Package identity is how a person is known: the name and document that they
// give, checked and in one form, and where they live. It is pure, so that the
// form that asks and the records that answer agree on what counts as a document.
package identity

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yongxing/models/division"
	"yongxing/models/fault"
)

// oldest is the age past which a date of birth is taken for a slip of the pen.
const oldest = 130

// Shanghai is the zone of every calendar day here: +08:00, no daylight saving.
var Shanghai = time.FixedZone("CST", 8*60*60)

// Document is an identity document, checked and in its normal form.
type Document struct {
	Kind        string
	Nationality string // alpha-3; CHN where only Chinese people have the kind, "" where the document does not say
	Number      string // upper case, no spaces
}

var (
	eighteen        = regexp.MustCompile(`^[1-9][0-9]{16}[0-9X]$`)
	fifteen         = regexp.MustCompile(`^[1-9][0-9]{14}$`)
	passportNumber  = regexp.MustCompile(`^[A-Z0-9]{5,17}$`)
	chinesePassport = regexp.MustCompile(`^[A-Z]{1,3}[0-9]{5,9}$`)
	hkMacauNumber   = regexp.MustCompile(`^[HM][0-9]{8}$`)
	hkMacauRenewed  = regexp.MustCompile(`^[HM][0-9]{10}$`)
	taiwanNumber    = regexp.MustCompile(`^([0-9]{8}|[0-9]{10})$`)
	oldPermanent    = regexp.MustCompile(`^[A-Z]{3}[0-9]{12}$`)
)

// How long the number of a document without a known form may be.
const (
	otherShort = 4
	otherLong  = 40
)

// ParseDocument checks a document number as a person typed it: full-width signs,
// spaces, hyphens and small letters are put right, everything else that is wrong
// is refused as *fault.Invalid at document_kind, document_number or nationality.
// now decides which dates of birth lie ahead.
//
// The first six digits of a resident ID are where it was first registered, often
// a county that is gone by now: they are not compared with any list and never
// taken for a residence.
func ParseDocument(kind, number, nationality string, now time.Time) (Document, error) {
	d := Document{Kind: kind, Number: normal(kind, number)}
	var bad fault.Invalid
	switch kind {
	case ResidentID, HouseholdBook, HKMacauPermit, TaiwanPermit, ResidencePermit:
		d.Nationality = "CHN"
	case Passport:
		d.Nationality = strings.ToUpper(Plain(nationality))
		if key := checkNationality(d.Nationality); key != "" {
			bad.Add("nationality", key)
		}
	case PermanentResidence:
		// The old numbers begin with the country; a code that our list does not
		// have is no reason to turn its holder away.
		if oldPermanent.MatchString(d.Number) && checkNationality(d.Number[:3]) == "" {
			d.Nationality = d.Number[:3]
		}
	case Other:
	default:
		bad.Add("document_kind", "field.document_kind.choose")
		return Document{}, &bad
	}
	if key := check(d, now); key != "" {
		bad.Add("document_number", "field.document_number."+key)
	}
	if err := bad.OrNil(); err != nil {
		return Document{}, err
	}
	return d, nil
}

// normal is the one form that a number of this kind is kept and compared in.
func normal(kind, typed string) string {
	number := strings.ToUpper(Plain(typed))
	switch {
	case kind == HKMacauPermit && hkMacauRenewed.MatchString(number):
		// The last two digits of the old permits count the renewals; the holder's
		// number is what stands before them, and the new cards have only that. So
		// the renewed permit is the same document here. The old ten digits of a
		// Taiwan permit are left as they are: should the last two be part of the
		// number after all, a hundred people would become one.
		return number[:9]
	case kind == Other:
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, number)
	}
	return number
}

// checkNationality returns the catalogue key of what is wrong, or "". Three codes
// of the list of countries are no nationality; their people have documents of
// their own.
func checkNationality(code string) string {
	switch {
	case code == "HKG" || code == "MAC" || code == "TWN":
		return "field.nationality.region"
	case !division.KnownCountry(code):
		return "field.nationality.choose"
	}
	return ""
}

// check returns what is wrong with a number, as the end of a catalogue key, or "".
func check(d Document, now time.Time) string {
	n := d.Number
	switch {
	case n == "":
		return "missing"
	case d.Kind == ResidentID || d.Kind == HouseholdBook:
		return checkResidentID(n, now)
	case d.Kind == Passport && (!passportNumber.MatchString(n) || d.Nationality == "CHN" && !chinesePassport.MatchString(n)):
		return "passport"
	case d.Kind == HKMacauPermit && !hkMacauNumber.MatchString(n):
		return "hk_macau_permit"
	case d.Kind == TaiwanPermit && !taiwanNumber.MatchString(n):
		return "taiwan_permit"
	case d.Kind == ResidencePermit && !hasPrefix(n, "81", "82", "83"):
		return "residence_permit"
	case d.Kind == ResidencePermit, d.Kind == PermanentResidence && n[0] == '9':
		return checkEighteen(n, now)
	case d.Kind == PermanentResidence && !oldPermanent.MatchString(n):
		return "permanent_residence"
	case d.Kind == Other && (utf8.RuneCountInString(n) < otherShort || utf8.RuneCountInString(n) > otherLong):
		return "other"
	}
	return ""
}

// checkResidentID also names the kinds whose numbers look like a resident ID:
// people call all of these cards by one word.
func checkResidentID(number string, now time.Time) string {
	switch {
	case fifteen.MatchString(number):
		return "fifteen"
	case eighteen.MatchString(number) && hasPrefix(number, "81", "82", "83"):
		return "is_residence_permit"
	case eighteen.MatchString(number) && number[0] == '9':
		return "is_permanent_residence"
	}
	return checkEighteen(number, now)
}

// checkEighteen checks a number with the date of birth in digits 7 to 14 and the
// check character of GB 11643. The date comes before the check character: whoever
// mistypes the date breaks both, and the date is what they can compare.
func checkEighteen(number string, now time.Time) string {
	switch {
	case utf8.RuneCountInString(number) != 18:
		return "length"
	case !eighteen.MatchString(number):
		return "signs"
	}
	born, ok := bornOf(number)
	if !ok {
		return "date"
	}
	if key := checkBorn(born, now); key != "" {
		return key
	}
	if CheckSign(number[:17]) != number[17] {
		return "check_sign"
	}
	return ""
}

func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
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
	if !d.eighteen() {
		return time.Time{}, false
	}
	return bornOf(d.Number)
}

// Sex is "male" or "female" where the document says it, else "".
func (d Document) Sex() string {
	switch {
	case !d.eighteen() || d.Kind == PermanentResidence:
		return ""
	case (d.Number[16]-'0')%2 == 1:
		return "male"
	}
	return "female"
}

// eighteen tells whether the number is built as that of a resident ID.
func (d Document) eighteen() bool {
	switch d.Kind {
	case ResidentID, HouseholdBook, ResidencePermit, PermanentResidence:
		return len(d.Number) == 18
	}
	return false
}

// Key is the normal form that is hashed: two documents are one if their keys are
// equal. The number of a passport is unique only within its country. A household
// book has the number that the resident ID will have: whoever gets one stays who
// they are.
func (d Document) Key() string {
	kind := d.Kind
	if kind == HouseholdBook {
		kind = ResidentID
	}
	return kind + "\x00" + d.Nationality + "\x00" + d.Number
}

// TailLength is how many characters of a document a new browser must name, or
// all of a shorter one; TailShortest is less than any document has.
const (
	TailLength   = 6
	TailShortest = otherShort
)

// Tail is the last six characters of the number, or the whole of a shorter one:
// what a browser new to a bound person is asked for.
func (d Document) Tail() string {
	n := []rune(d.Number)
	return string(n[max(0, len(n)-TailLength):])
}

// SameTail compares what a person typed with the end of the number; the whole
// number is right too. Of an old Hong Kong and Macau permit the two digits that
// count renewals are no part of the number: typed with its end they are wrong,
// because any two would be right and four characters are too few to ask for.
func (d Document) SameTail(typed string) bool {
	n := normal(d.Kind, typed)
	return utf8.RuneCountInString(d.Number) >= TailShortest && (n == d.Tail() || n == d.Number)
}

// Plain turns full-width letters and digits into ASCII and drops spaces and the
// hyphens and dots that people put between groups of digits, dashes that
// keyboards make of a hyphen included.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		switch r {
		case '\u3000', '\t', '\r', '\n', '-', '.', '·', '−', '\u200b', '\ufeff':
			return -1
		}
		if unicode.In(r, unicode.Zs, unicode.Pd) {
			return -1
		}
		return r
	}, s)
}

// almostResidentID is a resident ID with a digit too few, which would pass for the
// longest of passports.
var almostResidentID = regexp.MustCompile(`^[0-9]{14,17}[0-9Xx]?$`)

// PartOfResidentID tells a number that is only a piece of a resident ID: the digits
// of a county and of a year at its beginning, or more digits than a passport has.
// Passports of so many digits that begin like it there are none to speak of.
func PartOfResidentID(number string) bool { return partOfResidentID.MatchString(Plain(number)) }

var partOfResidentID = regexp.MustCompile(`^([1-8][0-9]{5}(19|20)[0-9]{0,9}|[0-9]{10,17})$`)

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
