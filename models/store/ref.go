package store

import (
	"crypto/rand"
	"strings"
)

// refAlphabet is Crockford's base32: no I, L, O and U, so that a number read
// out over the phone or copied from paper survives.
const refAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// refLength leaves out the check character: 12 × 5 = 60 bits, so that a
// collision among ten million is one in 20,000 and guessing is hopeless.
const refLength = 12

// Ref makes a random public name: what URLs, receipts and QR codes show in
// place of an id. The thirteenth character checks the others.
func Ref() string {
	var b [refLength + 1]byte
	rand.Read(b[:refLength]) // never fails since Go 1.24
	for i := range refLength {
		b[i] = refAlphabet[b[i]&31]
	}
	b[refLength] = refCheck(string(b[:refLength]))
	return string(b[:])
}

// ParseRef normalises what somebody typed or scanned and says whether it is
// well formed, so that a slip of one character costs no look-up.
func ParseRef(s string) (ref string, ok bool) {
	s = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(s))
	if len(s) != refLength+1 {
		return "", false
	}
	for i := range len(s) {
		if strings.IndexByte(refAlphabet, s[i]) < 0 {
			return "", false
		}
	}
	return s, refCheck(s[:refLength]) == s[refLength]
}

// refCheck is Luhn's check in base 32: it notices any one wrong character and
// nearly any swap of neighbours.
func refCheck(s string) byte {
	const n = len(refAlphabet)
	sum, factor := 0, 2
	for i := len(s) - 1; i >= 0; i-- {
		add := factor * strings.IndexByte(refAlphabet, s[i])
		sum += add/n + add%n
		factor = 3 - factor
	}
	return refAlphabet[(n-sum%n)%n]
}
