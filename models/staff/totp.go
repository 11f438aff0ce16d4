package staff

import (
	"encoding/base32"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// A code of the second factor changes every totpPeriod seconds; one step before
// and after the present one is accepted, for clocks that drift.
const (
	totpPeriod = 30
	totpIssuer = "甬行码核查台"
)

var totpOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// NewTOTP makes a secret for the second factor of login and returns it as an
// otpauth URI for the phone and as base32 text for typing.
func NewTOTP(login string) (uri, secret string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: login, Period: totpPeriod, SecretSize: 20})
	if err != nil {
		return "", "", fmt.Errorf("make totp secret: %w", err)
	}
	return key.URL(), key.Secret(), nil
}

// TOTPStep returns the time step that code belongs to, which is after the last
// one used: a code works once, and none older than one that has worked. 0 means
// that the code is wrong.
func TOTPStep(secret, code string, last int64, now time.Time) int64 {
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil || secret == "" {
		secret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" // nobody's: same work, and no step below is after last
		last = 1<<63 - 1
	}
	found := int64(0)
	for _, d := range []int64{-1, 0, 1} {
		step := now.Unix()/totpPeriod + d
		if ok, err := hotp.ValidateCustom(code, uint64(step), secret, totpOptions); err == nil && ok && step > last {
			found = step
		}
	}
	return found
}
