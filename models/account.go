package models

import (
	"context"
	"time"

	"yongxing/models/identity"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/store"
)

// Account is what somebody's own page shows about them. Its handler masks it.
type Account struct {
	Name, Phone string
	// Document is what they have claimed, zero before the first declaration;
	// Bound tells that it is theirs beyond doubt.
	Document  identity.Document
	Bound     bool
	Language  string
	LargeType bool
	Devices   []Device
	Unread    int // notices
}

// Device is a browser in which a person is signed in.
type Device struct {
	Ref string
	// Label is the coarse kind of browser, "app/system".
	Label          string
	SignedIn, Seen time.Time
	Here           bool // it is the one that asks
}

// Account reads a person's own page; here is the session that asks.
func (p *Portal) Account(ctx context.Context, personID int64, here string) (Account, error) {
	var a Account
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		who, err := person.Get(tx, personID)
		if err != nil {
			return err
		}
		a = Account{Language: who.Language, LargeType: who.LargeType}
		if a.Name, err = person.Name(tx, who); err != nil {
			return err
		}
		if a.Phone, err = person.Phone(tx, who); err != nil {
			return err
		}
		if err := a.document(tx, personID); err != nil {
			return err
		}
		if a.Unread, err = notice.Unread(tx, personID); err != nil {
			return err
		}
		sessions, err := session.ListOfPerson(tx, personID)
		for _, s := range sessions {
			a.Devices = append(a.Devices, Device{Ref: s.Ref, Label: s.Label, SignedIn: s.CreatedAt.Time(), Seen: s.SeenAt.Time(), Here: s.Ref == here})
		}
		return err
	})
	return a, err
}

func (a *Account) document(tx store.Tx, personID int64) error {
	claim, ok, err := person.ClaimOf(tx, personID)
	if err != nil || !ok {
		return err
	}
	a.Bound = claim.BoundAt != nil
	a.Document, err = person.OpenDocument(tx, claim.DocumentID)
	return err
}
