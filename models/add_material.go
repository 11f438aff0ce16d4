package models

import (
	"context"
	"strconv"
	"unicode/utf8"

	"yongxing/models/appeal"
	"yongxing/models/declaration"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/store"
)

// Material is what a person adds to an appeal under way: words, a photo, or
// both.
type Material struct {
	PersonID int64
	Number   string
	Text     string
	Photo    Upload // File nil if there is none
}

// AddMaterial adds to an open appeal. If an officer had asked for something, the
// clock goes on where it stood. The same again, as when a button is pressed
// twice, adds nothing.
func (p *Portal) AddMaterial(ctx context.Context, in Material) error {
	if err := in.check(); err != nil {
		return err
	}
	if in.Photo.File == nil {
		return p.Store.Write(ctx, func(tx store.Tx) error {
			if err := lockCase(tx, in.Number); err != nil {
				return err
			}
			a, err := ownAppeal(tx, in.PersonID, in.Number)
			if err != nil {
				return err
			}
			return addMaterial(tx, a, in.Text, 0)
		})
	}
	// Asked before the photo is looked at: a stranger's number costs nothing.
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		_, err := ownAppeal(tx, in.PersonID, in.Number)
		return err
	})
	if err != nil {
		return err
	}
	return p.addPhoto(ctx, in.PersonID, in.Photo, func(tx store.Tx, ref string, pic evidence.Picture) (bool, error) {
		if err := lockCase(tx, in.Number); err != nil {
			return false, err
		}
		a, err := ownAppeal(tx, in.PersonID, in.Number)
		if err != nil {
			return false, err
		}
		there, used, err := materialUsed(tx, a)
		if err != nil {
			return false, err
		}
		added, err := photoOnce(tx, there, used, evidence.Evidence{Ref: ref, PersonID: in.PersonID, AppealID: &a.ID, Kind: in.Photo.Kind}, pic)
		switch {
		case err != nil:
			return false, err
		case added:
			return true, addMaterial(tx, a, in.Text, 1)
		case in.Text != "":
			return false, addMaterial(tx, a, in.Text, 0)
		}
		return false, nil
	})
}

func (in Material) check() error {
	var bad fault.Invalid
	if n := utf8.RuneCountInString(in.Text); n > MostWords {
		bad.Add("text", "appeal.statement_long", n)
	}
	if in.Text == "" && in.Photo.File == nil {
		bad.Add("text", "appeal.more_needed")
	}
	return bad.OrNil()
}

func addMaterial(tx store.Tx, a appeal.Appeal, text string, photos int) error {
	if photos == 0 {
		if said, err := appeal.SaidLast(tx, a.ID, text); err != nil || said {
			return err
		}
	}
	if err := materialLeft(tx, a); err != nil {
		return err
	}
	if err := appeal.AddMaterial(tx, a, text, photos); err != nil {
		return err
	}
	return ledger.Append(tx, "appeal_answered", ledger.Entry{Actor: "person", Object: a.Number},
		map[string]string{"number": a.Number, "evidence": strconv.Itoa(photos)})
}

// materialLeft refuses what is more than appeal.MostAdded. The answer to a
// question is never too much.
func materialLeft(tx store.Tx, a appeal.Appeal) error {
	if a.State == appeal.AwaitingCitizen {
		return nil
	}
	today := declaration.DayOf(tx.Now())
	since := today.Start()
	events, err := appeal.Events(tx, a.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Kind == appeal.EventAsked && e.At.Time().After(since) {
			since = e.At.Time()
		}
	}
	n, err := appeal.Added(tx, a.ID, since)
	if err != nil {
		return err
	}
	if n >= appeal.MostAdded {
		return &fault.TooMany{Key: "appeal.material_wait", After: today.Add(1).Start().Sub(tx.Now())}
	}
	return nil
}

// materialUsed are the photos of an appeal, and how many of evidence.Most are
// taken: an officer's question opens room for as many again.
func materialUsed(tx store.Tx, a appeal.Appeal) (there []evidence.Evidence, used int, err error) {
	if there, err = evidence.OfAppeal(tx, a.ID); err != nil {
		return nil, 0, err
	}
	events, err := appeal.Events(tx, a.ID)
	if err != nil {
		return nil, 0, err
	}
	var since store.Millis
	for _, e := range events {
		if e.Kind == appeal.EventAsked {
			since = e.At
		}
	}
	for _, e := range there {
		if e.AddedAt >= since {
			used++
		}
	}
	return there, used, nil
}

// ownAppeal returns the appeal of this person with this number. Somebody else's
// and an unknown one are alike fault.NotFound.
func ownAppeal(tx store.Tx, personID int64, number string) (appeal.Appeal, error) {
	a, err := appeal.ByNumber(tx, number)
	if err != nil {
		return appeal.Appeal{}, err
	}
	if a.PersonID != personID && a.FilerID != personID {
		return appeal.Appeal{}, fault.NotFound
	}
	return a, nil
}
