package officer

import (
	"testing"
	"time"

	"yongxing/views/text"
)

// Nothing is late, or has left, no minutes.
func TestDueWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		lang, state, words string
		left               time.Duration
	}{
		{"en", "late", "less than a minute overdue", -30 * time.Second},
		{"en", "soon", "less than a minute left", 30 * time.Second},
		{"en", "late", "1 minute overdue", -time.Minute},
		{"zh-Hans", "late", "超时 不到 1 分钟", -time.Second},
		{"zh-Hans", "soon", "剩 1 分钟", time.Minute},
	} {
		if state, words := dueWords(text.For(tc.lang), now.Add(tc.left), now, false); state != tc.state || words != tc.words {
			t.Errorf("%s %s: %q %q", tc.lang, tc.left, state, words)
		}
	}
}
