package resident

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/declaration"
	"yongxing/models/draft"
	"yongxing/models/fault"
	"yongxing/models/review"
	"yongxing/views/resident"
	"yongxing/views/ui"
)

// Declare lists what a declaration asks and how far it is.
func (h *Handlers) Declare(c echo.Context) error {
	draft, err := h.Portal.DeclareDraft(c.Request().Context(), h.Person(c))
	if err != nil {
		return err
	}
	d := resident.DeclarePage{Frame: h.Frame(c, "declare.title"), Next: declareNext(draft)}
	for _, step := range declaration.Steps {
		row := ui.Row{Key: d.T.T("declare.step_" + step)}
		switch {
		case draft.Answers.Finished(step):
			row.Value, row.ChangeHref = d.T.T("declare.task_done"), "/declare/"+step
		default:
			row.Value = d.T.T("declare.task_open")
		}
		d.Tasks = append(d.Tasks, row)
	}
	d.Label = d.T.T("declare.begin")
	if draft.Version > 0 {
		d.Resumed, d.Label = d.T.Near(draft.SavedAt, h.Now()), d.T.T("declare.go_on")
	}
	return h.Render(c, http.StatusOK, resident.Declare(d))
}

// declareNext is the page of the first step that is not finished, or the check.
func declareNext(draft models.DeclareDraft) string {
	if step := draft.Answers.Open(); step != "" {
		return "/declare/" + step
	}
	return "/declare/check"
}

// declareAt reads the draft for the page of a step. Whoever comes too early is
// led to the step whose turn it is: ok is false then, and the answer is given.
func (h *Handlers) declareAt(c echo.Context, step string) (draft models.DeclareDraft, ok bool, answer error) {
	draft, err := h.Portal.DeclareDraft(c.Request().Context(), h.Person(c))
	if err != nil {
		return draft, false, err
	}
	if !draft.Answers.Reached(step) {
		return draft, false, h.See(c, declareNext(draft))
	}
	return draft, true, nil
}

// declareStep fills what all steps show.
func (h *Handlers) declareStep(c echo.Context, step, title string, draft models.DeclareDraft) resident.DeclareStep {
	number := slices.Index(declaration.Steps, step)
	back := "/declare"
	if number > 0 {
		back = "/declare/" + declaration.Steps[number-1]
	}
	f := h.Frame(c, title)
	return resident.DeclareStep{
		Frame: f, Number: number + 1, Label: f.T.T("declare.step_" + step), Back: back,
		Version: strconv.FormatInt(draft.Version, 10), Saved: draft.Version > 0,
	}
}

// declared is how a step was answered: saved (draft is the new one), or refused
// with a status and the page to show again.
type declared struct {
	draft  models.DeclareDraft
	step   resident.DeclareStep
	status int
}

// saveStep sends what was typed to the draft. Refused input comes back with 422,
// a draft that another tab has changed with 409 and what that tab has saved; both
// keep what was typed. ok is false if answer has been given.
func (h *Handlers) saveStep(c echo.Context, in handlers.Form, title string, form declaration.Form) (d declared, saved bool, answer error) {
	version, err := strconv.ParseInt(in.Text("version"), 10, 64)
	if err != nil {
		return d, false, fault.Refuse("", "form.unknown")
	}
	ctx, who := c.Request().Context(), h.Person(c)
	if d.draft, err = h.Portal.AnswerStep(ctx, who, version, form); err == nil {
		return d, true, nil
	}
	var conflict *fault.Conflict
	if sentElsewhere(err) {
		return d, false, h.declareSent(c, d.draft, []string{form.Step()})
	}
	seen := in.Text("version")
	if d.draft.Kept {
		seen = strconv.FormatInt(d.draft.Version, 10)
	}
	problems, invalid := h.Problems(h.T(c), err)
	if !invalid && !errors.As(err, &conflict) {
		return d, false, err
	}
	if d.draft, err = h.Portal.DeclareDraft(ctx, who); err != nil {
		return d, false, err
	}
	if conflict != nil && conflict.Key != "declare.other_tab" {
		return d, false, h.See(c, declareNext(d.draft))
	}
	d.step = h.declareStep(c, form.Step(), title, d.draft)
	d.step.Problems, d.status = problems, http.StatusUnprocessableEntity
	if conflict != nil {
		d.status = http.StatusConflict
		d.step.Other = declareRows(d.step.T, d.draft.Answers, form.Step(), false)
	} else {
		d.step.Version = seen // the conflict, if there is one, is still to be told
	}
	return d, false, nil
}

