package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"yongxing/models/fault"
)

// Folder keeps the sealed files, one for each row of the evidence table, named
// by the row's ref. It lives below the data folder and nothing serves it: a file
// leaves only through a story that has asked who reads it.
type Folder struct {
	root   *os.Root
	secret []byte
	turn   chan struct{} // one picture is decoded at a time
	queue  chan struct{} // and so many may wait
}

// waiting is how many uploads may wait for the one that is decoded now. A
// picture takes up to a second and 100 MB, so more would only wait in vain.
const waiting = 6

// partial ends the name of a file that is still being written.
const partial = ".part"

// NewFolder opens the folder, making it if need be. secret (32 bytes, from the
// key file) seals the files.
func NewFolder(dir string, secret []byte) (*Folder, error) {
	if len(secret) < 32 {
		return nil, errors.New("evidence: the secret is shorter than 32 bytes")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("evidence: make folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("evidence: open folder: %w", err)
	}
	return &Folder{root: root, secret: secret, turn: make(chan struct{}, 1), queue: make(chan struct{}, waiting+1)}, nil
}

// Close releases the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Put writes one file, sealed, and returns only when file and folder are on the
// disk: the row that names it may be committed then, never before.
func (f *Folder) Put(ref string, content []byte) (err error) {
	aead, err := f.aead(ref)
	if err != nil {
		return err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(content)+aead.Overhead())
	rand.Read(nonce) // never fails
	sealed := aead.Seal(nonce, nonce, content, []byte(ref))
	defer func() {
		if err != nil {
			_ = f.root.Remove(ref + partial)
			err = fmt.Errorf("%w: evidence: write: %w", fault.Unavailable, err)
		}
	}()
	if err := f.write(ref+partial, sealed); err != nil {
		return err
	}
	if err := f.root.Rename(ref+partial, ref); err != nil {
		return err
	}
	return f.sync()
}

func (f *Folder) write(name string, content []byte) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

func (f *Folder) sync() error {
	dir, err := f.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Get returns the content of a file; fault.NotFound if there is none. A file
// that was changed or exchanged on the disk does not open.
func (f *Folder) Get(ref string) ([]byte, error) {
	sealed, err := f.root.ReadFile(ref)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("evidence: read: %w", fault.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: evidence: read: %w", fault.Unavailable, err)
	}
	aead, err := f.aead(ref)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("evidence: the file is cut short")
	}
	nonce, body := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
	content, err := aead.Open(nil, nonce, body, []byte(ref))
	if err != nil {
		return nil, fmt.Errorf("evidence: unseal: %w", err)
	}
	return content, nil
}

// Delete removes a file; one that is not there is as good as removed.
func (f *Folder) Delete(ref string) error {
	err := f.root.Remove(ref)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("evidence: delete: %w", err)
}

// Written lists the files that were last written in [from, to): those of them
// that no row names are left over from a write that was not committed.
func (f *Folder) Written(from, to time.Time) ([]string, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, fmt.Errorf("evidence: list: %w", err)
	}
	defer dir.Close()
	var refs []string
	for {
		entries, err := dir.ReadDir(512)
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && info.Mode().IsRegular() && info.ModTime().Before(to) && !info.ModTime().Before(from) {
				refs = append(refs, e.Name())
			}
		}
		if errors.Is(err, io.EOF) {
			return refs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("evidence: list: %w", err)
		}
	}
}

// aead has a key of its own for each file, so that no two files can share a key
// and a nonce however many there are.
func (f *Folder) aead(ref string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, f.secret, nil, "yongxing evidence "+ref, 32)
	if err != nil {
		return nil, fmt.Errorf("evidence: derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("evidence: cipher: %w", err)
	}
	return cipher.NewGCM(block)
}
