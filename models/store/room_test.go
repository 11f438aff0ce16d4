package store_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

const mib = 1 << 20

// While a disk fills up photos are refused first, then the reserve is given up;
// when there is room again both are as before, and at the mark nothing flickers.
func TestRoom(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("left out: on other systems nobody looks")
	}
	const small, gib = 64 * mib, 1024 * mib
	dir := t.TempDir()
	reserve := filepath.Join(dir, "reserve")
	var left, size uint64 = 40 * mib, small
	var unknown error
	r := store.NewRoom(slog.New(slog.DiscardHandler), func(string) (uint64, uint64, error) { return left, size, unknown }, dir, filepath.Join(dir, "photos"))
	for i, step := range []struct {
		left, size uint64
		unknown    error
		low, kept  bool
	}{
		{40 * mib, small, nil, false, true},
		{16*mib - 1, small, nil, true, true},
		{17 * mib, small, nil, true, true}, // not yet
		{18 * mib, small, nil, false, true},
		{2 * mib, small, nil, true, true},
		{2*mib - 1, small, nil, true, false},
		{15 * mib, small, nil, true, false},
		{20 * mib, small, nil, false, false}, // the reserve itself would be too much
		{22 * mib, small, nil, false, true},
		{256 * mib, gib, nil, false, true},
		{256*mib - 1, gib, nil, true, true},
		{4 * gib, 100 * gib, nil, false, true},
		{2*gib - 1, 100 * gib, nil, true, true},
		{4*gib - 1, 1000 * gib, nil, true, true},
		{5 * gib, 1000 * gib, nil, false, true},
		{0, small, errors.ErrUnsupported, false, true},
		{0, small, nil, true, false},
	} {
		left, size, unknown = step.left, step.size, step.unknown
		r.Look()
		_, err := os.Stat(reserve)
		if r.Low() != step.low || (err == nil) != step.kept {
			t.Errorf("step %d, %d MiB of %d left: low %v, reserve kept %v", i, step.left/mib, step.size/mib, r.Low(), err == nil)
		}
		if said, known := r.Left(); known != (step.unknown == nil) || known && said != step.left {
			t.Errorf("step %d: %d left, says %d, known %v", i, step.left, said, known)
		}
	}
	for range 2 {
		if !r.GiveUp() {
			t.Error("of two who find the disk full at once, one cannot go on")
		}
	}
	if (*store.Room)(nil).Low() || (*store.Room)(nil).GiveUp() {
		t.Error("no room at all has none")
	}
}

// A reserve that holds nothing, as a copy of the folder may have, is none.
func TestRoom_hollowReserve(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("left out: on other systems there is none")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "reserve")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(64*mib), f.Close()); err != nil {
		t.Fatal(err)
	}
	store.NewRoom(slog.New(slog.DiscardHandler), func(string) (uint64, uint64, error) { return 60 * mib, 64 * mib, nil }, dir)
	if info, err := os.Stat(path); err != nil || info.Size() != 4*mib {
		t.Errorf("the reserve is %v, %v", info, err)
	}
}

// A write that finds the disk full is done again if room can be made, and else
// refused with nothing on record.
func TestWriteMakesRoom(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	for _, made := range []bool{true, false} {
		opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
		var s *store.Store
		limit := func(pages string) {
			err := s.Write(context.Background(), func(tx store.Tx) error {
				_, err := tx.Exec("PRAGMA max_page_count = " + pages)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		asked := 0
		opts.Full = func() bool {
			asked++
			if made {
				limit("1000000")
			}
			return made
		}
		s = modeltest.Open(t, opts)
		if err := s.Write(t.Context(), func(tx store.Tx) error {
			_, err := tx.Exec("CREATE TABLE page (body TEXT)")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		limit("1") // as many as there are
		ran := 0
		err := s.Write(t.Context(), func(tx store.Tx) error {
			ran++
			_, err := tx.Exec("INSERT INTO page VALUES (?)", strings.Repeat("x", 100_000))
			return err
		})
		var rows int
		if err := s.Read(t.Context(), func(tx store.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM page").Scan(&rows) }); err != nil {
			t.Fatal(err)
		}
		if asked != 1 || made && (err != nil || ran != 2 || rows != 1) || !made && (err == nil || ran != 1 || rows != 0) {
			t.Errorf("room was made %v: asked %d times, ran %d times, %d rows, %v", made, asked, ran, rows, err)
		}
	}
}

// The fullest disk is the one that has nothing left at all.
func TestRoom_nothingLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	photos := filepath.Join(dir, "photos")
	r := store.NewRoom(slog.New(slog.DiscardHandler), func(folder string) (uint64, uint64, error) {
		if folder == photos {
			return 900 << 30, 1000 << 30, nil
		}
		return 0, 10 << 30, nil
	}, dir, photos)
	if left, known := r.Left(); left != 0 || !known || !r.Low() {
		t.Errorf("%d GiB are said to be left, known %v, low %v", left>>30, known, r.Low())
	}
}

// A network file system whose server is gone hides neither the other disk nor
// holds up anybody, and is asked once.
func TestRoom_diskThatHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	photos, hang := filepath.Join(dir, "photos"), make(chan struct{})
	var asked atomic.Int32
	var left atomic.Uint64
	left.Store(900 << 30)
	r := store.NewRoom(slog.New(slog.DiscardHandler), func(folder string) (uint64, uint64, error) {
		if folder == photos {
			asked.Add(1)
			<-hang
		}
		return left.Load(), 1000 << 30, nil
	}, dir, photos)
	left.Store(1 << 30)
	begun := time.Now()
	r.Look()
	if took := time.Since(begun); took > time.Second || !r.Low() || asked.Load() != 1 {
		t.Errorf("looked for %v; low %v; asked %d times", took, r.Low(), asked.Load())
	}
	close(hang)
	if r.Look(); !r.Low() {
		t.Error("the photos' disk answers, and the other one is forgotten")
	}
}
