package resident

import (
	"strings"

	"github.com/labstack/echo/v4"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/station"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// appealStatus words the status page.
func (h *Handlers) appealStatus(c echo.Context, s models.AppealStatus) resident.AppealPage {
	f := h.Frame(c, "appeal.title")
	f.Scripts = []string{"shrink.js"}
	t, a := f.T, s.Appeal
	page := resident.AppealPage{
		Frame: f, Number: a.Number, Shape: appealShape(a), State: appealState(t, a), Ends: appealEnds(t, s),
		Station: unitName(t, s.Station), Phone: s.Station.Phone, Tel: dial(s.Station.Phone), Overdue: s.Overdue,
		Question: s.Question, Decision: s.Decision, Statement: s.Statement, Moments: appealMoments(t, s),
		Photos: photos(t, s.Photos, false), CanAdd: a.Open(), CanWithdraw: a.Open(),
	}
	page.About = []ui.Pair{{Key: t.T("appeal.filed_at"), Value: t.DateTime(a.SubmittedAt.Time()) + "\n" + t.T("appeal.channel."+a.Channel)}}
	if a.Harm {
		page.About = append(page.About, ui.Pair{Key: t.T("appeal.harm"), Value: t.T("appeal.harm." + a.HarmGround)})
	}
	if !s.AskUntil.IsZero() {
		page.AskUntil = t.Near(s.AskUntil, s.Now)
	}
	var grounds []string
	for _, item := range s.Items {
		page.Items = append(page.Items, appealItem(t, item))
		grounds = append(grounds, item.Ground)
	}
	page.Upload = resident.AppealUpload{
		Left: s.PhotoRoom, Label: t.T("appeal.file_label_more", s.PhotoRoom), Hint: t.T("appeal.file_hint"), Kinds: evidenceKinds(t, grounds),
	}
	for _, g := range grounds {
		if helps := appeal.Evidence(g); len(helps) > 0 {
			page.Upload.Kind = helps[0]
			break
		}
	}
	if h.Portal.Room.Low() {
		page.Upload.Later = t.T("appeal.photo_no_room")
	}
	return page
}

func appealShape(a appeal.Appeal) string {
	switch a.State {
	case appeal.Submitted, appeal.Claimed, appeal.AwaitingUpstream:
		return ui.ShapeClock
	case appeal.AwaitingCitizen, appeal.Lapsed:
		return ui.ShapeWarn
	case appeal.Decided, appeal.Closed:
		if a.Outcome != appeal.OutcomeRefused {
			return ui.ShapeTick
		}
	}
	return ui.ShapeInfo
}

// appealEnds is the box of two: by when there is an answer, and the place in the
// queue.
func appealEnds(t *text.Printer, s models.AppealStatus) (ends []ui.Pair) {
	switch {
	case s.Appeal.State == appeal.AwaitingCitizen:
		ends = append(ends, ui.Pair{Key: t.T("appeal.due"), Value: t.T("appeal.due_paused")})
	case s.Overdue:
		ends = append(ends, ui.Pair{Key: t.T("appeal.due"), Value: t.Near(s.Due, s.Now) + "\n" + t.T("appeal.overdue")})
	case s.Appeal.Open():
		ends = append(ends, ui.Pair{Key: t.T("appeal.due"), Value: t.Near(s.Due, s.Now)})
	case s.Appeal.DecidedAt != nil && s.Appeal.State != appeal.Withdrawn:
		ends = append(ends, ui.Pair{Key: t.T("appeal.answered_at"), Value: t.Near(s.Appeal.DecidedAt.Time(), s.Now)})
	}
	if s.Place > 0 {
		ends = append(ends, ui.Pair{Key: t.T("appeal.queue"), Value: t.T("appeal.queue_place", s.Place, s.Place-1)})
	}
	return ends
}

// firstUnit is the station that an appeal came to, before any move.
func firstUnit(t *text.Printer, s models.AppealStatus) string {
	for _, step := range s.Steps {
		if from, _, ok := strings.Cut(step.Text, appeal.MovedArrow); ok && step.Kind == appeal.EventMoved {
			return from
		}
	}
	return unitName(t, s.Station)
}

// appealMoments is the timeline: what has happened, where it stands, what comes.
func appealMoments(t *text.Printer, s models.AppealStatus) (moments []ui.Moment) {
	for _, step := range s.Steps {
		m := ui.Moment{State: ui.Done, Title: t.T("appeal.event." + step.Kind), When: t.DateTime(step.At), Text: step.Text}
		if step.Kind == appeal.EventDecided && s.Appeal.Outcome != "" {
			m.Text = t.T("appeal.outcome." + s.Appeal.Outcome)
		}
		moments = append(moments, m)
		if step.Kind == appeal.EventFiled {
			moments = append(moments, ui.Moment{
				State: ui.Done, Title: t.T("appeal.event.routed", firstUnit(t, s)), When: t.DateTime(step.At), Text: t.T("appeal.event.routed_text"),
			})
		}
	}
	if !s.Appeal.Open() {
		return moments
	}
	now := ui.Moment{State: ui.Now, Title: t.T("appeal.next." + s.Appeal.State)}
	if s.Appeal.State == appeal.Submitted {
		now.When, now.Text = t.T("appeal.queue_place", s.Place, s.Place-1), t.T("appeal.next.submitted_text")
	}
	last := ui.Moment{State: ui.Next, Title: t.T("appeal.next.decision"), Text: t.T("appeal.next.decision_text")}
	if s.Appeal.State != appeal.AwaitingCitizen {
		last.When = t.T("appeal.next.decision_when", t.Near(s.Due, s.Now))
	}
	return append(moments, now, last)
}

func appealItem(t *text.Printer, item models.AppealItemStatus) resident.AppealItem {
	out := resident.AppealItem{Name: item.Rule, Tone: "blue", Tag: t.T("appeal.item." + item.State), Locked: item.Locked && item.State == appeal.ItemOpen}
	if words, ok := item.RuleText(t.Lang()); ok {
		out.Name = words.Name
	}
	out.Pairs = []ui.Pair{
		{Key: t.T("appeal.record"), Value: sentences(t, item.Facts)},
		{Key: t.T("appeal.your_words"), Value: t.T("appeal.ground." + item.Ground)},
	}
	switch {
	case item.State == appeal.ItemAsked:
		out.Tone = "yellow"
	case item.State == appeal.ItemWithdrawn:
		out.Tone = ""
	case item.State == appeal.ItemDecided && item.Action != "":
		out.Tone, out.Tag, out.Meaning = "green", t.T("appeal.item."+item.Action), t.T("appeal.meaning."+item.Action)
		if item.Action == appeal.ActionUphold {
			out.Tone = ""
		}
	}
	if item.Effect.Kind != "" {
		out.Pairs = append(out.Pairs, ui.Pair{Key: t.T("appeal.effect"), Value: facttext.Sentence(t, item.Effect)})
	}
	return out
}

// unitName is a station in the reader's language.
func unitName(t *text.Printer, s station.Station) string {
	if t.Lang() == text.English && s.NameEn != "" {
		return s.NameEn
	}
	return s.Name
}

// dial is a number as a telephone takes it.
func dial(phone string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
}
