package resident

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/models/signin"
	"yongxing/views/resident"
	"yongxing/views/text"
)

// Somebody without an account, or away from their phone's browser, sees where one
// appeal stands by its number and a code to its person's phone. No page here says
// whether number and phone belong together before the code is right.

// AppealFind asks for the number and the phone.
func (h *Handlers) AppealFind(c echo.Context) error {
	return h.appealFind(c, http.StatusOK, "", "", nil)
}

func (h *Handlers) appealFind(c echo.Context, status int, number, phone string, wrong error) error {
	d := resident.AppealFindPage{Frame: h.Frame(c, "appeal.find_title"), Number: number, Phone: phone}
	d.Problems, _ = h.Problems(d.T, wrong)
	return h.Render(c, status, resident.AppealFind(d))
}

func (h *Handlers) asking(c echo.Context, phone string) models.AskCode {
	return models.AskCode{Phone: phone, Browser: h.Browser(c), Address: h.Address(c), Language: h.Lang(c)}
}

// AppealFindAsk sends a code, if there is anything to send.
func (h *Handlers) AppealFindAsk(c echo.Context) error {
	in, err := h.Form(c, "number", "phone")
	if err != nil {
		return err
	}
	_, err = h.Portal.FindAppeal(c.Request().Context(), in.Text("number"), h.asking(c, in.Text("phone")))
	if status, wrong, ok := h.refused(c, "phone", err); ok {
		return h.appealFind(c, status, in.Text("number"), in.Text("phone"), wrong)
	}
	if err != nil {
		return err
	}
	return h.See(c, "/appeal/find/code")
}

// AppealFindCode asks for the code.
func (h *Handlers) AppealFindCode(c echo.Context) error {
	return h.appealFindCode(c, http.StatusOK, nil)
}

func (h *Handlers) appealFindCode(c echo.Context, status int, wrong error) error {
	asked, err := h.Portal.AppealAsked(c.Request().Context(), h.Browser(c))
	if errors.Is(err, fault.NotFound) {
		return h.See(c, "/appeal/find")
	}
	if err != nil {
		return err
	}
	d := resident.SignInCodePage{Frame: h.Frame(c, "appeal.find_code_title"), Action: "/appeal/find/code", Back: "/appeal/find"}
	d.Again, d.Submit = d.T.T("appeal.find_again"), d.T.T("appeal.find_open")
	d.Hint = d.T.T("appeal.find_code_hint", text.MaskPhone(asked.Phone), int(signin.Lifetime.Minutes()))
	d.DemoWords = d.T.T("appeal.find_demo") // there is a code also where it opens nothing
	return h.codePage(c, status, d, asked, wrong)
}

// AppealFindAnswer takes the code, or sends another one.
func (h *Handlers) AppealFindAnswer(c echo.Context) error {
	in, err := h.Form(c, "code", "again")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if in.Text("again") != "" {
		if _, err = h.Portal.FindAppealAgain(ctx, h.asking(c, "")); err == nil {
			h.Flash(c, "appeal.find_resent")
			return h.See(c, "/appeal/find/code")
		}
	} else if err = h.Portal.OpenAppeal(ctx, h.Browser(c), in.Text("code")); err == nil {
		return h.See(c, "/appeal/found")
	}
	if errors.Is(err, fault.NotFound) {
		return h.See(c, "/appeal/find")
	}
	if status, wrong, ok := h.refused(c, "code", err); ok {
		return h.appealFindCode(c, status, wrong)
	}
	return err
}

// AppealFound shows the appeal that is open to this browser.
func (h *Handlers) AppealFound(c echo.Context) error {
	s, until, err := h.Portal.FoundAppeal(c.Request().Context(), h.Browser(c))
	if errors.Is(err, fault.NotFound) {
		h.Flash(c, "appeal.found_over")
		return h.See(c, "/appeal/find")
	}
	if err != nil {
		return err
	}
	page := h.appealStatus(c, s)
	page.CanAdd, page.CanWithdraw, page.Scripts = false, false, nil
	page.Until = page.T.Clock(until)
	return h.Render(c, http.StatusOK, resident.Appeal(page))
}

// AppealLeave closes it.
func (h *Handlers) AppealLeave(c echo.Context) error {
	if _, err := h.Form(c); err != nil {
		return err
	}
	if err := h.Portal.LeaveAppeal(c.Request().Context(), h.Browser(c)); err != nil {
		return err
	}
	h.Flash(c, "appeal.found_left")
	return h.See(c, "/appeal/find")
}
