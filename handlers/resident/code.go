package resident

import (
	"encoding/base32"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/models/pass"
	"yongxing/models/review"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// CodePage shows the person their code as it is now, with what explains it.
func (h *Handlers) CodePage(c echo.Context) error {
	page, err := h.Code(c)
	if err != nil {
		return err
	}
	view := codeView(h.Frame(c, "colour."+page.State), page)
	if view.Pass, err = h.passCard(view.T, page, "/code"); err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, resident.Code(view))
}

// CodeShow shows the code alone, for the gate. Without scripts the browser loads
// it again before the QR expires.
func (h *Handlers) CodeShow(c echo.Context) error {
	page, err := h.Code(c)
	if err != nil {
		return err
	}
	f := codeFrame(h.Frame(c, "colour."+page.State))
	f.Refresh = int(pass.Renew.Seconds())
	view := resident.ShowPage{
		Frame: f, Colour: page.State, Word: codeWord(f.T, page), Advice: codeAdvice(f.T, page),
		AsOf: handlers.AsOf(f.T, page),
		Back: ui.LinkRow{Href: "/code", Label: f.T.T("code.back"), Detail: f.T.T("code.back_detail")},
	}
	if view.AsOf != "" || page.State == models.StateUnconfirmed {
		view.Back.Detail = f.T.T("code.back_last_detail")
	}
	if page.State == models.StateUnconfirmed {
		view.Again = f.T.T("code.again")
	}
	if view.AsOf != "" && page.Token == "" {
		view.Todo = lastTodo(f.T, page.Last)
	}
	if view.Pass, err = h.passCard(f.T, page, "/code/show"); err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, resident.Show(view))
}

// CodeFragment renews the QR and its clock on an open page. If the page shows
// another state than that of now, it answers 205: load it all again.
func (h *Handlers) CodeFragment(c echo.Context) error {
	q, err := h.Query(c, "seen", "on")
	if err != nil {
		return err
	}
	page, err := h.Code(c)
	if err != nil {
		return err
	}
	on := "/code"
	if q.Text("on") == "show" {
		on = "/code/show"
	}
	if page.Token == "" || q.Text("seen") != codeStamp(page) {
		return c.NoContent(http.StatusResetContent)
	}
	card, err := h.passCard(h.T(c), page, on)
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, resident.Fragment(card, on == "/code/show" || page.State == ui.Green))
}

// codeStamp names what a code page shows, so that a page left open learns that
// something else is to be shown. It says nothing to anybody else.
func codeStamp(page models.CodePage) string {
	shown := make([]byte, 0, 512)
	word := func(w string) { shown = append(append(shown, w...), '|') }
	number := func(n int64) { shown = append(strconv.AppendInt(shown, n, 10), '|') }
	word(page.State)
	word(page.Book)
	number(page.AsOf.Unix())
	number(page.Declared.Unix())
	number(int64(len(page.Aside)))
	number(int64(len(page.Ended)))
	for _, f := range page.Findings {
		word(f.Key)
		number(f.Until.Unix())
		word(f.OpenAppeal)
		word(strconv.FormatBool(f.Overdue))
		word(f.ChangedAfter)
		for _, way := range f.Sooner {
			for _, condition := range way.Conditions {
				number(int64(condition.Have))
				number(int64(condition.Need))
			}
		}
	}
	sum := fnv.New64a()
	_, _ = sum.Write(shown) // a hash takes everything
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum.Sum(nil))
}

// passCard is the QR of a code, or nil where there is nothing to show at a gate.
// on is the page that it stands on.
func (h *Handlers) passCard(t *text.Printer, page models.CodePage, on string) (*resident.PassCard, error) {
	if page.Token == "" {
		return nil, nil
	}
	path, size, err := pass.QR(pass.URL(h.Portal.Settings.BaseURL, page.Token))
	if err != nil {
		return nil, fmt.Errorf("code page: %w", err)
	}
	renew := "/code/fragment?seen=" + codeStamp(page)
	if on == "/code/show" {
		renew += "&on=show"
	}
	return &resident.PassCard{
		Colour: page.State, Word: codeWord(t, page), Advice: codeAdvice(t, page),
		Label: t.T("code.pass"), QRLabel: t.T("code.qr", t.T("colour."+page.State)), Paper: t.T("code.paper"),
		ISO: t.ISO(page.Now), Clock: t.Seconds(page.Now), Day: t.Full(page.Now),
		Path: path, Size: size,
		Name: text.MaskName(page.Name), Document: text.MaskDocument(page.Document),
		Renewed: t.T("code.renewed"), Again: t.T("code.again"), RefreshHref: on,
		RenewURL: renew, Stale: t.T("code.stale"), StaleAgain: t.T("code.stale_again"),
	}, nil
}

func codeFrame(f ui.Frame) ui.Frame {
	f.Scripts = []string{"clock.js", "code.js"}
	return f
}

func codeWord(t *text.Printer, page models.CodePage) string { return t.T("code.word_" + page.State) }

func codeAdvice(t *text.Printer, page models.CodePage) string {
	if page.State == ui.Yellow && len(page.Findings) > 1 {
		return t.T("code.advice_yellow_many", len(page.Findings))
	}
	return t.T("code.advice_" + page.State)
}

