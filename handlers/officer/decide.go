package officer

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/views/officer"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// mostItems is how many items a form can carry, as many as an appeal has.
const mostItems = 20

// itemFields are the names of an item's fields after "itemN"; see ItemForm.Name.
var itemFields = []string{
	"", "basis_set_aside", "scope", "basis_correct", "place", "from", "to", "transit",
	"proof", "issuer", "document", "day", "time", "basis_uphold", "question",
}

// previewFields travel from the preview to the decision.
var previewFields = []string{"seen", "seen_at", "seen_to", "added", "again", "words", "drafted", "back"}

// pageFields are of other buttons that send the form of the decision along, so
// that it is not lost: the identity's, and those of KeepTyped.
var pageFields = []string{"reason", "note", "shown", "lang", "quiet"}

func decisionFields() []string {
	names := slices.Concat([]string{listField}, previewFields, pageFields)
	for n := 1; n <= mostItems; n++ {
		for _, field := range itemFields {
			names = append(names, officer.ItemForm{N: n}.Name(field))
		}
	}
	return names
}

// decision is what an officer chose, as typed.
type decision struct {
	items  map[int]map[string]string // by item and field
	seen   string
	seenAt time.Time
	seenTo string
	added  int  // how often the person had added something by then
	again  bool // it was shown once that they have added more
	words  string
	// drafted is the mark of the words that the preview proposed.
	drafted string
	back    bool
	list    models.QueueAsk // that the case was opened from
}

func (h *Handlers) readDecision(c echo.Context) (*decision, error) {
	form, err := h.Form(c, decisionFields()...)
	if err != nil {
		return nil, err
	}
	d := &decision{
		items: itemsTyped(form.Has, form.Text), seen: form.Text("seen"), seenTo: form.Text("seen_to"), words: form.Text("words"), drafted: form.Text("drafted"),
		back: form.Text("back") != "", again: form.Text("again") != "", list: listOf(form),
	}
	if ms, err := strconv.ParseInt(form.Text("seen_at"), 10, 64); err == nil {
		d.seenAt = time.UnixMilli(ms).UTC()
	}
	d.added, _ = strconv.Atoi(form.Text("added")) // 0 asks once more
	return d, nil
}

// itemsTyped are the fields of the items that were sent, by item and field.
func itemsTyped(has func(name string) bool, value func(name string) string) map[int]map[string]string {
	items := map[int]map[string]string{}
	for n := 1; n <= mostItems; n++ {
		for _, field := range itemFields {
			name := officer.ItemForm{N: n}.Name(field)
			if !has(name) {
				continue
			}
			if items[n] == nil {
				items[n] = map[string]string{}
			}
			items[n][field] = value(name)
		}
	}
	return items
}

// ruling turns what was typed into what was found; times and places that cannot
// be read are in it as Unread. What belongs to another choice is left out.
func (d *decision) ruling(number string) models.Ruling {
	r := models.Ruling{Number: number, Seen: d.seen, SeenAt: d.seenAt, Added: d.added, Again: d.again, Words: d.words, Typed: d.typed()}
	for n := 1; n <= mostItems; n++ {
		typed, ok := d.items[n]
		if !ok {
			continue
		}
		item := models.ItemRuling{N: n, Action: typed[""], Basis: typed["basis_"+typed[""]]}
		unread := func(field, key string) {
			item.Unread = append(item.Unread, fault.Problem{Field: officer.ItemForm{N: n}.Name(field), Key: key})
		}
		when := func(field, layout, value string) time.Time {
			if value == "" {
				return time.Time{}
			}
			at, err := time.ParseInLocation(layout, value, text.Shanghai)
			if err != nil {
				unread(field, "officer.time_form")
				return time.Time{}
			}
			return at.UTC()
		}
		switch item.Action {
		case appeal.ActionSetAside:
			item.Scope = typed["scope"]
		case appeal.ActionCorrect:
			item.From, item.To = when("from", minutes, typed["from"]), when("to", minutes, typed["to"])
			item.Transit = typed["transit"] != ""
			if place := typed["place"]; place != "" {
				if item.Place, ok = models.ParsePlace(place); !ok {
					unread("place", "officer.place_unknown")
				}
			}
		case appeal.ActionClear:
			item.Proof, item.Issuer, item.Document = typed["proof"], typed["issuer"], typed["document"]
			item.Day = when("day", time.DateOnly, typed["day"])
			if item.Proof == models.ProofTest && typed["time"] == "" {
				unread("time", "officer.time_missing")
			} else if item.Proof == models.ProofTest && !item.Day.IsZero() {
				if taken := when("time", minutes, typed["day"]+"T"+typed["time"]); !taken.IsZero() {
					item.Day = taken
				}
			}
		case models.ActionAsk:
			item.Question = typed["question"]
		}
		r.Items = append(r.Items, item)
	}
	return r
}

