package models

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/review"
	"yongxing/models/store"
)

// FindingView is a finding with everything that explains it: the words of its
// rule, the facts, the areas they lie in, how it can end, and whether somebody
// is looking at it already.
type FindingView struct {
	review.Finding
	// Facts stand for the ids of the finding, in the same order.
	Facts []FactView
	// Areas are the rows of the list of risk areas that the facts lie in, newest
	// listing of each code only.
	Areas []review.Area
	// Endings are the rule's ways out, in the order of Finding.Sooner.
	Endings []review.Ending
	// OpenAppeal is the number of the appeal under way about any of the facts.
	OpenAppeal string
	// Appealable tells that an appeal can be filed now: none is open, and it is
	// not a thing that a new declaration settles.
	Appealable bool
	rule       review.Rule
	book       *review.Book
}

// RuleText is what the rulebook says about the finding, "en" or else Chinese.
func (f FindingView) RuleText(lang string) review.Text { return f.rule.Text(lang) }

// NameOf is the name of another rule of the same book, such as the one that
// follows this finding; "" if the book has none of that code.
func (f FindingView) NameOf(rule, lang string) string {
	r, _ := f.book.Rule(rule)
	return r.Text(lang).Name
}

// Decider is who decides about the finding's facts: self, station, district or
// health. What a source has locked goes to health whatever the rule says.
func (f FindingView) Decider() string {
	if f.Locked {
		return "health"
	}
	return f.DecidedBy
}

// OwesCheckIns tells that the finding rests on daily check-ins that were due. There
// is no page yet to send one on, so nothing that the person does settles it.
func (f FindingView) OwesCheckIns() bool {
	return len(f.Facts) > 0 && !slices.ContainsFunc(f.Facts, func(v FactView) bool { return v.Kind != review.KindDuty || v.Class != "checkin" })
}

// findingViews explains the active findings of an outcome of a person.
func (p *Portal) findingViews(tx store.Tx, s situation, person int64, o review.Outcome) ([]FindingView, error) {
	if len(o.Findings) == 0 {
		return nil, nil
	}
	open, err := appeal.OpenFacts(tx, person)
	if err != nil {
		return nil, fmt.Errorf("explain findings: %w", err)
	}
	views := make([]FindingView, 0, len(o.Findings))
	for _, f := range o.Findings {
		v, err := p.findingView(tx, s, f, open)
		if err != nil {
			return nil, fmt.Errorf("explain finding %s: %w", f.Rule, err)
		}
		views = append(views, v)
	}
	return views, nil
}

func (p *Portal) findingView(tx store.Tx, s situation, f review.Finding, open map[int64]string) (FindingView, error) {
	rule, ok := s.Book.Rule(f.Rule)
	if !ok {
		return FindingView{}, fmt.Errorf("rule %s is not in book %s", f.Rule, s.Book.Version)
	}
	v := FindingView{Finding: f, rule: rule, book: s.Book, Endings: rule.Endings()}
	for _, id := range f.Facts {
		if number := open[id]; number != "" {
			v.OpenAppeal = number
		}
	}
	v.Appealable = v.OpenAppeal == "" && f.DecidedBy != "self"
	var err error
	if v.Facts, err = p.factViews(tx, s, f.Facts); err != nil {
		return FindingView{}, err
	}
	for _, fact := range s.Facts {
		if slices.Contains(f.Facts, fact.ID) {
			v.Areas = append(v.Areas, areasOf(s.Areas, rule, fact, tx.Now())...)
		}
	}
	v.Areas = slices.CompactFunc(v.Areas, func(a, b review.Area) bool { return a.ID == b.ID })
	return v, nil
}

// areasOf are the listings, known by now and not replaced, that a rule can see
// a fact in.
func areasOf(areas []review.Area, rule review.Rule, f review.Fact, now time.Time) []review.Area {
	if f.Place == "" {
		return nil
	}
	replaced := map[int64]bool{}
	for _, a := range areas {
		if a.Replaces != 0 && !a.Known.After(now) {
			replaced[a.Replaces] = true
		}
	}
	var out []review.Area
	for _, a := range areas {
		contains := strings.HasPrefix(f.Place, a.Code) && rule.Fits(a.Level, false)
		inside := len(a.Code) > len(f.Place) && strings.HasPrefix(a.Code, f.Place) && rule.Fits(a.Level, true)
		if (contains || inside) && !replaced[a.ID] && !a.Known.After(now) && overlaps(a, f) {
			out = append(out, a)
		}
	}
	return out
}

// overlaps tells whether a fact's window shares time with a listing. A stay
// without end is the rest of its day.
func overlaps(a review.Area, f review.Fact) bool {
	begins, ends := f.From, f.To
	if ends.IsZero() && f.Kind == review.KindStay {
		ends = f.From.Add(24 * time.Hour)
	}
	if !a.To.IsZero() && !begins.Before(a.To) {
		return false
	}
	return ends.IsZero() || ends.After(a.From) || !begins.Before(a.From)
}
