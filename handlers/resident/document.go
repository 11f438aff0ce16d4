package resident

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/views/resident"
	"yongxing/web/session"
)

// documentAsked is the bound person whose phone this browser has proved, 0 if
// the browser has not come so far, and the page that they came for.
func (h *Handlers) documentAsked(c echo.Context) (person int64, next string) {
	pending, ok := h.Sessions.Pending(c.Request(), session.Resident)
	if !ok || pending.Step != session.StepDocument {
		return 0, ""
	}
	return pending.PersonID, pending.Next
}

// SignInDocument asks for the end of the document.
func (h *Handlers) SignInDocument(c echo.Context) error {
	if who, _ := h.documentAsked(c); who == 0 {
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
	who, next := h.documentAsked(c)
	if who == 0 {
		return h.See(c, "/signin")
	}
	err = h.Portal.AnswerDocument(c.Request().Context(), models.AnswerDocument{
		PersonID: who, Browser: h.Browser(c), Answer: in.Text("document_tail"),
	})
	d := resident.SignInDocumentPage{Frame: h.Frame(c, "signin.document_title")}
	if problems, refused := h.Problems(d.T, err); refused {
		d.Problems = problems
		return h.Render(c, http.StatusUnprocessableEntity, resident.SignInDocument(d))
	}
	if err != nil {
		return err
	}
	return h.letIn(c, models.SignedIn{PersonID: who, Declared: true}, next)
}

// SignInNotMe asks whether the phone used to be somebody else's.
func (h *Handlers) SignInNotMe(c echo.Context) error {
	if who, _ := h.documentAsked(c); who == 0 {
		return h.See(c, "/signin")
	}
	return h.Render(c, http.StatusOK, resident.SignInNotMe(resident.SignInNotMePage{Frame: h.Frame(c, "signin.not_me_title")}))
}

// SignInDetach takes the phone from whoever had it before and starts fresh.
func (h *Handlers) SignInDetach(c echo.Context) error {
	if _, err := h.Form(c); err != nil {
		return err
	}
	old, _ := h.documentAsked(c)
	if old == 0 {
		return h.See(c, "/signin")
	}
	fresh, err := h.Portal.NotMe(c.Request().Context(), old, h.Lang(c))
	if err != nil {
		return err
	}
	// The story has ended the sessions on record; this one forgets those in memory.
	if err := h.Sessions.EndPerson(c.Request().Context(), old); err != nil {
		return err
	}
	h.Flash(c, "signin.started_fresh")
	return h.letIn(c, models.SignedIn{PersonID: fresh}, "")
}
