package resident

import (
	"yongxing/handlers"
	"yongxing/models"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// asLastShown turns the view of a code into one of what was last shown, while the
// database is gone: it says of when that is, explains it as far as it is
// remembered, and leads only where something is answered.
func asLastShown(d *resident.CodePage, page models.CodePage) {
	t := d.T
	d.Links = nil
	if page.Token != "" {
		d.Links = []ui.LinkRow{{Href: "/code/show", Label: t.T("code.show"), Detail: t.T("code.show_detail")}}
	}
	if page.State == models.StateUnconfirmed {
		d.Todo = lastTodo(t, page.Last)
		return
	}
	d.AsOf, d.Findings = handlers.AsOf(t, page), nil
	if page.State == ui.Green || page.State == models.StateUnverified {
		return
	}
	d.Reasons = nil
	for _, f := range page.Findings {
		d.Reasons = append(d.Reasons, resident.CodeReason{Name: f.RuleText(t.Lang()).Name, Fact: t.T("code.last_reason", f.Rule, page.Book, t.DateTime(f.Since))})
	}
	d.More = t.T("code.last_more")
	d.Actions = []resident.CodeAction{{Href: "/code", Label: t.T("code.again")}}
}

// lastTodo is what to do while nobody can say what the code is. Nobody vouches for
// the last state, but who was red or yellow in it goes on as they were told then.
func lastTodo(t *text.Printer, last string) [][]text.Part {
	show, doctor, help := t.Parts("code.last_show"), t.Parts("code.todo_doctor"), t.Parts("code.todo_help")
	switch last {
	case ui.Red:
		return [][]text.Part{t.Parts("code.last_home"), doctor, help}
	case ui.Yellow:
		return [][]text.Part{t.Parts("code.last_mask"), show, doctor, help}
	}
	return [][]text.Part{show, doctor, help}
}
