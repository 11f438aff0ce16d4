package text

import (
	"fmt"
	"strings"
	"unicode"
)

// Part is a piece of a sentence: plain, strong, or a link.
type Part struct {
	Text   string
	Strong bool
	Href   string
}

// Parts is T for sentences with a **strong** word or a [link](/path) in them.
// Only the catalogue's own marks count: arguments are filled in afterwards, so
// what a person typed can never become a link.
func (p *Printer) Parts(key string, args ...any) []Part {
	s, ok := p.texts[key]
	if !ok {
		return []Part{{Text: fmt.Sprintf("⟦%s⟧", key)}}
	}
	var parts []Part
	for s != "" {
		before, part, rest := nextMark(s)
		if before != "" {
			parts = append(parts, Part{Text: fill(before, args)})
		}
		if part.Text != "" {
			part.Text, part.Href = fill(part.Text, args), fill(part.Href, args)
			parts = append(parts, part)
		}
		s = rest
	}
	return parts
}

// Written is the lang attribute of words that somebody wrote: Chinese where there
// is Chinese in them, whatever language the page is in.
func (p *Printer) Written(words string) string {
	if strings.ContainsFunc(words, isHan) {
		return printers[Chinese].HTML()
	}
	return p.HTML()
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// nextMark splits s at its first mark; without one, everything is before.
func nextMark(s string) (before string, part Part, rest string) {
	for i := range s {
		if strings.HasPrefix(s[i:], "**") {
			if strong, after, ok := strings.Cut(s[i+2:], "**"); ok {
				return s[:i], Part{Text: strong, Strong: true}, after
			}
		}
		if s[i] == '[' {
			label, more, ok := strings.Cut(s[i+1:], "](")
			href, after, closed := strings.Cut(more, ")")
			if ok && closed && !strings.Contains(label, "[") {
				return s[:i], Part{Text: label, Href: href}, after
			}
		}
	}
	return s, Part{}, ""
}
