package webtest

import (
	"io/fs"
	"maps"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yongxing/models/modeltest"
)

// Snapshot is what a site has come to: its database, its photos, its time and what
// its browsers have said. Tests that begin at the same point take it from there,
// each with a copy of its own, as after a restart: to play a site through its pages
// costs a hundred times as much.
type Snapshot struct {
	database []byte
	photos   map[string][]byte
	now      time.Time
	said     map[string]bool
}

// Snapshot takes one; the site must be at rest. Only on SQLite.
func (s *Site) Snapshot() *Snapshot {
	s.t.Helper()
	snap := &Snapshot{database: modeltest.Snapshot(s.t, s.Store()), photos: map[string][]byte{}, now: s.Clock.Now(), said: s.wire.copied()}
	err := filepath.WalkDir(s.photos, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(s.photos, path)
		if err != nil {
			return err
		}
		snap.photos[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return snap
}

// Site is a site that goes on from the snapshot.
func (snap *Snapshot) Site(t testing.TB) *Site {
	t.Helper()
	return build(t, kind{demo: true, from: snap})
}

// unpackPhotos writes the photos into a folder.
func (snap *Snapshot) unpackPhotos(t testing.TB, folder string) {
	t.Helper()
	for name, body := range snap.photos {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Resume is a browser of the site that a snapshot was taken of, as it comes to this
// one: with its cookies.
func (s *Site) Resume(c *Client) *Client {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	again := &Client{t: s.t, site: s, jar: jar, header: c.header.Clone()}
	for _, ck := range c.jar.Cookies(s.base) {
		again.choose(ck.Name, ck.Value)
	}
	return again
}

func (w *tripwire) copied() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.said)
}
