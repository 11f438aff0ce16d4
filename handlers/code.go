package handlers

import (
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/views/text"
)

// LastInKey is where the guard leaves until when a session was believed that cannot
// be read now (session.Manager.LastKnown).
const LastInKey = "yx.last_in"

// Code is the code of the signed-in resident: as it is now, or, while the database
// is gone, as it was last shown (AsOf).
func (k *Kit) Code(c echo.Context) (models.CodePage, error) {
	if lastIn, gone := c.Get(LastInKey).(time.Time); gone {
		return k.Portal.LastCodePage(k.Person(c), lastIn)
	}
	return k.Portal.CodePage(c.Request().Context(), k.Person(c))
}

// AsOf says of when a code is that was last shown; "" if it is of now.
func AsOf(t *text.Printer, page models.CodePage) string {
	switch {
	case page.AsOf.IsZero():
		return ""
	case page.State == models.StateUnconfirmed:
		return t.T("code.last_known", t.DateTime(page.AsOf), t.T("colour."+page.Last))
	}
	return t.T("code.as_of", t.Clock(page.AsOf))
}
