package appeal_test

import (
	"slices"
	"testing"

	"yongxing/models/appeal"
)

func TestGrounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		kinds     []string
		declared  bool
		want, not []string
	}{
		{"a carrier's stay", []string{"stay"}, false, []string{"never_there", "dates_wrong", "mixed_up"}, []string{"mis_declared", "not_contact", "known_illness"}},
		{"same building", []string{"contact"}, false, []string{"not_contact", "moved"}, []string{"mis_declared", "never_there"}},
		{"a declared cough", []string{"symptom"}, true, []string{"mis_declared", "known_illness"}, []string{"mixed_up", "upstream_stale", "never_there"}},
		{"a missed test", []string{"duty"}, false, []string{"test_missing", "excused"}, []string{"never_there"}},
		{"a kind that nobody thought of", []string{"breach"}, false, []string{"mixed_up", "fulfilled"}, []string{"never_there"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := appeal.Grounds(c.kinds, c.declared)
			for _, g := range c.want {
				if !slices.Contains(got, g) {
					t.Errorf("Grounds = %v, want %s in it", got, g)
				}
			}
			for _, g := range c.not {
				if slices.Contains(got, g) {
					t.Errorf("Grounds = %v, want no %s in it", got, g)
				}
			}
			if got[len(got)-1] != "other" {
				t.Errorf("Grounds = %v, want other last", got)
			}
		})
	}
}
