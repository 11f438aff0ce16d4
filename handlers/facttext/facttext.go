// Package facttext puts a fact on record into one plain sentence, in the
// reader's language. Every page that shows a fact (code, history, appeal, the
// officer's case) words it here, so that a resident and an officer read the same.
package facttext

import (
	"fmt"
	"strings"
	"time"

	"yongxing/models"
	"yongxing/views/text"
)

// Sentence tells the person what a record or their own words say, without a full
// stop: 记录显示 11 月 20 日（周五）13:02 至 17:14 您的手机在云州市临溪区停留 4 小时 12 分.
func Sentence(t *text.Printer, f models.FactView) string { return sentence(t, f, style{}) }

// Brief is Sentence with dates instead of weekdays and times, for where lines
// are few.
func Brief(t *text.Printer, f models.FactView) string { return sentence(t, f, style{brief: true}) }

// Gist is Brief without saying that it is a record which says so, for a list of
// facts under a heading that does; what people said themselves stays their word.
func Gist(t *text.Printer, f models.FactView) string {
	return sentence(t, f, style{brief: true, bare: !selfSaid(f.Source)})
}

// About is Sentence for somebody else to read, such as an officer: it speaks of
// the person, not to them.
func About(t *text.Printer, f models.FactView) string { return sentence(t, f, style{reader: "_desk"}) }

// Name is the short name of a fact's kind and class, for tables: 居家隔离.
func Name(t *text.Printer, f models.FactView) string {
	if key := "fact.kind." + f.Kind + "." + f.Class; f.Class != "" && t.Has(key) {
		return t.T(key)
	}
	return t.T("fact.kind." + f.Kind)
}

// Source is where the fact comes from: 手机运营商信令.
func Source(t *text.Printer, f models.FactView) string { return t.T("fact.source." + f.Source) }

// Unit is who answers for the fact: the authority that the source names, or the
// person themselves. It is empty where the source names nobody.
func Unit(t *text.Printer, f models.FactView) string {
	switch {
	case f.Authority != "":
		return f.Authority
	case selfSaid(f.Source):
		return t.T("fact.self")
	}
	return ""
}

// Place is the name of the fact's place; empty if its kind has none.
func Place(t *text.Printer, f models.FactView) string {
	switch {
	case f.Place == "":
		return ""
	case t.Lang() == text.English && f.PlaceNameEN != "":
		return f.PlaceNameEN
	case f.PlaceName != "":
		return f.PlaceName
	}
	return f.Place
}

// Symptoms lists symptoms and the temperature, if one was taken.
func Symptoms(t *text.Printer, f models.FactView) string {
	words := make([]string, 0, len(f.Items)+1)
	for _, item := range f.Items {
		words = append(words, t.T("fact.symptom."+item))
	}
	if f.Value > 0 {
		words = append(words, t.T("fact.temperature", fmt.Sprintf("%.1f", f.Value)))
	}
	return strings.Join(words, t.T("common.list_and"))
}

// Marks says what stands beside a fact in a table: set aside by which appeal,
// replaced, locked by its source.
func Marks(t *text.Printer, f models.FactView) []string {
	var marks []string
	if f.Aside != "" {
		marks = append(marks, t.T("fact.aside", f.Aside))
	}
	if f.Replaced {
		marks = append(marks, t.T("fact.replaced"))
	}
	if f.Locked {
		marks = append(marks, t.T("fact.locked"))
	}
	return marks
}

// When is the fact's day, instant or window, as short as it can be told.
func When(t *text.Printer, f models.FactView) string {
	when, _ := window(t, f, t.Day)
	return tidy(when)
}

// selfSaid tells the sources whose sentence is what the person said.
func selfSaid(source string) bool {
	return source == "declaration" || source == "checkin" || source == "legacy"
}

// style is how a sentence is told.
type style struct {
	reader string // "" the person, "_desk" somebody else
	brief  bool   // dates only
	bare   bool   // without who says so
}

func sentence(t *text.Printer, f models.FactView, how style) string {
	when, preposition := window(t, f, t.Day)
	if how.brief {
		when, preposition = window(t, onDays(f), t.Date)
	}
	subject := t.T("fact.subject" + how.reader)
	if f.Source == "declaration" || f.Source == "legacy" {
		// Chinese names the person once, before what they said.
		subject = t.T("fact.subject_said" + how.reader)
	}
	if f.Kind == "declaration" {
		subject = t.T("fact.subject" + how.reader)
	}
	place := Place(t, f)
	if place == "" {
		place = t.T("fact.place_unknown")
	}
	body := t.T(bodyKey(f),
		pad(t, t.T(preposition, when)),
		pad(t, place),
		subject,
		t.T("fact.your"+how.reader),
		pad(t, detail(t, f)),
		t.T("fact.kind."+f.About))
	if f.Kind == "declaration" || how.bare {
		return tidy(upper(body))
	}
	return tidy(upper(t.T("fact.lead."+f.Source, pad(t, body), t.T("fact.subject_cap"+how.reader))))
}

