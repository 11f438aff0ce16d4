package resident

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/views/resident"
)

// Appeal shows where an appeal stands. Somebody else's number and an unknown one
// get the same 404.
func (h *Handlers) Appeal(c echo.Context) error {
	s, err := h.Portal.AppealStatus(c.Request().Context(), h.Person(c), c.Param("number"))
	if err != nil {
		return err
	}
	page := h.appealStatus(c, s)
	if !page.CanWithdraw {
		form, err := h.Portal.AppealForm(c.Request().Context(), h.Person(c))
		if err != nil {
			return err
		}
		page.CanAppeal = len(form.Choices) > 0
	}
	return h.Render(c, http.StatusOK, resident.Appeal(page))
}

// AppealMaterial adds words or a photo to an open appeal.
func (h *Handlers) AppealMaterial(c echo.Context) error {
	in, err := h.Form(c, "text", "kind", "file")
	if err != nil {
		return err
	}
	add := models.Material{PersonID: h.Person(c), Number: c.Param("number"), Text: in.Text("text")}
	if add.Photo, err = upload(in); err != nil {
		return err
	}
	refused := h.Portal.AddMaterial(c.Request().Context(), add)
	if refused == nil {
		h.Flash(c, "appeal.added_flash")
		return h.See(c, "/appeal/"+add.Number)
	}
	problems, ok := h.Problems(h.T(c), refused)
	if !ok {
		return refused
	}
	s, err := h.Portal.AppealStatus(c.Request().Context(), add.PersonID, add.Number)
	if err != nil {
		return err
	}
	page := h.appealStatus(c, s)
	page.Path = "/appeal/" + s.Appeal.Number
	page.Problems, page.Text = photoAgain(page.T, problems, add.Photo), add.Text
	if add.Photo.Kind != "" {
		page.Upload.Kind = add.Photo.Kind
	}
	return h.Render(c, h.Unfit(c, refused), resident.Appeal(page))
}

// AppealWithdrawAsk asks once more before an appeal is withdrawn. Of one that is
// over nothing can be withdrawn: its status says why.
func (h *Handlers) AppealWithdrawAsk(c echo.Context) error {
	s, err := h.Portal.AppealStatus(c.Request().Context(), h.Person(c), c.Param("number"))
	if err != nil {
		return err
	}
	if !s.Appeal.Open() {
		return h.See(c, "/appeal/"+s.Appeal.Number)
	}
	return h.Render(c, http.StatusOK, resident.AppealWithdraw(resident.AppealWithdrawPage{Frame: h.Frame(c, "appeal.withdraw_title"), Number: s.Appeal.Number}))
}

// AppealWithdraw withdraws an appeal.
func (h *Handlers) AppealWithdraw(c echo.Context) error {
	if _, err := h.Form(c); err != nil {
		return err
	}
	number := c.Param("number")
	if err := h.Portal.WithdrawAppeal(c.Request().Context(), h.Person(c), number); err != nil {
		return err
	}
	h.Flash(c, "appeal.withdrawn_flash", number)
	return h.See(c, "/appeal/"+number)
}

// Photo serves a photo to the person who added it. The browser may show it and
// nothing else: it is a JPEG of our own making, without a name, in a sandbox.
func (h *Handlers) Photo(c echo.Context) error {
	photo, err := h.Portal.Photo(c.Request().Context(), h.Person(c), c.Param("ref"))
	if err != nil {
		return err
	}
	head := c.Response().Header()
	head.Set(echo.HeaderContentDisposition, "inline")
	head.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	head.Set(echo.HeaderCacheControl, "no-store")
	head.Set(echo.HeaderXContentTypeOptions, "nosniff")
	return c.Blob(http.StatusOK, "image/jpeg", photo)
}
