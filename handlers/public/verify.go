package public

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/review"
	"yongxing/views/public"
	"yongxing/views/text"
)

// Verify checks the pass in the address of a QR and shows what a checkpoint
// needs: the state as it is now, whose it is, what to do. Nothing is kept of the
// check. The token stands in the path, so the page must not be indexed, and its
// address goes nowhere: web sends no referrer and logs routes, not paths.
func (h *Handlers) Verify(c echo.Context) error {
	v, err := h.Portal.VerifyPass(c.Request().Context(), c.Param("token"))
	if err != nil {
		return err
	}
	result := verifyResult(v)
	f := h.Frame(c, "public.verify_"+result+"_word")
	d := public.VerifyPage{
		Frame: f, Result: result,
		Day: f.T.Full(v.Now), Clock: f.T.Seconds(v.Now), AtISO: f.T.ISO(v.Now),
	}
	if v.Name != "" {
		d.Name, d.Tail = text.MaskName(v.Name), text.Tail(v.Document)
	}
	if v.Result == models.PassValid {
		d.SecondsLeft = max(0, int(v.Left.Seconds()))
	}
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
	return h.Render(c, http.StatusOK, public.Verify(d))
}

// verifyResult is what the page shows: the state of now for a pass that is good,
// whatever its holder's page says.
func verifyResult(v models.Verified) string {
	switch v.Result {
	case models.PassValid:
		if v.State == string(review.None) {
			return public.Void
		}
		return v.State
	case models.PassExpired, models.PassNotYet:
		return public.Expired
	}
	return public.Forged
}