// bodyKey names the clause of a fact's kind, class and, where it changes the
// wording, source.
func bodyKey(f models.FactView) string {
	key := "fact.body." + f.Kind
	switch {
	case f.Kind == "stay" && f.Source == "carrier" && f.Class == "transit":
		return key + ".carrier_transit"
	case f.Kind == "stay" && f.Source == "carrier":
		return key + ".carrier"
	case (f.Kind == "symptom" || f.Kind == "checkin") && len(f.Items) == 0 && f.Value == 0:
		return key + ".normal"
	case f.Kind == "clinic" || f.Kind == "symptom" || f.Kind == "checkin" || f.Class == "":
		return key
	}
	return key + "." + f.Class
}

// detail is what a sentence adds: how long a stay was, or which symptoms.
func detail(t *text.Printer, f models.FactView) string {
	if f.Kind != "stay" {
		return Symptoms(t, f)
	}
	if f.To.IsZero() || wholeDays(f.From, f.To) {
		return ""
	}
	return t.T("fact.for", t.Duration(f.To.Sub(f.From)))
}

// open are the kinds of which a window without an end is still running.
var open = map[string]bool{"residence": true, "case": true, "isolation": true, "known_cause": true}

// window words the fact's time and names the key of the preposition that a
// sentence puts before it; name names a day.
func window(t *text.Printer, f models.FactView, name func(time.Time) string) (when, preposition string) {
	switch {
	case f.To.After(f.From) && wholeDays(f.From, f.To):
		last := f.To.Add(-time.Nanosecond)
		if sameDay(f.From, last) {
			return day(t, f, name, f.From), "fact.on"
		}
		if year(f.From) != year(f.Known) || year(last) != year(f.Known) {
			return t.T("fact.when_range", pad(t, day(t, f, name, f.From)), pad(t, day(t, f, name, last))), "fact.from"
		}
		return t.Days(f.From, last), "fact.from"
	case f.To.After(f.From) && sameDay(f.From, f.To):
		return t.T("fact.when_same_day", day(t, f, name, f.From), pad(t, t.Clock(f.From)), pad(t, t.Clock(f.To))), "fact.on"
	case f.To.After(f.From):
		return t.T("fact.when_range", pad(t, instant(t, f, name, f.From)), pad(t, instant(t, f, name, f.To))), "fact.from"
	case f.To.IsZero() && open[f.Kind]:
		return t.T("fact.when_open", pad(t, instant(t, f, name, f.From))), "fact.plain"
	}
	return instant(t, f, name, f.From), "fact.on"
}

// onDays is the fact in whole days.
func onDays(f models.FactView) models.FactView {
	f.From = startOfDay(f.From)
	if !f.To.IsZero() {
		f.To = startOfDay(f.To.Add(24*time.Hour - time.Nanosecond))
	}
	return f
}

func startOfDay(at time.Time) time.Time {
	y, m, d := at.In(text.Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, text.Shanghai)
}

// instant is a day with its time; of midnight, which doors make of a date, the
// day alone.
func instant(t *text.Printer, f models.FactView, name func(time.Time) string, at time.Time) string {
	if midnight(at) {
		return day(t, f, name, at)
	}
	if year(at) != year(f.Known) {
		return t.Year(at) + t.T("fact.clock", t.Clock(at))
	}
	return t.DateTime(at)
}

// day is a day by name, or with its year where that is not the year of the
// record.
func day(t *text.Printer, f models.FactView, name func(time.Time) string, at time.Time) string {
	if year(at) != year(f.Known) {
		return t.Year(at)
	}
	return name(at)
}

func year(at time.Time) int { return at.In(text.Shanghai).Year() }

func midnight(at time.Time) bool {
	h, m, s := at.In(text.Shanghai).Clock()
	return h == 0 && m == 0 && s == 0
}

func wholeDays(from, to time.Time) bool { return midnight(from) && midnight(to) }

func sameDay(a, b time.Time) bool {
	return a.In(text.Shanghai).Format(time.DateOnly) == b.In(text.Shanghai).Format(time.DateOnly)
}

// pad sets a space between Chinese and a figure or Latin letter at the ends of a
// part that is about to be filled in; tidy removes what turned out too many.
func pad(t *text.Printer, s string) string {
	if t.Lang() != text.Chinese || s == "" {
		return s
	}
	if plain(s[0]) {
		s = " " + s
	}
	if plain(s[len(s)-1]) {
		s += " "
	}
	return s
}

func plain(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

var spare = strings.NewReplacer("  ", " ", "） ", "）", "： ", "：")

func tidy(s string) string { return strings.TrimSpace(spare.Replace(s)) }

// upper makes the first letter of an English sentence a capital.
func upper(s string) string {
	if s != "" && 'a' <= s[0] && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
