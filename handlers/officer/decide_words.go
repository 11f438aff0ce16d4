package officer

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/review"
	"yongxing/views/officer"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// usualBasis is the basis that a ground of the person's most often comes to; it
// stands chosen in the form and can be changed.
var usualBasis = map[string]string{
	"never_there": "elsewhere", "not_contact": "not_contact", "moved": "not_resident",
	"mixed_up": "source_error", "upstream_stale": "source_error", "mis_declared": "misfilled",
}

// itemForm is what can be found about an item, with what was typed or, at first,
// what is on record.
func itemForm(t *text.Printer, item models.CaseItem, d *decision) officer.ItemForm {
	rule := item.RuleText(t.Lang())
	f := officer.ItemForm{
		N: item.N, Legend: t.T("officer.item_of", item.N, rule.Name),
		Over: item.Choices.Over, Correct: item.Choices.Correct, Place: item.Choices.Place, Transit: item.Choices.Transit,
		AsideBases:   options(t, "officer.basis_", models.Bases[appeal.ActionSetAside]),
		CorrectBases: options(t, "officer.basis_", models.Bases[appeal.ActionCorrect]),
		UpholdBases:  options(t, "officer.basis_", item.Choices.UpholdBases()),
		Proofs:       options(t, "officer.proof_", item.Choices.Proofs),
	}
	if item.Choices.Locked {
		f.Locked = t.T("officer.locked_do", lockedUnit(t, item))
	}
	if len(item.Facts) > 0 {
		f.PlaceHint = t.T("officer.place_hint", facttext.Place(t, item.Facts[0]))
	}
	if d != nil && d.items[item.N] != nil {
		f.Typed = d.items[item.N]
		return f
	}
	f.Typed = map[string]string{
		"basis_set_aside": models.Bases[appeal.ActionSetAside][0], "basis_correct": models.Bases[appeal.ActionCorrect][0],
		"basis_uphold": item.Choices.UpholdBases()[0], "scope": models.ScopeEvent,
	}
	if usual := usualBasis[item.Ground]; usual != "" {
		f.Typed["basis_set_aside"] = usual
	}
	if len(item.Choices.Proofs) > 0 {
		f.Typed["proof"] = item.Choices.Proofs[0]
	}
	if len(item.Facts) > 0 {
		lead := item.Facts[0]
		f.Typed["from"] = lead.From.In(text.Shanghai).Format(minutes)
		if !lead.To.IsZero() {
			f.Typed["to"] = lead.To.In(text.Shanghai).Format(minutes)
		}
	}
	return f
}

func options(t *text.Printer, prefix string, values []string) []ui.Option {
	list := make([]ui.Option, len(values))
	for i, v := range values {
		list[i] = ui.Option{Value: v, Label: t.T(prefix + v)}
	}
	return list
}

func previewPage(f ui.Frame, pre models.Preview, d *decision) officer.PreviewPage {
	t := f.T
	page := officer.PreviewPage{
		Frame: f, CaseHead: caseHead(t, pre.Case, d.list), Back: caseHref(pre.Case.Number, d.list), Statement: statementWords(f.T, pre.Case), Said: saidWords(t, pre.Case), Evidence: caseFiles(t, pre.Case, d.list),
		From: string(pre.From), To: string(pre.To), Because: becauseWords(t, pre), Until: untilWords(t, pre),
		Words: d.words, Writes: pre.Decides,
		Basis: t.T("officer.computed", pre.Case.Book, pre.Case.Version), Idle: t.T("officer.idle"),
	}
	page.Draft = draftOf(page.Href, "")
	if page.From == page.To {
		page.From = ""
	}
	if pre.Asks {
		page.Asks = t.T("officer.asks")
	}
	for _, item := range pre.Case.Items {
		view := caseItem(t, pre.Case, item)
		i := slices.IndexFunc(pre.Rulings, func(r models.ItemRuling) bool { return r.N == item.N })
		if i < 0 {
			page.Items = append(page.Items, view)
			continue
		}
		r := pre.Rulings[i]
		view.Tag, view.Verdict, view.VerdictUnder = t.T("officer.you_find"), t.T("officer.do_"+doneTo(item, r.Action)), rulingWords(t, item, r)
		view.Locked = ""
		page.Items = append(page.Items, view)
		page.Sums = append(page.Sums, ui.Pair{Key: t.T("officer.item_n", item.N), Value: t.T("officer.sum_" + sumOf(item, r.Action, pre.Stands[r.N]))})
	}
	proposed := proposedWords(pre)
	if page.Words == "" {
		page.Words = proposed
	}
	if page.WordsHint = t.T("officer.words_hint"); proposed == "" {
		page.WordsHint = t.T("officer.words_hint_uphold")
	}
	page.Hidden = append(hiddenFields(pre, d), officer.HiddenField{Name: "drafted", Value: markOf(proposed)})
	return page
}

// doneTo is the finding in words: what is upheld of something that has ended is
// another sentence.
func doneTo(item models.CaseItem, action string) string {
	if action == appeal.ActionUphold && item.Choices.Over {
		return "over"
	}
	return action
}

