package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Sealed is an encrypted field: key id, nonce, ciphertext and tag. It is a type
// of its own, not a GORM serializer, because GORM leaves serializers out of
// Update and of updates by map, and would then store plain text. Under every
// verb of fmt, in JSON and in logs it shows the word "sealed" and nothing else.
type Sealed []byte

// Format writes "sealed" whatever the verb.
func (Sealed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "sealed") }

// MarshalText says "sealed".
func (Sealed) MarshalText() ([]byte, error) { return []byte("sealed"), nil }

// LogValue says "sealed".
func (Sealed) LogValue() slog.Value { return slog.StringValue("sealed") }

// Value stores the bytes; nil is NULL. Without it GORM would expand the bytes
// into a list of numbers.
func (s Sealed) Value() (driver.Value, error) {
	if s == nil {
		return nil, nil
	}
	return []byte(s), nil
}

// Scan reads the bytes.
func (s *Sealed) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s = nil
	case []byte:
		*s = append(Sealed{}, v...)
	default:
		return fmt.Errorf("a sealed column holds %T", v)
	}
	return nil
}

// GormDataType names the column type.
func (Sealed) GormDataType() string { return "blob" }

// Opener opens sealed fields: a Tx, or the Store itself for what is remembered of
// it while the database is gone.
type Opener interface {
	Unseal(table, column string, row int64, s Sealed) (string, error)
}

// Place is where a sealed field lives; moved elsewhere it does not open.
type Place struct {
	Table, Column string
	Row           int64
}

func (p Place) data(key byte) []byte {
	b := make([]byte, 0, len(p.Table)+len(p.Column)+11)
	b = append(append(b, p.Table...), 0)
	b = append(append(b, p.Column...), 0)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Row))
	return append(b, key)
}

const sealNonce = 12 // bytes, of AES-GCM

// Seal encrypts plain for its place with the current key. It panics on row 0:
// take the id before the insert.
func (k *Keys) Seal(at Place, plain string) Sealed {
	if at.Row == 0 {
		panic("seal " + at.Table + "." + at.Column + ": the row has no id yet")
	}
	out := make([]byte, 1+sealNonce, 1+sealNonce+len(plain)+16)
	out[0] = k.current
	rand.Read(out[1:]) // never fails since Go 1.24
	return k.seal[k.current].Seal(out, out[1:], []byte(plain), at.data(k.current))
}

// Open is what Seal was given, if s was sealed for this place and not altered.
func (k *Keys) Open(at Place, s Sealed) (string, error) {
	if len(s) < 1+sealNonce {
		return "", fmt.Errorf("unseal %s.%s of row %d: too short", at.Table, at.Column, at.Row)
	}
	aead, known := k.seal[s[0]]
	if !known {
		return "", fmt.Errorf("unseal %s.%s of row %d: key %d is not in the key file", at.Table, at.Column, at.Row, s[0])
	}
	plain, err := aead.Open(nil, s[1:1+sealNonce], s[1+sealNonce:], at.data(s[0]))
	if err != nil {
		return "", fmt.Errorf("unseal %s.%s of row %d: %w", at.Table, at.Column, at.Row, err)
	}
	return string(plain), nil
}

// Index is a keyed hash of normalised text, 16 bytes. Its key differs from the
// sealing keys and is not rotated with them.
func (k *Keys) Index(table, column, normalised string) []byte {
	mac := hmac.New(sha256.New, k.index)
	for _, s := range []string{table, "\x00", column, "\x00", normalised} {
		_, _ = io.WriteString(mac, s)
	}
	return mac.Sum(nil)[:16]
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, errors.New("a key has not 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