func sentElsewhere(err error) bool {
	var conflict *fault.Conflict
	return errors.As(err, &conflict) && conflict.Key == "declare.sent_elsewhere"
}

// declareSent tells that the draft behind a page was sent from another one, shows
// what was sent and what the page held, and leads on.
func (h *Handlers) declareSent(c echo.Context, draft models.DeclareDraft, steps []string) error {
	d := resident.DeclareSentPage{Frame: h.Frame(c, "declare.sent_title")}
	d.Path, d.Problem, d.Step = "/declare", true, len(steps) == 1
	d.When = d.T.Near(draft.SentAt, h.Now())
	for _, step := range steps {
		d.Sent = append(d.Sent, declareRows(d.T, *draft.Before, step, false)...)
		if draft.Typed != nil {
			d.Typed = append(d.Typed, declareRows(d.T, *draft.Typed, step, false)...)
		}
	}
	return h.Render(c, http.StatusConflict, resident.DeclareSent(d))
}

// DeclareAnew gives up what was filled in and not sent.
func (h *Handlers) DeclareAnew(c echo.Context) error { return h.anew(c, draft.Declare, "/declare") }

func (h *Handlers) anew(c echo.Context, kind, page string) error {
	if _, err := h.Form(c); err != nil {
		return err
	}
	if err := h.Portal.StartAnew(c.Request().Context(), h.Person(c), kind); err != nil {
		return err
	}
	h.Flash(c, "common.anew_done")
	return h.See(c, page)
}

// DeclareConfirm keeps an address of the portal's contract: truth and consent are
// asked on the check.
func (h *Handlers) DeclareConfirm(c echo.Context) error { return h.See(c, "/declare/check") }

// DeclareCheck shows everything before it is sent.
func (h *Handlers) DeclareCheck(c echo.Context) error {
	return h.declareCheck(c, http.StatusOK, h.NewKey(), nil)
}

func (h *Handlers) declareCheck(c echo.Context, status int, key string, wrong error) error {
	v, err := h.Portal.PreviewDeclaration(c.Request().Context(), h.Person(c))
	if errors.Is(err, fault.Stale) {
		return h.See(c, "/declare")
	}
	if err != nil {
		return err
	}
	d := resident.DeclareCheckPage{
		DeclareStep: h.declareStep(c, declaration.StepHealth, "declare.check_title", v.Draft),
		Colour:      string(v.Colour), Unbound: !v.Draft.Bound, Stamp: v.Stamp, Key: key,
	}
	d.Number, d.Label, d.Back = resident.DeclareSteps, d.T.T("declare.step_check"), "/declare/"+declaration.StepHealth
	a := v.Draft.Answers
	d.Who = append(declareRows(d.T, a, declaration.StepIdentity, !v.Draft.Bound), declareRows(d.T, a, declaration.StepResidence, true)...)
	d.Where = append(declareRows(d.T, a, declaration.StepStays, true), declareRows(d.T, a, declaration.StepContact, true)...)
	d.Who[0].Value = a.Identity.Name // whole: one signs for it here
	d.Health = declareRows(d.T, a, declaration.StepHealth, true)
	for _, f := range v.Findings {
		d.Reasons = append(d.Reasons, declareReason(d.Frame, f))
	}
	d.Problems, _ = h.Problems(d.T, wrong)
	var conflict *fault.Conflict
	if errors.As(wrong, &conflict) {
		d.Moved = d.T.T(conflict.Key, conflict.Args...)
	}
	return h.Render(c, status, resident.DeclareCheck(d))
}

