package resident

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// here names the session that asks, in the person's list of devices.
func (h *Handlers) here(c echo.Context) string {
	in, _ := h.Sessions.Resident(c.Request())
	return in.Ref
}

// Me shows somebody's account.
func (h *Handlers) Me(c echo.Context) error { return h.mePage(c, http.StatusOK, nil, nil) }

// mePage shows the account; chosen stands in the form in place of what is on
// record, with what was wrong about it.
func (h *Handlers) mePage(c echo.Context, status int, chosen *models.Preferences, wrong error) error {
	a, err := h.Portal.Account(c.Request().Context(), h.Person(c), h.here(c))
	if err != nil {
		return err
	}
	d := resident.MePage{Frame: h.Frame(c, "me.title"), Others: len(a.Devices) > 1}
	d.Language, d.Large = d.Lang, d.Elder // as this page is shown, so that saving one of them leaves the other as it is
	d.Path = "/me"
	d.Problems, _ = h.Problems(d.T, wrong)
	if chosen != nil {
		d.Language, d.Large = chosen.Language, chosen.LargeType
	}
	d.Links = []ui.LinkRow{
		{Href: "/notices", Label: d.T.T("me.notices"), Detail: unread(d.T, a.Unread)},
		{Href: "/me/looks", Label: d.T.T("me.looks"), Detail: d.T.T("me.looks_detail")},
		{Href: "/history", Label: d.T.T("me.history"), Detail: d.T.T("me.history_detail")},
	}
	d.Who = accountRows(d.T, a)
	for _, device := range a.Devices {
		d.Devices = append(d.Devices, resident.Device{
			Ref: device.Ref, Name: deviceName(d.T, device.Label), Here: device.Here,
			Under: d.T.T("me.device_when", d.T.Near(device.SignedIn, h.Now()), d.T.Near(device.Seen, h.Now())),
		})
	}
	return h.Render(c, status, resident.Me(d))
}

func unread(t *text.Printer, n int) string {
	if n == 0 {
		return t.T("me.notices_none")
	}
	return t.T("me.notices_unread", n)
}

// accountRows say who somebody is, masked: a phone lies on a table.
func accountRows(t *text.Printer, a models.Account) []ui.Row {
	name, document := t.T("me.none_yet"), t.T("me.none_yet")
	if a.Name != "" {
		name = text.MaskName(a.Name)
	}
	if a.Document.Number != "" {
		document = text.MaskDocument(a.Document.Number) + "\n" + t.T("me.unbound")
		if a.Bound {
			document = text.MaskDocument(a.Document.Number) + "\n" + t.T("me.bound")
		}
	}
	change := "" // of whoever is not verified the next declaration asks
	if a.Bound {
		change = "/me/document"
	}
	return []ui.Row{
		{Key: t.T("me.name"), Value: name},
		{Key: t.T("me.document"), Value: document, ChangeHref: change},
		{Key: t.T("me.phone"), Value: text.MaskPhone(a.Phone), ChangeHref: "/me/phone"},
	}
}

// deviceName puts the coarse kind of a browser into words.
func deviceName(t *text.Printer, label string) string {
	app, system, _ := strings.Cut(label, "/")
	word := func(prefix, kind string) string {
		if key := prefix + kind; kind != "" && t.Has(key) {
			return t.T(key)
		}
		return t.T(prefix + "other")
	}
	return t.T("me.device", word("me.app_", app), word("me.system_", system))
}

// MeSettings keeps the language and the size of type.
func (h *Handlers) MeSettings(c echo.Context) error {
	in, err := h.Form(c, "language", "large")
	if err != nil {
		return err
	}
	v := models.Preferences{Language: in.Text("language"), LargeType: in.Text("large") == "1"}
	err = h.Portal.Prefer(c.Request().Context(), h.Person(c), v)
	if _, refused := h.Problems(h.T(c), err); refused {
		return h.mePage(c, http.StatusUnprocessableEntity, &v, err)
	}
	if err != nil {
		return err
	}
	h.wear(c, v)
	h.Sessions.Flash(c.Response(), c.Request(), text.For(v.Language).T("me.saved"))
	return h.See(c, "/me")
}

// wear makes this browser show what a person prefers.
func (h *Handlers) wear(c echo.Context, v models.Preferences) {
	lang, elder := "zh", "0"
	if v.Language == text.English {
		lang = "en"
	}
	if v.LargeType {
		elder = "1"
	}
	h.Choose(c, handlers.LanguageCookie, lang)
	h.Choose(c, handlers.LargeTypeCookie, elder)
}

// DeviceEnd signs one device out.
func (h *Handlers) DeviceEnd(c echo.Context) error {
	in, err := h.Form(c, "ref")
	if err != nil {
		return err
	}
	err = h.Portal.EndDevice(c.Request().Context(), h.Person(c), in.Text("ref"), h.here(c))
	h.Sessions.Forget(h.Person(c)) // also after an error: the commit may be in doubt
	if err != nil && !errors.Is(err, fault.Stale) {
		return err
	}
	if err != nil {
		h.Flash(c, "me.device_gone")
	} else {
		h.Flash(c, "me.device_ended")
	}
	return h.See(c, "/me")
}

// DevicesEnd signs every other device out.
func (h *Handlers) DevicesEnd(c echo.Context) error {
	if _, err := h.Form(c); err != nil {
		return err
	}
	n, err := h.Portal.EndOtherDevices(c.Request().Context(), h.Person(c), h.here(c))
	h.Sessions.Forget(h.Person(c)) // as in DeviceEnd
	if err != nil {
		return err
	}
	if n == 0 {
		h.Flash(c, "me.devices_alone")
	} else {
		h.Flash(c, "me.devices_ended", n)
	}
	return h.See(c, "/me")
}
