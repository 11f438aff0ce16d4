package resident

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/declaration"
	"yongxing/models/fault"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// Documents lists the documents of a bound person and takes a new one.
func (h *Handlers) Documents(c echo.Context) error {
	return h.documentsPage(c, http.StatusOK, models.FurtherDocument{Kind: kindAsked(c, "")}, nil)
}

// documentsPage shows the list, and in the form what was typed and what is wrong
// with it. Somebody who is not verified is led to the page that asks who they are.
func (h *Handlers) documentsPage(c echo.Context, status int, typed models.FurtherDocument, problems ui.Problems) error {
	list, err := h.Portal.Documents(c.Request().Context(), h.Person(c))
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].Bound.IsZero() {
		return h.See(c, "/declare/identity")
	}
	d := resident.DocumentsPage{Frame: h.Frame(c, "me.document_title")}
	d.Problems = problems
	d.DocumentFields = documentFields(d.T, typed.Kind, typed.Number, typed.Nationality, "", declaration.DayOf(h.Now()))
	d.AskBorn = false // on record already
	d.Scripts = []string{"kind.js"}
	nextFields(c, d.Frame, &d.DocumentFields)
	for _, own := range list {
		d.Waiting = d.Waiting || own.Bound.IsZero()
		d.Documents = append(d.Documents, ownDocument(d.T, own))
	}
	return h.Render(c, status, resident.Documents(d))
}

func ownDocument(t *text.Printer, own models.DocumentView) resident.OwnDocument {
	day := func(at time.Time) string { return strings.ReplaceAll(t.Date(at), " ", "\u00a0") } // never broken in the middle
	state := t.T("me.document_waiting", day(own.Claimed))
	if !own.Bound.IsZero() {
		state = t.T("me.document_bound", day(own.Bound))
	}
	return resident.OwnDocument{
		Name: t.T("declare.document_" + own.Kind), Under: t.T("me.document_line", text.MaskDocument(own.Number), state), Current: own.Current,
	}
}

// DocumentClaim takes a new document.
func (h *Handlers) DocumentClaim(c echo.Context) error {
	in, err := h.Form(c, "document_kind", "document_number", "nationality")
	if err != nil {
		return err
	}
	typed := models.FurtherDocument{
		PersonID: h.Person(c), Kind: in.Text("document_kind"), Number: in.Text("document_number"), Nationality: in.Text("nationality"), Browser: h.Browser(c),
	}
	bound, err := h.Portal.ClaimDocument(c.Request().Context(), typed)
	if problems, refused := h.Problems(h.T(c), err); refused {
		problems, status := askedFor(in, problems)
		return h.documentsPage(c, status, typed, problems)
	}
	if errors.Is(err, fault.Stale) {
		return h.See(c, "/declare/identity")
	}
	if err != nil {
		return err
	}
	done := "me.document_claimed"
	if bound {
		done = "me.document_bound_now"
	}
	h.Flash(c, done)
	return h.See(c, "/me/document")
}
