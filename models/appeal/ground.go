package appeal

import "slices"

// HarmGrounds are the declared grounds of immediate harm: the
// answer is due in two hours instead of eight.
var HarmGrounds = []string{"hospital", "dialysis", "childbirth", "stranded", "exam", "funeral"}

// grounds is the closed list of what can be wrong with a finding, in the order
// of the page, each with the kinds of fact that it fits (nil = all).
var grounds = []struct {
	code  string
	kinds []string
}{
	{"mis_declared", nil}, // of what the person declared only
	{"never_there", []string{"stay", "residence", "arrival", "entry", "clinic"}},
	{"not_contact", []string{"contact"}},
	{"dates_wrong", []string{"stay", "residence", "arrival", "entry", "clinic", "contact", "isolation"}},
	{"known_illness", []string{"symptom", "checkin", "clinic"}},
	{"test_missing", []string{"duty", "test", "stay", "residence", "arrival", "entry", "contact", "symptom", "checkin", "clinic"}},
	{"excused", []string{"duty"}},
	{"fulfilled", nil},
	{"mixed_up", nil}, // of what a source says only
	{"moved", []string{"contact", "residence"}},
	{"upstream_stale", nil}, // of what a source says only
	{"other", nil},
}

// Grounds are the grounds that fit a finding whose facts are of some kinds.
// declared tells that all of them are the person's own words, so that no source
// can have mixed anything up.
func Grounds(kinds []string, declared bool) []string {
	var fit []string
	for _, g := range grounds {
		switch {
		case g.code == "mis_declared" && !declared,
			(g.code == "mixed_up" || g.code == "upstream_stale") && declared:
			continue
		case g.kinds == nil || slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(g.kinds, k) }):
			fit = append(fit, g.code)
		}
	}
	return fit
}

// Evidence names the kinds of evidence that help most with a ground.
func Evidence(ground string) []string {
	switch ground {
	case "never_there":
		return []string{"tickets", "travel_card", "letter"}
	case "not_contact", "moved":
		return []string{"lease", "letter"}
	case "dates_wrong":
		return []string{"tickets", "travel_card"}
	case "known_illness":
		return []string{"diagnosis", "clinic_slip"}
	case "test_missing":
		return []string{"test_report"}
	case "fulfilled", "upstream_stale":
		return []string{"release_notice", "test_report"}
	case "mixed_up":
		return []string{"id_photo"}
	case "excused":
		return []string{"letter", "diagnosis"}
	}
	return nil
}
