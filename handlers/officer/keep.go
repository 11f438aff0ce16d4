package officer

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/views/officer"
	"yongxing/views/ui"
)

// Keep keeps what was typed about a case when the session had ended: what was
// chosen for each item and the words to the person, not what a preview had shown.
// A case that is theirs no more has nothing to keep.
func (h *Handlers) Keep(c echo.Context, staffID int64) error {
	d, err := h.readDecision(c)
	if err != nil {
		return err
	}
	err = h.keepTyped(c, staffID, d)
	if errors.Is(err, fault.NotFound) || errors.Is(err, fault.Stale) || errors.Is(err, fault.SignedOut) || errors.Is(err, fault.Forbidden) {
		return nil // the door tells them no more than the page would
	}
	return err
}

// KeepTyped keeps a half-filled decision whose page is left: by the switch of
// languages, which then leads back to it, or by a script, which only wants to
// know that it is done.
func (h *Handlers) KeepTyped(c echo.Context) error {
	form, err := h.Form(c, decisionFields()...)
	if err != nil {
		return err
	}
	d, err := h.readDecision(c)
	if err != nil {
		return err
	}
	var typed map[string]string
	if d.begun() {
		typed = d.typed()
	}
	if err := h.Portal.KeepDecision(c.Request().Context(), h.StaffID(c), c.Param("number"), typed); err != nil {
		return err
	}
	if form.Has("quiet") {
		return c.NoContent(http.StatusNoContent)
	}
	to := caseHref(c.Param("number"), d.list)
	switch lang := form.Text("lang"); {
	case lang != "en" && lang != "zh":
	case strings.Contains(to, "?"):
		to += "&lang=" + lang
	default:
		to += "?lang=" + lang
	}
	return h.See(c, to)
}

// keepTyped keeps what was typed, if anything was: an empty form that is left
// does not replace what was kept before.
func (h *Handlers) keepTyped(c echo.Context, staffID int64, d *decision) error {
	if !d.begun() {
		return nil
	}
	return h.Portal.KeepDecision(c.Request().Context(), staffID, c.Param("number"), d.typed())
}

// begun tells whether the officer has chosen or written anything. The other fields
// of an item stand filled in from the start.
func (d *decision) begun() bool {
	for _, fields := range d.items {
		for _, field := range []string{"", "place", "transit", "issuer", "document", "day", "time", "question"} {
			if fields[field] != "" {
				return true
			}
		}
	}
	return d.own() != ""
}

// typed is the decision as it is kept, by field.
func (d *decision) typed() map[string]string {
	typed := map[string]string{}
	for n, fields := range d.items {
		for field, value := range fields {
			if value != "" {
				typed[officer.ItemForm{N: n}.Name(field)] = value
			}
		}
	}
	if words := d.own(); words != "" {
		typed["words"] = words
	}
	return typed
}

// own are the words to the person, unless the preview proposed them and the
// officer left them as they were: to another finding they would be untrue.
func (d *decision) own() string {
	if d.drafted == markOf(d.words) {
		return ""
	}
	return d.words
}

// markOf names a text in a hidden field.
func markOf(words string) string {
	sum := sha256.Sum256([]byte(words))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// keptDecision is what was kept as it was typed; nil if nothing was.
func keptDecision(k models.KeptDecision) *decision {
	if k.At.IsZero() {
		return nil
	}
	has := func(name string) bool { _, ok := k.Typed[name]; return ok }
	value := func(name string) string { return k.Typed[name] }
	return &decision{items: itemsTyped(has, value), words: value("words")}
}

// draftOf is the form of a decision as the frame knows it: what leaves its page
// takes it along. press is the word of the button that Enter presses, "" if the
// form has no field where Enter presses anything.
func draftOf(href, press string) ui.Draft {
	return ui.Draft{Form: "decision", Action: href + "/keep", Press: press}
}
