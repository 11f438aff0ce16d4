package officer

import (
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/views/officer"
	"yongxing/views/text"
	"yongxing/web/session"
)

// Keep keeps what was typed about a case when the session had ended: what was
// chosen for each item and the words to the person, not what a preview had shown.
// A case that is theirs no more has nothing to keep.
func (h *Handlers) Keep(c echo.Context, staffID int64) error {
	d, err := h.readDecision(c)
	if err != nil {
		return err
	}
	typed := map[string]string{}
	for n, fields := range d.items {
		for field, value := range fields {
			if value != "" {
				typed[officer.ItemForm{N: n}.Name(field)] = value
			}
		}
	}
	if d.words != "" {
		typed["words"] = d.words
	}
	err = h.Portal.KeepDecision(c.Request().Context(), staffID, c.Param("number"), typed)
	if errors.Is(err, fault.NotFound) || errors.Is(err, fault.Stale) || errors.Is(err, fault.SignedOut) || errors.Is(err, fault.Forbidden) {
		return nil // the door tells them no more than the page would
	}
	return err
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

// idleWords say until when a form can be sent before the session ends.
func idleWords(t *text.Printer, now time.Time) string {
	return t.T("officer.idle", t.Clock(now.Add(session.Staff.Idle())))
}
