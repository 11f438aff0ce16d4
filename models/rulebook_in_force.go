package models

import (
	"context"
	"errors"
	"fmt"

	"yongxing/models/fault"
	"yongxing/models/review"
	"yongxing/models/store"
)

// RulebookInForce returns the rulebook that reviews use now, for the pages that
// list its rules; while the database is gone, the one that this node has read
// last. It is shared: nobody changes it.
func (p *Portal) RulebookInForce(ctx context.Context) (*review.Book, error) {
	var book *review.Book
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		book, err = p.book(tx)
		return err
	})
	if last := p.lastBook.Load(); last != nil && errors.Is(err, fault.Unavailable) {
		return last, nil
	}
	if err != nil {
		return nil, fmt.Errorf("rulebook in force: %w", err)
	}
	p.lastBook.Store(book)
	return book, nil
}
