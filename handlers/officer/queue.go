package officer

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/review"
	"yongxing/views/officer"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// Queue is one page of one list of appeals; everything that chooses it stands
// in the address. What the address has that nobody knows, a name or a value, is
// refused, as on every page; this one can show the list without it.
func (h *Handlers) Queue(c echo.Context) error {
	query, err := h.Query(c, askFields...)
	_, refused := h.Problems(h.T(c), err)
	if err != nil && !refused {
		return err
	}
	book, err := h.Portal.RulebookInForce(c.Request().Context())
	if err != nil {
		return err
	}
	ask, unknown := readAsk(query.Text, ruleOf(book))
	if !refused && !unknown {
		return h.showQueue(c, http.StatusOK, ask, book, nil)
	}
	return h.showQueue(c, http.StatusUnprocessableEntity, ask, book, ui.Problems{{Message: h.T(c).T("officer.ignored")}})
}

// showQueue renders a page of the queue, with what is wrong with a search.
func (h *Handlers) showQueue(c echo.Context, status int, ask models.QueueAsk, book *review.Book, problems ui.Problems) error {
	q, err := h.Portal.AppealQueue(c.Request().Context(), h.StaffID(c), ask)
	if errors.Is(err, fault.Forbidden) { // their work has no page yet: a door that leads out, not an error
		f := h.Frame(c, "officer.nothing_title")
		f.Desk = true
		return h.Render(c, http.StatusOK, officer.Nothing(f))
	}
	if err != nil {
		return err
	}
	f := h.desk(c, q.Desk, "officer.queue_title")
	f.Problems, f.Path = problems, queueHref(ask)
	return h.Render(c, status, officer.Queue(queuePage(f, q, ask, book)))
}

func queuePage(f ui.Frame, q models.Queue, ask models.QueueAsk, book *review.Book) officer.QueuePage {
	t := f.T
	d := officer.QueuePage{
		Frame: f, Station: station(t, q.Desk), At: t.T("officer.as_of", t.DateTime(q.Now)), Tab: string(ask.Tab), Tabs: queueTabs(t, q, ask),
		Colour: ask.Colour, Rule: ask.Rule, Due: string(ask.Due), Channel: ask.Channel, Harm: ask.Harm, Photos: ask.Photos, Desc: ask.Desc,
		Empty: t.T("officer.empty_" + string(ask.Tab)), Clear: queueHref(onTab(models.QueueAsk{}, ask.Tab)), Sort: queueSort(ask),
		Chosen: chosenFilters(t, ask, book), Sum: queueSum(t, q, ask),
	}
	d.Rules = []ui.Option{{Value: "", Label: t.T("officer.all")}}
	for _, r := range book.Rules {
		d.Rules = append(d.Rules, ui.Option{Value: r.Code, Label: r.Code + " " + r.Text(t.Lang()).Name})
	}
	d.Dues = []ui.Option{{Value: "", Label: t.T("officer.all")}}
	for _, due := range models.Dues {
		d.Dues = append(d.Dues, ui.Option{Value: string(due), Label: t.T("officer.by_" + string(due))})
	}
	d.Channels = append([]ui.Option{{Value: "", Label: t.T("officer.all")}}, options(t, "appeal.channel.", appeal.Channels)...)
	if len(d.Chosen) > 0 {
		d.Empty = t.T("officer.empty_filter")
	}
	if ask.After != "" || ask.Before != "" {
		d.Empty = t.T("officer.empty_page")
	}
	turned := atStart(ask)
	turned.Desc = !ask.Desc
	d.SortHref = queueHref(turned)
	if q.Prev != "" || ask.After != "" { // also from a page that has become empty
		d.First = queueHref(atStart(ask))
	}
	if q.Prev != "" {
		before := atStart(ask)
		before.Before = q.Prev
		d.Newer = queueHref(before)
	}
	if q.Next != "" {
		next := atStart(ask)
		next.After = q.Next
		d.Older = queueHref(next)
	}
	d.List = queueQuery(ask)
	for _, r := range q.Rows {
		d.Rows = append(d.Rows, queueRow(t, q.Now, r, ask, book))
	}
	return d
}

// queueTabs keep the filters: what a tab counts is what it shows when it is
// chosen.
func queueTabs(t *text.Printer, q models.Queue, ask models.QueueAsk) []ui.Tab {
	var tabs []ui.Tab
	for _, tab := range appeal.Tabs {
		count, counted := q.Count[tab]
		link := ui.Tab{Href: queueHref(onTab(ask, tab)), Label: t.T("officer.tab_" + string(tab)), Count: count, Current: tab == ask.Tab}
		switch {
		case !counted:
			link.Count = -1
		case count == appeal.CountCap:
			link.Label, link.Count = t.T("officer.many", link.Label, appeal.CountCap-1), -1
		}
		tabs = append(tabs, link)
	}
	return tabs
}

// queueSum is how many there are, as far as they are counted.
func queueSum(t *text.Printer, q models.Queue, ask models.QueueAsk) string {
	count, counted := q.Count[ask.Tab]
	switch {
	case !counted:
		return t.T("officer.on_page", len(q.Rows))
	case count == appeal.CountCap:
		return t.T("officer.of_many", appeal.CountCap-1, len(q.Rows))
	}
	return t.T("officer.of_all", count, len(q.Rows))
}
