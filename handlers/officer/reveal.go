package officer

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/staff"
	"yongxing/views/officer"
	"yongxing/views/text"
)

// Reveal shows the whole document number and phone of a case, on this answer
// only: it has no address, nothing keeps it, and sent again it is refused; when the
// sign-in has ended, the screen of whoever has gone shows them masked. What is
// half filled in about the facts comes with the form, is kept, and stands there
// again.
func (h *Handlers) Reveal(c echo.Context) error {
	form, err := h.Form(c, decisionFields()...)
	if err != nil {
		return err
	}
	d, err := h.readDecision(c)
	if err != nil {
		return err
	}
	if err := h.keepTyped(c, h.StaffID(c), d); err != nil {
		return err
	}
	seen, err := strconv.Atoi(form.Text("shown"))
	if err != nil {
		seen = -1 // never right
	}
	r := models.Reveal{Number: c.Param("number"), Reason: form.Text("reason"), Note: form.Text("note"), Seen: seen}
	typed := caseTyped{reveal: &r}
	if d.begun() {
		typed.decision = d
	}
	found, err := h.Portal.RevealIdentity(c.Request().Context(), h.StaffID(c), r)
	if problems, ok := h.Problems(h.T(c), err); ok {
		return h.showCase(c, http.StatusUnprocessableEntity, d.list, typed, problems)
	}
	if err != nil {
		return err
	}
	f := h.caseFrame(c, found, d.list)
	page := casePage(f, found, d.list, typed)
	page.Reveal, page.Revealed = nil, f.T.T("officer.revealed")
	page.RefreshTo, page.Refresh = f.Path, f.Idle.Seconds
	masked := page.Person
	page.Person = personPairs(f.T, found, whole, whole)
	for i, p := range page.Person {
		if p.Value != masked[i].Value {
			page.Person[i].Masked = masked[i].Value
		}
	}
	return h.Render(c, http.StatusOK, officer.Case(page))
}

func whole(s string) string { return s }

// revealForm is the small form behind the masked numbers; nil where nobody may
// ask.
func revealForm(t *text.Printer, c models.AppealCase, typed *models.Reveal) *officer.RevealForm {
	if !c.MayReveal {
		return nil
	}
	form := &officer.RevealForm{Shown: strconv.Itoa(c.Revealed), Reasons: options(t, "officer.reveal_reason_", staff.RevealReasons), Hint: t.T("officer.reveal_hint", staff.Reveals.Most())}
	if typed != nil {
		form.Open, form.Reason, form.Note = true, typed.Reason, typed.Note
	}
	return form
}
