package ui

import (
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"yongxing/views/text"
)

func frame() Frame {
	t := text.For(text.Chinese)
	return Frame{Title: "T", Lang: t.Lang(), T: t, CSRF: "token", Path: "/x"}
}

func render(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func attr(t *testing.T, doc *goquery.Document, selector, name string) string {
	t.Helper()
	s := doc.Find(selector)
	if s.Length() != 1 {
		t.Fatalf("%d of %s", s.Length(), selector)
	}
	return s.AttrOr(name, "")
}

// Every kind of field, each with a hint and a problem, keeps what was typed and
// ties hint and message to the field.
func TestFieldsWithProblems(t *testing.T) {
	t.Parallel()
	f := frame()
	f.Problems = Problems{{Field: "a", Message: "M"}}
	in := Field{Name: "a", Label: "L", Hint: "H", Value: "typed"}
	options := []Option{{Value: "other", Label: "O"}, {Value: "typed", Label: "P"}}
	for name, tc := range map[string]struct {
		field    templ.Component
		describe string // what carries aria-describedby
		kept     string // what shows the value
	}{
		"input":      {Input(f, in), "#a", "input[value=typed]"},
		"textarea":   {Textarea(f, in), "#a", "textarea:contains(typed)"},
		"select":     {Select(f, in, options), "#a", "option[value=typed][selected]"},
		"file":       {File(f, in), "#a", "#a"},
		"radios":     {Radios(f, Choices{Name: "a", Legend: "L", Hint: "H", Options: options, Value: "typed"}), "fieldset", "input[value=typed][checked]"},
		"checkboxes": {Checkboxes(f, Choices{Name: "a", Legend: "L", Hint: "H", Options: options, Values: []string{"typed"}}), "fieldset", "input[value=typed][checked]"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := render(t, tc.field)
			if got := attr(t, doc, tc.describe, "aria-describedby"); got != "a-hint a-error" {
				t.Errorf("described by %q", got)
			}
			if doc.Find("#a-hint").Text() != "H" || !strings.Contains(doc.Find("#a-error").Text(), "错误：M") {
				t.Error("hint or message is missing")
			}
			if doc.Find("#a").Length() != 1 || doc.Find(tc.kept).Length() != 1 {
				t.Error("the value is not kept, or the summary leads nowhere")
			}
			if doc.Find(".govuk-form-group--error").Length() != 1 {
				t.Error("no error look")
			}
		})
	}
}

func TestFieldsWithoutProblemsSayNothing(t *testing.T) {
	t.Parallel()
	doc := render(t, Input(frame(), Field{Name: "a", Label: "L"}))
	if _, has := doc.Find("#a").Attr("aria-describedby"); has || doc.Find(".govuk-error-message").Length() != 0 {
		t.Error("a field without hint and problem describes itself")
	}
}

func TestAPasswordIsNeverSentBack(t *testing.T) {
	t.Parallel()
	doc := render(t, Input(frame(), Field{Name: "a", Type: "password", Value: "secret"}))
	if _, has := doc.Find("#a").Attr("value"); has {
		t.Error("the password is in the page")
	}
}

func TestSelectAsksToChooseUnlessAnOptionIsEmpty(t *testing.T) {
	t.Parallel()
	if n := render(t, Select(frame(), Field{Name: "a"}, []Option{{Value: "x"}})).Find("option").Length(); n != 2 {
		t.Errorf("%d options", n)
	}
	if n := render(t, Select(frame(), Field{Name: "a"}, []Option{{Label: "全部"}, {Value: "x"}})).Find("option").Length(); n != 2 {
		t.Errorf("%d options", n)
	}
}

// What an option rests on is told a line each.
func TestOptionHintHasLines(t *testing.T) {
	t.Parallel()
	doc := render(t, Checkboxes(frame(), Choices{Name: "a", Options: []Option{{Value: "x", Label: "L", Hint: "one\ntwo"}}}))
	if n := doc.Find("label small br").Length(); n != 1 {
		t.Errorf("%d breaks between two lines", n)
	}
}

