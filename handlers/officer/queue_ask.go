package officer

import (
	"net/url"
	"slices"
	"strings"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/review"
)

// askFields are what chooses a part of the queue, all in the address.
var askFields = []string{"tab", "sort", "colour", "rule", "due", "channel", "harm", "photos", "after", "before"}

// listField carries the part of the queue that a case was opened from, so that
// the way back leads there.
const listField = "list"

// readAsk reads what part of the queue is asked for; rule tells which codes there
// are. unknown tells that some value does not exist, as in an old bookmark; it is
// left out.
func readAsk(get func(field string) string, rule func(code string) bool) (ask models.QueueAsk, unknown bool) {
	one := func(field string, known func(string) bool) string {
		value := get(field)
		if value == "" || known(value) {
			return value
		}
		unknown = true
		return ""
	}
	among := func(values ...string) func(string) bool {
		return func(v string) bool { return slices.Contains(values, v) }
	}
	ask.Tab = appeal.Tab(one("tab", func(v string) bool { return appeal.Tab(v).Known() }))
	if ask.Tab == "" {
		ask.Tab = appeal.TabOpen
	}
	sort := one("sort", among("due", "-due"))
	ask.Desc = sort == "-due" || sort == "" && ask.Tab == appeal.TabDone // of what is over the newest first
	ask.Colour = one("colour", among("red", "yellow"))
	ask.Rule = one("rule", rule)
	ask.Due = models.Due(one("due", func(v string) bool { return slices.Contains(models.Dues, models.Due(v)) }))
	ask.Channel = one("channel", among(appeal.Channels...))
	ask.Harm = one("harm", among("1")) != ""
	ask.Photos = one("photos", among("1")) != ""
	number := func(v string) bool { _, ok := appeal.ParseNumber(v); return ok }
	if ask.After, ask.Before = one("after", number), one("before", number); ask.After != "" {
		ask.Before = ""
	}
	return ask, unknown
}

// listOf is the part of the queue that a case was opened from: the address of a
// page and the hidden field of a form carry it. It can only lead to the queue, which
// asks the book about rules itself.
func listOf(form handlers.Form) models.QueueAsk {
	ask, _ := readList(form)
	return ask
}

// readList is listOf, and tells whether something stands there that the queue does
// not know.
func readList(form handlers.Form) (ask models.QueueAsk, unknown bool) {
	values, err := url.ParseQuery(form.Text(listField))
	ask, unknown = readAsk(values.Get, func(string) bool { return true })
	for name, all := range values {
		unknown = unknown || !slices.Contains(askFields, name) || len(all) > 1
	}
	return ask, unknown || err != nil
}

// errUnknown refuses an address with something in it that nobody knows here.
func errUnknown() error { return fault.Refuse("", "form.unknown") }

// ruleOf tells which codes a book has.
func ruleOf(book *review.Book) func(code string) bool {
	return func(code string) bool { _, ok := book.Rule(code); return ok }
}

// queueSort is the parameter sort of a list; "" where it is the list's own order.
func queueSort(ask models.QueueAsk) string {
	switch {
	case ask.Tab == appeal.TabDone && !ask.Desc:
		return "due"
	case ask.Tab != appeal.TabDone && ask.Desc:
		return "-due"
	}
	return ""
}

// queueQuery is the query of an ask; "" for the queue's first page.
func queueQuery(ask models.QueueAsk) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	tick := func(name string, on bool) {
		if on {
			add(name, "1")
		}
	}
	if ask.Tab != appeal.TabOpen {
		add("tab", string(ask.Tab))
	}
	add("sort", queueSort(ask))
	add("colour", ask.Colour)
	add("rule", ask.Rule)
	add("due", string(ask.Due))
	add("channel", ask.Channel)
	tick("harm", ask.Harm)
	tick("photos", ask.Photos)
	add("after", ask.After)
	add("before", ask.Before)
	return strings.Join(parts, "&")
}

func queueHref(ask models.QueueAsk) string {
	if query := queueQuery(ask); query != "" {
		return queuePath + "?" + query
	}
	return queuePath
}

// caseHref is the address of a case that is opened from a part of the queue.
func caseHref(number string, list models.QueueAsk) string {
	return withList(queuePath+"/"+number, list)
}

// withList is an address that leads back to a part of the queue.
func withList(href string, list models.QueueAsk) string {
	if query := queueQuery(list); query != "" {
		return href + "?" + listField + "=" + url.QueryEscape(query)
	}
	return href
}

// onTab is the same filters on another tab, from its beginning and in its own
// order.
func onTab(ask models.QueueAsk, tab appeal.Tab) models.QueueAsk {
	ask.Tab, ask.Desc = tab, tab == appeal.TabDone
	return atStart(ask)
}

// atStart is the same list from its beginning.
func atStart(ask models.QueueAsk) models.QueueAsk {
	ask.After, ask.Before = "", ""
	return ask
}
