package resident

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// History shows what happened to the person's code, newest first.
func (h *Handlers) History(c echo.Context) error {
	before, err := h.before(c)
	if err != nil {
		return err
	}
	history, err := h.Portal.History(c.Request().Context(), h.Person(c), before)
	if err != nil {
		return err
	}
	f := h.Frame(c, "history.title")
	d := resident.HistoryPage{
		Frame: f, Note: f.T.T("history.note"), Looks: ui.LinkRow{Href: "/me/looks", Label: f.T.T("history.looks")}, Days: historyDays(f.T, history.Entries),
		Empty: f.T.T("history.empty"), Start: ui.LinkRow{Href: "/declare", Label: f.T.T("code.declare")},
		Older: older("/history", history.Older, f.T.T("history.older")),
	}
	return h.Render(c, http.StatusOK, resident.History(d))
}

// parseInstant reads a time of a list that this portal has written into a form
// or an address; zero if there is none.
func parseInstant(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil || ms < 0 {
		return time.Time{}, fault.Refuse(field, "form.unknown")
	}
	return time.UnixMilli(ms), nil
}

// historyDays groups entries by day.
func historyDays(t *text.Printer, entries []models.HistoryEntry) []resident.HistoryDay {
	var days []resident.HistoryDay
	for _, e := range entries {
		heading := t.Full(e.At)
		if len(days) == 0 || days[len(days)-1].Heading != heading {
			days = append(days, resident.HistoryDay{Heading: heading})
		}
		last := &days[len(days)-1]
		last.Entries = append(last.Entries, historyEntry(t, e))
	}
	return days
}

func historyEntry(t *text.Printer, e models.HistoryEntry) resident.HistoryEntry {
	d := resident.HistoryEntry{Clock: t.Clock(e.At), ISO: t.ISO(e.At)}
	switch e.Kind {
	case models.HistoryColour:
		d.From, d.To = string(e.From), string(e.To)
		d.Words = changeWords(t, e)
		d.By = t.T("history.cause_book", t.T("history.cause_"+e.Cause), e.Book)
	case models.HistoryDeclaration:
		d.Title = t.T("history.declaration", e.Version)
		d.By = historyPerson(t, e.Channel)
	case models.HistoryAppeal:
		d.Title = t.T("history.appeal")
		d.By = historyPerson(t, e.Channel)
	case models.HistoryDecision:
		d.Title = t.T("history.decision")
		if key := "history.outcome_" + e.Outcome; t.Has(key) {
			d.Title = t.T("history.outcome", t.T(key))
		}
	}
	if number, ok := appeal.ParseNumber(e.Ref); ok {
		d.Link = ui.LinkRow{Href: "/appeal/" + number, Label: number}
		if d.By != "" {
			d.By += t.T("history.comma")
		}
	}
	return d
}

// historyPerson is the person themselves, and how it came in.
func historyPerson(t *text.Printer, channel string) string {
	if key := "history.channel_" + channel; t.Has(key) {
		return t.T("history.by_person_channel", t.T(key))
	}
	return t.T("history.by_person")
}

// changeWords say why a colour changed: what is active by which rule and fact,
// and what ended by what.
func changeWords(t *text.Printer, e models.HistoryEntry) []string {
	var words []string
	for _, f := range e.Findings {
		words = append(words, t.T("history.finding", f.Code, f.RuleText(t.Lang()).Name, facttext.Sentence(t, f.Fact)))
	}
	for _, ended := range e.Ended {
		name := strings.TrimSpace(ended.Code + " " + ended.RuleText(t.Lang()).Name)
		words = append(words, t.T("history.ended", name, t.T("code.by_"+ended.By)))
	}
	if len(words) == 0 {
		words = []string{t.T("history.clear")}
	}
	if e.Unverified {
		words = append(words, t.T("history.unverified"))
	}
	return words
}
