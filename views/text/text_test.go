package text

import (
	"testing"
	"time"
)

func TestT(t *testing.T) {
	t.Parallel()
	p := &Printer{texts: map[string]string{
		"plain": "hello",
		"one":   "{0} of {1}",
		"days":  "{0} {0|day|days}",
		"open":  "a { b",
	}}
	for _, tc := range []struct {
		name, key string
		args      []any
		want      string
	}{
		{"no placeholder", "plain", nil, "hello"},
		{"by position", "one", []any{2, "x"}, "2 of x"},
		{"an argument is never read as a placeholder", "one", []any{"{1}", "x"}, "{1} of x"},
		{"one", "days", []any{1}, "1 day"},
		{"many", "days", []any{0}, "0 days"},
		{"a missing argument shows", "one", []any{2}, "2 of ⟦1⟧"},
		{"a missing key shows", "nope", nil, "⟦nope⟧"},
		{"a brace alone stays", "open", nil, "a { b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := p.T(tc.key, tc.args...); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestPartsMarkOnlyTheCatalogue(t *testing.T) {
	t.Parallel()
	p := &Printer{texts: map[string]string{"k": "see [{0}](/code) in **{1}** now {2}"}}
	got := p.Parts("k", "this", 5, "[x](/signout) **y**")
	want := []Part{
		{Text: "see "}, {Text: "this", Href: "/code"}, {Text: " in "}, {Text: "5", Strong: true}, {Text: " now [x](/signout) **y**"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("part %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestPartsOfTextWithoutMarks(t *testing.T) {
	t.Parallel()
	p := &Printer{texts: map[string]string{"k": "a [b c ** d", "empty": ""}}
	if got := p.Parts("k"); len(got) != 1 || got[0].Text != "a [b c ** d" {
		t.Errorf("got %+v", got)
	}
	if got := p.Parts("empty"); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if got := p.Parts("nope"); len(got) != 1 || got[0].Text != "⟦nope⟧" {
		t.Errorf("got %+v", got)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	zh, en := For(Chinese), For(English)
	// 16:00 UTC is midnight of the next day in Ningbo.
	at := time.Date(2026, 12, 11, 16, 0, 0, 0, time.UTC)
	later := at.Add(2*time.Hour + 5*time.Minute)
	for _, tc := range []struct{ name, got, want string }{
		{"zh date", zh.Date(at), "12 月 12 日"},
		{"en date", en.Date(at), "12 December"},
		{"zh day", zh.Day(at), "12 月 12 日（周六）"},
		{"en day", en.Day(at), "Saturday 12 December"},
		{"zh date and time", zh.DateTime(at), "12 月 12 日（周六）00:00"},
		{"en date and time", en.DateTime(at), "Saturday 12 December, 00:00"},
		{"zh full", zh.Full(at), "2026 年 12 月 12 日　星期六"},
		{"en full", en.Full(at), "Saturday 12 December 2026"},
		{"zh near, same day", zh.Near(later, at), "今天（周六）02:05"},
		{"en near, same day", en.Near(later, at), "today, 02:05"},
		{"zh near, another day", zh.Near(at, at.Add(-time.Minute)), "12 月 12 日（周六）00:00"},
		{"zh days of a month", zh.Days(at, at.AddDate(0, 0, 2)), "12 月 12 日至 14 日"},
		{"zh days over months", zh.Days(at, at.AddDate(0, 0, 20)), "12 月 12 日至 1 月 1 日"},
		{"zh one day", zh.Days(at, at.Add(time.Hour)), "12 月 12 日"},
		{"en days of a month", en.Days(at, at.AddDate(0, 0, 2)), "12 to 14 December"},
		{"en days over months", en.Days(at, at.AddDate(0, 0, 20)), "12 December to 1 January"},
		{"zh span", zh.Span(at, later), "12 月 12 日 00:00 至 02:05"},
		{"en span", en.Span(at, later), "12 December, 00:00 to 02:05"},
		{"zh span over days", zh.Span(at, at.Add(25*time.Hour)), "12 月 12 日 00:00 至 12 月 13 日 01:00"},
		{"clock", zh.Clock(at), "00:00"},
		{"seconds", zh.Seconds(at), "00:00:00"},
		{"brief", zh.Brief(at), "12-12 00:00"}, {"brief", en.Brief(at), "12 December, 00:00"},
		{"ISO", zh.ISO(at), "2026-12-12T00:00:00+08:00"},
		{"ISO day", zh.ISODay(at), "2026-12-12"},
		{"zh ago", zh.Ago(at, later), "2 小时 05 分前"},
		{"en ago", en.Ago(at, at.Add(3*time.Minute)), "3 minutes ago"},
		{"zh just now", zh.Ago(at, at.Add(time.Second)), "刚刚"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		d      time.Duration
		zh, en string
	}{
		{0, "0 分钟", "0 minutes"},
		{time.Minute, "1 分钟", "1 minute"},
		{-24 * time.Minute, "24 分钟", "24 minutes"},
		{time.Hour, "1 小时", "1 hour"},
		{2*time.Hour + 5*time.Minute, "2 小时 05 分", "2 h 05 min"},
		{24 * time.Hour, "1 天", "1 day"},
		{50*time.Hour + 59*time.Minute, "2 天 2 小时", "2 days 2 h"},
	} {
		if got := For(Chinese).Duration(tc.d); got != tc.zh {
			t.Errorf("%v: got %q, want %q", tc.d, got, tc.zh)
		}
		if got := For(English).Duration(tc.d); got != tc.en {
			t.Errorf("%v: got %q, want %q", tc.d, got, tc.en)
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "en", "zh-Hans": "zh-CN", "": "zh-CN", "fr": "zh-CN"} {
		if got := For(lang).HTML(); got != want {
			t.Errorf("%q: got %q, want %q", lang, got, want)
		}
	}
	if For(English).Other() != For(Chinese) || For(Chinese).Other() != For(English) {
		t.Error("the two languages are each other's other")
	}
}