func TestPageFrame(t *testing.T) {
	t.Parallel()
	f := frame()
	f.Path, f.SignedIn, f.Flash = "/history?before=9", true, "F"
	f.Problems = Problems{{Field: "a", Message: "M"}, {Message: "N"}}
	doc := render(t, Page(f))
	if got := doc.Find("title").Text(); got != "错误：T - 甬行码" {
		t.Errorf("title %q", got)
	}
	if got := attr(t, doc, "html", "lang"); got != "zh-CN" {
		t.Errorf("lang %q", got)
	}
	tools := doc.Find(".yx-tools a")
	if got := tools.First().AttrOr("href", ""); got != "/history?before=9&elder=1" {
		t.Errorf("large type leads to %q", got)
	}
	if got := tools.Last().AttrOr("href", ""); got != "/history?before=9&lang=en" {
		t.Errorf("language leads to %q", got)
	}
	if got := attr(t, doc, `form[action="/signout"] input[name=csrf]`, "value"); got != "token" {
		t.Errorf("csrf %q", got)
	}
	if doc.Find(`[role=status]:contains(F)`).Length() != 1 || doc.Find("main#main").Length() != 1 {
		t.Error("no flash or no main")
	}
}

func TestLargeTypeAndDesk(t *testing.T) {
	t.Parallel()
	f := frame()
	f.Elder = true
	doc := render(t, Page(f))
	if doc.Find("html.yx-elder").Length() != 1 || !strings.Contains(doc.Find("title").Text(), "长辈版") ||
		doc.Find(".yx-tools a").First().AttrOr("href", "") != "/x?elder=0" {
		t.Error("large type is not said, or cannot be left")
	}
	f = frame()
	f.Desk, f.User = true, "U"
	f.Nav = []NavItem{{Href: "/officer/appeals", Label: "申诉", Current: true}}
	doc = render(t, Page(f))
	if doc.Find("html.yx-desk").Length() != 1 || doc.Find(`form[action="/staff/signout"]`).Length() != 1 ||
		doc.Find("[aria-current=page]").Length() != 1 || doc.Find("title").Text() != "T - 甬行码核查台" {
		t.Error("the desk's frame is not whole")
	}
}

func TestErrorSummaryLeadsToFields(t *testing.T) {
	t.Parallel()
	f := frame()
	if got := render(t, ErrorSummary(f)).Find("div").Length(); got != 0 {
		t.Error("a summary of nothing")
	}
	f.Problems = Problems{{Field: "a", Message: "M"}, {Message: "N"}}
	doc := render(t, ErrorSummary(f))
	if doc.Find(`a[href="#a"]`).Text() != "M" || doc.Find("li").Length() != 2 || doc.Find("[role=alert]").Length() != 1 {
		t.Error("the summary is not whole")
	}
}

// A colour is always also a word and a shape of its own.
func TestColoursDifferInShapeAndWord(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, colour := range []string{Green, Yellow, Red, Unverified} {
		doc := render(t, Chip(frame(), colour))
		shape := doc.Find("path").First().AttrOr("d", "")
		if other, twice := seen[shape]; twice {
			t.Errorf("%s and %s have one shape", colour, other)
		}
		seen[shape] = colour
		if strings.TrimSpace(doc.Text()) == "" || strings.Contains(doc.Text(), "⟦") {
			t.Errorf("%s has no word", colour)
		}
	}
}

func TestGaugeStaysWithinItsBar(t *testing.T) {
	t.Parallel()
	doc := render(t, Gauge(Meter{Label: "L", Share: "3 / 2", Done: 3, Need: 2}))
	if attr(t, doc, "progress", "value") != "2" || attr(t, doc, "progress", "max") != "2" {
		t.Error("the bar runs over")
	}
}

func TestPagingDrawsOnlyWhatThereIs(t *testing.T) {
	t.Parallel()
	if n := render(t, Paging(frame(), "", "")).Find("nav").Length(); n != 0 {
		t.Error("navigation to nothing")
	}
	if n := render(t, Paging(frame(), "", "?a")).Find("a").Length(); n != 1 {
		t.Errorf("%d links", n)
	}
}
