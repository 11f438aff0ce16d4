package text

import (
	"strings"
	"sync"
)

var chineseRuns = sync.OnceValue(func() map[string]bool {
	runs := map[string]bool{}
	for _, lang := range []string{Chinese, English} { // a run in both is a name
		for _, s := range printers[lang].texts {
			for _, run := range strings.FieldsFunc(s, notHan) {
				runs[run] = lang == Chinese
			}
		}
	}
	return runs
})

func notHan(r rune) bool { return !isHan(r) }

// IsOurChinese says whether a run of Chinese characters is one of the Chinese
// catalogue's, and not a name. The page tests use it to find what an English
// page forgot to translate.
func IsOurChinese(run string) bool {
	return len([]rune(run)) > 1 && chineseRuns()[run]
}
