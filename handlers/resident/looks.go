package resident

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// Looks shows who of the staff looked at the person's data, newest first.
func (h *Handlers) Looks(c echo.Context) error {
	before, err := h.before(c)
	if err != nil {
		return err
	}
	looks, err := h.Portal.Looks(c.Request().Context(), h.Person(c), before)
	if err != nil {
		return err
	}
	f := h.Frame(c, "looks.title")
	d := resident.LooksPage{Frame: f, Days: looksDays(f.T, looks.Looks), Older: older("/me/looks", looks.Older, f.T.T("looks.older"))}
	return h.Render(c, http.StatusOK, resident.Looks(d))
}

// before reads where a list that begins with the newest goes on.
func (h *Handlers) before(c echo.Context) (time.Time, error) {
	q, err := h.Query(c, "before")
	if err != nil {
		return time.Time{}, err
	}
	return parseInstant("before", q.Text("before"))
}

// older leads to the next page of such a list; zero at the end of it.
func older(path string, from time.Time, label string) ui.LinkRow {
	if from.IsZero() {
		return ui.LinkRow{}
	}
	return ui.LinkRow{Href: path + "?before=" + instant(from), Label: label}
}

// instant writes a time into a form or an address, parseInstant reads it.
func instant(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// visitGap is how long somebody who opens the same thing again is still at it:
// an officer at work loads the page of a case a dozen times.
const visitGap = time.Hour

// visit is one look, or what somebody opened again and again within an hour.
type visit struct {
	by          int64
	first, last time.Time
	loads       int
}

// join tells whether a look that was earlier than all of these belongs to one of
// them, and adds it. Every reveal of an identity has its own reason and counts
// for itself.
func join(visits []visit, l models.Look) bool {
	for i := range slices.Backward(visits) {
		if v := &visits[i]; v.by == l.By && l.What != "identity" && v.last.Sub(l.At) < visitGap {
			v.first, v.loads = l.At, v.loads+1
			return true
		}
	}
	return false
}

func (v visit) words(t *text.Printer) string {
	if v.loads == 1 {
		return t.Clock(v.last)
	}
	return t.T("looks.visit", t.Clock(v.first), t.Clock(v.last), v.loads)
}

// looksDays groups looks by day, and on a day by what one unit looked at, so that
// what matters does not drown. Every time is told, or the first and the last of
// what was opened again within an hour, with how often.
func looksDays(t *text.Printer, looks []models.Look) []resident.LooksDay {
	type kind struct{ day, what, object, unit, reason string }
	var days []resident.LooksDay
	at := map[kind]int{}
	visits := map[kind][]visit{}
	for _, l := range looks {
		k := kind{t.Full(l.At), l.What, l.Object, lookUnit(t, l), lookReason(t, l)}
		if len(days) == 0 || days[len(days)-1].Heading != k.day {
			days = append(days, resident.LooksDay{Heading: k.day})
		}
		if !join(visits[k], l) {
			visits[k] = append(visits[k], visit{l.By, l.At, l.At, 1})
		}
		day := &days[len(days)-1]
		i, again := at[k]
		if !again {
			i, at[k] = len(day.Looks), len(day.Looks)
			look := lookWords(t, l, k.unit)
			look.Reason = k.reason
			day.Looks = append(day.Looks, look)
		}
		day.Looks[i].Times = lookTimes(t, visits[k])
	}
	return days
}

// lookTimes says when, if it was more than once.
func lookTimes(t *text.Printer, visits []visit) string {
	words := make([]string, len(visits))
	for i, v := range visits {
		words[i] = v.words(t)
	}
	switch {
	case len(visits) > 1:
		return t.T("looks.times", len(visits), strings.Join(words, t.T("common.list_and")))
	case visits[0].loads > 1:
		return words[0]
	}
	return ""
}

func lookWords(t *text.Printer, l models.Look, unit string) resident.Look {
	d := resident.Look{Clock: t.Clock(l.At), ISO: t.ISO(l.At), What: t.T("looks.what_other"), Unit: unit}
	if key := "looks.what_" + l.What; t.Has(key) {
		d.What = t.T(key)
	}
	object := l.Object
	if l.Appeal != "" {
		object = l.Appeal
	}
	if number, ok := appeal.ParseNumber(object); ok {
		d.Unit += t.T("looks.comma")
		d.Link = ui.LinkRow{Href: "/appeal/" + number, Label: number}
	}
	return d
}

// lookReason is why somebody looked at the whole of an identity.
func lookReason(t *text.Printer, l models.Look) string {
	key := "looks.reason_" + l.Reason
	switch {
	case l.Reason == "" || !t.Has(key):
		return ""
	case l.Note != "":
		return t.T("looks.reason_note", t.T(key), l.Note)
	}
	return t.T("looks.reason", t.T(key))
}

// lookUnit is the organisation, and the station if they work at one.
func lookUnit(t *text.Printer, l models.Look) string {
	org, station := l.Org, l.Station
	if t.Lang() == text.English {
		org, station = l.OrgEN, l.StationEN
	}
	if station == "" {
		return org
	}
	return t.T("looks.unit", org, station)
}
