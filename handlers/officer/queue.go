package officer

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

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
// in the address.
func (h *Handlers) Queue(c echo.Context) error {
	query, err := h.Query(c, "tab", "sort", "colour", "rule", "late", "after")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	book, err := h.Portal.RulebookInForce(ctx)
	if err != nil {
		return err
	}
	ask := models.QueueAsk{
		Tab: appeal.Tab(query.Text("tab")), Desc: query.Text("sort") == "-due", Colour: query.Text("colour"), Rule: query.Text("rule"),
		Late: query.Text("late") != "", After: query.Text("after"),
	}
	if ask.Tab == "" {
		ask.Tab = appeal.TabOpen
	}
	if ask.Tab == appeal.TabDone { // the newest first unless the link says otherwise
		ask.Desc, ask.Late = query.Text("sort") != "due", false
	}
	if _, known := book.Rule(ask.Rule); !ask.Tab.Known() || ask.Rule != "" && !known || ask.Colour != "" && ask.Colour != "red" && ask.Colour != "yellow" {
		return fault.NotFound
	}
	q, err := h.Portal.AppealQueue(ctx, h.StaffID(c), ask)
	if errors.Is(err, fault.Forbidden) { // their work has no page yet: a door that leads out, not an error
		f := h.Frame(c, "officer.nothing_title")
		f.Desk = true
		return h.Render(c, http.StatusOK, officer.Nothing(f))
	}
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, officer.Queue(queuePage(h.desk(c, q.Desk, "officer.queue_title"), q, ask, book)))
}

func queuePage(f ui.Frame, q models.Queue, ask models.QueueAsk, book *review.Book) officer.QueuePage {
	t := f.T
	d := officer.QueuePage{
		Frame: f, Station: station(t, q.Desk), At: t.T("officer.as_of", t.DateTime(q.Now)), Tab: string(ask.Tab),
		Colour: ask.Colour, Rule: ask.Rule, Late: ask.Late, Desc: ask.Desc,
		Sum: t.T("officer.on_page", len(q.Rows)), Empty: t.T("officer.empty_" + string(ask.Tab)),
		Clear: queueHref(models.QueueAsk{Tab: ask.Tab, Desc: ask.Desc}),
		Sort:  queueSort(ask),
	}
	for _, tab := range appeal.Tabs {
		count, counted := q.Count[tab]
		link := ui.Tab{Href: queueHref(models.QueueAsk{Tab: tab, Desc: tab == appeal.TabDone}), Label: t.T("officer.tab_" + string(tab)), Count: count, Current: tab == ask.Tab}
		switch {
		case !counted:
			link.Count = -1
		case count == appeal.CountCap:
			link.Label, link.Count = t.T("officer.many", link.Label, appeal.CountCap-1), -1
		}
		d.Tabs = append(d.Tabs, link)
	}
	d.Rules = []ui.Option{{Value: "", Label: t.T("officer.all")}}
	for _, r := range book.Rules {
		d.Rules = append(d.Rules, ui.Option{Value: r.Code, Label: r.Code + " " + r.Text(t.Lang()).Name})
	}
	d.Chosen = chosenFilters(t, ask, book)
	count, counted := q.Count[ask.Tab]
	switch {
	case len(d.Chosen) > 0:
		d.Empty = t.T("officer.empty_filter")
	case counted && count < appeal.CountCap:
		d.Sum = t.T("officer.of_all", count, len(q.Rows))
	}
	turned := ask
	turned.Desc, turned.After = !ask.Desc, ""
	d.SortHref = queueHref(turned)
	if ask.After != "" {
		first := ask
		first.After = ""
		d.First = queueHref(first)
	}
	if q.Next != "" {
		next := ask
		next.After = q.Next
		d.Older = queueHref(next)
	}
	for _, r := range q.Rows {
		d.Rows = append(d.Rows, queueRow(t, q, r, book))
	}
	return d
}

func queueRow(t *text.Printer, q models.Queue, r models.QueueRow, book *review.Book) officer.QueueRow {
	row := officer.QueueRow{
		Number: r.Number, Href: queuePath + "/" + r.Number, Name: text.MaskName(r.Name), Colour: r.Colour,
		Rule: ruleNames(t, book, r.Rules), Ground: t.T("appeal.ground." + r.Ground), Channel: t.T("appeal.channel." + r.Channel),
		Evidence: t.T("officer.files", r.Evidence), Handler: r.Handler,
	}
	if r.Evidence == 0 {
		row.Evidence = t.T("officer.files_none")
	}
	if r.HarmGround != "" {
		row.Chips = append(row.Chips, t.T("officer.urgent"))
	}
	if r.Earlier > 0 {
		row.Chips = append(row.Chips, t.T("officer.nth", r.Earlier+1))
	}
	if r.Locked {
		row.Chips = append(row.Chips, t.T("common.locked"))
	}
	if r.Outcome != "" {
		row.Outcome = t.T("appeal.outcome." + r.Outcome)
	}
	if row.DueState, row.Due = dueWords(t, r.Due, q.Now, r.Paused); !r.Decided.IsZero() {
		row.DueState, row.Due = "", t.Brief(r.Decided)
	}
	row.Late = row.DueState == "late"
	return row
}

// ruleNames is the first rule in words and how many more there are.
func ruleNames(t *text.Printer, book *review.Book, codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	words := codes[0]
	if r, ok := book.Rule(codes[0]); ok {
		words += " " + r.Text(t.Lang()).Name
	}
	if len(codes) > 1 {
		words = t.T("officer.and_more", words, len(codes)-1)
	}
	return words
}

func chosenFilters(t *text.Printer, ask models.QueueAsk, book *review.Book) []ui.Chosen {
	var chosen []ui.Chosen
	without := func(label string, drop func(*models.QueueAsk)) {
		a := ask
		a.After = ""
		drop(&a)
		chosen = append(chosen, ui.Chosen{Label: label, RemoveHref: queueHref(a)})
	}
	if ask.Colour != "" {
		without(t.T("colour."+ask.Colour), func(a *models.QueueAsk) { a.Colour = "" })
	}
	if ask.Rule != "" {
		without(ruleNames(t, book, []string{ask.Rule}), func(a *models.QueueAsk) { a.Rule = "" })
	}
	if ask.Late {
		without(t.T("officer.late_only"), func(a *models.QueueAsk) { a.Late = false })
	}
	return chosen
}

// queueSort is the parameter sort of a list; "" where it is the list's own order.
func queueSort(ask models.QueueAsk) string {
	switch {
	case ask.Tab == appeal.TabDone && !ask.Desc:
		return "due"
	case ask.Tab != appeal.TabDone && ask.Desc:
		return "-due"
	}
	return ""
}

func queueHref(ask models.QueueAsk) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	add("tab", string(ask.Tab))
	add("sort", queueSort(ask))
	add("colour", ask.Colour)
	add("rule", ask.Rule)
	if ask.Late {
		add("late", strconv.Itoa(1))
	}
	add("after", ask.After)
	return queuePath + "?" + strings.Join(parts, "&")
}
