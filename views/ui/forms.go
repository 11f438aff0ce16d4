package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// Field is one field of a form. Name is also the id, unless ID says otherwise.
type Field struct {
	Name, ID string
	Label    string
	Hint     string
	// Value is what was typed or known before.
	Value string
	// Type is the input's type; "text" if empty. "date" shows the phone's own
	// date picker and sends 2026-11-23.
	Type string
	// InputMode, Autocomplete: as in HTML, such as "numeric", "one-time-code".
	InputMode, Autocomplete string
	// Min and Max of dates and numbers, as in HTML.
	Min, Max  string
	MaxLength int
	// Rows of a Textarea; 3 if 0.
	Rows int
	// Digits sets figures of equal width; Code is the large, spaced one-time code.
	Digits, Code bool
	// Heading makes the label the page's h1.
	Heading bool
	// Shrink lets the script make a photo smaller before it is sent.
	Shrink bool
	// Accept is for File: "image/jpeg,image/png".
	Accept string
	// Attrs are further attributes, such as list or spellcheck.
	Attrs templ.Attributes
}

// Focus are the attributes of a field that the page begins at, if it does.
func Focus(here bool) templ.Attributes {
	if !here {
		return nil
	}
	return templ.Attributes{"autofocus": true}
}

// Choices is a group of radio buttons or tick boxes.
type Choices struct {
	Name   string
	Legend string
	Hint   string
	// Heading makes the legend the page's h1; Small a heading inside a card.
	Heading, Small bool
	// Hidden keeps the legend for screen readers only.
	Hidden bool
	// Plain is the bordered list inside another choice.
	Plain   bool
	Options []Option
	// Value is the chosen one of Radios and Select, Values those of Checkboxes.
	Value  string
	Values []string
}

// Option is one choice.
type Option struct {
	Value, Label, Hint string
	Disabled           bool
	// More opens under the choice while it is chosen, by CSS alone; the server
	// ignores what belongs to a choice that was not made.
	More templ.Component
	// Note is set beside the label, such as a chip.
	Note templ.Component
}

func (in Field) id() string {
	if in.ID != "" {
		return in.ID
	}
	return in.Name
}

func (in Field) kind() string {
	if in.Type == "" {
		return "text"
	}
	return in.Type
}

func (in Field) rows() string {
	if in.Rows == 0 {
		return "3"
	}
	return itoa(in.Rows)
}

// describedBy lists the ids of hint and error of a field, for aria-describedby.
func describedBy(id, hint, problem string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, id+"-hint")
	}
	if problem != "" {
		ids = append(ids, id+"-error")
	}
	return strings.Join(ids, " ")
}

func groupClass(problem string) string {
	if problem != "" {
		return "govuk-form-group govuk-form-group--error"
	}
	return "govuk-form-group"
}

func fieldClass(base string, in Field, problem string) string {
	c := base
	if problem != "" {
		c += " " + base + "--error"
	}
	if in.Digits || in.Code || in.Type == "date" {
		c += " yx-num"
	}
	if in.Code {
		c += " yx-code-input"
	}
	return c
}

// optionID is the id of choice i: the first has the name of the group, where
// the error summary leads.
func optionID(name string, i int) string {
	if i == 0 {
		return name
	}
	return name + "-" + itoa(i+1)
}

func (c Choices) chosen(value string) bool {
	for _, v := range c.Values {
		if v == value {
			return true
		}
	}
	return false
}

func (c Choices) listClass(base string) string {
	if c.Plain {
		return base + " yx-plain"
	}
	return base + " yx-choices"
}

func (c Choices) legendClass() string {
	switch {
	case c.Hidden:
		return "govuk-fieldset__legend govuk-visually-hidden"
	case c.Small:
		return "govuk-fieldset__legend yx-h3"
	}
	return "govuk-fieldset__legend yx-h2"
}

func hasEmpty(options []Option) bool {
	for _, o := range options {
		if o.Value == "" {
			return true
		}
	}
	return false
}