// sumOf is what a finding comes to, as the rules have it: stands tells whether what
// the item is about would still be in force.
func sumOf(item models.CaseItem, action string, stands bool) string {
	switch {
	case action == appeal.ActionUphold && item.Choices.Over:
		return "over"
	case action == appeal.ActionUphold && !stands:
		return "uphold_gone"
	case action == appeal.ActionClear && stands:
		return "clear_stands"
	case action == appeal.ActionSetAside && stands:
		return "set_aside_stands"
	}
	return action
}

// rulingWords are what a finding rests on, in one line.
func rulingWords(t *text.Printer, item models.CaseItem, r models.ItemRuling) string {
	switch {
	case r.Action == models.ActionAsk:
		return r.Question
	case r.Action == appeal.ActionClear:
		return t.T("officer.proof_of", t.T("officer.proof_"+r.Proof), r.Issuer, r.Document, t.Date(r.Day))
	case item.Choices.Locked:
		return t.T("officer.basis_source_locked")
	case r.Action == appeal.ActionCorrect:
		var parts []string
		if r.Place != "" {
			parts = append(parts, models.PlaceName(r.Place, t.Lang()))
		}
		if r.Transit {
			parts = append(parts, t.T("officer.transit"))
		}
		if !r.From.IsZero() && !r.To.IsZero() {
			parts = append(parts, t.Span(r.From, r.To))
		} else if !r.From.IsZero() {
			parts = append(parts, t.DateTime(r.From))
		}
		return strings.Join(parts, "　")
	}
	return basisWords(t, r.Basis)
}

func becauseWords(t *text.Printer, pre models.Preview) string {
	if len(pre.After) == 0 {
		return t.T("officer.because_none")
	}
	var names []string
	for _, f := range pre.After {
		if name := t.T("officer.rule_named", f.RuleText(t.Lang()).Name, f.Rule); f.Colour == pre.To && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return t.T("officer.because", strings.Join(names, t.T("common.list_and")))
}

// untilWords are how long the colour that follows lasts: as long as the last of the
// findings that make it.
func untilWords(t *text.Printer, pre models.Preview) string {
	var until, district time.Time
	for _, f := range pre.After {
		switch {
		case f.Colour != pre.To:
		case f.Until.IsZero() && f.Latest.IsZero():
			return t.T("officer.until_then_open")
		case f.Until.IsZero():
			district = later(district, f.Latest)
		default:
			until = later(until, f.Until)
		}
	}
	switch {
	case !district.IsZero(): // nobody knows how long that takes
		return t.T("officer.until_then_district", t.DateTime(district))
	case !until.IsZero():
		return t.T("officer.until_then", t.DateTime(until))
	}
	return ""
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// proposedWords are a first draft of what the person reads, in their language.
// What is upheld the officer must explain in words of their own, unless the
// source has locked it.
func proposedWords(pre models.Preview) string {
	t := text.For(pre.Case.Person.Language)
	var parts []string
	for _, r := range pre.Rulings {
		i := slices.IndexFunc(pre.Case.Items, func(c models.CaseItem) bool { return c.N == r.N })
		item := pre.Case.Items[i]
		name := item.RuleText(t.Lang()).Name
		switch {
		case r.Action == models.ActionAsk:
		case r.Action == appeal.ActionUphold && item.Choices.Over:
			parts = append(parts, t.T("officer.words_over", name))
		case item.Choices.Locked:
			parts = append(parts, t.T("officer.words_locked", name, lockedUnit(t, item)))
		case r.Action == appeal.ActionUphold:
			return ""
		case r.Action == appeal.ActionClear && pre.Stands[r.N]:
			parts = append(parts, t.T("officer.words_clear_stands", name, r.Issuer, r.Document))
		case r.Action == appeal.ActionClear:
			parts = append(parts, t.T("officer.words_clear", name, r.Issuer, r.Document))
		default:
			parts = append(parts, t.T("officer.words_"+r.Action, name))
		}
	}
	if pre.To == review.Green {
		parts = append(parts, t.T("officer.words_green"))
	} else if len(pre.After) > 0 {
		parts = append(parts, t.T("officer.words_still", t.T("colour."+string(pre.To)), pre.After[0].RuleText(t.Lang()).Name))
	}
	return strings.Join(append(parts, t.T("officer.words_further")), t.T("officer.words_join"))
}

func hiddenFields(pre models.Preview, d *decision) []officer.HiddenField {
	hidden := []officer.HiddenField{
		{Name: "seen", Value: pre.Seen}, {Name: "seen_at", Value: strconv.FormatInt(pre.Case.Now.UnixMilli(), 10)}, {Name: "seen_to", Value: string(pre.To)},
		{Name: "added", Value: strconv.Itoa(pre.Added)},
	}
	if d.again {
		hidden = append(hidden, officer.HiddenField{Name: "again", Value: "1"})
	}
	for _, r := range pre.Rulings {
		for _, field := range itemFields {
			if value := d.items[r.N][field]; value != "" {
				hidden = append(hidden, officer.HiddenField{Name: officer.ItemForm{N: r.N}.Name(field), Value: value})
			}
		}
	}
	return hidden
}
