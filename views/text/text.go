// Package text holds every word that a person reads, in Chinese and in English,
// and the printer that fills it. One flat JSON file an area and language, so that
// a translator edits files and not code. Rule texts are data of the rulebook and
// are not here.
package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// The two languages of the portal, as catalogue folders and cookie values.
const (
	Chinese = "zh-Hans"
	English = "en"
)

//go:embed zh-Hans/*.json en/*.json
var files embed.FS

var printers = map[string]*Printer{
	Chinese: mustLoad(Chinese, chineseDates{}),
	English: mustLoad(English, englishDates{}),
}

// Printer gives the texts, dates and durations of one language. It is safe for
// concurrent use.
type Printer struct {
	dates
	lang  string
	texts map[string]string
}

// For returns the printer of lang; anything but English reads Chinese.
func For(lang string) *Printer {
	if lang == English {
		return printers[English]
	}
	return printers[Chinese]
}

// Lang is "zh-Hans" or "en".
func (p *Printer) Lang() string { return p.lang }

// HTML is the language for the lang attribute: "zh-CN" or "en".
func (p *Printer) HTML() string {
	if p.lang == Chinese {
		return "zh-CN"
	}
	return p.lang
}

// Other is the printer of the other language, for the switch in the header.
func (p *Printer) Other() *Printer {
	if p.lang == Chinese {
		return printers[English]
	}
	return printers[Chinese]
}

// Has tells whether the catalogues hold key.
func (p *Printer) Has(key string) bool {
	_, ok := p.texts[key]
	return ok
}

// T is the text of key with its placeholders filled: {0} is the first argument,
// {0|day|days} one of two words by whether the first argument is 1. An unknown
// key reads ⟦key⟧, which the page tests look for.
func (p *Printer) T(key string, args ...any) string {
	s, ok := p.texts[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return fill(s, args)
}

// fill replaces the placeholders of s in one pass: an argument that looks like a
// placeholder stays as it is.
func fill(s string, args []any) string {
	if !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			return b.String() + "{" + rest
		}
		b.WriteString(placeholder(inner, args))
		s = after
	}
}

func placeholder(inner string, args []any) string {
	index, words, plural := strings.Cut(inner, "|")
	n, err := strconv.Atoi(index)
	if err != nil || n < 0 || n >= len(args) {
		return "⟦" + inner + "⟧"
	}
	value := word(args[n])
	if !plural {
		return value
	}
	one, many, _ := strings.Cut(words, "|")
	if value == "1" {
		return one
	}
	return many
}

// word is fmt.Sprint without its cost for what nearly all arguments are.
func word(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return fmt.Sprint(v)
}

// mustLoad reads every file of a language. The files are part of the program, so
// a broken one stops it at start; the tests name the file.
func mustLoad(lang string, d dates) *Printer {
	p := &Printer{dates: d, lang: lang, texts: map[string]string{}}
	names, err := fs.Glob(files, lang+"/*.json")
	if err != nil {
		panic(fmt.Errorf("list catalogues: %w", err))
	}
	for _, name := range names {
		body, err := files.ReadFile(name)
		if err != nil {
			panic(fmt.Errorf("read catalogue: %w", err))
		}
		if err := json.Unmarshal(body, &p.texts); err != nil {
			panic(fmt.Errorf("catalogue %s: %w", name, err))
		}
	}
	return p
}
