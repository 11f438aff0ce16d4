package resident

import "yongxing/views/ui"

// AppealSteps is how many pages filing an appeal takes.
const AppealSteps = 4

// AppealItemsPage asks which finding is wrong, and in what way.
type AppealItemsPage struct {
	ui.Frame
	Items  []AppealChoice
	Chosen []string     // tokens of the ticked items
	Others []ui.Pair    // findings that cannot be appealed here, and what to do instead
	Mine   []ui.LinkRow // appeals of this person
	Saved  bool
	// Resumed is when the draft was last saved; "" = there is none.
	Resumed string
}

// AppealChoice is one finding that can be appealed.
type AppealChoice struct {
	Token  string // what the form sends
	Name   string // of the rule
	Basis  string // colour and fact in one sentence
	Locked bool
	// Ground is the field of its grounds, Grounds what fits, Value the chosen.
	Ground  string
	Grounds []ui.Option
	Value   string
}

func (d AppealItemsPage) choices() ui.Choices {
	hint := d.T.T("appeal.items_hint_one")
	if len(d.Items) > 1 {
		hint = d.T.T("appeal.items_hint", len(d.Items))
	}
	c := ui.Choices{Name: "items[]", Legend: d.T.T("appeal.items_title"), Hint: hint, Heading: true, Values: d.Chosen}
	for _, item := range d.Items {
		c.Options = append(c.Options, ui.Option{
			Value: item.Token, Label: item.Name, Hint: item.Basis, More: appealGrounds(d.Frame, item),
		})
	}
	return c
}

func (d AppealItemsPage) grounds(item AppealChoice) ui.Choices {
	return ui.Choices{
		Name: item.Ground, Legend: d.T.T("appeal.ground_legend"), Small: true, Plain: true, Options: item.Grounds, Value: item.Value,
	}
}

// AppealStatementPage asks what happened, and whether something urgent hangs on
// it.
type AppealStatementPage struct {
	ui.Frame
	Statement string
	Harm      string
	Harms     []ui.Option
}

// AppealEvidencePage adds photos, one at a time.
type AppealEvidencePage struct {
	ui.Frame
	Photos []AppealPhoto
	Upload AppealUpload
	Advice []string // what helps most with the chosen grounds
}

// AppealPhoto is one photo on record. Ref is empty if it cannot be removed.
type AppealPhoto struct {
	Src, Name, Under string
	Ref              string
	Nth              string // "第 1 张", for the button that removes it
}

// AppealUpload is the fields that add one photo.
type AppealUpload struct {
	Left  int // how many more can be added
	Label string
	Hint  string
	Kind  string
	Kinds []ui.Option
	// Later says why no photo can be added now; "" = one can.
	Later string
}

// AppealCheckPage shows everything before it is sent.
type AppealCheckPage struct {
	ui.Frame
	Key   string
	Seen  string // what the page shows
	Items []AppealCheckItem
	Rows  []ui.Row
	// Station is who will decide, empty if nobody serves the address.
	Station, Phone, Tel string
	Due                 string // hours
}

// AppealCheckItem is a chosen item with its ground in words.
type AppealCheckItem struct {
	Name, Basis, Ground string
	Locked              bool
}
