package identity

// The kinds of identity document. A further kind is one more constant, one more
// case in check and the words for it in the catalogues.
const (
	ResidentID         = "resident_id"         // 居民身份证, GB 11643-1999
	Passport           = "passport"            // 护照
	HKMacauPermit      = "hk_macau_permit"     // 港澳居民来往内地通行证
	TaiwanPermit       = "taiwan_permit"       // 台湾居民来往大陆通行证
	ResidencePermit    = "residence_permit"    // 港澳台居民居住证
	PermanentResidence = "permanent_residence" // 外国人永久居留身份证
	HouseholdBook      = "household_book"      // 户口簿, of whoever has no resident ID yet
	Other              = "other"               // an officer has to see it: birth certificate, refugee paper …
)

// Kinds are the kinds in the order in which a form offers them, common first.
var Kinds = []string{
	ResidentID, Passport, HKMacauPermit, TaiwanPermit, ResidencePermit, PermanentResidence, HouseholdBook, Other,
}

// NeedsNationality tells whether the number of this kind says little without the
// country that gave it.
func NeedsNationality(kind string) bool { return kind == Passport }

// SaysBorn tells whether the number of such a document holds the date of birth,
// so that nobody is asked for it. number may be as typed: of the two forms of
// the permanent residence ID one does.
func SaysBorn(kind, number string) bool {
	switch kind {
	case Passport, HKMacauPermit, TaiwanPermit, Other:
		return false
	case PermanentResidence:
		n := normal(kind, number)
		return n == "" || n[0] == '9'
	}
	return true
}

// VouchesAlone tells whether a record that names a phone for such a document may
// bind whoever has that phone. Of a document without a known form nobody can
// tell who gave it and what for: an officer has to see it.
func VouchesAlone(kind string) bool { return kind != Other }
