package staff_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models/fault"
	"yongxing/models/staff"
)

func TestHash(t *testing.T) {
	slot, err := staff.TakeSlot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer slot.Release()
	phc := slot.Hash("雪落甬江-7 boats")
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash begins %q", phc[:30])
	}
	weakHash := "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" // of "old password", made below
	for _, c := range []struct {
		name, phc, password string
		ok                  bool
	}{
		{"right", phc, "雪落甬江-7 boats", true},
		{"wrong", phc, "雪落甬江-8 boats", false},
		{"nobody's", "", "雪落甬江-7 boats", false},
		{"cost is read from the hash", weakHash + "AAAA", "x", false},
	} {
		if ok, _, err := slot.Verify(c.phc, c.password); ok != c.ok || err != nil {
			t.Errorf("%s: got %v, %v, want %v", c.name, ok, err, c.ok)
		}
	}
	if _, weak, _ := slot.Verify(weakHash+"AAAA", "x"); !weak {
		t.Error("a cheap hash is not called weak")
	}
	if _, weak, _ := slot.Verify(phc, "x"); weak {
		t.Error("a fresh hash is called weak")
	}
}

func TestTakeSlot_twoAtOnce(t *testing.T) {
	a, errA := staff.TakeSlot(t.Context())
	b, errB := staff.TakeSlot(t.Context())
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := staff.TakeSlot(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third slot: %v", err)
	}
	done := make(chan error)
	long, stop := context.WithCancel(t.Context())
	for range 12 {
		go func() { _, err := staff.TakeSlot(long); done <- err }()
	}
	busy := 0
	for range 4 { // eight wait, four are sent away at once
		if err := <-done; errors.Is(err, fault.Busy) {
			busy++
		}
	}
	stop()
	for range 8 {
		<-done
	}
	if busy != 4 {
		t.Errorf("%d of 12 were sent away, want 4", busy)
	}
	a.Release()
	b.Release()
}

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct{ password, key string }{
		{"short7!", "staff.password_short"},
		{"password1", "staff.password_common"},
		{"PassWord", "staff.password_common"},
		{"ningbo2026", "staff.password_common"},
		{"Yongxing!1", "staff.password_common"},
		{"033127033127", "staff.password_common"},
		{"88888888", "staff.password_common"},
		{strings.Repeat("长", 257), "staff.password_long"},
		{strings.Repeat("k", 64), ""},
		{"雪落甬江船七只八", ""},
		{"four plain words ningbo", ""},
	} {
		err := staff.CheckPassword(c.password, "033127")
		var got string
		if in := (*fault.Invalid)(nil); errors.As(err, &in) {
			got = in.Problems[0].Key
		}
		if got != c.key {
			t.Errorf("%q: got %q, want %q", c.password, got, c.key)
		}
	}
}

func TestTOTPStep_singleUse(t *testing.T) {
	_, secret, err := staff.NewTOTP("033127")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 2, 51, 7, 0, time.UTC)
	code, _ := totp.GenerateCode(secret, now)
	step := staff.TOTPStep(secret, code, 0, now)
	if step != now.Unix()/30 {
		t.Fatalf("step %d, want %d", step, now.Unix()/30)
	}
	earlier, _ := totp.GenerateCode(secret, now.Add(-30*time.Second))
	for _, c := range []struct {
		name, secret, code string
		last               int64
		at                 time.Time
		ok                 bool
	}{
		{"a clock one step behind", secret, code, 0, now.Add(30 * time.Second), true},
		{"two steps behind", secret, code, 0, now.Add(60 * time.Second), false},
		{"the same again", secret, code, step, now, false},
		{"an older one after a newer", secret, earlier, step, now, false},
		{"nobody's", "", code, 0, now, false},
		{"no code", secret, "", 0, now, false},
	} {
		if got := staff.TOTPStep(c.secret, c.code, c.last, c.at) != 0; got != c.ok {
			t.Errorf("%s: got %v, want %v", c.name, got, c.ok)
		}
	}
}
