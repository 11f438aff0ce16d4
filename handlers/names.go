package handlers

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

const chinese = "zh-CN"

// markNames writes an English page into to and marks the Chinese in it, which are
// names of people and places, as Chinese: a screen reader then says them in their
// language. It is done here, once, because names come from everywhere: records,
// the list of divisions, what people typed. What a page marks itself stays as it
// is. The page is one of ours, so its tags close and its quotes are escaped.
func markNames(to *bytes.Buffer, page []byte) {
	var inside []byte // the element that is marked already, with how many of its name are open
	open := 0
	for len(page) > 0 {
		tag, words := nextTag(page)
		page = page[len(tag)+len(words):]
		name := tagName(tag)
		switch {
		case open > 0 && bytes.Equal(name, inside):
			open++
		case open > 0 && len(name) > 0 && name[0] == '/' && bytes.Equal(name[1:], inside):
			open--
		case open == 0 && bytes.Contains(tag, []byte(` lang="zh`)) && !bytes.Equal(name, []byte("html")):
			inside, open = name, 1
		}
		switch first, _ := nextName(words); {
		case open > 0 || first < 0 || bytes.Equal(name, []byte("title")) || bytes.Equal(name, []byte("textarea")):
			to.Write(tag) // a title and a typed text hold no elements
			to.Write(words)
		case bytes.Equal(name, []byte("option")): // nor does an option, but it can be marked whole
			to.Write(tag[:len(tag)-1])
			to.WriteString(` lang="` + chinese + `">`)
			to.Write(words)
		default:
			to.Write(tag)
			wrapNames(to, words)
		}
	}
}

// nextTag splits off the tag that page begins with, if it does, and the words up
// to the next one.
func nextTag(page []byte) (tag, words []byte) {
	if page[0] == '<' {
		end := bytes.IndexByte(page, '>')
		if end < 0 {
			return page, nil
		}
		tag, page = page[:end+1], page[end+1:]
	}
	if end := bytes.IndexByte(page, '<'); end >= 0 {
		page = page[:end]
	}
	return tag, page
}

// tagName is "p" of <p class="…"> and "/p" of </p>.
func tagName(tag []byte) []byte {
	if len(tag) == 0 {
		return nil
	}
	end := bytes.IndexAny(tag, " \n\t>")
	return tag[1:max(end, 1)]
}

func wrapNames(to *bytes.Buffer, words []byte) {
	for len(words) > 0 {
		from, end := nextName(words)
		if from < 0 {
			break
		}
		to.Write(words[:from])
		to.WriteString(`<span lang="` + chinese + `">`)
		to.Write(words[from:end])
		to.WriteString(`</span>`)
		words = words[end:]
	}
	to.Write(words)
}

// nextName is where the next Chinese name stands; a masked one, 张*明, is one
// name. from is -1 if there is none.
func nextName(words []byte) (from, end int) {
	from = bytes.IndexFunc(words, isHan)
	if from < 0 {
		return -1, -1
	}
	for end = from; end < len(words); {
		r, size := utf8.DecodeRune(words[end:])
		if r == '*' {
			after, _ := utf8.DecodeRune(words[end+size:])
			if after != '*' && !isHan(after) {
				break
			}
		} else if !isHan(r) {
			break
		}
		end += size
	}
	return from, end
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }
