package text

import (
	"strings"
	"unicode"
)

// MaskName hides the given name: 张小明 reads 张*明, 陈伟 reads 陈*, Anna Novak
// reads A* Novak. A name of one sign is hidden whole.
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	if words := strings.Fields(name); len(words) > 0 && isLatin(name) {
		return maskLatin(words)
	}
	signs := []rune(name)
	switch len(signs) {
	case 0:
		return ""
	case 1:
		return "*"
	case 2:
		return string(signs[0]) + "*"
	}
	return string(signs[0]) + strings.Repeat("*", len(signs)-2) + string(signs[len(signs)-1])
}

// maskLatin keeps the last word, the family name as passports and forms write
// it, unless it is the only word.
func maskLatin(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if i == len(words)-1 && i > 0 {
			out[i] = w
			continue
		}
		out[i] = string([]rune(w)[0]) + "*"
	}
	return strings.Join(out, " ")
}

func isLatin(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			return false
		}
	}
	return true
}

// MaskDocument hides the middle of a document number: 330203199001011234 reads
// 3302**********1234. Shorter numbers keep two signs at each end, the shortest
// nothing.
func MaskDocument(number string) string {
	signs := []rune(strings.TrimSpace(number))
	switch n := len(signs); {
	case n >= 15:
		return maskMiddle(signs, 4, 4)
	case n >= 7:
		return maskMiddle(signs, 2, 2)
	default:
		return strings.Repeat("*", n)
	}
}

// MaskPhone hides the middle of a phone number: 13812342210 reads 138****2210.
func MaskPhone(phone string) string {
	signs := []rune(strings.TrimSpace(phone))
	switch n := len(signs); {
	case n >= 11:
		return maskMiddle(signs, 3, 4)
	case n >= 7:
		return maskMiddle(signs, 2, 2)
	default:
		return strings.Repeat("*", n)
	}
}

// Tail is the last four signs of a document number, all that a checkpoint
// compares with the document in hand; a number of fewer than eight gives none.
func Tail(number string) string {
	signs := []rune(strings.TrimSpace(number))
	if len(signs) < 8 {
		return ""
	}
	return string(signs[len(signs)-4:])
}

func maskMiddle(signs []rune, head, tail int) string {
	return string(signs[:head]) + strings.Repeat("*", len(signs)-head-tail) + string(signs[len(signs)-tail:])
}
