package demo

import (
	"strings"
	"testing"
	"time"

	"yongxing/models/identity"
)

// TestIdentitiesAreInvented: every number is valid and nobody's.
func TestIdentitiesAreInvented(t *testing.T) {
	t.Parallel()
	list, err := read(embedded, declarationsFile, afternoon)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, r := range list.rows {
		c := r.cells
		if _, err := identity.ParseDocument(c["document_kind"], c["number"], c["nationality"], afternoon); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if c["document_kind"] == identity.ResidentID && !strings.HasPrefix(c["number"], "330299") {
			t.Errorf("%s: the number could be somebody's", r.name)
		}
		if !strings.HasPrefix(c["phone"], "1380000") {
			t.Errorf("%s: the phone could be somebody's", r.name)
		}
		if phone, ok := seen[c["number"]]; ok && phone != c["phone"] {
			t.Errorf("%s: two people with one number", r.name)
		}
		seen[c["number"]] = c["phone"]
	}
	for _, name := range []string{registryFile, factsFile, sampleFile} {
		list, err := read(embedded, name, afternoon)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list.rows {
			if _, ok := seen[r.cells["document_number"]]; !ok {
				t.Errorf("%s is about nobody", r.name)
			}
		}
	}
}

func TestAbsolute(t *testing.T) {
	t.Parallel()
	night := time.Date(2026, 2, 28, 16, 30, 0, 0, time.UTC) // 1 March, 00:30 in Ningbo
	for cell, want := range map[string]string{
		"D-1": "2026-02-28", "D+0": "2026-03-01", "D+31": "2026-04-01", "D-1 23:05": "2026-02-28 23:05",
		"T-45m": "2026-02-28 23:45:00", "T-1h10m": "2026-02-28 23:20:00",
		"D-": "D-", "x D-1": "x D-1", "T-": "T-", "": "", "negative": "negative",
	} {
		if got := absolute(cell, night); got != want {
			t.Errorf("%q is %q, want %q", cell, got, want)
		}
	}
}

// TestPhotosDiffer: the portal notices a photo that is used twice.
func TestPhotosDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, phone := range []string{"13800000011", "13800000012"} {
		for n := range 3 {
			seen[string(photo("lease", phone, n))] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d different photos of 6", len(seen))
	}
	if first, again := photo("lease", "13800000011", 0), photo("lease", "13800000011", 0); string(first) != string(again) {
		t.Error("the same photo is drawn in two ways")
	}
}
