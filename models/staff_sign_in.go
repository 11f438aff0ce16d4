package models

import (
	"context"
	"errors"
	"strings"
	"time"

	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/session"
	"yongxing/models/signin"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// StaffSignIn is what the one form of the staff door asks.
type StaffSignIn struct {
	Login, Password string
	Code            string // of the second factor
	Address         string // where the request came from
	Browser         []byte
	Session         session.Opening
}

// counted is a limit and the key under which a try counts for it.
type counted struct {
	limit staff.Limit
	key   string
}

// counts says what a try counts for; the first of them is the one that a right
// try empties. In a browser that has signed in with the login before only the
// tries of that browser count.
func (in StaffSignIn) counts(tx store.Tx) ([]counted, error) {
	met, err := signin.Met(tx, signin.MetByLogin, in.Login, in.Browser)
	if met {
		return []counted{{staff.PerBrowser, in.Login + " " + string(in.Browser)}}, err
	}
	return []counted{{staff.PerLogin, in.Login + " " + in.Address}, {staff.Anywhere, in.Login}, {staff.PerAddress, in.Address}}, err
}

// SignInStaff returns the id of the member whose login, password and code are
// all right. Otherwise the answer is one and the same, after the same work,
// whichever was wrong and whether or not anybody has that login: Invalid
// "staff.signin_wrong", or after several of them TooMany "staff.signin_wait".
func (p *Portal) SignInStaff(ctx context.Context, in StaffSignIn) (staffID int64, err error) {
	in.Login = strings.ToLower(strings.TrimSpace(in.Login))
	if in.Login == "" || in.Password == "" || in.Code == "" {
		return 0, fault.Refuse("login", "staff.signin_all")
	}
	slot, err := staff.TakeSlot(ctx) // held to the end: see staff.Slot
	if err != nil {
		return 0, err
	}
	defer slot.Release()
	member, secret, err := p.staffToCheck(ctx, in)
	if err != nil {
		return 0, err
	}
	right, weak, err := slot.Verify(member.PasswordHash, in.Password)
	if err != nil {
		return 0, err
	}
	step := staff.TOTPStep(secret, staffCode(in.Code), member.TotpStep, p.Store.Now())
	if !right || step == 0 {
		return 0, p.staffRefused(ctx, member, in)
	}
	hash := ""
	if weak {
		hash = slot.Hash(in.Password)
	}
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		counts, err := staffTurn(tx, in)
		if err != nil {
			return err
		}
		if err := staff.UseStep(tx, member.ID, step); err != nil {
			return err
		}
		if hash != "" {
			if err := staff.SetPassword(tx, member.ID, hash); err != nil {
				return err
			}
		}
		if err := counts[0].limit.Forgive(tx, counts[0].key); err != nil {
			return err
		}
		if err := signin.Meet(tx, signin.MetByLogin, in.Login, in.Browser); err != nil {
			return err
		}
		if err := in.Session.Begin(tx, member.ID); err != nil { // UseStep holds the row: nobody disables them meanwhile
			return err
		}
		return ledger.Append(tx, "staff_signed_in", staffEntry(member, "", ""), map[string]string{"staff": member.Ref})
	})
	if errors.Is(err, fault.Stale) { // the same code was used a moment ago elsewhere
		return 0, p.staffRefused(ctx, member, in)
	}
	return member.ID, err
}

// staffToCheck finds whose password and code to check; nobody's (the zero
// member and an empty secret) where nobody has the login.
func (p *Portal) staffToCheck(ctx context.Context, in StaffSignIn) (member staff.Staff, secret string, err error) {
	err = p.Store.Read(ctx, func(tx store.Tx) error {
		if _, err := staffWait(tx, in); err != nil {
			return err
		}
		var err error
		member, err = staff.ByLogin(tx, in.Login)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		secret, err = staff.TOTPSecret(tx, member)
		return err
	})
	return member, secret, err
}

// staffTurn lets tries for one login, and from one address, count one after the
// other, and then asks whether this one must wait: of many at once each saw no
// wait before.
func staffTurn(tx store.Tx, in StaffSignIn) ([]counted, error) {
	if err := tx.LockKey("staff login", []byte(in.Login)); err != nil {
		return nil, err
	}
	if err := tx.LockKey("staff address", []byte(in.Address)); err != nil {
		return nil, err
	}
	return staffWait(tx, in)
}

// staffWait refuses a try that must wait, or says what it counts for.
func staffWait(tx store.Tx, in StaffSignIn) ([]counted, error) {
	counts, err := in.counts(tx)
	if err != nil {
		return nil, err
	}
	var longest time.Duration
	for _, c := range counts {
		wait, err := c.limit.Wait(tx, c.key)
		if err != nil {
			return nil, err
		}
		longest = max(longest, wait)
	}
	if longest > 0 {
		return nil, &fault.TooMany{Key: "staff.signin_wait", After: longest}
	}
	return counts, nil
}

// staffRefused counts a wrong try and is the answer to it. member is nobody
// where nobody has the login; as much is written then, so that the time that the
// answer takes tells nothing.
func (p *Portal) staffRefused(ctx context.Context, member staff.Staff, in StaffSignIn) error {
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		counts, err := staffTurn(tx, in)
		if err != nil {
			return err
		}
		for _, c := range counts {
			if err := c.limit.Failed(tx, c.key); err != nil {
				return err
			}
		}
		wait, err := counts[0].limit.Wait(tx, counts[0].key)
		if err != nil || wait == 0 {
			return err
		}
		return ledger.Append(tx, "staff_locked", ledger.Entry{Actor: "system"}, map[string]string{"staff": member.Ref})
	})
	if err != nil {
		return err
	}
	return fault.Refuse("login", "staff.signin_wrong")
}

// staffEntry says in the ledger which member did something, why and to what.
func staffEntry(s staff.Staff, purpose, object string) ledger.Entry {
	return ledger.Entry{Actor: "staff", StaffID: s.ID, OrgID: s.OrgID, Role: string(s.Role), Purpose: purpose, Object: object}
}

// staffCode is a code as typed, without the space that phones show in it.
func staffCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		if r == ' ' || r == '　' || r == '-' {
			return -1
		}
		return r
	}, typed)
}

// SignOutStaff puts on record that a member has left; the session itself ends
// in package session.
func (p *Portal) SignOutStaff(ctx context.Context, staffID int64) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		member, err := staff.Get(tx, staffID)
		if err != nil {
			return err
		}
		return ledger.Append(tx, "staff_signed_out", staffEntry(member, "", ""), map[string]string{"staff": member.Ref})
	})
}
