package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// What was acknowledged is there when the disk is full, and what was refused is
// not: max_page_count stands for the end of the disk.
func TestFullDisk(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	s := modeltest.Store(t)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		var pages int
		if err := tx.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
			return err
		}
		return tx.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", pages+20)).Scan(&pages)
	})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var acknowledged []string
	refused := 0
	var callers sync.WaitGroup
	for caller := range 32 {
		callers.Go(func() {
			for n := range 20 {
				name := fmt.Sprintf("%02d-%02d-%s", caller, n, strings.Repeat("x", 500))
				err := s.Write(context.Background(), func(tx store.Tx) error { return add(tx, name) })
				mu.Lock()
				if err == nil {
					acknowledged = append(acknowledged, name)
				} else if refused++; !errors.Is(err, fault.Unavailable) {
					t.Errorf("refused with %v: a full disk is no fault of the portal's", err)
				}
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	if len(acknowledged) == 0 || refused == 0 {
		t.Fatalf("%d acknowledged, %d refused: the disk did not fill", len(acknowledged), refused)
	}
	slices.Sort(acknowledged)
	if got := names(t, s); !slices.Equal(got, acknowledged) {
		t.Errorf("%d rows on record, %d acknowledged", len(got), len(acknowledged))
	}
}

// A process that is killed at any moment loses nothing that it acknowledged, and
// while it lives no second one gets at its folder.
func TestKilledProcess(t *testing.T) {
	modeltest.OnlySQLite(t)
	const folder = "YONGXING_TEST_CRASH_FOLDER"
	if dir := os.Getenv(folder); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	t.Parallel()
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcess$")
	child.Env = append(os.Environ(), folder+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, is := strings.CutPrefix(lines.Text(), "wrote ")
		if !is {
			continue
		}
		if acknowledged = append(acknowledged, name); len(acknowledged) == 300 {
			refused(t, store.Options{Dir: dir}, "in use by another process")
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait()
	if len(acknowledged) < 300 {
		t.Fatalf("the child wrote %d rows and ended", len(acknowledged))
	}
	got := names(t, open(t, store.Options{Dir: dir}))
	for _, name := range acknowledged {
		if _, there := slices.BinarySearch(got, name); !there {
			t.Errorf("%s was acknowledged and is gone", name)
		}
	}
}

func writeUntilKilled(t *testing.T, dir string) {
	s := open(t, store.Options{Dir: dir})
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for n := range 100_000 {
				name := fmt.Sprintf("%d-%06d", caller, n)
				if err := s.Write(context.Background(), func(tx store.Tx) error { return add(tx, name) }); err != nil {
					t.Error(err)
					return
				}
				fmt.Println("wrote " + name)
			}
		})
	}
	callers.Wait()
}
