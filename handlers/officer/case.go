package officer

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/division"
	"yongxing/views/officer"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// Case is the page of one case.
func (h *Handlers) Case(c echo.Context) error {
	query, err := h.Query(c, listField)
	if err != nil {
		return err
	}
	list, unknown := readList(query)
	if unknown {
		return errUnknown()
	}
	return h.showCase(c, http.StatusOK, list, caseTyped{}, nil)
}

// caseTyped is what was typed on a case's page: about the facts, or to see the
// identity.
type caseTyped struct {
	decision *decision
	reveal   *models.Reveal
}

// showCase renders a case that was opened from a list, with what was typed and
// what is wrong with it.
func (h *Handlers) showCase(c echo.Context, status int, list models.QueueAsk, typed caseTyped, problems ui.Problems) error {
	found, err := h.Portal.AppealCase(c.Request().Context(), h.StaffID(c), c.Param("number"))
	if err != nil {
		return err
	}
	f := h.caseFrame(c, found, list)
	f.Problems = problems
	return h.Render(c, status, officer.Case(casePage(f, found, list, typed)))
}

func (h *Handlers) caseFrame(c echo.Context, found models.AppealCase, list models.QueueAsk) ui.Frame {
	f := h.desk(c, found.Desk, "officer.case_title", found.Number, text.MaskName(found.Person.Name))
	f.Path = caseHref(found.Number, list)
	return f
}

// Claim puts the case on the officer's desk and opens it.
func (h *Handlers) Claim(c echo.Context) error {
	number := c.Param("number")
	form, err := h.Form(c, listField)
	if err != nil {
		return err
	}
	if err := h.Portal.ClaimAppeal(c.Request().Context(), h.StaffID(c), number); err != nil {
		return err
	}
	h.Flash(c, "officer.flash_claimed", number)
	return h.See(c, caseHref(number, listOf(form)))
}

// Release gives the case back to the queue.
func (h *Handlers) Release(c echo.Context) error {
	number := c.Param("number")
	form, err := h.Form(c, listField)
	if err != nil {
		return err
	}
	if err := h.Portal.ReleaseAppeal(c.Request().Context(), h.StaffID(c), number); err != nil {
		return err
	}
	h.Flash(c, "officer.flash_released", number)
	return h.See(c, queueHref(listOf(form)))
}

func casePage(f ui.Frame, c models.AppealCase, list models.QueueAsk, typed caseTyped) officer.CasePage {
	t := f.T
	d := officer.CasePage{
		Frame: f, CaseHead: caseHead(t, c, list), Back: queueHref(list), Statement: statementWords(t, c), Said: saidWords(t, c), Evidence: caseFiles(t, c, list),
		MayClaim: c.MayClaim, MayRelease: c.MayRelease, Words: c.Words, Reveal: revealForm(t, c, typed.reveal),
		Idle: t.T("officer.idle"),
	}
	if kept := keptDecision(c.Kept); kept != nil && typed.decision == nil {
		typed.decision, d.Kept = kept, t.T("officer.kept", t.Clock(c.Kept.At))
	}
	if typed.decision != nil {
		d.OwnWords = typed.decision.own()
	}
	for _, item := range c.Items {
		view := caseItem(t, c, item)
		if item.Action != "" {
			view.Tag, view.Verdict = t.T("officer.verdict"), t.T("officer.do_"+item.Action)
			view.VerdictUnder = basisWords(t, item.Basis)
		}
		d.Items = append(d.Items, view)
		if c.Mine && item.Open() {
			d.Form = append(d.Form, itemForm(t, item, typed.decision))
		}
	}
	for _, e := range c.Events {
		d.Log = append(d.Log, officer.LogLine{Clock: t.Brief(e.At), ISO: t.ISO(e.At), Words: eventWords(t, e), Text: e.Text})
	}
	if len(d.Form) > 0 {
		d.Draft = draftOf(d.Href, t.T("officer.preview"))
	}
	if !c.Mine {
		d.Aside = asideWords(t, c)
	}
	if c.Outcome != "" {
		d.Outcome = t.T("appeal.outcome." + c.Outcome)
	}
	return d
}

// statementWords are what the person said when they filed, and what they added
// since, each with its time.
func statementWords(t *text.Printer, c models.AppealCase) string {
	words := c.Statement
	for _, e := range c.Events {
		if e.Kind == appeal.EventAdded && e.Text != "" {
			words += "\n" + t.T("officer.added", t.Brief(e.At), e.Text)
		}
	}
	return strings.TrimPrefix(words, "\n")
}

