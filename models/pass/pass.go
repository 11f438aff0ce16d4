// Package pass makes and reads what the QR of a code carries: a short-lived
// token that names a code without saying anything about the person. A checkpoint
// (or any camera) opens the address in the QR, and the portal looks the code up
// as it is at that moment; a screenshot dies with its token.
//
// The package is pure: it knows neither the database nor the clock.
package pass

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	// Life is how long a token of a code is good for after it was made.
	Life = 90 * time.Second
	// Renew is how often the code page asks for a new one.
	Renew = 60 * time.Second
	// Skew is how far the clock of the node that made a token may be ahead.
	Skew = 60 * time.Second
	// MaxLength is the longest text that is looked at as a token at all.
	MaxLength = 512
)

// What can be wrong with a token; compare with errors.Is. They lead to different
// screens: somebody with an old page is not somebody with a forged one.
var (
	// Expired is a genuine token older than Life.
	Expired = errors.New("pass expired")
	// NotYet is a genuine token from more than Skew ahead of now: a clock is wrong.
	NotYet = errors.New("pass from the future")
	// NotGenuine was not made with this key, or was changed since.
	NotGenuine = errors.New("pass not genuine")
	// Malformed is no token: too long, not base32, of an unknown format.
	Malformed = errors.New("pass malformed")
)

// Kind is what a token stands for.
type Kind byte

// Code is the electronic code on a phone.
const Code Kind = 0

// Pass is what a token says. It is sealed inside the token: nobody without the
// key can follow one code from token to token. It holds no colour: whoever checks
// it sees the colour of now, so that an old token can never show an old one.
type Pass struct {
	Kind Kind
	// Ref names the code; at most 64 bytes.
	Ref string
	// Issued is when it was made, to the second.
	Issued time.Time
}

// format is the first byte of a token.
const format = 1

const (
	maxRef  = 64
	headLen = 1 + 4 // kind, issued
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Signer makes and reads tokens with one key. It is safe for concurrent use.
type Signer struct {
	seal cipher.AEAD
}

// NewSigner returns a signer with a key derived from secret, which is the pass
// key of the installation's key file. It panics if secret is empty: that is a
// program that did not load its keys.
func NewSigner(secret []byte) *Signer {
	if len(secret) == 0 {
		panic("pass: no secret")
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "yongxing pass v1", chacha20poly1305.KeySize)
	if err != nil {
		panic("pass: " + err.Error())
	}
	// A random nonce of 24 bytes never repeats, however many tokens a city makes.
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic("pass: " + err.Error())
	}
	return &Signer{seal: aead}
}

// Sign returns a token for p as of now: upper-case base32 without padding.
// Whatever p.Issued holds is ignored.
func (s *Signer) Sign(p Pass, now time.Time) (string, error) {
	if p.Ref == "" || len(p.Ref) > maxRef {
		return "", fmt.Errorf("sign pass: reference of %d bytes", len(p.Ref))
	}
	plain := make([]byte, headLen, headLen+maxRef)
	plain[0] = byte(p.Kind)
	binary.BigEndian.PutUint32(plain[1:], uint32(now.Unix()))
	plain = append(plain, p.Ref...)

	n := s.seal.NonceSize()
	raw := make([]byte, 1+n, 1+n+len(plain)+s.seal.Overhead())
	raw[0] = format
	rand.Read(raw[1:]) // never fails: crypto/rand ends the program instead
	raw = s.seal.Seal(raw, raw[1:1+n], plain, raw[:1])
	return encoding.EncodeToString(raw), nil
}

// Parse returns what a token says, if this signer made it and it is not older
// than Life at now. Lower case is accepted (somebody typed it). The error is one
// of Expired, NotYet, NotGenuine, Malformed.
func (s *Signer) Parse(token string, now time.Time) (Pass, error) {
	raw, err := decode(token)
	if err != nil {
		return Pass{}, err
	}
	n := s.seal.NonceSize()
	if raw[0] != format || len(raw) < 1+n+headLen+1+s.seal.Overhead() || len(raw) > 1+n+headLen+maxRef+s.seal.Overhead() {
		return Pass{}, Malformed
	}
	plain, err := s.seal.Open(nil, raw[1:1+n], raw[1+n:], raw[:1])
	if err != nil {
		return Pass{}, NotGenuine
	}
	if Kind(plain[0]) != Code {
		return Pass{}, Malformed
	}
	p := Pass{
		Kind:   Kind(plain[0]),
		Issued: time.Unix(int64(binary.BigEndian.Uint32(plain[1:])), 0).UTC(),
		Ref:    string(plain[headLen:]),
	}
	switch age := now.Sub(p.Issued); {
	case age < -Skew:
		return Pass{}, NotYet
	case age > Life:
		return Pass{}, Expired
	}
	return p, nil
}

// decode checks the length before anything else and refuses a second spelling
// of the same bytes (unused bits, line breaks), so that a token has one form.
func decode(token string) ([]byte, error) {
	if token == "" || len(token) > MaxLength {
		return nil, Malformed
	}
	token = strings.ToUpper(token)
	raw, err := encoding.DecodeString(token)
	if err != nil || len(raw) == 0 || encoding.EncodeToString(raw) != token {
		return nil, Malformed
	}
	return raw, nil
}

// URL returns the address that a QR holds, in upper case so that the QR can be
// small; base is the portal's address without a trailing slash.
func URL(base, token string) string {
	return strings.ToUpper(base) + "/V/" + token
}
