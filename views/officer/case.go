package officer

import (
	"fmt"

	"github.com/a-h/templ"

	"yongxing/views/ui"
)

// CasePage is one case: what is known at the left, what the officer finds at the
// right.
type CasePage struct {
	ui.Frame
	CaseHead
	Back      string // href of the list
	Items     []Item
	Statement string
	Said      string // channel, time, by whom
	Evidence  []File
	Log       []LogLine
	// Form is what the officer can find about each open item; nil while the case
	// is not on their desk.
	Form []ItemForm
	// Aside stands in the form's place: why there is nothing to decide here.
	Aside                string
	MayClaim, MayRelease bool
	Reveal               *RevealForm // nil where nobody may ask for the identity
	Revealed             string      // said above the whole numbers; empty while they are masked
	Idle                 string      // what becomes of the form if the sign-in ends
	// Kept says that what stands in the form was typed on a page that was left;
	// empty if nothing was kept. OwnWords are the officer's own to the person.
	Kept, OwnWords string
	Outcome, Words string // of a decided case
}

// inDraft puts a field outside the form of the decision into it.
func (d CasePage) inDraft() templ.Attributes {
	if d.Draft.Form == "" {
		return nil
	}
	return templ.Attributes{"form": d.Draft.Form}
}

// asideTitle is the head of what stands in the place of the form.
func (d CasePage) asideTitle() string {
	if d.Outcome != "" {
		return d.T.T("officer.result")
	}
	return d.T.T("officer.find_facts")
}

// RevealForm asks why somebody needs the whole document number and phone.
type RevealForm struct {
	Shown        string // how often they have looked
	Reasons      []ui.Option
	Reason, Note string
	Hint         string
	Open         bool // it was sent and refused
}

// CaseHead names the case and the person above both pages of a case.
type CaseHead struct {
	Href     string // of the case
	List     string // that it was opened from, see listField
	Heading  string // masked name and number
	Colour   string // of the code now
	Tag      string // whose it is
	DueState string
	Due      string
	Harm     string
	Person   []ui.Pair
}

// Item is one finding in question.
type Item struct {
	Title, Colour       string
	RuleName, RuleWords string
	Facts               []FactRow
	Caption             string
	Under               string // areas, or that it has ended by itself
	Ground              string
	Locked              string // what a lock means; empty without one
	Numbers             []ui.Pair
	// Of a decided item, or on the preview: what was found.
	Tag, Verdict, VerdictUnder string
}

// FactRow is one record behind a finding.
type FactRow struct {
	No, What, Place, When, Source, Unit string
	Locked                              bool
	Mark                                string
}

// File is one picture.
type File struct{ Href, Name, Under string }

// LogLine is one step of the case.
type LogLine struct{ Clock, ISO, Words, Text string }

// ItemForm is what the officer can find about one item, and what was typed so
// far. All fields are strings as typed; their names are from Name.
type ItemForm struct {
	N       int
	Legend  string
	Locked  string // what to do instead; empty if it is not locked
	Over    bool   // the finding is in force no more: to uphold it refuses nobody
	Correct bool
	Place   bool
	Transit bool
	// Options of the selects, already in words.
	AsideBases, CorrectBases, UpholdBases, Proofs []ui.Option
	// Typed are the values by the field's name without the item, see Name.
	Typed map[string]string
	// PlaceHint is the place on record.
	PlaceHint string
}

// Name is the name of a field of the item: "item1" for the choice itself,
// "item1_place" for one that belongs to it.
func (i ItemForm) Name(field string) string {
	if field == "" {
		return fmt.Sprintf("item%d", i.N)
	}
	return fmt.Sprintf("item%d_%s", i.N, field)
}

// choices are the sentences about the facts that fit the item; what a sentence
// needs opens under it.
func (d CasePage) choices(i ItemForm) ui.Choices {
	word := func(key string) string { return d.T.T("officer." + key) }
	option := func(action string) ui.Option {
		return ui.Option{Value: action, Label: word("do_" + action), Hint: word("do_" + action + "_hint")}
	}
	c := ui.Choices{Name: i.Name(""), Legend: i.Legend, Small: true, Value: i.Typed[""]}
	add := func(o ui.Option) { c.Options = append(c.Options, o) }
	if i.Locked == "" {
		aside := option("set_aside")
		aside.More = asideMore(d.Frame, i)
		add(aside)
		if i.Correct {
			correct := option("correct")
			correct.More = correctMore(d.Frame, i)
			add(correct)
		}
		if len(i.Proofs) > 0 {
			clear := option("clear")
			clear.More = clearMore(d.Frame, i)
			add(clear)
		}
		uphold := option("uphold")
		if i.Over {
			uphold.Label, uphold.Hint = word("do_over"), word("do_over_hint")
		}
		uphold.More = upholdMore(d.Frame, i)
		add(uphold)
	} else {
		locked := ui.Option{Value: "uphold", Label: word("do_locked"), Hint: word("do_locked_hint")}
		if i.Over {
			locked.Label, locked.Hint = word("do_over"), word("do_over_hint")
		}
		add(locked)
	}
	ask := option("ask")
	ask.More = askMore(d.Frame, i)
	add(ask)
	return c
}

// PreviewPage is what a decision would do.
type PreviewPage struct {
	ui.Frame
	CaseHead
	Back      string // href of the case
	Items     []Item
	Statement string
	Said      string
	Evidence  []File
	From, To  string
	Because   string // what is in force afterwards
	Until     string
	Sums      []ui.Pair // by item
	Hidden    []HiddenField
	Words     string
	Writes    bool // whether there is a text to the person
	WordsHint string
	Asks      string   // what happens while the person is asked; empty if nobody is
	Basis     string   // book and version that it was computed from
	Idle      string   // what becomes of the form if the sign-in ends
	Moved     []string // what has changed since the preview before; nil if nothing
}

// HiddenField carries what was chosen on the page before.
type HiddenField struct{ Name, Value string }
