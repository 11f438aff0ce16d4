package resident

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/models/draft"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// AppealItems asks which finding is wrong. Whoever appeals all of them already
// is led to where that appeal stands.
func (h *Handlers) AppealItems(c echo.Context) error {
	form, err := h.Portal.AppealForm(c.Request().Context(), h.Person(c))
	if err != nil {
		return err
	}
	if number, all := allUnderAppeal(form); all {
		h.Flash(c, "appeal.already_open", number)
		return h.See(c, "/appeal/"+number)
	}
	return h.Render(c, http.StatusOK, resident.AppealItems(h.appealItems(c, form, nil)))
}

// AppealAnew gives up what was filled in and not sent.
func (h *Handlers) AppealAnew(c echo.Context) error { return h.anew(c, draft.Appeal, "/appeal/new") }

// AppealChoose keeps which findings are appealed, and why.
func (h *Handlers) AppealChoose(c echo.Context) error {
	in, err := h.Form(c, append(models.AppealGroundFields(), "items[]", "list[]")...)
	if err != nil {
		return err
	}
	picks := []models.AppealPick{}
	for i, token := range in.All("list[]") {
		if slices.Contains(in.All("items[]"), token) {
			picks = append(picks, models.AppealPick{Token: token, Ground: in.Text(models.AppealGroundField(i))})
		}
	}
	err = h.Portal.ChooseItems(c.Request().Context(), h.Person(c), picks)
	if err == nil {
		return h.See(c, "/appeal/new/statement")
	}
	form, again := h.appealAgain(c, err)
	if form == nil {
		return again
	}
	page := h.appealItems(c, *form, picks)
	page.Problems, _ = h.Problems(page.T, err)
	return h.Render(c, http.StatusUnprocessableEntity, resident.AppealItems(page))
}

// appealAgain reads the form again for a page that says what was wrong; any
// other error is not the form's business, and form is nil.
func (h *Handlers) appealAgain(c echo.Context, err error) (form *models.AppealForm, other error) {
	if _, ok := h.Problems(h.T(c), err); !ok {
		return nil, err
	}
	read, err := h.Portal.AppealForm(c.Request().Context(), h.Person(c))
	if err != nil {
		return nil, err
	}
	return &read, nil
}

// begun reads the form of a step after the first. Whoever has chosen nothing yet
// is led to the first step: form is nil then.
func (h *Handlers) begun(c echo.Context) (form *models.AppealForm, other error) {
	read, err := h.Portal.AppealForm(c.Request().Context(), h.Person(c))
	if err != nil {
		return nil, err
	}
	if len(read.Chosen()) == 0 {
		return nil, h.See(c, "/appeal/new")
	}
	return &read, nil
}

// AppealStatement asks what happened.
func (h *Handlers) AppealStatement(c echo.Context) error {
	form, other := h.begun(c)
	if form == nil {
		return other
	}
	return h.Render(c, http.StatusOK, resident.AppealStatement(h.appealStatement(c, *form)))
}

// AppealExplain keeps what happened.
func (h *Handlers) AppealExplain(c echo.Context) error {
	in, err := h.Form(c, "statement", "harm")
	if err != nil {
		return err
	}
	statement, harm := in.Text("statement"), in.Text("harm")
	if harm == noHarm {
		harm = ""
	}
	err = h.Portal.ExplainAppeal(c.Request().Context(), h.Person(c), statement, harm)
	if err == nil {
		return h.See(c, "/appeal/new/evidence")
	}
	form, again := h.appealAgain(c, err)
	if form == nil {
		return again
	}
	form.Statement, form.Harm = statement, harm
	page := h.appealStatement(c, *form)
	page.Problems, _ = h.Problems(page.T, err)
	return h.Render(c, http.StatusUnprocessableEntity, resident.AppealStatement(page))
}

// AppealEvidence shows the photos so far.
func (h *Handlers) AppealEvidence(c echo.Context) error {
	form, other := h.begun(c)
	if form == nil {
		return other
	}
	return h.Render(c, http.StatusOK, resident.AppealEvidence(h.appealEvidence(c, *form, "")))
}

// AppealAddPhoto adds one photo. Both buttons of the page send one that is
// chosen, so that nobody loses it by going on.
func (h *Handlers) AppealAddPhoto(c echo.Context) error {
	in, err := h.Form(c, "kind", "file", "do")
	if err != nil {
		return err
	}
	up, err := upload(in)
	if err != nil {
		return err
	}
	next := "/appeal/new/evidence"
	if in.Text("do") == "next" {
		next = "/appeal/new/check"
	}
	if up.File == nil && in.Text("do") == "next" {
		return h.See(c, next)
	}
	err = h.Portal.AddPhoto(c.Request().Context(), h.Person(c), up)
	if err == nil {
		h.Flash(c, "appeal.added_flash")
		return h.See(c, next)
	}
	form, again := h.appealAgain(c, err)
	if form == nil {
		return again
	}
	page := h.appealEvidence(c, *form, up.Kind)
	page.Problems, _ = h.Problems(page.T, err)
	page.Problems = photoAgain(page.T, page.Problems, up)
	return h.Render(c, h.Unfit(c, err), resident.AppealEvidence(page))
}