// asideWords say why there is nothing to decide here now.
func asideWords(t *text.Printer, c models.AppealCase) string {
	switch c.State {
	case appeal.Submitted:
		return t.T("officer.aside_open")
	case appeal.Claimed:
		return t.T("officer.aside_other", c.Handler)
	case appeal.AwaitingCitizen:
		return t.T("officer.aside_waiting", t.DateTime(c.AskUntil))
	}
	return t.T("officer.aside_over", t.DateTime(c.Decided))
}

func caseHead(t *text.Printer, c models.AppealCase, list models.QueueAsk) officer.CaseHead {
	head := officer.CaseHead{
		Href: queuePath + "/" + c.Number, List: queueQuery(list), Heading: text.MaskName(c.Person.Name) + "　" + c.Number, Colour: string(c.Colour),
		Person: personPairs(t, c, text.MaskDocument, text.MaskPhone),
	}
	switch {
	case c.Mine:
		head.Tag = t.T("officer.mine", t.Clock(c.Until))
	default:
		head.Tag = t.T("officer.state_" + c.State)
	}
	if c.Decided.IsZero() {
		head.DueState, head.Due = dueWords(t, c.Due, c.Now, c.Paused)
		if !c.Paused {
			head.Due = t.T("officer.due_at", head.Due, dueAt(t, c.Due, c.Now))
		}
	}
	if c.HarmGround != "" {
		head.Harm = t.T("appeal.harm." + c.HarmGround)
	}
	return head
}

// personPairs are who the case is about, with document and phone as these two
// write them.
func personPairs(t *text.Printer, c models.AppealCase, writeDocument, writePhone func(string) string) []ui.Pair {
	p := c.Person
	document, bound, earlier := "", t.T("officer.unbound"), t.T("officer.earlier_none")
	if p.Document != "" {
		document = t.T("officer.document_of", t.T("officer.papers_"+p.DocumentKind), writeDocument(p.Document))
	}
	for _, d := range p.Others {
		line := "officer.document_also"
		if d.Bound.IsZero() {
			line = "officer.document_claimed"
		}
		document += "\n" + t.T(line, t.T("officer.papers_"+d.Kind), writeDocument(d.Number))
	}
	if !p.Bound.IsZero() {
		bound = t.T("officer.bound", t.T("officer.bound_"+p.BoundBy), t.Date(p.Bound))
	}
	if n := len(c.Earlier); n > 0 {
		var numbers []string
		for _, e := range c.Earlier[:min(n, 3)] {
			words := t.T("officer.state_" + e.State)
			if e.Outcome != "" {
				words = t.T("appeal.outcome." + e.Outcome)
			}
			numbers = append(numbers, e.Number+" "+words)
		}
		earlier = strings.Join(numbers, "\n")
	}
	home := strings.TrimSpace(division.Label(p.Division, t.Lang()) + " " + p.Community)
	return []ui.Pair{
		{Key: t.T("officer.papers"), Value: document},
		{Key: t.T("officer.phone"), Value: writePhone(p.Phone)},
		{Key: t.T("officer.home"), Value: home},
		{Key: t.T("officer.identity"), Value: bound},
		{Key: t.T("officer.earlier"), Value: earlier},
	}
}

func saidWords(t *text.Printer, c models.AppealCase) string {
	return t.T("officer.said", t.T("appeal.channel."+c.Channel), t.Brief(c.Submitted))
}

// caseItem is a finding in question with the records behind it.
func caseItem(t *text.Printer, c models.AppealCase, item models.CaseItem) officer.Item {
	rule := item.RuleText(t.Lang())
	d := officer.Item{
		Title: t.T("officer.item_of", item.N, rule.Name), Colour: item.Colour, RuleName: t.T("officer.rule_of", item.Rule, c.Book), RuleWords: rule.Why,
		Caption: t.T("officer.records_of", item.N), Ground: t.T("appeal.ground." + item.Ground),
	}
	for _, fact := range item.Facts {
		row := factRow(t, fact)
		if !item.Open() && row.Mark == t.T("officer.here_may") {
			row.Mark = ""
		}
		d.Facts = append(d.Facts, row)
	}
	if item.Choices.Locked && item.Open() {
		d.Locked = t.T("officer.locked_text", lockedUnit(t, item))
	}
	if item.Finding == nil {
		if item.Open() {
			d.Under = t.T("officer.item_over")
		}
		return d
	}
	var areas []string
	for _, a := range item.Finding.Areas {
		areas = append(areas, t.T("officer.area", models.PlaceName(a.Code, t.Lang()), t.Day(a.From), t.T("code.level_"+a.Level), a.Document))
	}
	d.Under = strings.Join(areas, "　")
	d.Numbers = findingNumbers(t, *item.Finding)
	return d
}

