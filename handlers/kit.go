// Package handlers holds the verbs that all handlers share: read a form, render
// a page, know who asks. One folder below it for each kind of person; a handler
// identifies, reads, calls one story, chooses a page or a redirect, and returns
// its error to the funnel in package web.
package handlers

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"yongxing/models"
	"yongxing/models/store"
	"yongxing/views/text"
	"yongxing/views/ui"
	"yongxing/web/session"
)

// Kit is what every handler has at hand.
type Kit struct {
	Portal   *models.Portal
	Sessions *session.Manager
	Log      *slog.Logger
}

// Keys under which the middleware of package web leaves what it knows of a
// request in the Echo context.
const (
	PersonKey    = "yx.person"
	StaffKey     = "yx.staff"
	SessionKey   = "yx.session"
	UntilKey     = "yx.until"
	ReferenceKey = "yx.reference"
	UserKey      = "yx.user"
	// HeldKey is the other way round: a handler leaves there which budget was used
	// up, when it answers with the form and not by the funnel.
	HeldKey = "yx.held"
)

// DeskPath is where the pages of the desk begin.
const DeskPath = "/officer/appeals"

// Cookies that hold a choice, not a person.
const (
	LanguageCookie  = "yx_lang"
	LargeTypeCookie = "yx_elder"
)

// Person is the signed-in resident, or 0. Routes for residents are guarded:
// there it is never 0.
func (k *Kit) Person(c echo.Context) int64 {
	id, _ := c.Get(PersonKey).(int64)
	return id
}

// StaffID is the signed-in member of staff, or 0.
func (k *Kit) StaffID(c echo.Context) int64 {
	id, _ := c.Get(StaffKey).(int64)
	return id
}

// Until is when the sign-in of the request ends if no other request follows; zero
// if nobody is signed in.
func (k *Kit) Until(c echo.Context) time.Time {
	at, _ := c.Get(UntilKey).(time.Time)
	return at
}

// Now is the portal's clock.
func (k *Kit) Now() time.Time { return k.Portal.Store.Now() }

// NewKey makes the one-time key of a form that creates something: the same key
// sent twice creates one thing.
func (k *Kit) NewKey() string { return store.Ref() }

// Browser is the hash that one-time codes and known browsers are bound to.
func (k *Kit) Browser(c echo.Context) []byte {
	return k.Sessions.Browser(c.Response(), c.Request())
}

// Address is the client's address as the configured proxies vouch for it.
func (k *Kit) Address(c echo.Context) string { return c.RealIP() }

// Reference is the number of this request that an error page shows and the log
// line carries.
func (k *Kit) Reference(c echo.Context) string {
	ref, _ := c.Get(ReferenceKey).(string)
	return ref
}

var languages = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English})

// Lang is the reader's language: what they chose, else what the browser asks
// for, else Chinese.
func (k *Kit) Lang(c echo.Context) string {
	switch k.Chosen(c, LanguageCookie) {
	case "en":
		return "en"
	case "zh", "zh-Hans":
		return "zh-Hans"
	}
	asked := c.Request().Header.Get("Accept-Language")
	if asked == "" || strings.HasPrefix(asked, "zh-") || strings.HasPrefix(asked, "zh,") {
		return "zh-Hans" // nearly everybody: not worth parsing
	}
	tags, _, err := language.ParseAcceptLanguage(asked)
	if err != nil || len(tags) == 0 {
		return "zh-Hans"
	}
	for _, tag := range tags { // whoever reads Chinese at all gets Chinese
		if base, _ := tag.Base(); base.String() == "zh" {
			return "zh-Hans"
		}
	}
	if _, i, conf := languages.Match(tags...); conf > language.No && i == 1 {
		return "en"
	}
	return "zh-Hans"
}

// T is the printer for the reader's language.
func (k *Kit) T(c echo.Context) *text.Printer { return text.For(k.Lang(c)) }

// Frame fills what every page shows around its content. titleKey is a key of
// the catalogues.
func (k *Kit) Frame(c echo.Context, titleKey string, args ...any) ui.Frame {
	t := k.T(c)
	user, _ := c.Get(UserKey).(string)
	path, posted := c.Request().URL.RequestURI(), c.Request().Method == http.MethodPost
	if posted {
		path = c.Request().URL.Path
	}
	return ui.Frame{
		Title:    t.T(titleKey, args...),
		Lang:     t.Lang(),
		T:        t,
		CSRF:     k.Sessions.CSRFToken(c.Response(), c.Request()),
		Path:     path,
		Posted:   posted,
		Elder:    k.Chosen(c, LargeTypeCookie) == "1",
		SignedIn: k.Person(c) != 0,
		User:     user,
		Flash:    k.takeFlash(c),
	}
}

// Choose keeps a choice in a cookie for a year.
func (k *Kit) Choose(c echo.Context, name, value string) {
	c.SetCookie(&http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: k.Sessions.Secure(), SameSite: http.SameSiteLaxMode})
}

// Chosen is a choice that this browser keeps, or "".
func (k *Kit) Chosen(c echo.Context, name string) string {
	ck, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return ck.Value
}

// See answers a done form: 303, so that reloading the next page posts nothing.
func (k *Kit) See(c echo.Context, path string) error {
	return c.Redirect(http.StatusSeeOther, path)
}

// Flash leaves one sentence, a key of the catalogues, for the next page.
func (k *Kit) Flash(c echo.Context, key string, args ...any) {
	k.Sessions.Flash(c.Response(), c.Request(), k.T(c).T(key, args...))
}

func (k *Kit) takeFlash(c echo.Context) string {
	if c.Request().Method != http.MethodGet {
		return ""
	}
	return k.Sessions.TakeFlash(c.Response(), c.Request())
}

// InWeChat tells whether the page is shown by WeChat's own browser. It only
// adds hints; nothing may break when it is wrong.
func InWeChat(c echo.Context) bool {
	return strings.Contains(c.Request().UserAgent(), "MicroMessenger/")
}
