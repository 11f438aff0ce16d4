package officer

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/views/officer"
	"yongxing/web/session"
)

// SignInPage is the staff door.
func (h *Handlers) SignInPage(c echo.Context) error {
	if h.StaffID(c) != 0 {
		return h.See(c, queuePath)
	}
	d := officer.SignInPage{Frame: h.Frame(c, "staff.title")}
	d.Desk = true
	return h.Render(c, http.StatusOK, officer.SignIn(d))
}

// SignIn checks login, password and code together.
func (h *Handlers) SignIn(c echo.Context) error {
	form, err := h.Form(c, "login", "password", "code")
	if err != nil {
		return err
	}
	opening, err := h.Sessions.Open(c.Response(), c.Request(), session.Staff)
	if err != nil {
		return err
	}
	id, err := h.Portal.SignInStaff(c.Request().Context(), models.StaffSignIn{
		Login: form.Text("login"), Password: form.Raw("password"), Code: form.Text("code"), Address: h.Address(c), Browser: h.Browser(c),
		Session: opening.Row,
	})
	if problems, ok := h.Problems(h.T(c), err); ok {
		d := officer.SignInPage{Frame: h.Frame(c, "staff.title"), Login: form.Text("login")}
		d.Desk, d.Problems = true, problems
		return h.Render(c, http.StatusUnprocessableEntity, officer.SignIn(d))
	}
	if err != nil {
		return err
	}
	next := queuePath
	if pending, ok := h.Sessions.Pending(c.Request(), session.Staff); ok && pending.Step == session.StepDesk {
		next = pending.Next
	}
	if err := h.Sessions.Opened(c.Response(), c.Request(), opening, id); err != nil {
		return err
	}
	return h.See(c, next)
}

// Awake is asked by a page that lay open for long, because its reader has pressed
// that they go on working: like every request it prolongs the sign-in. It tells
// until when.
func (h *Handlers) Awake(c echo.Context) error {
	if _, err := h.Query(c); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"left": h.secondsLeft(c), "until": h.T(c).Clock(h.Until(c))})
}

// SignOut ends the session.
func (h *Handlers) SignOut(c echo.Context) error {
	if _, err := h.Form(c); err != nil {
		return err
	}
	if err := h.Portal.SignOutStaff(c.Request().Context(), h.StaffID(c)); err != nil {
		return err
	}
	if err := h.Sessions.SignOut(c.Response(), c.Request(), session.Staff); err != nil {
		return err
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return h.See(c, "/staff/signin")
}
