package models_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/session"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// staffSessions counts the sessions of all members.
func (h officerHouse) staffSessions(t *testing.T) (n int) {
	t.Helper()
	err := h.Store.Read(t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM session WHERE staff_id IS NOT NULL").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A member's session is on record with the use of their code, and nobody who is
// disabled at this moment gets one.
func TestStaffSessionBeginsWithItsProof(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	added := h.add(t, "033127", "gulou", nil)
	signIn := func(token string) (int64, error) {
		code, err := totp.GenerateCode(added.TOTPSecret, h.clock.Now())
		if err != nil {
			return 0, err
		}
		return h.SignInStaff(t.Context(), models.StaffSignIn{
			Login: "033127", Password: officerPassword, Code: code, Address: "10.1.2.3",
			Session: session.Opening{Session: session.Session{TokenHash: []byte(token), Kind: session.Staff, Data: "{}", BrowserHash: []byte("desk")}},
		})
	}
	id, err := signIn("first")
	if err != nil || h.staffSessions(t) != 1 {
		t.Fatalf("%d sessions, %v", h.staffSessions(t), err)
	}
	h.clock.Advance(time.Minute)
	late := make(chan error, 1)
	err = h.Store.Write(t.Context(), func(tx store.Tx) error { // as DisableStaff does
		if err := staff.Disable(tx, id); err != nil {
			return err
		}
		if err := session.EndAllOfStaff(tx, id); err != nil {
			return err
		}
		go func() {
			_, err := signIn("second")
			late <- err
		}()
		time.Sleep(300 * time.Millisecond) // their password is being checked
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := staffKey(<-late); got != "staff.signin_wrong" || h.staffSessions(t) != 0 {
		t.Errorf("disabled meanwhile: %q, %d sessions", got, h.staffSessions(t))
	}
}