func declareReason(f ui.Frame, p models.PreviewFinding) resident.DeclareReason {
	rule := p.RuleText(f.Lang)
	r := resident.DeclareReason{Name: f.T.T("declare.reason", rule.Name, p.Rule), Why: rule.Why}
	switch {
	case len(p.Steps) == 0:
	case slices.Contains(p.Kinds, review.KindIsolation):
		r.Hint = f.T.T("declare.hint_isolation")
	case slices.Contains(p.Kinds, review.KindSymptom):
		r.Hint = f.T.T("declare.hint_symptom")
	case p.Final:
		r.Hint = f.T.T("declare.hint_final")
	}
	return r
}

// DeclareSend sends the declaration.
func (h *Handlers) DeclareSend(c echo.Context) error {
	in, err := h.Form(c, "version", "stamp", "key", "true")
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(in.Text("version"), 10, 64)
	if err != nil || in.Text("key") == "" {
		return fault.Refuse("", "form.unknown")
	}
	_, err = h.Portal.Declare(c.Request().Context(), models.Declaration{
		PersonID: h.Person(c), Version: version, Stamp: in.Text("stamp"), Key: in.Text("key"), True: in.Text("true") == "1",
		Browser: h.Browser(c), Language: h.Lang(c),
	})
	if err == nil {
		return h.See(c, "/declare/done")
	}
	if sentElsewhere(err) {
		draft, err := h.Portal.DeclareDraft(c.Request().Context(), h.Person(c))
		if err != nil {
			return err
		}
		return h.declareSent(c, draft, declaration.Steps)
	}
	var conflict *fault.Conflict
	switch _, refused := h.Problems(h.T(c), err); {
	case refused:
		return h.declareCheck(c, http.StatusUnprocessableEntity, in.Text("key"), err)
	case errors.As(err, &conflict):
		return h.declareCheck(c, http.StatusConflict, h.NewKey(), err)
	}
	return err
}

// justDeclared is how long the page that follows a declaration is there for who
// comes back to it; later it would speak of something long past.
const justDeclared = time.Hour

// DeclareDone shows what a declaration has led to.
func (h *Handlers) DeclareDone(c echo.Context) error {
	page, err := h.Portal.CodePage(c.Request().Context(), h.Person(c))
	if err != nil {
		return err
	}
	switch {
	case !page.AsOf.IsZero():
		return h.See(c, "/code") // which says of when that is
	case page.Declared.IsZero() && page.State != models.StateUnconfirmed:
		h.Flash(c, "declare.done_nothing")
		return h.See(c, "/declare")
	case h.Now().Sub(page.Declared) > justDeclared && page.State != models.StateUnconfirmed:
		h.Flash(c, "declare.done_before", h.T(c).Near(page.Declared, h.Now()))
		return h.See(c, "/code")
	}
	d := resident.DeclareDonePage{Frame: h.Frame(c, "declare.done_title"), Colour: page.State}
	d.Words = d.T.T("declare.done_" + page.State)
	d.Bind = page.State == models.StateUnverified
	for _, f := range page.Findings {
		rule := f.RuleText(d.Lang)
		advice := rule.Advice
		if f.OwesCheckIns() {
			advice = d.T.T("code.checkin_owed")
		}
		d.Reasons = append(d.Reasons, resident.DeclareReason{Name: d.T.T("declare.reason", rule.Name, f.Rule), Why: rule.Why, Hint: advice})
		d.CheckIns = d.CheckIns || slices.ContainsFunc(f.Endings, facttext.AsksCheckIns)
	}
	return h.Render(c, http.StatusOK, resident.DeclareDone(d))
}
