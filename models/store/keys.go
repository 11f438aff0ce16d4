package store

import (
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Keys are the secrets of one installation, from a file that is never kept with
// a copy of the database.
type Keys struct {
	demo    bool
	root    []byte
	index   []byte
	seal    map[byte]cipher.AEAD
	current byte
}

// keyFile is the file's content. Older sealing keys stay in it for as long as
// rows sealed with them remain; the last one seals.
type keyFile struct {
	Demo  bool      `json:"demo"`
	Root  []byte    `json:"root"`
	Index []byte    `json:"index"`
	Seal  []sealKey `json:"seal"`
}

type sealKey struct {
	ID  byte   `json:"id"`
	Key []byte `json:"key"`
}

// NewKeys makes random keys that are in no file, for tests and trials.
func NewKeys(demo bool) *Keys {
	k, err := newKeyFile(demo).keys()
	if err != nil {
		panic(err) // the random keys have the right length
	}
	return k
}

func newKeyFile(demo bool) keyFile {
	return keyFile{Demo: demo, Root: random32(), Index: random32(), Seal: []sealKey{{ID: 1, Key: random32()}}}
}

func random32() []byte {
	b := make([]byte, 32)
	rand.Read(b) // never fails since Go 1.24
	return b
}

// check refuses keys that are not those of the database, and leaves their marks
// in a new one: of the index key, of the root that passes and photos hang on, and
// of each sealing key. A sealing key that the database has not met is new: it is
// for all nodes to have before the first of them seals with it.
func (k *Keys) check(ctx context.Context, db *sql.DB, on dialect) error {
	for name, mark := range k.marks() {
		if _, err := db.ExecContext(ctx, on.statement("INSERT INTO key_check (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"), name, mark); err != nil {
			return fmt.Errorf("mark the keys: %w", err)
		}
		var stored []byte
		if err := db.QueryRowContext(ctx, on.statement("SELECT value FROM key_check WHERE name = ?"), name).Scan(&stored); err != nil {
			return fmt.Errorf("compare the keys: %w", err)
		}
		if !hmac.Equal(stored, mark) {
			return errors.New("the key file is not the one that this database was sealed with: put the right one back from your copy")
		}
	}
	return nil
}

// marks are what each key makes of its own name, which tells nothing of the key.
func (k *Keys) marks() map[string][]byte {
	marks := map[string][]byte{"index": k.Index("key_check", "value", "index"), "root": k.Secret("key check")}
	for id, seal := range k.seal {
		name := fmt.Sprintf("seal %d", id)
		// The one text that is sealed without a random nonce: it is no secret.
		marks[name] = seal.Seal(nil, make([]byte, seal.NonceSize()), nil, []byte(name))
	}
	return marks
}

// LoadOrMakeKeys reads the key file at path, or makes it at the first start,
// marked as demo keys if demo. A file that others may read is refused.
func LoadOrMakeKeys(path string, demo bool) (*Keys, error) {
	k, err := loadKeys(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(databaseFile(filepath.Dir(path))); err == nil {
			return nil, fmt.Errorf("the key file %s is gone, and the database beside it is sealed with its keys: put it back from your copy", path)
		}
		if err := makeKeyFile(path, newKeyFile(demo)); err != nil {
			return nil, fmt.Errorf("make the key file: %w", err)
		}
		k, err = loadKeys(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return k, nil
}

func loadKeys(path string) (*Keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read it (mode %04o): chmod 600 it, and replace the keys if it was exposed", info.Mode().Perm())
	}
	var file keyFile
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("not readable as JSON: %w", err)
	}
	return file.keys()
}

// makeKeyFile writes beside path first, so that a crash leaves no half file,
// and links, so that two first starts agree on one.
func makeKeyFile(path string, file keyFile) error {
	body, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already once it has its name
	_, err = tmp.Write(append(body, '\n'))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (file keyFile) keys() (*Keys, error) {
	if len(file.Root) != 32 || len(file.Index) != 32 || len(file.Seal) == 0 {
		return nil, errors.New("a key is missing or too short")
	}
	k := &Keys{demo: file.Demo, root: file.Root, index: file.Index, seal: map[byte]cipher.AEAD{}}
	for _, s := range file.Seal {
		if _, twice := k.seal[s.ID]; twice || s.ID == 0 {
			return nil, fmt.Errorf("sealing key %d is zero or there twice", s.ID)
		}
		aead, err := newAEAD(s.Key)
		if err != nil {
			return nil, fmt.Errorf("sealing key %d: %w", s.ID, err)
		}
		k.seal[s.ID], k.current = aead, s.ID
	}
	return k, nil
}

// Demo says whether the keys were made for a demonstration: a production server
// refuses them.
func (k *Keys) Demo() bool { return k.demo }

// Secret derives 32 bytes for one purpose, the same for the same label: signing
// of passes, tokens against request forgery, and the like.
func (k *Keys) Secret(label string) []byte {
	secret, err := hkdf.Key(sha256.New, k.root, nil, "yongxing "+label, 32)
	if err != nil {
		panic(err) // only a length out of range fails
	}
	return secret
}

// Format writes "keys" whatever the verb, so that no log can hold them.
func (*Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "keys") }
