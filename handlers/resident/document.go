package resident

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/views/resident"
	"yongxing/web/session"
)

// documentAsked is how far this browser has come: whose phone it has proved, by
// which code, and the page that they came for. PersonID is 0 if it has not come
// so far.
func (h *Handlers) documentAsked(c echo.Context) session.Pending {
	pending, ok := h.Sessions.Pending(c.Request(), session.Resident)
	if !ok || pending.Step != session.StepDocument {
		return session.Pending{}
	}
	return pending
}

// SignInDocument asks for the end of the document.
func (h *Handlers) SignInDocument(c echo.Context) error {
	if h.documentAsked(c).PersonID == 0 {
		return h.See(c, "/signin")
	}
	return h.Render(c, http.StatusOK, resident.SignInDocument(resident.SignInDocumentPage{Frame: h.Frame(c, "signin.document_title")}))
}

// SignInName takes the end of the document.
func (h *Handlers) SignInName(c echo.Context) error {
	in, err := h.Form(c, "document_tail")
	if err != nil {
		return err
	}
	at := h.documentAsked(c)
	if at.PersonID == 0 {
		return h.See(c, "/signin")
	}
	opening, err := h.Sessions.Open(c.Response(), c.Request(), session.Resident)
	if err != nil {
		return err
	}
	err = h.Portal.AnswerDocument(c.Request().Context(), models.AnswerDocument{
		PersonID: at.PersonID, CodeID: at.CodeID, Browser: h.Browser(c), Answer: in.Text("document_tail"), Session: opening.Row,
	})
	if errors.Is(err, fault.Stale) { // the phone is somebody else's by now: begin again
		return h.signInAnew(c)
	}
	d := resident.SignInDocumentPage{Frame: h.Frame(c, "signin.document_title")}
	if problems, refused := h.Problems(d.T, err); refused {
		d.Problems = problems
		return h.Render(c, http.StatusUnprocessableEntity, resident.SignInDocument(d))
	}
	if err != nil {
		return err
	}
	return h.letIn(c, opening, models.SignedIn{PersonID: at.PersonID, Declared: true}, at.Next)
}

// SignInNotMe asks whether the phone used to be somebody else's.
func (h *Handlers) SignInNotMe(c echo.Context) error {
	if h.documentAsked(c).PersonID == 0 {
		return h.See(c, "/signin")
	}
	return h.Render(c, http.StatusOK, resident.SignInNotMe(resident.SignInNotMePage{Frame: h.Frame(c, "signin.not_me_title")}))
}

// SignInDetach takes the phone from whoever had it before and starts fresh.
func (h *Handlers) SignInDetach(c echo.Context) error {
	if _, err := h.Form(c); err != nil {
		return err
	}
	at := h.documentAsked(c)
	if at.PersonID == 0 {
		return h.See(c, "/signin")
	}
	opening, err := h.Sessions.Open(c.Response(), c.Request(), session.Resident)
	if err != nil {
		return err
	}
	fresh, err := h.Portal.NotMe(c.Request().Context(), models.NotMe{
		OldPerson: at.PersonID, CodeID: at.CodeID, Browser: h.Browser(c), Language: h.Lang(c), Session: opening.Row,
	})
	h.Sessions.Forget(at.PersonID) // the story has ended them on record, or it is in doubt
	if errors.Is(err, fault.Stale) {
		return h.signInAnew(c)
	}
	if err != nil {
		return err
	}
	h.Flash(c, "signin.started_fresh")
	return h.letIn(c, opening, models.SignedIn{PersonID: fresh}, "")
}

// signInAnew ends a half sign-in whose phone has moved on, and begins again.
func (h *Handlers) signInAnew(c echo.Context) error {
	if err := h.Sessions.SignOut(c.Response(), c.Request(), session.Resident); err != nil {
		return err
	}
	h.Flash(c, "signin.moved_on")
	return h.See(c, "/signin")
}
