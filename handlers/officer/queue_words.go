package officer

import (
	"time"

	"yongxing/models"
	"yongxing/models/review"
	"yongxing/views/officer"
	"yongxing/views/text"
	"yongxing/views/ui"
)

func queueRow(t *text.Printer, now time.Time, r models.QueueRow, list models.QueueAsk, book *review.Book) officer.QueueRow {
	row := officer.QueueRow{
		Number: r.Number, Href: caseHref(r.Number, list), Claim: queuePath + "/" + r.Number + "/claim", List: queueQuery(list),
		Name: text.MaskName(r.Name), Colour: r.Colour,
		Rule: ruleNames(t, book, r.Rules), Ground: t.T("appeal.ground." + r.Ground), Channel: t.T("appeal.channel." + r.Channel),
		Evidence: t.T("officer.files", r.Evidence), Handler: r.Handler,
	}
	if r.Evidence == 0 {
		row.Evidence = t.T("officer.files_none")
	}
	if r.HarmGround != "" {
		row.Chips = append(row.Chips, t.T("officer.urgent"))
	}
	if r.Earlier > 0 {
		row.Chips = append(row.Chips, t.T("officer.nth", r.Earlier+1))
	}
	if r.Locked {
		row.Chips = append(row.Chips, t.T("common.locked"))
	}
	if r.Outcome != "" {
		row.Outcome = t.T("appeal.outcome." + r.Outcome)
	}
	if row.DueState, row.Due = dueWords(t, r.Due, now, r.Paused); !r.Decided.IsZero() {
		row.DueState, row.Due = "", t.Brief(r.Decided)
	}
	row.Late = row.DueState == "late"
	return row
}

// ruleNames is the first rule in words and how many more there are.
func ruleNames(t *text.Printer, book *review.Book, codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	words := codes[0]
	if r, ok := book.Rule(codes[0]); ok {
		words += " " + r.Text(t.Lang()).Name
	}
	if len(codes) > 1 {
		words = t.T("officer.and_more", words, len(codes)-1)
	}
	return words
}

// chosenFilters are the filters of a list in words, each with the way to the list
// without it.
func chosenFilters(t *text.Printer, ask models.QueueAsk, book *review.Book) []ui.Chosen {
	var chosen []ui.Chosen
	add := func(on bool, label string, drop func(*models.QueueAsk)) {
		if !on {
			return
		}
		without := atStart(ask)
		drop(&without)
		chosen = append(chosen, ui.Chosen{Label: label, RemoveHref: queueHref(without)})
	}
	add(ask.Colour != "", t.T("colour."+ask.Colour), func(a *models.QueueAsk) { a.Colour = "" })
	add(ask.Rule != "", ruleNames(t, book, []string{ask.Rule}), func(a *models.QueueAsk) { a.Rule = "" })
	add(ask.Due != "", t.T("officer.by_"+string(ask.Due)), func(a *models.QueueAsk) { a.Due = "" })
	add(ask.Channel != "", t.T("appeal.channel."+ask.Channel), func(a *models.QueueAsk) { a.Channel = "" })
	add(ask.Harm, t.T("officer.urgent_only"), func(a *models.QueueAsk) { a.Harm = false })
	add(ask.Photos, t.T("officer.photos_only"), func(a *models.QueueAsk) { a.Photos = false })
	return chosen
}
