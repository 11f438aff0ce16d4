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
	"yongxing/web/session"
)

// Phone asks for another phone.
func (h *Handlers) Phone(c echo.Context) error { return h.phonePage(c, http.StatusOK, "", nil) }

func (h *Handlers) phonePage(c echo.Context, status int, typed string, wrong error) error {
	v, err := h.Portal.ChangingPhone(c.Request().Context(), h.Person(c))
	if err != nil {
		return err
	}
	d := resident.PhonePage{Frame: h.Frame(c, "me.phone_title"), Phone: typed, AskDocument: v.AskDocument}
	d.Now = d.T.T("me.phone_now", text.MaskPhone(v.Phone))
	d.Problems, _ = h.Problems(d.T, wrong)
	return h.Render(c, status, resident.Phone(d))
}

// PhoneAsk sends a code to the new phone.
func (h *Handlers) PhoneAsk(c echo.Context) error {
	in, err := h.Form(c, "phone", "document_tail")
	if err != nil {
		return err
	}
	_, err = h.Portal.AskPhone(c.Request().Context(), h.Person(c), in.Text("document_tail"), h.asking(c, in.Text("phone")))
	if status, wrong, ok := h.refused(c, "phone", err); ok {
		return h.phonePage(c, status, in.Text("phone"), wrong)
	}
	if err != nil {
		return err
	}
	return h.See(c, "/me/phone/code")
}

// PhoneCode asks for the code that was sent there.
func (h *Handlers) PhoneCode(c echo.Context) error { return h.phoneCode(c, http.StatusOK, nil) }

func (h *Handlers) phoneCode(c echo.Context, status int, wrong error) error {
	asked, err := h.Portal.PhoneAsked(c.Request().Context(), h.Person(c), h.Browser(c))
	if errors.Is(err, fault.NotFound) {
		return h.See(c, "/me/phone")
	}
	if err != nil {
		return err
	}
	if asked.Used { // it is the newest, so nothing has replaced it: the change is done
		return h.See(c, "/me")
	}
	d := resident.SignInCodePage{Frame: h.Frame(c, "me.phone_code_title"), Action: "/me/phone/code", Back: "/me/phone"}
	d.Again, d.Submit = d.T.T("me.phone_other"), d.T.T("me.phone_do")
	d.Hint = d.T.T("signin.code_hint", text.MaskPhone(asked.Phone), int(signin.Lifetime.Minutes()))
	return h.codePage(c, status, d, asked, wrong)
}

// PhoneAnswer takes the code and moves the account, or sends another code.
func (h *Handlers) PhoneAnswer(c echo.Context) error {
	in, err := h.Form(c, "code", "again")
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), h.Person(c)
	opening, err := h.Sessions.Open(c.Response(), c.Request(), session.Resident)
	if err != nil {
		return err
	}
	if in.Text("again") != "" {
		if _, err = h.Portal.AskPhoneAgain(ctx, who, h.asking(c, "")); err == nil {
			h.Flash(c, "signin.resent")
			return h.See(c, "/me/phone/code")
		}
	} else {
		var done models.PhoneChanged
		done, err = h.Portal.ChangePhone(ctx, models.PhoneAnswer{
			PersonID: who, Browser: h.Browser(c), Here: h.here(c), Answer: in.Text("code"), Session: opening.Row,
		})
		h.forgetMoved(who, done) // also after an error: the commit may be in doubt
		if err == nil {
			return h.phoneChanged(c, opening, done)
		}
	}
	switch status, wrong, ok := h.refused(c, "code", err); {
	case ok:
		return h.phoneCode(c, status, wrong)
	case errors.Is(err, fault.Stale):
		h.Flash(c, "me.phone_stale")
		return h.See(c, "/me/phone")
	case errors.Is(err, fault.NotFound):
		return h.See(c, "/me/phone")
	}
	return err
}

// forgetMoved has the sessions read again that a change of phone ends on record.
func (h *Handlers) forgetMoved(who int64, done models.PhoneChanged) {
	h.Sessions.Forget(who)
	if done.Detached != 0 {
		h.Sessions.Forget(done.Detached)
	}
}

// phoneChanged gives this browser a new token.
func (h *Handlers) phoneChanged(c echo.Context, opening session.Opening, done models.PhoneChanged) error {
	if err := h.Sessions.Opened(c.Response(), c.Request(), opening, h.Person(c)); err != nil {
		return err
	}
	h.Flash(c, "me.phone_changed", text.MaskPhone(done.Phone))
	return h.See(c, "/me")
}
