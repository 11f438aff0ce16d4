package appeal

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"yongxing/models/fault"
)

// shanghai is the zone of the month in a number. Fixed: the city has had no
// other offset since 1991, and a machine may lack the zone files.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

var numberShape = regexp.MustCompile(`^(?:YS)?([0-9]{4})([0-9]{7})([0-9])$`)

// NewNumber makes the public number of an appeal filed now: YS, year and month,
// seven random digits (so that nobody can count appeals or guess a
// neighbour's) and a check digit.
func NewNumber(now time.Time) string {
	n, err := rand.Int(rand.Reader, big.NewInt(10_000_000))
	if err != nil {
		panic(err) // crypto/rand does not fail on a system that works
	}
	month, digits := now.In(shanghai).Format("0601"), fmt.Sprintf("%07d", n.Int64())
	return "YS-" + month + "-" + digits + "-" + string(checkDigit(month+digits))
}

// ParseNumber reads a number as a person types it. ok is false if it has not the
// shape or its check digit is wrong.
func ParseNumber(s string) (number string, ok bool) {
	number, err := ReadNumber(s)
	return number, err == nil
}

// ReadNumber reads a number as a person types it, off a paper or a message: lower
// case, full-width, with spaces, with other dashes or none, without the letters.
// A refusal says whether it is no number at all or one with a slip in it.
func ReadNumber(s string) (number string, err error) {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '−' {
			return -1
		}
		return r
	}, strings.ToUpper(width.Narrow.String(s)))
	m := numberShape.FindStringSubmatch(plain)
	switch {
	case m == nil:
		return "", fault.Refuse("number", "appeal.number_shape")
	case m[3][0] != checkDigit(m[1]+m[2]):
		return "", fault.Refuse("number", "appeal.number_check")
	}
	return "YS-" + m[1] + "-" + m[2] + "-" + m[3], nil
}

// LikeNumber tells what was meant as a number of an appeal, right or not.
func LikeNumber(s string) bool { return likeNumber.MatchString(width.Narrow.String(s)) }

var likeNumber = regexp.MustCompile(`(?i)^\s*YS[ -]*([0-9][ -]*){4,}$`)

// damm is the quasigroup of H. M. Damm (2004), order 10.
var damm = [10]string{
	"0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
	"3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
}

// checkDigit is Damm's: it catches every single wrong digit and every swap of
// two neighbours, the slips that people make when they read a number out.
func checkDigit(digits string) byte {
	at := byte('0')
	for i := range len(digits) {
		at = damm[at-'0'][digits[i]-'0']
	}
	return at
}
