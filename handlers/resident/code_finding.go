package resident

import (
	"time"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/review"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// codeFinding is a finding in full, in the order in which it is read: rule,
// fact, source, unit, who decides, since, until, and the ways that end it.
func codeFinding(t *text.Printer, page models.CodePage, f models.FindingView) resident.CodeFinding {
	rule := f.RuleText(t.Lang())
	d := resident.CodeFinding{Name: rule.Name, Colour: string(f.Colour), Advice: rule.Advice}
	if f.ChangedAfter != "" {
		d.Changed = t.T("code.changed", f.ChangedAfter)
	}
	var facts, sources, units []string
	for _, fact := range f.Facts {
		facts = append(facts, facttext.Sentence(t, fact))
		sources = append(sources, facttext.Source(t, fact))
		units = append(units, facttext.Unit(t, fact))
	}
	d.Pairs = []ui.Pair{
		{Key: t.T("code.rule"), Value: t.T("code.rule_of", f.Rule, page.Book)},
		{Key: t.T("code.why"), Value: rule.Why},
		{Key: t.T("code.fact"), Value: distinct(facts)},
		{Key: t.T("code.areas"), Value: areaWords(t, f)},
		{Key: t.T("code.source"), Value: distinct(sources)},
		{Key: t.T("code.unit"), Value: distinct(units)},
		{Key: t.T("code.decided"), Value: decidedWords(t, page, f)},
		{Key: t.T("code.since"), Value: sinceWords(t, f)},
		untilPair(t, f),
	}
	if f.OwesCheckIns() {
		d.Advice = t.T("code.checkin_owed")
		return d
	}
	for i, way := range f.Sooner {
		d.Ways = append(d.Ways, codeWay(t, page.Now, f, i, way))
	}
	d.WaysHeading = t.T("code.ways")
	if d.WaysNote = t.T("code.ways_one"); len(d.Ways) > 1 {
		d.WaysNote = t.T("code.ways_many", len(d.Ways))
	}
	return d
}

// areaWords are the listings that the facts lie in: 云州市临溪区 11 月 18 日（周三）起为高风险地区.
func areaWords(t *text.Printer, f models.FindingView) string {
	var words []string
	for _, a := range f.Areas {
		words = append(words, t.T("code.area_since", models.PlaceName(a.Code, t.Lang()), t.Day(a.From), t.T("code.level_"+a.Level)))
	}
	return distinct(words)
}

func decidedWords(t *text.Printer, page models.CodePage, f models.FindingView) string {
	words := ""
	switch decider := f.Decider(); {
	case f.OwesCheckIns():
		words = t.T("code.decided_checkin")
	case decider == "station":
		if words = t.T("code.decided_station_unknown"); page.Station.ID != 0 {
			words = t.T("code.decided_station", stationName(t, page))
		}
	default:
		words = t.T("code.decided_" + decider)
	}
	if f.Locked {
		words += "\n" + t.T("code.locked")
	}
	return words
}

// sinceWords is when it began and, if that was known only later, since when it
// counts.
func sinceWords(t *text.Printer, f models.FindingView) string {
	words := moment(t, f.Since)
	if f.Assigned.After(f.Since) {
		words += "\n" + t.T("code.counted", moment(t, f.Assigned))
	}
	return words
}

// moment is a day, with its time unless that is midnight.
func moment(t *text.Printer, at time.Time) string {
	if at.In(text.Shanghai).Format("15:04") == "00:00" {
		return t.Day(at)
	}
	return t.DateTime(at)
}

func untilPair(t *text.Printer, f models.FindingView) ui.Pair {
	label, value := endWords(t, f)
	if at, _ := findingEnd(f); !at.IsZero() && !f.Overdue {
		value = t.DateTime(at)
	}
	return ui.Pair{Key: label, Value: value}
}

// codeWay is one way that ends a finding: what the rulebook demands, and how far
// each counted condition is.
func codeWay(t *text.Printer, now time.Time, f models.FindingView, i int, way review.Way) resident.CodeWay {
	var d resident.CodeWay
	if i < len(f.Endings) {
		d.Name = facttext.Ending(t, f.Endings[i])
	}
	alone := len(way.Conditions) == 1
	for _, c := range way.Conditions {
		switch {
		case c.By == "days":
			d.Meters = append(d.Meters, daysMeter(t, c, alone))
		case c.By == "checkins" && c.Need > 0:
			d.Meters = append(d.Meters, checkinMeter(t, c))
		case isTest(c):
			d.Meters = append(d.Meters, testMeter(t, now, c))
		case !c.Met.IsZero():
			d.Lines = append(d.Lines, t.T("code.met"))
		case c.By == "fact_ends" && !c.Next.IsZero():
			d.Lines = append(d.Lines, t.T("code.way_days", t.DateTime(c.Next)))
		}
	}
	if way.FollowRule != "" {
		if name := f.NameOf(way.FollowRule, t.Lang()); name != "" {
			d.Lines = append(d.Lines, t.T("code.follow", name, way.FollowDays))
		}
	}
	return d
}

func daysMeter(t *text.Printer, c review.Progress, alone bool) ui.Meter {
	m := ui.Meter{Label: t.T("code.meter_days"), Share: t.T("code.share_days", c.Have, c.Need), Done: c.Have, Need: c.Need}
	switch {
	case !c.Met.IsZero():
		m.Advice = t.T("code.met")
	case c.Next.IsZero():
		m.Advice = t.T("code.way_open")
	case alone:
		m.Advice = t.T("code.way_days", t.DateTime(c.Next))
	default:
		m.Advice = t.T("code.way_days_least", t.DateTime(c.Next))
	}
	return m
}

func checkinMeter(t *text.Printer, c review.Progress) ui.Meter {
	m := ui.Meter{Label: t.T("code.meter_checkins"), Share: t.T("code.share_days", c.Have, c.Need), Done: c.Have, Need: c.Need}
	switch {
	case !c.Met.IsZero():
		m.Advice = t.T("code.met")
	default:
		m.Advice = t.T("code.checkin_missing")
	}
	return m
}

func testMeter(t *text.Printer, now time.Time, c review.Progress) ui.Meter {
	m := ui.Meter{Label: t.T("code.meter_negatives"), Share: t.T("code.share_times", c.Have, c.Need), Done: c.Have, Need: c.Need}
	left := c.Need - c.Have
	switch {
	case !c.Met.IsZero() || left <= 0:
		m.Advice = t.T("code.met")
	case c.Next.IsZero():
		m.Advice = t.T("code.sampled", left)
	case c.Next.After(now):
		m.Advice = t.T("code.sample_after", left, t.Near(c.Next, now))
	default:
		m.Advice = t.T("code.sample_now", left)
	}
	return m
}
