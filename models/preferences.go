package models

import (
	"context"

	"yongxing/models/fault"
	"yongxing/models/person"
	"yongxing/models/store"
)

// Preferences are how somebody wants their pages and notices.
type Preferences struct {
	Language  string // zh-Hans or en
	LargeType bool
}

// Preferences reads what a person has chosen, for a browser that is new to them.
func (p *Portal) Preferences(ctx context.Context, personID int64) (Preferences, error) {
	var v Preferences
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		who, err := person.Get(tx, personID)
		v = Preferences{Language: who.Language, LargeType: who.LargeType}
		return err
	})
	return v, err
}

// Prefer keeps a person's choice for all their browsers and notices.
func (p *Portal) Prefer(ctx context.Context, personID int64, v Preferences) error {
	if v.Language != "zh-Hans" && v.Language != "en" {
		return fault.Refuse("language", "me.language_missing")
	}
	return p.Store.Write(ctx, func(tx store.Tx) error {
		return person.Prefer(tx, personID, v.Language, v.LargeType)
	})
}