// codeView puts a code page into words. The QR comes on top of it.
func codeView(f ui.Frame, page models.CodePage) resident.CodePage {
	t := f.T
	d := resident.CodePage{
		Frame: codeFrame(f), Colour: page.State, Word: codeWord(t, page), Advice: codeAdvice(t, page),
		Links: []ui.LinkRow{
			{Href: "/declare", Label: t.T("code.declare_again"), Detail: t.T("code.declare_again_detail")},
			{Href: "/notices", Label: t.T("code.notices"), Detail: t.T("code.notices_detail")},
			{Href: "/history", Label: t.T("code.history"), Detail: t.T("code.history_detail")},
		},
	}
	if page.Token != "" {
		d.Foot = t.T("code.foot")
		d.Links = slices.Insert(d.Links, 0, ui.LinkRow{Href: "/code/show", Label: t.T("code.show"), Detail: t.T("code.show_detail")})
	}
	switch page.State {
	case string(review.None):
		d.Reasons = []resident.CodeReason{{Name: t.T("code.none_name"), Fact: t.T("code.none_how")}}
		d.Actions = []resident.CodeAction{{Href: "/declare", Label: t.T("code.declare")}}
		d.Links = d.Links[1:]
	case models.StateUnconfirmed:
		d.Reasons = []resident.CodeReason{{Name: t.T("code.unconfirmed_name"), Fact: lastConfirmed(t, page)}}
		d.Actions = []resident.CodeAction{{Href: "/code", Label: t.T("code.again")}}
	case models.StateUnverified:
		unverified(&d, page)
	case ui.Green:
		d.Why = whyGreen(t, page)
	default:
		d.ReasonsLabel = t.T("code.reason")
		d.Reasons, d.More = codeReasons(t, page)
		d.Ends = codeEnds(t, page)
		d.Actions = codeActions(t, page)
		d.Todo = codeTodo(t, page)
	}
	for _, finding := range page.Findings {
		d.Findings = append(d.Findings, codeFinding(t, page, finding))
	}
	for _, e := range page.Ended {
		d.Ended = append(d.Ended, resident.CodeEnded{
			Name: e.RuleText(t.Lang()).Name, Colour: string(e.Colour),
			Words: t.T("code.ended_words", t.Days(e.Since, e.At), t.T("code.by_"+e.By)),
		})
	}
	d.Aside = codeAside(t, page)
	if !page.RemindAt.IsZero() && !page.Now.Before(page.RemindAt) {
		d.Reminder = t.T("code.remind_due", t.Day(page.Declared))
	}
	if !page.AsOf.IsZero() {
		asLastShown(&d, page)
	}
	return d
}

func lastConfirmed(t *text.Printer, page models.CodePage) string {
	if last := handlers.AsOf(t, page); last != "" {
		return last
	}
	if page.StoredAt.IsZero() {
		return t.T("code.unconfirmed_never")
	}
	return t.T("code.unconfirmed_last", t.T("colour."+string(page.Stored)), t.DateTime(page.StoredAt))
}

func whyGreen(t *text.Printer, page models.CodePage) *resident.CodeWhy {
	why := &resident.CodeWhy{Heading: t.T("code.why_green"), Words: t.T("code.why_green_words")}
	why.Pairs = []ui.Pair{
		{Key: t.T("code.book"), Value: t.T("code.book_version", page.Book)},
		{Key: t.T("code.declared"), Value: t.DateTime(page.Declared)},
	}
	if page.Now.Before(page.RemindAt) {
		why.Pairs = append(why.Pairs, ui.Pair{Key: t.T("code.remind"), Value: t.Day(page.RemindAt) + "\n" + t.T("code.remind_only")})
	}
	return why
}

// unverified fills the page of somebody whose identity is not bound. It says
// nothing that depends on whether anything else is on record about the document.
func unverified(d *resident.CodePage, page models.CodePage) {
	t := d.T
	d.Reasons = []resident.CodeReason{{Name: t.T("code.bind_why_name"), Fact: t.T("code.bind_why")}}
	d.Actions = []resident.CodeAction{{Href: "#how", Label: t.T("code.bind_how")}}
	counter := t.T("code.bind_counter_how")
	if page.Station.ID != 0 {
		counter += "\n" + stationName(t, page)
		if page.Station.Address != "" {
			counter += "\n" + page.Station.Address
		}
	}
	d.Binding = &resident.CodeBinding{
		Heading: t.T("code.bind_heading"),
		Ways: []ui.Pair{
			{Key: t.T("code.bind_counter"), Value: counter},
			{Key: t.T("code.bind_record"), Value: t.T("code.bind_record_how")},
			{Key: t.T("code.bind_phone"), Value: t.T("code.bind_phone_how")},
		},
		Until:   t.T("code.bind_before"),
		Getting: []string{t.T("code.bind_before_document"), t.T("code.bind_before_card"), t.T("code.bind_before_doctor")},
	}
	words := t.T("code.unverified_clear")
	if n := len(page.Findings); n > 0 {
		words = t.T("code.unverified_found", n)
		d.Actions = append(d.Actions, codeActions(t, page)...)
	}
	d.Why = &resident.CodeWhy{Heading: t.T("code.unverified_heading"), Words: words, Pairs: []ui.Pair{
		{Key: t.T("code.declared"), Value: t.DateTime(page.Declared) + "\n" + t.T("code.unverified_only")},
	}}
}

func stationName(t *text.Printer, page models.CodePage) string {
	if t.Lang() == text.English && page.Station.NameEn != "" {
		return page.Station.NameEn
	}
	return page.Station.Name
}
