package staff_test

import (
	"testing"

	"yongxing/models/staff"
)

// Every cell of the policy, so that a right cannot appear or vanish unseen.
func TestMay_everyCell(t *testing.T) {
	const own = staff.OwnStation
	want := map[staff.Role]map[staff.Action]staff.Scope{
		"officer":  {"view_queue": own, "view_case": own, "view_evidence": own, "reveal_identity": own, "claim": own, "release": own, "release_other": "", "ask": own, "decide": own},
		"chief":    {"view_queue": own, "view_case": own, "view_evidence": own, "reveal_identity": own, "claim": own, "release": own, "release_other": own, "ask": own, "decide": own},
		"district": {}, "epi": {}, "data": {}, "auditor": {}, "admin": {}, "": {}, "resident": {},
	}
	for _, role := range staff.Roles {
		if _, ok := want[role]; !ok {
			t.Errorf("role %s is not in this test", role)
		}
	}
	for role, row := range want {
		for _, action := range append(staff.Actions, "set_colour", "") {
			if got := staff.Reach(role, action); got != row[action] {
				t.Errorf("%s, %s: got %q, want %q", role, action, got, row[action])
			}
			if got := staff.May(role, action); got != (row[action] != staff.Nowhere) {
				t.Errorf("May(%s, %s) = %v", role, action, got)
			}
		}
	}
}
