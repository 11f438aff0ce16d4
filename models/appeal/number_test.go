package appeal

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNewNumber(t *testing.T) {
	t.Parallel()
	// 16:30 UTC on the last of the month is the next month in Ningbo.
	now := time.Date(2026, 11, 30, 16, 30, 0, 0, time.UTC)
	n := NewNumber(now)
	if n[:8] != "YS-2612-" {
		t.Errorf("NewNumber(%v) = %q, want it to begin with YS-2612-", now, n)
	}
	if got, ok := ParseNumber(n); !ok || got != n {
		t.Errorf("ParseNumber(%q) = %q, %v", n, got, ok)
	}
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	good := "YS-2611-4027716-" + string(checkDigit("26114027716"))
	for _, c := range []struct {
		name, in, want string
		ok             bool
	}{
		{"as printed", good, good, true},
		{"lower case and spaces", " ys-2611-4027716 -" + good[16:] + " ", good, true},
		{"full width", "ＹＳ－２６１１－４０２７７１６－" + good[16:], good, true},
		{"without dashes", "ys26114027716" + good[16:], good, true},
		{"with other dashes", "YS–2611—4027716−" + good[16:], good, true},
		{"without letters", "2611 4027716 " + good[16:], good, true},
		{"other letters", "YX" + good[2:], "", false},
		{"too long", good + "0", "", false},
		{"too short", "YS-2611-402771-1", "", false},
		{"no check digit", "YS-2611-4027716", "", false},
		{"somebody's SQL", "YS-2611-4027716-1' OR 1=1", "", false},
		{"empty", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ParseNumber(c.in)
			if got != c.want || ok != c.ok {
				t.Errorf("ParseNumber(%q) = %q, %v, want %q, %v", c.in, got, ok, c.want, c.ok)
			}
		})
	}
}

// Any one digit misread and any two neighbours swapped are noticed.
func TestParseNumber_catchesSlips(t *testing.T) {
	t.Parallel()
	digits := []int{3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16}
	rapid.Check(t, func(t *rapid.T) {
		n := []byte(NewNumber(time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)))
		i := rapid.IntRange(0, len(digits)-1).Draw(t, "position")
		if rapid.Bool().Draw(t, "swap") && i > 0 {
			n[digits[i]], n[digits[i-1]] = n[digits[i-1]], n[digits[i]]
			if n[digits[i]] == n[digits[i-1]] {
				return
			}
		} else {
			n[digits[i]] = '0' + (n[digits[i]]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		}
		if got, ok := ParseNumber(string(n)); ok {
			t.Fatalf("ParseNumber accepts %q as %q", n, got)
		}
	})
}
