// Package public answers everybody, signed in or not: what the portal is, how it
// is used, which rules are in force, and whether a pass is good.
package public

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/handlers/facttext"
	"yongxing/models/fault"
	"yongxing/models/review"
	"yongxing/views/public"
	"yongxing/views/text"
)

// Handlers are the pages for everybody.
type Handlers struct{ *handlers.Kit }

// New returns the pages for everybody over the shared verbs.
func New(k *handlers.Kit) *Handlers { return &Handlers{Kit: k} }

// Home is the first page; somebody signed in sees their own state on it.
func (h *Handlers) Home(c echo.Context) error {
	d := public.HomePage{Frame: h.Frame(c, "public.home_title")}
	if person := h.Person(c); person != 0 {
		page, err := h.Code(c)
		if err != nil {
			return err
		}
		if page.State != string(review.None) {
			d.Colour = page.State
		}
		if d.Notice = handlers.AsOf(d.T, page); d.Notice != "" {
			d.Book = page.Book
			return h.Render(c, http.StatusOK, public.Home(d))
		}
		unread, err := h.Portal.UnreadNotices(c.Request().Context(), person)
		if err != nil {
			return err
		}
		if unread > 0 {
			d.Unread = d.T.T("me.notices_unread", unread)
		}
	}
	book, err := h.rulebook(c)
	if err != nil {
		return err
	}
	d.Book = book.Version
	return h.Render(c, http.StatusOK, public.Home(d))
}

// Help answers the common questions and lists the rules in force.
func (h *Handlers) Help(c echo.Context) error {
	book, err := h.rulebook(c)
	if err != nil {
		return err
	}
	f := h.Frame(c, "public.help_title")
	d := public.HelpPage{Frame: f, Book: book.Version}
	now := h.Now()
	for _, r := range book.Rules {
		if !r.From.After(now) && (r.To.IsZero() || now.Before(r.To)) {
			d.Rules = append(d.Rules, ruleWords(f.T, book, r))
		}
	}
	return h.Render(c, http.StatusOK, public.Help(d))
}

// rulebook is the one in force, empty while nobody knows it: the pages for
// everybody stand also then, without their part about it.
func (h *Handlers) rulebook(c echo.Context) (*review.Book, error) {
	book, err := h.Portal.RulebookInForce(c.Request().Context())
	if errors.Is(err, fault.Unavailable) {
		return &review.Book{}, nil
	}
	return book, err
}

// ruleWords is one rule in plain words.
func ruleWords(t *text.Printer, book *review.Book, r review.Rule) public.Rule {
	words := r.Text(t.Lang())
	d := public.Rule{
		Code: r.Code, Colour: string(r.Colour), Name: words.Name, Why: words.Why, Advice: words.Advice, DecidedBy: r.DecidedBy,
	}
	if r.Locked {
		d.DecidedBy = "health"
	}
	d.LatestDays, d.District = r.Latest()
	for _, e := range r.Endings() {
		way := facttext.Ending(t, e)
		if facttext.AsksCheckIns(e) {
			way = t.T("fact.end_not_open", way)
		}
		if follow, ok := book.Rule(e.FollowRule); ok {
			way = t.T("fact.end_then", way, follow.Text(t.Lang()).Name, e.FollowDays)
		}
		d.Ways = append(d.Ways, way)
	}
	return d
}

// Privacy is the privacy statement.
func (h *Handlers) Privacy(c echo.Context) error {
	return h.Render(c, http.StatusOK, public.Privacy(public.StatementPage{Frame: h.Frame(c, "public.privacy_title")}))
}

// Accessibility is the accessibility statement.
func (h *Handlers) Accessibility(c echo.Context) error {
	return h.Render(c, http.StatusOK, public.Accessibility(public.StatementPage{Frame: h.Frame(c, "public.accessibility_title")}))
}
