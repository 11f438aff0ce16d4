package officer

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/views/officer"
)

// Find looks for one number. It is posted, not asked in the address: a document
// number must not stand in the history of a shared desk or in a proxy's log. A
// single hit opens the case. The list that was left comes along, so that the way
// back leads there.
func (h *Handlers) Find(c echo.Context) error {
	form, err := h.Form(c, "find", listField)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	book, err := h.Portal.RulebookInForce(ctx)
	if err != nil {
		return err
	}
	list := listOf(form)
	found, err := h.Portal.FindAppeals(ctx, h.StaffID(c), form.Text("find"))
	if problems, ok := h.Problems(h.T(c), err); ok {
		return h.showQueue(c, http.StatusUnprocessableEntity, list, book, problems)
	}
	if err != nil {
		return err
	}
	if len(found.Rows) == 1 {
		return h.See(c, caseHref(found.Rows[0].Number, list))
	}
	f := h.desk(c, found.Desk, "officer.find_title")
	f.Path = queueHref(list)
	d := officer.FoundPage{Frame: f, Back: queueHref(list), List: queueQuery(list), Station: station(f.T, found.Desk), Sum: f.T.T("officer.find_sum", len(found.Rows))}
	for _, r := range found.Rows {
		row := queueRow(f.T, found.Now, r, list, book)
		if row.Handler = f.T.T("officer.state_" + r.State); row.Outcome != "" {
			row.Handler = row.Outcome
		}
		d.Rows = append(d.Rows, row)
	}
	return h.Render(c, http.StatusOK, officer.Found(d))
}
