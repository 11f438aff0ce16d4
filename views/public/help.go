package public

import "strconv"

// question is a section of the help page: its id in addresses and catalogues,
// and how many paragraphs answer it.
type question struct {
	id      string
	answers int
}

var questions = []question{
	{"what", 3}, {"show", 3}, {"bind", 2}, {"wrong", 3}, {"nophone", 2}, {"safe", 2}, {"large", 1},
}

func (q question) key(paragraph int) string {
	return "public.help_" + q.id + "_" + strconv.Itoa(paragraph)
}

// of are the rules of one colour, in the order of the book.
func (d HelpPage) of(colour string) []Rule {
	var rules []Rule
	for _, r := range d.Rules {
		if r.Colour == colour {
			rules = append(rules, r)
		}
	}
	return rules
}
