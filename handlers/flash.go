package handlers

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/views/text"
)

const flashCookie = "yx_flash"

type flash struct {
	Key  string `json:"k"`
	Args []any  `json:"a,omitempty"`
}

// Flash leaves one sentence for the next page. It travels in a cookie as a
// catalogue key, so that it costs no write; args are public words such as an
// appeal number.
func (k *Kit) Flash(c echo.Context, key string, args ...any) {
	body, err := json.Marshal(flash{key, args})
	if err != nil {
		return // a missing banner must not fail what was done
	}
	c.SetCookie(&http.Cookie{Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(body), Path: "/", MaxAge: 60,
		HttpOnly: true, Secure: k.Sessions.Secure(), SameSite: http.SameSiteLaxMode})
}

// takeFlash reads the sentence left for this page and forgets it. A key that is
// not in the catalogues shows nothing: the cookie is the browser's own word.
func (k *Kit) takeFlash(c echo.Context, t *text.Printer) string {
	ck, err := c.Cookie(flashCookie)
	if err != nil || c.Request().Method != http.MethodGet {
		return ""
	}
	c.SetCookie(&http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: k.Sessions.Secure(), SameSite: http.SameSiteLaxMode})
	body, err := base64.RawURLEncoding.DecodeString(ck.Value)
	if err != nil {
		return ""
	}
	var f flash
	if json.Unmarshal(body, &f) != nil || !t.Has(f.Key) {
		return ""
	}
	return t.T(f.Key, f.Args...)
}
