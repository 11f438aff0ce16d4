package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"yongxing/models/draft"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// Upload is one photo as it came in.
type Upload struct {
	Kind string // one of evidence.Kinds
	File []byte // nil if none was chosen
}

func (u Upload) check() error {
	var bad fault.Invalid
	if !slices.Contains(evidence.Kinds, u.Kind) {
		bad.Add("kind", "appeal.kind_unknown")
	}
	if u.File == nil {
		bad.Add(evidence.Field, "appeal.photo_missing")
	}
	return bad.OrNil()
}

// errNoRoom keeps photos out while little room is left on the disk: what a person
// declares and an officer decides takes a thousandth of it.
var errNoRoom = &fault.Later{
	Invalid: fault.Invalid{Problems: []fault.Problem{{Field: evidence.Field, Key: "appeal.photo_no_room"}}}, After: 5 * time.Minute,
}

// AddPhoto adds a photo to the person's appeal that is still a draft. The same
// photo again, as when a button is pressed twice, adds nothing.
func (p *Portal) AddPhoto(ctx context.Context, personID int64, up Upload) error {
	return p.addPhoto(ctx, personID, up, func(tx store.Tx, ref string, pic evidence.Picture) (bool, error) {
		if err := tx.Lock("person", personID); err != nil {
			return false, err
		}
		there, err := evidence.OfDraft(tx, personID)
		if err != nil {
			return false, err
		}
		return photoOnce(tx, there, len(there), evidence.Evidence{Ref: ref, PersonID: personID, Kind: up.Kind}, pic)
	})
}

// photoOnce puts a photo on record unless it is there already or there are
// enough; used is how many of evidence.Most are taken.
func photoOnce(tx store.Tx, there []evidence.Evidence, used int, e evidence.Evidence, pic evidence.Picture) (added bool, err error) {
	if slices.ContainsFunc(there, func(old evidence.Evidence) bool { return bytes.Equal(old.SHA256, pic.SHA256) }) {
		return false, nil
	}
	if used >= evidence.Most {
		return false, fault.Refuse(evidence.Field, "appeal.photo_enough")
	}
	var appealID int64
	if e.AppealID != nil {
		appealID = *e.AppealID
	}
	_, err = evidence.Add(tx, e.Ref, e.PersonID, appealID, e.Kind, pic)
	return err == nil, err
}

// addPhoto turns an upload into a sealed file that is on the disk, and then
// commits the row that names it. If the row does not come to be, the file goes;
// what a crash leaves between the two goes with SweepEvidence. The budget is asked
// before the photo is looked at, which is what costs.
func (p *Portal) addPhoto(ctx context.Context, personID int64, up Upload, record func(store.Tx, string, evidence.Picture) (added bool, err error)) error {
	if err := up.check(); err != nil {
		return err
	}
	if p.Room.Low() {
		return errNoRoom
	}
	err := p.Store.Write(ctx, func(tx store.Tx) error { return signin.SpendOnPhoto(tx, personID) })
	if err != nil {
		return err
	}
	pic, err := p.Files.Prepare(ctx, up.File)
	if err != nil {
		return err
	}
	ref, added := store.Ref(), false
	if err := p.Files.Put(ref, pic.JPEG); err != nil {
		return err
	}
	err = p.Store.Write(ctx, func(tx store.Tx) (err error) {
		added, err = record(tx, ref, pic)
		return err
	})
	// Of a commit whose outcome is unknown the row may be there: then the sweep
	// takes the file, if no row names it.
	if (err != nil || !added) && !errors.Is(err, store.ErrInDoubt) {
		p.dropFiles(ref)
	}
	return err
}

// RemovePhoto takes a photo out of the person's draft.
func (p *Portal) RemovePhoto(ctx context.Context, personID int64, ref string) error {
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		e, err := evidence.ByRef(tx, ref)
		if err != nil {
			return err
		}
		if e.PersonID != personID || e.AppealID != nil {
			return fmt.Errorf("remove photo: %w", fault.NotFound)
		}
		ref = e.Ref
		return evidence.Remove(tx, personID, e.Ref)
	})
	if err == nil {
		p.dropFiles(ref)
	}
	return err
}

// Photo returns a photo to the person who added it, as JPEG. Somebody else's and
// an unknown one are alike fault.NotFound.
func (p *Portal) Photo(ctx context.Context, personID int64, ref string) ([]byte, error) {
	var e evidence.Evidence
	err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
		e, err = evidence.ByRef(tx, ref)
		return err
	})
	if err != nil {
		return nil, err
	}
	if e.PersonID != personID {
		return nil, fmt.Errorf("photo: %w", fault.NotFound)
	}
	return p.Files.Get(e.Ref)
}

// How old a file without a row must be to go (longer than any write takes to
// commit), and from when on nobody looks again: the folder keeps years.
const (
	leftover    = time.Hour
	leftoverFor = 30 * 24 * time.Hour
)

// SweepEvidence removes the photos of drafts that are past their time, and files
// that no row names. It is run now and then by a job.
func (p *Portal) SweepEvidence(ctx context.Context) error {
	var refs []string
	err := p.Store.Write(ctx, func(tx store.Tx) (err error) {
		refs, err = evidence.RemoveOldDrafts(tx, tx.Now().Add(-draft.Lifetime), 200)
		return err
	})
	if err != nil {
		return err
	}
	p.dropFiles(refs...)
	now := p.Store.Now()
	young, err := p.Files.Written(now.Add(-leftoverFor), now.Add(-leftover))
	if err != nil {
		return err
	}
	for some := range slices.Chunk(young, 200) {
		var kept map[string]bool
		err := p.Store.Read(ctx, func(tx store.Tx) (err error) {
			kept, err = evidence.Kept(tx, some)
			return err
		})
		if err != nil {
			return err
		}
		p.dropFiles(slices.DeleteFunc(some, func(ref string) bool { return kept[ref] })...)
	}
	return nil
}

// dropFiles removes files that nothing names any more. One that cannot be
// removed is left to the next sweep.
func (p *Portal) dropFiles(refs ...string) {
	for _, ref := range refs {
		if err := p.Files.Delete(ref); err != nil {
			p.Log.Warn("evidence file not removed", "error", err)
		}
	}
}
