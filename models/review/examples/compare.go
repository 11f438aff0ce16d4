package examples

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"yongxing/models/review"
	"yongxing/models/review/strict"
)

// run reviews every moment and returns the differences, one a line.
func (e example) run() string {
	var lines []string
	for _, m := range e.moments {
		got := review.Decide(e.book, e.areas, e.subject, e.facts, e.asides, m.at)
		for _, difference := range m.compare(got) {
			lines = append(lines, clock(m.at)+": "+difference)
		}
	}
	return strings.Join(lines, "\n")
}

func (m moment) compare(got review.Outcome) []string {
	var differences []string
	differ := func(what, want, got string) {
		if want != got {
			differences = append(differences, fmt.Sprintf("%s: want %s, got %s", what, want, got))
		}
	}
	differ("colour", string(m.colour), string(got.Colour))
	for i := range max(len(m.findings), len(got.Findings)) {
		want, have := "none", "none"
		if i < len(m.findings) {
			want = describe(m.findings[i].want)
		}
		if i < len(got.Findings) {
			have = describe(got.Findings[i])
		}
		what := fmt.Sprintf("finding %d", i+1)
		differ(what, want, have)
		if want == have {
			for _, c := range m.findings[i].sooner {
				c.compare(what+" "+c.by, got.Findings[i].Sooner, differ)
			}
		}
	}
	if m.hasEnded {
		differ("ended", describeEnded(m.ended), describeEnded(got.Ended))
	}
	if m.hasAside {
		var ids []int64
		for _, a := range got.Aside {
			ids = append(ids, a.Fact)
		}
		slices.Sort(m.aside)
		differ("aside", fmt.Sprint(m.aside), fmt.Sprint(ids))
	}
	if m.next != nil && !soonEnough(*m.next, got.NextChange, m.at) {
		differ("next_change", clock(*m.next), clock(got.NextChange))
	}
	return differences
}

// soonEnough allows a change that is announced too early, never one that is
// announced too late.
func soonEnough(want, got, now time.Time) bool {
	if want.IsZero() || got.IsZero() {
		return want.IsZero() && got.IsZero()
	}
	return got.After(now) && !got.After(want)
}

// compare looks at the progress of one condition.
func (c condition) compare(what string, ways []review.Way, differ func(what, want, got string)) {
	for i, way := range ways {
		for _, p := range way.Conditions {
			if p.By != c.by || c.alt != 0 && c.alt != i+1 {
				continue
			}
			if c.have != nil {
				differ(what+" have", fmt.Sprint(*c.have), fmt.Sprint(p.Have))
			}
			if c.need != nil {
				differ(what+" need", fmt.Sprint(*c.need), fmt.Sprint(p.Need))
			}
			if c.next != nil {
				differ(what+" next", clock(*c.next), clock(p.Next))
			}
			return
		}
	}
	differ(what, "a condition of it", "none")
}

func describe(f review.Finding) string {
	text := fmt.Sprintf("%s lead %d since %s assigned %s until %s facts %v",
		f.Rule, f.Lead, clock(f.Since), clock(f.Assigned), clock(f.Until), f.Facts)
	if f.Locked {
		text += " locked"
	}
	if f.Overdue {
		text += " overdue"
	}
	if f.ChangedAfter != "" {
		text += " changed after " + f.ChangedAfter
	}
	return text
}

func describeEnded(ended []review.Ended) string {
	if len(ended) == 0 {
		return "none"
	}
	ended = slices.Clone(ended)
	slices.SortFunc(ended, func(a, b review.Ended) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Lead, b.Lead), a.At.Compare(b.At))
	})
	var texts []string
	for _, e := range ended {
		texts = append(texts, fmt.Sprintf("%s lead %d at %s by %s", e.Rule, e.Lead, clock(e.At), e.By))
	}
	return strings.Join(texts, ", ")
}

// clock is an instant as the examples write it, null for none.
func clock(t time.Time) string {
	if t.IsZero() {
		return "null"
	}
	t = t.In(strict.Zone)
	if t.Second() != 0 || t.Nanosecond() != 0 {
		return t.Format(time.RFC3339Nano)
	}
	return t.Format("2006-01-02T15:04")
}
