// Package examples runs worked examples through the rules engine: a file that
// says, for made-up persons, which colour with which findings is right at which
// moment. A city tries a rulebook with it before it publishes one, and anybody
// can check the engine. The format stands at the head of
// models/review/data/review-examples.yaml.
package examples

import (
	"errors"
	"fmt"

	"yongxing/models/review"
	"yongxing/models/review/strict"
)

// Result is what became of one example.
type Result struct {
	Name string
	OK   bool
	// Difference says, a line for each, at which moment what was wanted and what
	// came out. Empty if OK.
	Difference string
}

// Run judges every example of a file by the book. The error is about the file
// itself, names the example and the key, and comes without results.
func Run(data []byte, book *review.Book) ([]Result, error) {
	r := &strict.Reader{}
	root := r.Document(data)
	entries := r.List(root, "the file")
	if r.Err == nil && len(entries) == 0 {
		r.Refuse("there are no examples")
	}
	examples := make([]example, 0, len(entries))
	seen := make(map[string]bool)
	for i, entry := range entries {
		e := readExample(r, entry, i, book)
		if seen[e.name] {
			r.Refuse("the name stands twice")
		}
		seen[e.name] = true
		examples = append(examples, e)
	}
	if r.Err != nil {
		var problem *strict.Problem
		if errors.As(r.Err, &problem) {
			return nil, fmt.Errorf("examples: %w", problem)
		}
		return nil, fmt.Errorf("examples: %w", r.Err)
	}
	results := make([]Result, len(examples))
	for i, e := range examples {
		difference := e.run()
		results[i] = Result{Name: e.name, OK: difference == "", Difference: difference}
	}
	return results, nil
}
