package text

import (
	"fmt"
	"time"
)

// Shanghai is the time zone of every date and time that the portal shows. It is
// fixed at +08:00 (no daylight saving since 1991), so that the binary needs no
// zone files.
var Shanghai = time.FixedZone("CST", 8*60*60)

// dates are the forms of dates, times and durations in one language. All times
// are shown in Asia/Shanghai.
type dates interface {
	// Date is a day: 12 月 12 日, 12 December.
	Date(t time.Time) string
	// Day adds the weekday: 12 月 12 日（周六）, Saturday 12 December.
	Day(t time.Time) string
	// DateTime is a day with weekday and time: 12 月 12 日（周六）00:00,
	// Saturday 12 December, 00:00.
	DateTime(t time.Time) string
	// Year is a day with its year: 2026 年 11 月 23 日, 23 November 2026.
	Year(t time.Time) string
	// Full is a day with weekday and year, for headings and the code card:
	// 2026 年 11 月 23 日　星期一, Monday 23 November 2026.
	Full(t time.Time) string
	// Brief is the form of tables at the desk, without the weekday: 11-23 15:42,
	// 23 November, 15:42. English has no figures for it that everybody reads alike.
	Brief(t time.Time) string
	// Near is DateTime that says today where it is so: 今天（周一）15:42,
	// today, 15:42.
	Near(t, now time.Time) string
	// Days is a span of days, both ends included: 11 月 16 日至 18 日,
	// 16 to 18 November.
	Days(from, to time.Time) string
	// Span is a span of time: 11 月 19 日 09:40 至 14:25.
	Span(from, to time.Time) string
	// Duration is rounded down to the two largest units: 2 小时 05 分, 2 h 05 min.
	Duration(d time.Duration) string
	// Ago is how long before now t was: 3 分钟前, 3 minutes ago.
	Ago(t, now time.Time) string
}

// Clock is the time of day: 15:42.
func (p *Printer) Clock(t time.Time) string { return t.In(Shanghai).Format("15:04") }

// Seconds is the time of day to the second: 15:42:07.
func (p *Printer) Seconds(t time.Time) string { return t.In(Shanghai).Format("15:04:05") }

// ISO is the form for datetime attributes and form values of a time.
func (p *Printer) ISO(t time.Time) string { return t.In(Shanghai).Format(time.RFC3339) }

// ISODay is the form for values of date fields: 2026-11-23.
func (p *Printer) ISODay(t time.Time) string { return t.In(Shanghai).Format(time.DateOnly) }

func sameDay(a, b time.Time) bool {
	return a.In(Shanghai).Format(time.DateOnly) == b.In(Shanghai).Format(time.DateOnly)
}

func sameMonth(a, b time.Time) bool {
	return a.In(Shanghai).Format("2006-01") == b.In(Shanghai).Format("2006-01")
}

func clock(t time.Time) string { return t.In(Shanghai).Format("15:04") }

type chineseDates struct{}

var weekdays = [...]string{"日", "一", "二", "三", "四", "五", "六"}

func weekday(t time.Time) string { return weekdays[t.In(Shanghai).Weekday()] }

func (chineseDates) Date(t time.Time) string { return t.In(Shanghai).Format("1 月 2 日") }

func (chineseDates) Day(t time.Time) string {
	return t.In(Shanghai).Format("1 月 2 日") + "（周" + weekday(t) + "）"
}

func (d chineseDates) DateTime(t time.Time) string { return d.Day(t) + clock(t) }

func (chineseDates) Year(t time.Time) string { return t.In(Shanghai).Format("2006 年 1 月 2 日") }

func (d chineseDates) Full(t time.Time) string { return d.Year(t) + "　星期" + weekday(t) }

func (chineseDates) Brief(t time.Time) string { return t.In(Shanghai).Format("01-02 15:04") }

func (d chineseDates) Near(t, now time.Time) string {
	if sameDay(t, now) {
		return "今天（周" + weekday(t) + "）" + clock(t)
	}
	return d.DateTime(t)
}

func (d chineseDates) Days(from, to time.Time) string {
	switch {
	case sameDay(from, to):
		return d.Date(from)
	case sameMonth(from, to):
		return d.Date(from) + "至 " + to.In(Shanghai).Format("2 日")
	}
	return d.Date(from) + "至 " + d.Date(to)
}

func (d chineseDates) Span(from, to time.Time) string {
	if sameDay(from, to) {
		return d.Date(from) + " " + clock(from) + " 至 " + clock(to)
	}
	return d.Date(from) + " " + clock(from) + " 至 " + d.Date(to) + " " + clock(to)
}

func (chineseDates) Duration(d time.Duration) string {
	days, hours, minutes := units(d)
	switch {
	case days > 0 && hours > 0:
		return fmt.Sprintf("%d 天 %d 小时", days, hours)
	case days > 0:
		return fmt.Sprintf("%d 天", days)
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%d 小时 %02d 分", hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d 小时", hours)
	}
	return fmt.Sprintf("%d 分钟", minutes)
}

func (c chineseDates) Ago(t, now time.Time) string {
	if now.Sub(t) < time.Minute {
		return "刚刚"
	}
	return c.Duration(now.Sub(t)) + "前"
}

type englishDates struct{}

func (englishDates) Date(t time.Time) string { return t.In(Shanghai).Format("2 January") }

func (englishDates) Day(t time.Time) string { return t.In(Shanghai).Format("Monday 2 January") }

func (d englishDates) DateTime(t time.Time) string { return d.Day(t) + ", " + clock(t) }

func (englishDates) Year(t time.Time) string { return t.In(Shanghai).Format("2 January 2006") }

func (englishDates) Full(t time.Time) string { return t.In(Shanghai).Format("Monday 2 January 2006") }

func (d englishDates) Brief(t time.Time) string { return d.Date(t) + ", " + clock(t) }

func (d englishDates) Near(t, now time.Time) string {
	if sameDay(t, now) {
		return "today, " + clock(t)
	}
	return d.DateTime(t)
}

func (d englishDates) Days(from, to time.Time) string {
	switch {
	case sameDay(from, to):
		return d.Date(from)
	case sameMonth(from, to):
		return from.In(Shanghai).Format("2") + " to " + d.Date(to)
	}
	return d.Date(from) + " to " + d.Date(to)
}

func (d englishDates) Span(from, to time.Time) string {
	if sameDay(from, to) {
		return d.Date(from) + ", " + clock(from) + " to " + clock(to)
	}
	return d.Date(from) + ", " + clock(from) + " to " + d.Date(to) + ", " + clock(to)
}

func (englishDates) Duration(d time.Duration) string {
	days, hours, minutes := units(d)
	switch {
	case days > 0 && hours > 0:
		return fmt.Sprintf("%s %d h", count(days, "day"), hours)
	case days > 0:
		return count(days, "day")
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%d h %02d min", hours, minutes)
	case hours > 0:
		return count(hours, "hour")
	}
	return count(minutes, "minute")
}

func (e englishDates) Ago(t, now time.Time) string {
	if now.Sub(t) < time.Minute {
		return "just now"
	}
	return e.Duration(now.Sub(t)) + " ago"
}

// units splits a duration into whole days, hours and minutes; a negative one is
// taken by its length, since late and left are told by other words.
func units(d time.Duration) (days, hours, minutes int) {
	all := int(d.Abs() / time.Minute)
	return all / (24 * 60), all / 60 % 24, all % 60
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
