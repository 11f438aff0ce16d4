package models

import (
	"context"
	"fmt"

	"yongxing/models/review"
	"yongxing/models/store"
)

// RulebookInForce returns the rulebook that reviews use now, for the pages that
// list its rules. It is shared: nobody changes it.
func (p *Portal) RulebookInForce(ctx context.Context) (*review.Book, error) {
	var book *review.Book
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		book, err = p.book(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("rulebook in force: %w", err)
	}
	return book, nil
}
