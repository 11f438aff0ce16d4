package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"yongxing/models/fault"
)

// Cost of a hash. A stored hash made with less is replaced at the next sign-in.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
)

// Length of a password in characters. The upper bound only keeps a form field
// from becoming a load on the hash.
const (
	passwordMin = 8
	passwordMax = 256
)

// A hash takes 19 MiB and about a tenth of a second, so no more than two are
// made at once in the process, whoever asks, and few may wait.
const waiters = 8

var (
	slots   = make(chan struct{}, 2)
	waiting atomic.Int32
)

// Slot is the right to make one hash at a time. Sign-in keeps it from reading
// the count of wrong tries to writing the next, so that many guesses sent at
// once do not outrun the count.
type Slot struct{}

// TakeSlot waits for one of the two slots; fault.Busy when too many wait.
// Release it when done.
func TakeSlot(ctx context.Context) (Slot, error) {
	if waiting.Add(1) > waiters {
		waiting.Add(-1)
		return Slot{}, fmt.Errorf("password hash: %w", fault.Busy)
	}
	defer waiting.Add(-1)
	select {
	case slots <- struct{}{}:
		return Slot{}, nil
	case <-ctx.Done():
		return Slot{}, fmt.Errorf("password hash: %w", ctx.Err())
	}
}

// Release gives the slot to the next.
func (Slot) Release() { <-slots }

// Hash returns the Argon2id hash of a password in PHC form.
func (Slot) Hash(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(norm.NFC.String(password)), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// Verify reports whether password makes the stored hash, and whether that hash
// is weaker than new ones are. An empty hash (nobody has that login) takes the
// same time and is false.
func (s Slot) Verify(phc, password string) (ok, weak bool, err error) {
	if phc == "" {
		s.Hash(password)
		return false, false, nil
	}
	var version, memory, time int
	var threads uint8
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, false, fmt.Errorf("password hash of an unknown form")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, false, fmt.Errorf("password hash of an unknown version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil {
		return false, false, fmt.Errorf("password hash parameters: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, false, fmt.Errorf("password hash salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, false, fmt.Errorf("password hash key: %w", err)
	}
	got := argon2.IDKey([]byte(norm.NFC.String(password)), salt, uint32(time), uint32(memory), threads, uint32(len(want)))
	weak = memory < argonMemory || time < argonTime || len(want) < argonKey
	return subtle.ConstantTimeCompare(got, want) == 1, weak, nil
}

//go:embed common_passwords.txt
var commonList string

var commonPasswords = func() map[string]bool {
	m := make(map[string]bool)
	for line := range strings.Lines(commonList) {
		if !strings.HasPrefix(line, "#") {
			m[strings.TrimSpace(line)] = true
		}
	}
	return m
}()

// contextWords are what somebody who knows the city and the portal tries first.
var contextWords = []string{"yongxing", "ningbo", "zhejiang", "paichusuo", "police", "jinghao", "jiankangma", "甬行", "宁波", "浙江", "派出所", "健康码"}

// CheckPassword refuses a password that is too short, among the 3,000 commonest
// of at least eight characters, or little more than a word that anybody would
// try here: the city, the portal, the login itself. There are no rules of
// composition. The problem stands at field "password".
func CheckPassword(password, login string) error {
	p := norm.NFC.String(password)
	switch n := utf8.RuneCountInString(p); {
	case n < passwordMin:
		return fault.Refuse("password", "staff.password_short", passwordMin)
	case n > passwordMax:
		return fault.Refuse("password", "staff.password_long", passwordMax)
	}
	low := strings.ToLower(p)
	if commonPasswords[low] || commonPasswords[strings.TrimRight(low, "0123456789!.@#")] {
		return fault.Refuse("password", "staff.password_common")
	}
	for _, word := range append(contextWords, strings.ToLower(login)) {
		rest, found := low, false
		if word != "" {
			rest = strings.ReplaceAll(low, word, "")
			found = rest != low
		}
		if found && utf8.RuneCountInString(rest) < passwordMin {
			return fault.Refuse("password", "staff.password_common")
		}
	}
	return nil
}
