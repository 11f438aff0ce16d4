package handlers

import "testing"

// What nobody sees is dropped, and a text of nothing else is empty; what people
// write is kept.
func TestWhatNobodySees(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"  林芳 ":                   "林芳",
		"a\x00b\x1b":              "ab",
		"\u202e芳林\u202c":          "芳林", // turned round
		"\u061cab\u200f":          "ab",
		"a\u00adb\u2060\ufeff":    "ab",
		"林\U000e0041芳":            "林芳", // tags
		"a\u2028b\u2029c":         "a\nb\nc",
		"a\nb\tc":                 "a\nb\tc",
		"\u3164":                  "", // letters that are drawn as nothing
		"\u2800 \u115f\uffa0":     "",
		"\u200d\u200c\ufe0f":      "", // they join what stands beside them, and nothing does
		"\u0301":                  "",
		"👨\u200d👩\u200d👧 ❤\ufe0f": "👨\u200d👩\u200d👧 ❤\ufe0f",
		"می\u200cخواهم":           "می\u200cخواهم",
		"e\u0301":                 "é",
		"１３８":                     "１３８",
	} {
		if got := visible(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}