func factRow(t *text.Printer, f models.FactView) officer.FactRow {
	row := officer.FactRow{
		No: f.Upstream, What: facttext.Name(t, f), Place: facttext.Place(t, f), When: whenWords(t, f),
		Source: facttext.Source(t, f), Unit: facttext.Unit(t, f), Locked: f.Locked, Mark: t.T("officer.here_may"),
	}
	if f.Document.Number != "" {
		row.Source = t.T("officer.source_on", row.Source, t.T("officer.papers_"+f.Document.Kind), text.MaskDocument(f.Document.Number))
	}
	if said := facttext.Symptoms(t, f); said != "" {
		row.What = t.T("officer.what_of", row.What, said)
	}
	if row.No == "" {
		row.No = f.RefNo
	}
	if row.No == "" {
		row.No = t.T("officer.no_number")
	}
	if marks := facttext.Marks(t, f); len(marks) > 0 && !f.Locked {
		row.Mark = marks[0]
	}
	return row
}

// whenWords are the window of a record as narrow as a column can tell it, whole
// days apart.
func whenWords(t *text.Printer, f models.FactView) string {
	if f.To.IsZero() || t.Clock(f.From) == "00:00" && t.Clock(f.To) == "00:00" {
		return facttext.When(t, f)
	}
	return t.T("officer.when_span", t.Brief(f.From), t.Brief(f.To))
}

// lockedUnit is who answers for the locked record of an item.
func lockedUnit(t *text.Printer, item models.CaseItem) string {
	for _, f := range item.Facts {
		if unit := facttext.Unit(t, f); unit != "" && (f.Locked || len(item.Facts) == 1) {
			return unit
		}
	}
	return t.T("officer.source_unit")
}

// findingNumbers are since when, until when, and how far the conditions are.
func findingNumbers(t *text.Printer, f models.FindingView) []ui.Pair {
	until := t.T("officer.until_open")
	switch {
	case !f.Until.IsZero():
		until = t.Brief(f.Until)
	case !f.Latest.IsZero():
		until = t.T("officer.until_district", t.Brief(f.Latest))
	}
	pairs := []ui.Pair{{Key: t.T("officer.since"), Value: t.Brief(f.Assigned)}, {Key: t.T("officer.until"), Value: until}}
	told := map[string]bool{}
	for _, way := range f.Sooner {
		for _, p := range way.Conditions {
			if p.Need > 0 && !told[p.By] && len(pairs) < 4 && t.Has("officer.progress_"+p.By) {
				told[p.By] = true
				pairs = append(pairs, ui.Pair{Key: t.T("officer.progress_" + p.By), Value: t.T("officer.share", p.Have, p.Need)})
			}
		}
	}
	return pairs
}

func eventWords(t *text.Printer, e models.CaseEvent) string {
	switch {
	case e.Kind == appeal.EventReleased && e.Actor == appeal.BySystem:
		return t.T("officer.event_expired")
	case e.Kind == "identity":
		return t.T("officer.event_identity", e.Who, t.T("officer.reveal_reason_"+e.Reason))
	case e.Kind != "colour":
		return t.T("officer.event_"+e.Kind, e.Who)
	}
	from, to := t.T("colour."+string(e.From)), t.T("colour."+string(e.To))
	if len(e.Rules) == 0 {
		return t.T("officer.event_colour", from, to)
	}
	return t.T("officer.event_colour_by", from, to, strings.Join(e.Rules, t.T("common.list_and")))
}

// basisWords are what a decision rests on; a clearing rests on a document.
func basisWords(t *text.Printer, basis string) string {
	if key := "officer.proof_" + basis; t.Has(key) {
		return t.T(key)
	}
	return t.T("officer.basis_" + basis)
}
