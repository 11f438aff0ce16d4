package review

import (
	"errors"
	"slices"

	"go.yaml.in/yaml/v3"

	"yongxing/models/review/strict"
)

// Refusal is why a book cannot be used. A book that is refused is refused as a
// whole: nobody is judged by half of it.
type Refusal struct {
	Place  string // "rule R07", "parameters", or "" for the book
	Reason string
}

// Error is one line that names the rule and the reason.
func (r *Refusal) Error() string {
	if r.Place == "" {
		return "rulebook refused: " + r.Reason
	}
	return "rulebook refused: " + r.Place + ": " + r.Reason
}

// ParseBook reads a rulebook. The error is a *Refusal; the keys and the reasons
// for refusing are those of rulebook.md section 9. The vocabulary is closed:
// there is no way to name a trigger for a petition, a debt, a court, an interest
// of the police, a refused vaccination or a scanned place.
func ParseBook(data []byte) (*Book, error) {
	r := &strict.Reader{}
	root := r.Document(data)
	if r.Err != nil {
		return nil, refusal(r.Err)
	}
	book, err := parseRoot(root)
	if err != nil {
		return nil, err
	}
	book.source = slices.Clone(data)
	return book, nil
}

// Overlay returns the book with the parameters and rules of a patch laid over
// it, parameters key by key, rules by code and then key by key. Worked examples
// use it to try a change.
func (b *Book) Overlay(patch *yaml.Node) (*Book, error) {
	r := &strict.Reader{}
	root := r.Document(b.source)
	over := r.Map(patch, "book", "parameters", "rules")
	if parameters := over["parameters"]; parameters != nil {
		layOver(r, child(root, "parameters"), parameters, "parameters")
	}
	codes := make(map[string]*yaml.Node)
	for _, rule := range r.List(child(root, "rules"), "rules") {
		if code := child(rule, "code"); code != nil {
			codes[code.Value] = rule
		}
	}
	if rules := over["rules"]; rules != nil {
		changes := r.Map(rules, "rules")
		for _, code := range names(changes) {
			change := changes[code]
			if codes[code] == nil {
				r.Refuse("there is no rule %q to lay over", code)
			}
			layOver(r, codes[code], change, "rule "+code)
		}
	}
	if r.Err != nil {
		return nil, refusal(r.Err)
	}
	book, err := parseRoot(root)
	if err != nil {
		return nil, err
	}
	if book.source, err = yaml.Marshal(root); err != nil {
		return nil, &Refusal{Reason: err.Error()}
	}
	return book, nil
}

// layOver puts the values of change in place of those of base.
func layOver(r *strict.Reader, base, change *yaml.Node, what string) {
	r.Map(change, what)
	if r.Err != nil {
		return
	}
	for i := 0; i+1 < len(change.Content); i += 2 {
		key, value := change.Content[i], change.Content[i+1]
		if old := child(base, key.Value); old != nil {
			*old = *value
		} else {
			base.Content = append(base.Content, key, value)
		}
	}
}

// child is the value of a key, nil if there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func refusal(err error) error {
	var problem *strict.Problem
	if errors.As(err, &problem) {
		return &Refusal{Place: problem.Where, Reason: problem.Reason}
	}
	return &Refusal{Reason: err.Error()}
}

func parseRoot(root *yaml.Node) (*Book, error) {
	r := &strict.Reader{}
	top := r.Map(root, "the book", "book", "parameters", "rules")
	if r.Err == nil && top["book"] == nil {
		r.Refuse("the version (book) is missing")
	}
	book := &Book{Version: r.Text(top["book"], "book"), Parameters: standard()}
	if n := top["parameters"]; n != nil {
		r.Where = "parameters"
		book.Parameters = parseParameters(r, n)
		r.Where = ""
	}
	book.Parameters.mild = setOf(Symptoms, book.Parameters.MildSymptoms)
	if r.Err == nil && book.Version == "" {
		r.Refuse("the version (book) is empty")
	}
	rules := r.List(top["rules"], "rules")
	if r.Err == nil && len(rules) == 0 {
		r.Refuse("there are no rules")
	}
	book.index = make(map[string]int, len(rules))
	for i, n := range rules {
		rule := parseRule(r, n, i)
		if _, twice := book.index[rule.Code]; twice {
			r.Refuse("the code stands twice")
		}
		book.index[rule.Code] = i
		book.Rules = append(book.Rules, rule)
	}
	for i := range book.Rules {
		checkFollows(r, book, &book.Rules[i])
	}
	if r.Err != nil {
		return nil, refusal(r.Err)
	}
	for _, rule := range book.Rules {
		for _, t := range rule.when {
			if t.kind == KindCheckin {
				book.watched |= t.symptoms
			}
		}
	}
	return book, nil
}

func parseParameters(r *strict.Reader, n *yaml.Node) Parameters {
	f := r.Map(n, "the list", "temperature_limit", "same_event_hours", "dwell_sources", "min_dwell_minutes",
		"grace_days_per_week", "grace_days", "result_hours", "test_from_years", "declaration_reminder_days",
		"declaration_lapse_days", "mild_symptoms", "self_correct")
	p := standard()
	number := func(target *int, key string, most int) {
		*target = r.Number(f[key], key, 0, most, *target)
	}
	words := func(target *[]string, key string, known []string) {
		if f[key] != nil {
			*target = r.Words(f[key], key, known)
		}
	}
	p.TemperatureLimit = r.Decimal(f["temperature_limit"], "temperature_limit", 35, 43, p.TemperatureLimit)
	number(&p.SameEventHours, "same_event_hours", 24*7)
	number(&p.MinDwellMinutes, "min_dwell_minutes", 24*60)
	number(&p.GraceDaysPerWeek, "grace_days_per_week", 7)
	number(&p.GraceDays, "grace_days", 30)
	number(&p.ResultHours, "result_hours", 24*14)
	number(&p.TestFromYears, "test_from_years", 18)
	number(&p.DeclarationReminderDays, "declaration_reminder_days", mostDays)
	number(&p.DeclarationLapseDays, "declaration_lapse_days", mostDays)
	words(&p.DwellSources, "dwell_sources", names(Sources))
	words(&p.MildSymptoms, "mild_symptoms", Symptoms)
	words(&p.SelfCorrect, "self_correct", names(Kinds))
	return p
}

// names are the keys of a closed vocabulary.
func names[V any](vocabulary map[string]V) []string {
	list := make([]string, 0, len(vocabulary))
	for name := range vocabulary {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