// upload reads the fields of one photo; File is nil if none was chosen.
func upload(in handlers.Form) (models.Upload, error) {
	up := models.Upload{Kind: in.Text("kind")}
	head := in.File(evidence.Field)
	if head == nil {
		return up, nil
	}
	file, err := head.Open()
	if err != nil {
		return up, err
	}
	defer file.Close()
	up.File, err = io.ReadAll(io.LimitReader(file, evidence.MaxBytes+1))
	return up, err
}

// photoAgain adds that a photo must be chosen again where something else was
// wrong: no browser keeps it in the form.
func photoAgain(t *text.Printer, problems ui.Problems, up models.Upload) ui.Problems {
	if up.File == nil || problems.Of(evidence.Field) != "" {
		return problems
	}
	return append(problems, ui.Problem{Field: evidence.Field, Message: t.T("appeal.photo_again")})
}

// AppealRemovePhoto takes one photo out.
func (h *Handlers) AppealRemovePhoto(c echo.Context) error {
	in, err := h.Form(c, "ref")
	if err != nil {
		return err
	}
	if err := h.Portal.RemovePhoto(c.Request().Context(), h.Person(c), in.Text("ref")); err != nil {
		return err
	}
	h.Flash(c, "appeal.removed_flash")
	return h.See(c, "/appeal/new/evidence")
}

// AppealCheck shows everything before it is sent.
func (h *Handlers) AppealCheck(c echo.Context) error {
	form, other := h.begun(c)
	if form == nil {
		return other
	}
	return h.Render(c, http.StatusOK, resident.AppealCheck(h.appealCheck(c, *form)))
}

// AppealSend files the appeal. What is wrong with the draft stands on the check
// page; a fact that is appealed already leads to that appeal.
func (h *Handlers) AppealSend(c echo.Context) error {
	in, err := h.Form(c, "key", "seen")
	if err != nil {
		return err
	}
	if in.Text("seen") == "" {
		return fault.Refuse("", "form.unreadable")
	}
	channel := "web"
	if handlers.InWeChat(c) {
		channel = "wechat_oa"
	}
	number, err := h.Portal.FileAppeal(c.Request().Context(), models.Filing{PersonID: h.Person(c), Channel: channel, Key: in.Text("key"), Seen: in.Text("seen")})
	if err == nil {
		h.Flash(c, "appeal.filed_flash", number)
		return h.See(c, "/appeal/"+number)
	}
	if taken, ok := takenBy(err); ok {
		h.Flash(c, "appeal.already_open", taken)
		return h.See(c, "/appeal/"+taken)
	}
	status := http.StatusUnprocessableEntity
	if moved := (*fault.Conflict)(nil); errors.As(err, &moved) && moved.Key == "appeal.draft_moved" {
		status, err = http.StatusConflict, fault.Refuse("", moved.Key)
	}
	form, again := h.appealAgain(c, err)
	if form == nil {
		return again
	}
	if len(form.Chosen()) == 0 {
		return h.See(c, "/appeal/new")
	}
	page := h.appealCheck(c, *form)
	page.Problems, _ = h.Problems(page.T, err)
	return h.Render(c, status, resident.AppealCheck(page))
}

// takenBy is the number of the appeal that a conflict names.
func takenBy(err error) (number string, ok bool) {
	var conflict *fault.Conflict
	if !errors.As(err, &conflict) || conflict.Key != "appeal.already_open" || len(conflict.Args) == 0 {
		return "", false
	}
	number, ok = conflict.Args[0].(string)
	return number, ok
}

// allUnderAppeal tells that nothing is left to choose because one appeal has it
// all.
func allUnderAppeal(form models.AppealForm) (number string, all bool) {
	if len(form.Choices) > 0 || len(form.Others) == 0 {
		return "", false
	}
	number = form.Others[0].View.OpenAppeal
	return number, number != "" && !slices.ContainsFunc(form.Others, func(o models.AppealChoice) bool { return o.View.OpenAppeal != number })
}

func kilobytes(n int) string {
	if n < 1<<20 {
		return strconv.Itoa(max(1, n>>10)) + " KB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
}
