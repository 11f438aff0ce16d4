package resident

import (
	"slices"
	"testing"
	"time"

	"yongxing/models"
	"yongxing/views/text"
)

// What one person opens again and again within an hour is one look; what another
// one of the same unit opens, what they come back to later, and every reveal of
// an identity count for themselves.
func TestLooksWithinAnHour(t *testing.T) {
	t.Parallel()
	at := func(clock string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", clock, text.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	look := func(by int64, what, clock string) models.Look {
		return models.Look{By: by, What: what, Object: "YS-2603-0000000-0", At: at(clock), Org: "公安局"}
	}
	for name, c := range map[string]struct {
		looks []models.Look // newest first
		want  []string      // of each line
	}{
		"one":         {[]models.Look{look(1, "case", "2026-03-02 09:00")}, []string{""}},
		"a visit":     {[]models.Look{look(1, "case", "2026-03-02 09:59"), look(1, "case", "2026-03-02 09:20"), look(1, "case", "2026-03-02 09:00")}, []string{"09:00 至 09:59 打开 3 次"}},
		"an hour":     {[]models.Look{look(1, "case", "2026-03-02 10:00"), look(1, "case", "2026-03-02 09:00")}, []string{"当天 2 次：10:00、09:00"}},
		"two of them": {[]models.Look{look(1, "case", "2026-03-02 09:20"), look(2, "case", "2026-03-02 09:10"), look(1, "case", "2026-03-02 09:00")}, []string{"当天 2 次：09:00 至 09:20 打开 2 次、09:10"}},
		"midnight":    {[]models.Look{look(1, "case", "2026-03-03 00:10"), look(1, "case", "2026-03-02 23:50")}, []string{"", ""}},
		"identity":    {[]models.Look{look(1, "identity", "2026-03-02 09:10"), look(1, "identity", "2026-03-02 09:00")}, []string{"当天 2 次：09:10、09:00"}},
	} {
		var got []string
		for _, day := range looksDays(text.For(text.Chinese), c.looks) {
			for _, l := range day.Looks {
				got = append(got, l.Times)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
