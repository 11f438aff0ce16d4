package resident

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models/notice"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// Notices shows what the person was told, newest first. Looking at the list
// marks nothing as read; opening a line does.
func (h *Handlers) Notices(c echo.Context) error {
	before, err := h.before(c)
	if err != nil {
		return err
	}
	v, err := h.Portal.Notices(c.Request().Context(), h.Person(c), before)
	if err != nil {
		return err
	}
	d := resident.NoticesPage{Frame: h.Frame(c, "notices.title")}
	d.Older = older("/notices", v.Older, d.T.T("notices.older"))
	if v.Unread > 0 && before.IsZero() {
		d.UpTo = instant(v.Newest)
	}
	for _, n := range v.Notices {
		row, err := noticeRow(d.T, n)
		if err != nil {
			return err
		}
		d.Notices = append(d.Notices, resident.Notice{Ref: n.Ref, Unread: n.ReadAt == nil, LinkRow: row})
	}
	return h.Render(c, http.StatusOK, resident.Notices(d))
}

func noticeRow(t *text.Printer, n notice.Notice) (ui.LinkRow, error) {
	args, err := n.Arguments()
	if err != nil {
		return ui.LinkRow{}, err
	}
	row := ui.LinkRow{Label: t.T("notices.kind_other"), Detail: t.T("notices.when_"+n.State, t.DateTime(n.CreatedAt.Time()))}
	if key := "notices.kind_" + n.Kind; t.Has(key) {
		row.Label = t.T(key)
	}
	if len(args) > 0 {
		row.Detail = t.T("notices.about", args[0], row.Detail)
	}
	return row, nil
}

// NoticeOpen marks a notice as read and leads to the page that it is about.
func (h *Handlers) NoticeOpen(c echo.Context) error {
	in, err := h.Form(c, "ref")
	if err != nil {
		return err
	}
	page, err := h.Portal.OpenNotice(c.Request().Context(), h.Person(c), in.Text("ref"))
	if err != nil {
		return err
	}
	return h.See(c, page)
}

// NoticesRead marks what the page has shown as read, and nothing that came since.
func (h *Handlers) NoticesRead(c echo.Context) error {
	in, err := h.Form(c, "up_to")
	if err != nil {
		return err
	}
	upTo, err := parseInstant("up_to", in.Text("up_to"))
	if err != nil {
		return err
	}
	if err := h.Portal.ReadNotices(c.Request().Context(), h.Person(c), upTo); err != nil {
		return err
	}
	h.Flash(c, "notices.all_read")
	return h.See(c, "/notices")
}
