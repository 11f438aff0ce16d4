package models

import (
	"bytes"
	"errors"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/draft"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

func TestPhotos(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	add := func(n uint8) {
		t.Helper()
		if err := b.AddPhoto(t.Context(), b.lin, lease(t, n)); err != nil {
			t.Fatal(err)
		}
	}
	add(1)
	add(1) // the button is pressed twice
	add(2)
	photos := b.form(b.lin).Photos
	if len(photos) != 2 {
		t.Fatalf("%d photos, want 2", len(photos))
	}
	got, err := b.Photo(t.Context(), b.lin, photos[0].Ref)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(got)); err != nil {
		t.Errorf("what is served is no JPEG: %v", err)
	}
	other := b.resident("13800000002", "330206195801010013")
	for name, try := range map[string]error{
		"seen by somebody else":    second(b.Photo(t.Context(), other, photos[0].Ref)),
		"an unknown ref":           second(b.Photo(t.Context(), b.lin, store.Ref())),
		"garbage":                  second(b.Photo(t.Context(), b.lin, "../keys")),
		"removed by somebody else": b.RemovePhoto(t.Context(), other, photos[0].Ref),
	} {
		if !errors.Is(try, fault.NotFound) {
			t.Errorf("%s = %v, want NotFound", name, try)
		}
	}
	if err := b.RemovePhoto(t.Context(), b.lin, photos[0].Ref); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Files.Get(photos[0].Ref); !errors.Is(err, fault.NotFound) {
		t.Errorf("the file of a removed photo = %v, want NotFound", err)
	}
	for n := range uint8(evidence.Most - 1) {
		add(10 + n)
	}
	wantKey(t, b.AddPhoto(t.Context(), b.lin, lease(t, 99)), "appeal.photo_enough")
	wantKey(t, b.AddPhoto(t.Context(), b.lin, Upload{Kind: "lease"}), "appeal.photo_missing")
	wantKey(t, b.AddPhoto(t.Context(), b.lin, Upload{Kind: "selfie", File: []byte{1}}), "appeal.kind_unknown")
	if files, err := b.Files.Written(time.Time{}, b.clock.Now().AddDate(100, 0, 0)); err != nil || len(files) != evidence.Most {
		t.Errorf("%d files in the folder, %v, want one for each photo", len(files), err)
	}
}

func second(_ []byte, err error) error { return err }

// The sweep meets a photo that is being filed: it stays, with its file.
func TestSweepEvidence_whileFiling(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	number := b.file(b.lin, "k")
	if err := b.AddPhoto(t.Context(), b.lin, lease(t, 1)); err != nil {
		t.Fatal(err)
	}
	photo := b.form(b.lin).Photos[0].Ref
	b.clock.Advance(2 * draft.Lifetime)
	err := b.meanwhile(
		func(tx store.Tx) error {
			a, err := appeal.ByNumber(tx, number)
			if err != nil {
				return err
			}
			_, err = evidence.Attach(tx, b.lin, a.ID)
			return err
		},
		func(p *Portal) error { return p.SweepEvidence(t.Context()) })
	if err != nil {
		t.Fatal(err)
	}
	if got := b.status(b.lin, number).Photos; len(got) != 1 {
		t.Errorf("%d photos with the appeal", len(got))
	}
	if _, err := b.Files.Get(photo); err != nil {
		t.Errorf("the file of a photo that was filed: %v", err)
	}
}

// What a sweep that is lost has chosen is kept: files go after the commit.
func TestSweepEvidence_lost(t *testing.T) {
	onlyNodes(t) // there a test can refuse the commit alone
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	if err := b.AddPhoto(t.Context(), b.lin, lease(t, 1)); err != nil {
		t.Fatal(err)
	}
	photo := b.form(b.lin).Photos[0].Ref
	b.clock.Advance(2 * draft.Lifetime)
	b.write(func(tx store.Tx) error {
		_, err := tx.Exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
			CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON evidence DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`)
		return err
	})
	if err := b.SweepEvidence(t.Context()); !errors.Is(err, store.ErrLost) {
		t.Errorf("the answer is %v", err)
	}
	if _, err := b.Files.Get(photo); err != nil {
		t.Errorf("the file of a photo that is on record: %v", err)
	}
}

// The connection breaks while a photo is committed: its row is there, and so is
// its file. Sent again, it is the same photo.
func TestPhotoInDoubt(t *testing.T) {
	onlyNodes(t)
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	opts := b.opts
	line := modeltest.LineTo(t, &opts)
	far := &Portal{Store: modeltest.Open(t, opts), Files: b.Files, Pass: b.Pass, Settings: b.Settings, Log: b.Log}
	line.LoseAnswer(2) // the first is that of the budget
	if err := far.AddPhoto(t.Context(), b.lin, lease(t, 1)); !errors.Is(err, store.ErrInDoubt) {
		t.Fatalf("the answer is %v", err)
	}
	for begun := time.Now(); len(b.form(b.lin).Photos) == 0 && time.Since(begun) < 10*time.Second; {
		time.Sleep(10 * time.Millisecond) // until the server has heard of it
	}
	if err := b.AddPhoto(t.Context(), b.lin, lease(t, 1)); err != nil {
		t.Error(err)
	}
	photos := b.form(b.lin).Photos
	if len(photos) != 1 {
		t.Fatalf("%d photos on record", len(photos))
	}
	if _, err := b.Files.Get(photos[0].Ref); err != nil {
		t.Errorf("the photo is on record, and its file: %v", err)
	}
	if files, err := b.Files.Written(time.Time{}, b.clock.Now().AddDate(100, 0, 0)); err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// A photo that was filed stays with the case.
func TestRemovePhoto_filed(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	if err := b.AddPhoto(t.Context(), b.lin, lease(t, 1)); err != nil {
		t.Fatal(err)
	}
	s := b.status(b.lin, b.file(b.lin, "k"))
	if err := b.RemovePhoto(t.Context(), b.lin, s.Photos[0].Ref); !errors.Is(err, fault.NotFound) {
		t.Errorf("removing what was filed = %v, want NotFound", err)
	}
}

func TestSweepEvidence(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	if err := b.AddPhoto(t.Context(), b.lin, lease(t, 1)); err != nil {
		t.Fatal(err)
	}
	filed := b.status(b.lin, b.file(b.lin, "k")).Photos[0].Ref
	if err := b.AddPhoto(t.Context(), b.lin, lease(t, 2)); err != nil {
		t.Fatal(err)
	}
	abandoned := b.form(b.lin).Photos[0].Ref
	leftover := store.Ref()
	if err := b.Files.Put(leftover, []byte("from a crash")); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{filed, abandoned, leftover} { // their own times are the machine's
		if err := os.Chtimes(filepath.Join(b.photos, ref), b.clock.Now(), b.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.Advance(draft.Lifetime - time.Hour)
	if err := b.ExplainAppeal(t.Context(), b.lin, "还在写", ""); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(2 * time.Hour)
	if err := b.SweepEvidence(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Files.Get(abandoned); err != nil {
		t.Errorf("a photo of a draft that is being worked on: %v", err)
	}
	b.clock.Advance(draft.Lifetime)
	if err := b.SweepEvidence(t.Context()); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]bool{filed: true, abandoned: false, leftover: false} {
		if _, err := b.Files.Get(ref); (err == nil) != want {
			t.Errorf("after the sweep: %v, want the file kept: %v", err, want)
		}
	}
}