// minutes is the form of a datetime-local field.
const minutes = "2006-01-02T15:04"

// Preview shows what a decision would do.
func (h *Handlers) Preview(c echo.Context) error {
	d, err := h.readDecision(c)
	if err != nil {
		return err
	}
	return h.showPreview(c, http.StatusOK, d, nil)
}

func (h *Handlers) showPreview(c echo.Context, status int, d *decision, problems ui.Problems) error {
	pre, err := h.Portal.PreviewDecision(c.Request().Context(), h.StaffID(c), d.ruling(c.Param("number")))
	if wrong, ok := h.Problems(h.T(c), err); ok {
		return h.showCase(c, http.StatusUnprocessableEntity, d.list, caseTyped{decision: d}, wrong)
	}
	if err != nil {
		return err
	}
	d.words = d.own()
	f := h.desk(c, pre.Case.Desk, "officer.preview_title", pre.Case.Number, text.MaskName(pre.Case.Person.Name))
	f.Problems, f.Path = problems, caseHref(pre.Case.Number, d.list)
	page := previewPage(f, pre, d)
	if status == http.StatusConflict {
		page.Moved = movedWords(f.T, pre, d)
	}
	return h.Render(c, status, officer.Preview(page))
}

// Decide does what the preview showed. If anything has moved since, nothing is
// done, and the preview is shown again with the difference. With the button
// 返回修改 it is the form again, as it was typed.
func (h *Handlers) Decide(c echo.Context) error {
	d, err := h.readDecision(c)
	if err != nil {
		return err
	}
	if d.back {
		return h.showCase(c, http.StatusOK, d.list, caseTyped{decision: d}, nil)
	}
	r := d.ruling(c.Param("number"))
	done, err := h.Portal.DecideAppeal(c.Request().Context(), h.StaffID(c), r)
	if conflict := (*fault.Conflict)(nil); errors.As(err, &conflict) && (conflict.Key == models.Moved || conflict.Key == models.MaterialAdded) {
		d.again = d.again || conflict.Key == models.MaterialAdded
		return h.showPreview(c, http.StatusConflict, d, nil)
	}
	if problems, ok := h.Problems(h.T(c), err); ok {
		if problems.Of("words") != "" {
			return h.showPreview(c, http.StatusUnprocessableEntity, d, problems)
		}
		return h.showCase(c, http.StatusUnprocessableEntity, d.list, caseTyped{decision: d}, problems)
	}
	if err != nil {
		return err
	}
	switch {
	case done.Outcome == "":
		h.Flash(c, "officer.flash_asked", r.Number)
	case done.Added:
		h.Flash(c, "officer.flash_decided_added", r.Number, h.T(c).T("appeal.outcome."+done.Outcome))
	default:
		h.Flash(c, "officer.flash_decided", r.Number, h.T(c).T("appeal.outcome."+done.Outcome))
	}
	return h.See(c, queueHref(d.list))
}

// movedWords say what is different from the preview that was confirmed.
func movedWords(t *text.Printer, pre models.Preview, d *decision) []string {
	var words []string
	for _, f := range pre.Fresh {
		words = append(words, t.T("officer.moved_fact", facttext.About(t, f)))
	}
	fresh := pre.Added - d.added // of the newest, which stand first
	for _, e := range pre.Case.Events {
		switch {
		case e.Kind != appeal.EventAdded || fresh <= 0:
			continue
		case e.Text == "":
			words = append(words, t.T("officer.moved_photo", t.Brief(e.At)))
		default:
			words = append(words, t.T("officer.moved_added", t.Brief(e.At), e.Text))
		}
		fresh--
	}
	if d.seenTo != "" && d.seenTo != string(pre.To) {
		if key := "colour." + d.seenTo; t.Has(key) {
			words = append(words, t.T("officer.moved_colour", t.T(key), t.T("colour."+string(pre.To))))
		}
	}
	if len(words) == 0 {
		words = append(words, t.T("officer.moved_other"))
	}
	return words
}
