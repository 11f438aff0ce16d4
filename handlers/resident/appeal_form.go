package resident

import (
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/evidence"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// noHarm is what the form sends for "nothing urgent".
const noHarm = "none"

// appealItems words the first page. picks are what was just sent, nil to show
// what the draft holds.
func (h *Handlers) appealItems(c echo.Context, form models.AppealForm, picks []models.AppealPick) resident.AppealItemsPage {
	f := h.Frame(c, "appeal.items_title")
	if len(form.Choices) == 0 {
		f.Title = f.T.T("appeal.none_title")
	}
	page := resident.AppealItemsPage{Frame: f, Saved: form.Started, Mine: appealsOf(f.T, form)}
	if form.Started {
		page.Resumed = f.T.Near(form.SavedAt, form.Now)
	}
	for i, choice := range form.Choices {
		item := resident.AppealChoice{
			Token: choice.Token, Name: choice.View.RuleText(f.T.Lang()).Name, Basis: appealBasis(f.T, choice.View),
			Locked: choice.View.Locked, Ground: models.AppealGroundField(i), Value: choice.Ground,
		}
		for _, g := range choice.Grounds {
			item.Grounds = append(item.Grounds, ui.Option{Value: g, Label: f.T.T("appeal.ground." + g)})
		}
		chosen := choice.Chosen || !form.Started && len(form.Choices) == 1
		if picks != nil {
			at := slices.IndexFunc(picks, func(p models.AppealPick) bool { return p.Token == choice.Token })
			if chosen = at >= 0; chosen {
				item.Value = picks[at].Ground
			}
		}
		if chosen {
			page.Chosen = append(page.Chosen, choice.Token)
		}
		page.Items = append(page.Items, item)
	}
	for _, o := range form.Others {
		words := f.T.Parts("appeal.other_self")
		switch {
		case o.View.OwesCheckIns():
			words = f.T.Parts("appeal.other_checkin")
		case o.View.OpenAppeal != "":
			words = f.T.Parts("appeal.other_open", o.View.OpenAppeal)
		}
		page.Others = append(page.Others, ui.Pair{Key: o.View.RuleText(f.T.Lang()).Name, Content: ui.Marked(words)})
	}
	return page
}

// mostMine is how many earlier appeals the first page lists.
const mostMine = 10

func appealsOf(t *text.Printer, form models.AppealForm) (rows []ui.LinkRow) {
	for _, a := range form.Mine[:min(len(form.Mine), mostMine)] {
		rows = append(rows, ui.LinkRow{Href: "/appeal/" + a.Number, Label: a.Number, Detail: appealState(t, a)})
	}
	return rows
}

// appealState is the state in words; of a decided appeal, its outcome.
func appealState(t *text.Printer, a appeal.Appeal) string {
	if (a.State == appeal.Decided || a.State == appeal.Closed) && a.Outcome != "" {
		return t.T("appeal.outcome." + a.Outcome)
	}
	return t.T("appeal.state." + a.State)
}

// appealBasis tells what a finding rests on.
func appealBasis(t *text.Printer, v models.FindingView) string {
	return t.T("appeal.basis", t.T("colour."+string(v.Colour)), sentences(t, v.Facts))
}

// sentences tells facts one a line.
func sentences(t *text.Printer, facts []models.FactView) string {
	var lines []string
	for _, f := range facts {
		if s := facttext.Sentence(t, f); !slices.Contains(lines, s) {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

func (h *Handlers) appealStatement(c echo.Context, form models.AppealForm) resident.AppealStatementPage {
	f := h.Frame(c, "appeal.statement_title")
	page := resident.AppealStatementPage{Frame: f, Statement: form.Statement, Harm: form.Harm, Harms: []ui.Option{{Value: noHarm, Label: f.T.T("appeal.harm.none")}}}
	if page.Harm == "" {
		page.Harm = noHarm
	}
	for _, g := range appeal.HarmGrounds {
		page.Harms = append(page.Harms, ui.Option{Value: g, Label: f.T.T("appeal.harm." + g)})
	}
	return page
}

func (h *Handlers) appealEvidence(c echo.Context, form models.AppealForm, kind string) resident.AppealEvidencePage {
	f := h.Frame(c, "appeal.evidence_title")
	f.Scripts = []string{"shrink.js"}
	grounds := chosenGrounds(form)
	page := resident.AppealEvidencePage{
		Frame: f, Photos: photos(f.T, form.Photos, true),
		Upload: resident.AppealUpload{
			Left: evidence.Most - len(form.Photos), Label: f.T.T("appeal.file_label", len(form.Photos)+1),
			Hint: f.T.T("appeal.file_hint"), Kind: kind, Kinds: evidenceKinds(f.T, grounds),
		},
	}
	if h.Portal.Room.Low() {
		page.Upload.Later = f.T.T("appeal.photo_no_room")
	}
	for _, g := range grounds {
		if helps := appeal.Evidence(g); len(helps) > 0 {
			if page.Upload.Kind == "" {
				page.Upload.Kind = helps[0]
			}
			page.Advice = append(page.Advice, f.T.T("appeal.advice."+g))
		}
	}
	return page
}

func chosenGrounds(form models.AppealForm) (grounds []string) {
	for _, c := range form.Chosen() {
		if !slices.Contains(grounds, c.Ground) {
			grounds = append(grounds, c.Ground)
		}
	}
	return grounds
}

// evidenceKinds lists what a photo can show, what helps most first.
func evidenceKinds(t *text.Printer, grounds []string) []ui.Option {
	var order []string
	for _, g := range grounds {
		order = append(order, appeal.Evidence(g)...)
	}
	order = append(order, evidence.Kinds...)
	var options []ui.Option
	for _, k := range order {
		if !slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == k }) {
			options = append(options, ui.Option{Value: k, Label: t.T("appeal.kind." + k)})
		}
	}
	return options
}

// photos lists what was added. removable draws a button beside each.
func photos(t *text.Printer, on []evidence.Evidence, removable bool) []resident.AppealPhoto {
	var out []resident.AppealPhoto
	for i, e := range on {
		p := resident.AppealPhoto{
			Src: "/evidence/" + e.Ref, Name: t.T("appeal.kind." + e.Kind), Nth: t.T("appeal.photo_n", i+1),
			Under: t.T("appeal.photo_added", t.DateTime(e.AddedAt.Time())),
		}
		if removable {
			p.Ref, p.Under = e.Ref, t.T("appeal.photo_under", i+1, kilobytes(e.Bytes))
		}
		out = append(out, p)
	}
	return out
}

func (h *Handlers) appealCheck(c echo.Context, form models.AppealForm) resident.AppealCheckPage {
	f := h.Frame(c, "appeal.check_title")
	t := f.T
	page := resident.AppealCheckPage{
		Frame: f, Key: h.NewKey(), Seen: form.Seen, Phone: form.Station.Phone, Tel: dial(form.Station.Phone), Due: strconv.Itoa(form.Hours()),
	}
	if form.Station.ID != 0 {
		page.Station = unitName(t, form.Station)
	}
	for _, choice := range form.Chosen() {
		page.Items = append(page.Items, resident.AppealCheckItem{
			Name: choice.View.RuleText(t.Lang()).Name, Basis: sentences(t, choice.View.Facts), Ground: t.T("appeal.ground." + choice.Ground),
			Locked: choice.View.Locked,
		})
	}
	statement, harm := form.Statement, noHarm
	if statement == "" {
		statement = t.T("appeal.nothing")
	}
	if form.Harm != "" {
		harm = form.Harm
	}
	page.Rows = []ui.Row{
		{Key: t.T("appeal.step_statement"), Value: statement, ChangeHref: "/appeal/new/statement"},
		{Key: t.T("appeal.harm"), Value: t.T("appeal.harm." + harm), ChangeHref: "/appeal/new/statement"},
		{Key: t.T("appeal.photos"), Value: t.T("appeal.photos_count", len(form.Photos)), ChangeHref: "/appeal/new/evidence"},
	}
	return page
}
