package appeal_test

import (
	"strings"
	"testing"

	"yongxing/models/appeal"
)

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		actions string
		inForce bool
		want    string
	}{
		{"set_aside", true, "granted"},
		{"clear set_aside", true, "granted"},
		{"set_aside correct", true, "granted"},
		{"correct", true, "corrected"},
		{"set_aside uphold", true, "part"},
		{"correct uphold", false, "part"},
		{"uphold uphold", true, "refused"},
		{"uphold", false, "no_change"},
	} {
		if got := appeal.OutcomeOf(strings.Fields(c.actions), c.inForce); got != c.want {
			t.Errorf("%s (in force %v): got %s, want %s", c.actions, c.inForce, got, c.want)
		}
	}
}
