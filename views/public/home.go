package public

import "yongxing/views/ui"

// rows are the links below the doors; a person signed in also sees their own
// pages.
func (d HomePage) rows() []ui.LinkRow {
	var rows []ui.LinkRow
	if d.SignedIn {
		rows = append(rows,
			ui.LinkRow{Href: "/notices", Label: d.T.T("public.home_notices"), Detail: d.Unread},
			ui.LinkRow{Href: "/me", Label: d.T.T("public.home_me"), Detail: d.T.T("public.home_me_detail")},
			ui.LinkRow{Href: "/history", Label: d.T.T("public.home_history"), Detail: d.T.T("public.home_history_detail")})
	}
	rows = append(rows, ui.LinkRow{Href: "/appeal/find", Label: d.T.T("public.home_find"), Detail: d.T.T("public.home_find_detail")})
	if d.Book != "" {
		rows = append(rows, ui.LinkRow{Href: "/help#rules", Label: d.T.T("public.home_rules"), Detail: d.T.T("public.home_rules_detail", d.Book)})
	}
	return append(rows,
		ui.LinkRow{Href: "/help", Label: d.T.T("public.home_help"), Detail: d.T.T("public.home_help_detail")},
	)
}
