package officer

import (
	"net/url"
	"slices"
	"strings"

	"yongxing/handlers"
	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/review"
)

// askFields are what chooses a part of the queue, all in the address.
var askFields = []string{"tab", "sort", "colour", "rule", "due", "channel", "harm", "photos", "after"}

// listField carries the part of the queue that a case was opened from, so that
// the way back leads there.
const listField = "list"

// readAsk reads what part of the queue is asked for; rule tells which codes there
// are. A value that does not exist, as in an old bookmark, is left out and said.
func readAsk(get func(field string) string, rule func(code string) bool) (ask models.QueueAsk, ignored bool) {
	one := func(field string, known func(string) bool) string {
		value := get(field)
		if value == "" || known(value) {
			return value
		}
		ignored = true
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
	ask.After = one("after", func(v string) bool { _, ok := appeal.ParseNumber(v); return ok })
	return ask, ignored
}

// listOf is the part of the queue that a case was opened from: the address of a
// page and the hidden field of a form carry it. Whatever else stands there is
// left out, and it can only lead to the queue.
func listOf(form handlers.Form) models.QueueAsk {
	values, _ := url.ParseQuery(form.Text(listField))                // what cannot be read is the queue's first page
	ask, _ := readAsk(values.Get, func(string) bool { return true }) // the queue itself asks the book
	return ask
}

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
	if query := queueQuery(list); query != "" {
		return queuePath + "/" + number + "?" + listField + "=" + url.QueryEscape(query)
	}
	return queuePath + "/" + number
}

// onTab is the same filters on another tab, from its beginning and in its own
// order.
func onTab(ask models.QueueAsk, tab appeal.Tab) models.QueueAsk {
	ask.Tab, ask.Desc, ask.After = tab, tab == appeal.TabDone, ""
	return ask
}
