package facttext

import (
	"slices"
	"strconv"
	"strings"

	"yongxing/models/review"
	"yongxing/views/text"
)

// Ending names one way that ends a finding, for the code page and for the list
// of rules: 2 次检测阴性，间隔 24 小时.
func Ending(t *text.Printer, e review.Ending) string {
	words := make([]string, len(e.Demands))
	for i, d := range e.Demands {
		words[i] = demand(t, d)
	}
	return strings.Join(words, t.T("fact.end_and"))
}

// AsksCheckIns tells whether a way is only open to who checks in, which nobody
// can yet.
func AsksCheckIns(e review.Ending) bool {
	return slices.ContainsFunc(e.Demands, func(d review.Demand) bool { return d.By == "checkins" })
}

func demand(t *text.Printer, d review.Demand) string {
	switch d.By {
	case "days":
		return t.T("fact.end_days", d.N)
	case "negatives":
		if d.N == 1 {
			return t.T("fact.end_negative")
		}
		return t.T("fact.end_negatives", d.N, int(d.Gap.Hours()))
	case "negatives_on_days":
		days := make([]string, len(d.OnDays))
		for i, n := range d.OnDays {
			days[i] = strconv.Itoa(n)
		}
		return t.T("fact.end_negatives_on_days", strings.Join(days, t.T("common.list_and")))
	case "cleared":
		return t.T("fact.end_cleared", Clearances(t, d.Classes))
	}
	return t.T("fact.end_" + d.By)
}

// Clearances names the papers that clear a fact: 解除或出院通知.
func Clearances(t *text.Printer, classes []string) string {
	words := make([]string, len(classes))
	for i, class := range classes {
		words[i] = t.T("fact.paper_" + class)
	}
	return strings.Join(words, t.T("fact.end_or"))
}
