// Package officer answers the desk: staff sign in, work from a queue, open a
// case, and find about facts. No handler here sets a colour or asks who may do
// what: the stories do.
package officer

import (
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/views/text"
	"yongxing/views/ui"
	"yongxing/web/session"
)

// Handlers are the pages of the desk.
type Handlers struct{ *handlers.Kit }

// New returns the pages of the desk over the shared verbs.
func New(k *handlers.Kit) *Handlers { return &Handlers{Kit: k} }

const queuePath = handlers.DeskPath

// awakePath answers a page of the desk whose reader goes on working; see Awake.
const awakePath = "/staff/awake"

// desk is the frame of a page for somebody at work.
func (h *Handlers) desk(c echo.Context, d models.Desk, titleKey string, args ...any) ui.Frame {
	f := h.Frame(c, titleKey, args...)
	f.Desk = true
	f.User = f.T.T("staff.user", station(f.T, d), d.Name, d.Badge)
	f.Scripts = []string{"desk.js"}
	f.Idle = ui.Idle{Until: f.T.Clock(h.Until(c)), Seconds: h.secondsLeft(c), Most: int(session.Staff.Idle().Seconds()), Awake: awakePath}
	f.Nav = []ui.NavItem{{Href: queuePath, Label: f.T.T("officer.queue_title"), Current: true}}
	return f
}

// secondsLeft is how long the sign-in of the request lives if no other follows.
func (h *Handlers) secondsLeft(c echo.Context) int {
	return int(h.Until(c).Sub(h.Now()).Seconds())
}

func station(t *text.Printer, d models.Desk) string {
	if t.Lang() == text.English && d.StationEN != "" {
		return d.StationEN
	}
	return d.StationName
}

// dueWords are how much time is left, with the state that draws them.
func dueWords(t *text.Printer, due, now time.Time, paused bool) (state, words string) {
	left := due.Sub(now)
	long := t.Duration(left)
	if left.Abs() < time.Minute {
		long = t.T("officer.under_minute") // nothing is late by no minutes
	}
	switch {
	case paused:
		return "", t.T("officer.due_paused", long)
	case left < 0:
		return "late", t.T("officer.due_late", long)
	case left < time.Hour:
		return "soon", t.T("officer.due_left", long)
	}
	return "", t.T("officer.due_left", long)
}

// dueAt is the instant as short as it can be told: the time of today, else day
// and time.
func dueAt(t *text.Printer, due, now time.Time) string {
	if t.ISODay(due) == t.ISODay(now) {
		return t.Clock(due)
	}
	return t.Brief(due)
}
