package resident

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models/fault"
	"yongxing/models/signin"
	"yongxing/views/text"
)

// heldAt are the budgets that are about one field, whatever button was pressed.
var heldAt = map[string]string{signin.PerDocument: "document_tail", signin.PerAppeal: "number"}

// refused tells whether err is for the same form again, with this status and what
// is wrong with it. A budget that is used up is: whoever waits keeps what they
// typed and reads at field from when on it is worth another try.
func (h *Handlers) refused(c echo.Context, field string, err error) (status int, wrong error, ok bool) {
	var bad *fault.Invalid
	if errors.As(err, &bad) {
		return http.StatusUnprocessableEntity, err, true
	}
	var many *fault.TooMany
	if !errors.As(err, &many) {
		return 0, nil, false
	}
	if at := heldAt[many.Key]; at != "" {
		field = at
	}
	c.Set(handlers.HeldKey, many.Key)
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(many.After.Seconds()))))
	t, now := h.T(c), h.Now()
	return http.StatusTooManyRequests, fault.Refuse(field, "signin.wait_until", t.T(many.Key), freeAt(t, now, many.After)), true
}

// freeAt is the time after a wait, rounded up: who tries at the time that they
// read must not be early.
func freeAt(t *text.Printer, now time.Time, wait time.Duration) string {
	at := now.Add(wait)
	if t.ISODay(at) != t.ISODay(now) {
		return t.DateTime(at.Add(time.Minute - 1).Truncate(time.Minute))
	}
	return t.Seconds(at.Add(time.Second - 1).Truncate(time.Second))
}
