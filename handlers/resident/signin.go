package resident

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/models/signin"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/web/session"
)

// SignIn asks for the phone. next in its address is the page that somebody came
// for, from a link in a message or in the middle of a form.
func (h *Handlers) SignIn(c echo.Context) error {
	next := handlers.Next(c.QueryParam("next"))
	if h.Person(c) == 0 {
		return h.signInPage(c, http.StatusOK, "", next, nil)
	}
	if next == "" {
		next = "/code"
	}
	return h.See(c, next)
}

func (h *Handlers) signInPage(c echo.Context, status int, phone, next string, wrong error) error {
	d := resident.SignInPage{Frame: h.Frame(c, "signin.title"), Phone: phone, Next: next, InWeChat: handlers.InWeChat(c)}
	d.Path = handlers.SignInFor(next)
	d.Problems, _ = h.Problems(d.T, wrong)
	return h.Render(c, status, resident.SignIn(d))
}

// SignInAsk sends a one-time code, or leads to the one that was sent just now.
func (h *Handlers) SignInAsk(c echo.Context) error {
	in, err := h.Form(c, "phone", "next")
	if err != nil {
		return err
	}
	next := handlers.Next(in.Text("next"))
	asked, err := h.Portal.AskCode(c.Request().Context(), models.AskCode{
		Phone: in.Text("phone"), Browser: h.Browser(c), Address: h.Address(c), Language: h.Lang(c),
	})
	if status, wrong, ok := h.refused(c, "phone", err); ok {
		return h.signInPage(c, status, in.Text("phone"), next, wrong)
	}
	if err != nil {
		return err
	}
	if asked.Before {
		h.Flash(c, "signin.sent_before")
	}
	return h.awaitCode(c, asked, next)
}

// awaitCode leads to the page that takes the code.
func (h *Handlers) awaitCode(c echo.Context, asked models.CodeAsked, next string) error {
	err := h.Sessions.Pend(c.Response(), c.Request(), session.Resident, session.Pending{Step: session.StepCode, CodeID: asked.ID, Next: next})
	if err != nil {
		return err
	}
	return h.See(c, "/signin/code")
}

// SignInCode asks for the one-time code.
func (h *Handlers) SignInCode(c echo.Context) error {
	pending, ok := h.Sessions.Pending(c.Request(), session.Resident)
	if !ok || pending.Step != session.StepCode {
		return h.See(c, "/signin")
	}
	return h.signInCodePage(c, http.StatusOK, pending, nil)
}

func (h *Handlers) signInCodePage(c echo.Context, status int, pending session.Pending, wrong error) error {
	asked, err := h.Portal.CodeAsked(c.Request().Context(), pending.CodeID, h.Browser(c))
	if errors.Is(err, fault.NotFound) { // swept, or another browser's
		return h.See(c, "/signin")
	}
	if err != nil {
		return err
	}
	d := resident.SignInCodePage{
		Frame: h.Frame(c, "signin.code_title"), Action: "/signin/code", Back: handlers.SignInFor(pending.Next),
	}
	d.Again, d.Submit = d.T.T("signin.other_phone"), d.T.T("signin.submit")
	d.Hint = d.T.T("signin.code_hint", text.MaskPhone(asked.Phone), int(signin.Lifetime.Minutes()))
	return h.codePage(c, status, d, asked, wrong)
}

// codePage asks for a one-time code, whatever it is for.
func (h *Handlers) codePage(c echo.Context, status int, d resident.SignInCodePage, asked models.CodeAsked, wrong error) (err error) {
	now := h.Now()
	if wait := asked.ResendAt.Sub(now); wait > 0 && status != http.StatusTooManyRequests { // there the problem has the time
		d.ResendAt = freeAt(d.T, now, wait)
	}
	if d.Demo, err = h.Portal.DemoCode(c.Request().Context(), h.Browser(c)); err != nil {
		return err
	}
	if d.DemoWords == "" {
		d.DemoWords = d.T.T("signin.demo_code")
	}
	d.Problems, _ = h.Problems(d.T, wrong)
	return h.Render(c, status, resident.SignInCode(d))
}

