package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/review"
	"yongxing/models/rulebook"
	"yongxing/models/store"
)

// EnsureRulebook publishes the default book if no version was ever published:
// every outcome names its book, so there has to be one before the first.
func (p *Portal) EnsureRulebook(ctx context.Context) error {
	var there bool
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) { // nearly always: then nobody is kept waiting
		_, there, err = rulebook.Newest(tx)
		return err
	})
	if err != nil || there {
		return err
	}
	return p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock(published, 0); err != nil { // two nodes may start at once
			return err
		}
		_, there, err := rulebook.Newest(tx)
		if err != nil || there {
			return err
		}
		book := review.DefaultBook()
		if err := rulebook.Publish(tx, book.Version, string(book.Source())); err != nil {
			return err
		}
		digest := sha256.Sum256(book.Source())
		return ledger.Append(tx, "rulebook_published", ledger.Entry{Actor: "system", Object: book.Version}, map[string]string{
			"version": book.Version, "digest": hex.EncodeToString(digest[:]),
		})
	})
}

// book is the rulebook in force.
func (p *Portal) book(tx store.Tx) (*review.Book, error) {
	newest, _, err := rulebook.Newest(tx)
	if err != nil {
		return nil, err
	}
	return p.bookOf(tx, newest.Version, newest.PublishedAt)
}

// bookOf is a published rulebook. Parsing takes milliseconds, so each version is
// parsed once; its time of publication is part of the key, because a version
// that was rolled back may come again with other content.
func (p *Portal) bookOf(tx store.Tx, version string, publishedAt store.Millis) (*review.Book, error) {
	if version == "" {
		return nil, fmt.Errorf("no rulebook was ever published: %w", fault.Unavailable)
	}
	key := bookKey{version, publishedAt}
	if b, ok := p.books.Load(key); ok {
		return b.(*review.Book), nil
	}
	row, err := rulebook.ByVersion(tx, version)
	if err != nil {
		return nil, err
	}
	b, err := review.ParseBook([]byte(row.Body))
	if err != nil {
		return nil, fmt.Errorf("rulebook %s: %w", row.Version, err)
	}
	p.books.Store(key, b)
	return b, nil
}

type bookKey struct {
	version     string
	publishedAt store.Millis
}
