package models_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/fault"
)

// One code of the second factor lets one in, though several who know it come at
// the same moment and each is checked before any of them is on record.
func TestStaffCodeLetsOneIn(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	added := h.add(t, "033127", "gulou", nil)
	for range 5 { // that they meet is a matter of luck
		h.clock.Advance(time.Minute)
		code, err := totp.GenerateCode(added.TOTPSecret, h.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		var in atomic.Int32
		var tries sync.WaitGroup
		for range 4 {
			tries.Go(func() {
				_, err := h.SignInStaff(t.Context(), models.StaffSignIn{Login: "033127", Password: officerPassword, Code: code, Address: "10.1.2.3"})
				var refused *fault.Invalid
				switch {
				case err == nil:
					in.Add(1)
				case !errors.As(err, &refused):
					t.Errorf("who comes too late is told %v", err)
				}
			})
		}
		tries.Wait()
		if in.Load() != 1 {
			t.Errorf("one code has let %d in", in.Load())
		}
	}
}