// SignInAnswer takes the one-time code, or sends another one.
func (h *Handlers) SignInAnswer(c echo.Context) error {
	in, err := h.Form(c, "code", "again")
	if err != nil {
		return err
	}
	pending, ok := h.Sessions.Pending(c.Request(), session.Resident)
	if !ok || pending.Step != session.StepCode {
		return h.See(c, "/signin")
	}
	if in.Text("again") != "" {
		return h.signInAgain(c, pending)
	}
	opening, err := h.Sessions.Open(c.Response(), c.Request(), session.Resident)
	if err != nil {
		return err
	}
	who, err := h.Portal.SignIn(c.Request().Context(), models.SignIn{
		CodeID: pending.CodeID, Browser: h.Browser(c), Answer: in.Text("code"), Language: h.Lang(c),
		Guessed: h.Chosen(c, handlers.LanguageCookie) == "", Session: opening.Row,
	})
	if _, refused := h.Problems(h.T(c), err); refused {
		return h.signInCodePage(c, http.StatusUnprocessableEntity, pending, err)
	}
	if err != nil {
		return err
	}
	if who.AskDocument {
		err := h.Sessions.Pend(c.Response(), c.Request(), session.Resident, session.Pending{
			Step: session.StepDocument, PersonID: who.PersonID, CodeID: pending.CodeID, Next: pending.Next,
		})
		if err != nil {
			return err
		}
		return h.See(c, "/signin/document")
	}
	return h.letIn(c, opening, who, pending.Next)
}

// letIn ends a sign-in and leads to the page that somebody came for. Without
// one, whoever has a code sees it, and a newcomer declares.
func (h *Handlers) letIn(c echo.Context, opening session.Opening, who models.SignedIn, next string) error {
	if err := h.Sessions.Opened(c.Response(), c.Request(), opening, who.PersonID); err != nil {
		return err
	}
	prefers, err := h.Portal.Preferences(c.Request().Context(), who.PersonID)
	if err != nil {
		return err
	}
	if h.Chosen(c, handlers.LanguageCookie) == "" && h.Chosen(c, handlers.LargeTypeCookie) == "" {
		h.wear(c, prefers) // a browser that is new to them
	}
	switch {
	case next != "":
		return h.See(c, next)
	case who.Declared:
		return h.See(c, "/code")
	}
	return h.See(c, "/declare")
}

func (h *Handlers) signInAgain(c echo.Context, pending session.Pending) error {
	asked, err := h.Portal.AskCodeAgain(c.Request().Context(), pending.CodeID, models.AskCode{
		Browser: h.Browser(c), Address: h.Address(c), Language: h.Lang(c),
	})
	if errors.Is(err, fault.NotFound) {
		return h.See(c, "/signin")
	}
	if status, wrong, ok := h.refused(c, "code", err); ok {
		return h.signInCodePage(c, status, pending, wrong)
	}
	if err != nil {
		return err
	}
	h.Flash(c, "signin.resent")
	return h.awaitCode(c, asked, pending.Next)
}

// SignOut ends the session on this browser. It does so also while the database is
// gone, when the next page would show from memory whose code it was.
func (h *Handlers) SignOut(c echo.Context) error {
	if _, err := h.Form(c); err != nil {
		return err
	}
	said, to := "signin.signed_out", "/"
	err := h.Sessions.SignOut(c.Response(), c.Request(), session.Resident)
	if errors.Is(err, fault.Unavailable) && h.Sessions.SignOutHere(c.Response(), c.Request(), session.Resident) {
		said, to, err = "signin.signed_out_here", "/signin", nil // a page that stands without the database
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	h.Flash(c, said)
	return h.See(c, to)
}
