// Package fault is the taxonomy of everything that can go wrong in a story and
// that a caller must tell apart. Nouns and stories return these (wrapped with
// the operation), web turns them into pages through one funnel; any other error
// is internal, hidden behind a reference number and answered with 500.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The categories. Compare with errors.Is.
var (
	// NotFound also stands for records of other people: the two look the same.
	NotFound = errors.New("not found")
	// Forbidden is a wrong role or a failed request-forgery check, never a
	// record of somebody else (that is NotFound).
	Forbidden = errors.New("forbidden")
	// SignedOut means that the story needs somebody signed in.
	SignedOut = errors.New("signed out")
	// Stale means that what the caller saw has changed since: 409.
	Stale = errors.New("stale")
	// Busy means that the store or a bounded resource is full now: 503.
	Busy = errors.New("busy")
	// Unavailable means that something outside the process failed: 503.
	Unavailable = errors.New("unavailable")
)

// Problem is one thing wrong with one field. Key is a key of the text
// catalogues; Args fill it and never hold what a person typed.
type Problem struct {
	Field string
	Key   string
	Args  []any
}

// Invalid is refused input: one or more problems, each at its field (a problem
// without field concerns the whole form). Answered with 422.
type Invalid struct {
	Problems []Problem
}

// Error lists fields and keys, never values.
func (e *Invalid) Error() string {
	parts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		parts[i] = p.Field + ": " + p.Key
	}
	return "invalid input: " + strings.Join(parts, ", ")
}

// Add appends a problem.
func (e *Invalid) Add(field, key string, args ...any) {
	e.Problems = append(e.Problems, Problem{Field: field, Key: key, Args: args})
}

// OrNil returns e as an error if it holds a problem, else nil.
func (e *Invalid) OrNil() error {
	if e == nil || len(e.Problems) == 0 {
		return nil
	}
	return e
}

// Refuse returns an Invalid with one problem.
func Refuse(field, key string, args ...any) error {
	return &Invalid{Problems: []Problem{{Field: field, Key: key, Args: args}}}
}

// Later is an Invalid that is nobody's mistake: it can be sent as it is, after some
// time. Answered with 503.
type Later struct {
	Invalid
	After time.Duration
}

// Unwrap makes a Later an Invalid: the form is shown again with its problems.
func (e *Later) Unwrap() error { return &e.Invalid }

// TooMany means that a budget is used up until After has passed: 429.
type TooMany struct {
	// Key is the catalogue key of the sentence that says what to do.
	Key   string
	After time.Duration
}

// Error names the key and the wait.
func (e *TooMany) Error() string { return fmt.Sprintf("too many: %s, wait %s", e.Key, e.After) }

// Conflict is a Stale with something to tell: Key says what has happened, such
// as "appeal.already_decided". errors.Is(err, Stale) holds. Answered with 409.
type Conflict struct {
	Key  string
	Args []any
}

// Error names the key.
func (e *Conflict) Error() string { return "conflict: " + e.Key }

// Is makes a Conflict a kind of Stale.
func (e *Conflict) Is(target error) bool { return target == Stale }
