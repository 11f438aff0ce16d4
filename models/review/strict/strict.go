// Package strict reads YAML that people write by hand and others depend on:
// rulebooks and worked examples. A key that is unknown or stands twice, a value
// of another type, an alias or a second document is refused with the place and
// the reason, because a misspelt key that is quietly ignored changes a colour.
package strict

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Zone is the calendar of the rules, Asia/Shanghai. It is a fixed offset, so
// that no installation depends on a zone database; Shanghai has had no other
// offset since 1991, long before any date that a rule can ask for.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Problem is what the first refused value was: where it stands and why it is
// refused.
type Problem struct{ Where, Reason string }

// Error is the place and the reason.
func (p *Problem) Error() string {
	if p.Where == "" {
		return p.Reason
	}
	return p.Where + ": " + p.Reason
}

// Reader reads values out of nodes. The first problem sticks: after it every
// call returns a zero value, and Err says what it was.
type Reader struct {
	// Where is the place that a problem is reported at, such as "rule R07".
	Where string
	Err   error
}

// Refuse records a problem, unless there is one already.
func (r *Reader) Refuse(format string, args ...any) {
	if r.Err == nil {
		r.Err = &Problem{Where: r.Where, Reason: fmt.Sprintf(format, args...)}
	}
}

// Document parses data as exactly one YAML document and returns its content.
func (r *Reader) Document(data []byte) *yaml.Node {
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		if errors.Is(err, io.EOF) {
			r.Refuse("the file is empty")
		} else {
			r.Refuse("not readable: %v", err)
		}
		return nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		r.Refuse("more than one document")
		return nil
	}
	if len(first.Content) != 1 {
		r.Refuse("the file is empty")
		return nil
	}
	return first.Content[0]
}

// Map returns the values of a mapping by key. Only the keys named are known; no
// keys named means that any key is.
func (r *Reader) Map(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	if r.Err != nil || !r.is(n, yaml.MappingNode, what, "a list of keys and values") {
		return nil
	}
	fields := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			r.Refuse("%s has a key that is not a word", what)
			return nil
		}
		if len(known) > 0 && !slices.Contains(known, key.Value) {
			r.Refuse("%s has the unknown key %q", what, key.Value)
			return nil
		}
		if _, twice := fields[key.Value]; twice {
			r.Refuse("%s has the key %q twice", what, key.Value)
			return nil
		}
		fields[key.Value] = n.Content[i+1]
	}
	return fields
}

// List returns the elements of a list; none for a missing one.
func (r *Reader) List(n *yaml.Node, what string) []*yaml.Node {
	if r.Err != nil || n == nil || !r.is(n, yaml.SequenceNode, what, "a list") {
		return nil
	}
	return n.Content
}

// Text returns a word or sentence as it was written; "" for a missing one.
func (r *Reader) Text(n *yaml.Node, what string) string {
	if r.Err != nil || n == nil || !r.is(n, yaml.ScalarNode, what, "a text") {
		return ""
	}
	if n.ShortTag() == "!!null" {
		r.Refuse("%s is empty", what)
		return ""
	}
	return n.Value
}

// Words returns a list of words, each of them one of the known.
func (r *Reader) Words(n *yaml.Node, what string, known []string) []string {
	var words []string
	for _, element := range r.List(n, what) {
		word := r.Text(element, what)
		if r.Err == nil && !slices.Contains(known, word) {
			r.Refuse("%s has the unknown %q", what, word)
		}
		words = append(words, word)
	}
	return words
}

// Word returns one word of the known; "" for a missing one.
func (r *Reader) Word(n *yaml.Node, what string, known []string) string {
	word := r.Text(n, what)
	if r.Err == nil && n != nil && !slices.Contains(known, word) {
		r.Refuse("%s has the unknown %q", what, word)
	}
	return word
}

// Number returns a whole number between least and most, or absent if there is
// none.
func (r *Reader) Number(n *yaml.Node, what string, least, most, absent int) int {
	if r.Err != nil || n == nil {
		return absent
	}
	value, err := strconv.Atoi(n.Value)
	if !r.is(n, yaml.ScalarNode, what, "a number") {
		return absent
	}
	if err != nil || n.ShortTag() != "!!int" {
		r.Refuse("%s is not a whole number", what)
		return absent
	}
	if value < least || value > most {
		r.Refuse("%s is %d and out of its range, %d to %d", what, value, least, most)
		return absent
	}
	return value
}

// Decimal returns a number between least and most, or absent if there is none.
func (r *Reader) Decimal(n *yaml.Node, what string, least, most, absent float64) float64 {
	if r.Err != nil || n == nil || !r.is(n, yaml.ScalarNode, what, "a number") {
		return absent
	}
	value, err := strconv.ParseFloat(n.Value, 64)
	if tag := n.ShortTag(); err != nil || tag != "!!int" && tag != "!!float" {
		r.Refuse("%s is not a number", what)
		return absent
	}
	if !(value >= least && value <= most) {
		r.Refuse("%s is %v and out of its range, %v to %v", what, value, least, most)
		return absent
	}
	return value
}

// Flag returns true or false; false for a missing one.
func (r *Reader) Flag(n *yaml.Node, what string) bool {
	if r.Err != nil || n == nil || !r.is(n, yaml.ScalarNode, what, "true or false") {
		return false
	}
	if n.ShortTag() != "!!bool" || n.Value != "true" && n.Value != "false" {
		r.Refuse("%s is neither true nor false", what)
	}
	return n.Value == "true"
}

// Time returns an instant: a date is its 00:00, and a time without a zone is
// local, both in Zone. The zero time stands for null and for a missing value.
func (r *Reader) Time(n *yaml.Node, what string) time.Time {
	if r.Err != nil || n == nil || !r.is(n, yaml.ScalarNode, what, "a time") || n.ShortTag() == "!!null" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339, n.Value); err == nil {
		return t
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, n.Value, Zone); err == nil {
			return t
		}
	}
	r.Refuse("%s is neither a date nor a time: %q", what, n.Value)
	return time.Time{}
}

func (r *Reader) is(n *yaml.Node, kind yaml.Kind, what, wanted string) bool {
	if n != nil && n.Kind == kind {
		return true
	}
	switch {
	case n == nil:
		r.Refuse("%s is missing", what)
	case n.Kind == yaml.AliasNode:
		r.Refuse("%s is an alias, which is not allowed", what)
	default:
		r.Refuse("%s is not %s", what, wanted)
	}
	return false
}
