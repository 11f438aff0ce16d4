package public

import "strconv"

// section is a part of a statement: its name in catalogues and the number of
// its paragraphs.
type section struct {
	name       string
	paragraphs int
}

var (
	privacySections       = []section{{"collect", 2}, {"use", 2}, {"see", 3}, {"keep", 2}, {"rights", 2}}
	accessibilitySections = []section{{"works", 3}, {"limits", 1}, {"tell", 1}}
)

func (s section) keys(statement string) []string {
	keys := make([]string, s.paragraphs)
	for i := range keys {
		keys[i] = "public." + statement + "_" + s.name + "_" + strconv.Itoa(i+1)
	}
	return keys
}
