package models

import (
	"testing"

	"yongxing/models/identity"
	"yongxing/models/person"
	"yongxing/models/store"
)

// Somebody presses for large type while a story writes who they are: neither
// undoes the other, and neither has to be done again.
func TestPreferWhileSomethingIsWritten(t *testing.T) {
	t.Parallel()
	b := newSignInBench(t)
	who := b.signIn(linsTel, phoneOfLin).PersonID
	err := b.meanwhile(
		func(tx store.Tx) error {
			if err := tx.Lock("person", who); err != nil {
				return err
			}
			row, err := person.Get(tx, who)
			if err != nil {
				return err
			}
			tx.AtEnd(func() error {
				return person.Describe(tx, row, person.Profile{Name: "林一", Address: identity.Address{Division: "330203001", Detail: "1 幢"}})
			})
			return nil
		},
		func(p *Portal) error {
			return p.Prefer(t.Context(), who, Preferences{Language: "zh-Hans", LargeType: true})
		})
	if err != nil {
		t.Error(err)
	}
	b.read(func(tx store.Tx) error {
		row, err := person.Get(tx, who)
		if !row.LargeType || row.Division != "330203001" || row.NameSealed == nil {
			t.Errorf("large type %v, lives in %q", row.LargeType, row.Division)
		}
		return err
	})
}
