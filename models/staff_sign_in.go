package models

import (
	"context"
	"errors"
	"strings"

	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// StaffSignIn is what the one form of the staff door asks.
type StaffSignIn struct {
	Login, Password string
	Code            string // of the second factor
	Address         string // where the request came from
}

// SignInStaff returns the id of the member whose login, password and code are
// all right. Otherwise the answer is one and the same, after the same work,
// whichever was wrong and whether or not anybody has that login: Invalid
// "staff.signin_wrong", or after several of them TooMany "staff.signin_wait".
func (p *Portal) SignInStaff(ctx context.Context, in StaffSignIn) (staffID int64, err error) {
	login := strings.ToLower(strings.TrimSpace(in.Login))
	if login == "" || in.Password == "" || in.Code == "" {
		return 0, fault.Refuse("login", "staff.signin_all")
	}
	slot, err := staff.TakeSlot(ctx) // held to the end: see staff.Slot
	if err != nil {
		return 0, err
	}
	defer slot.Release()
	member, secret, err := p.staffToCheck(ctx, login, in.Address)
	if err != nil {
		return 0, err
	}
	right, weak, err := slot.Verify(member.PasswordHash, in.Password)
	if err != nil {
		return 0, err
	}
	step := staff.TOTPStep(secret, staffCode(in.Code), member.TotpStep, p.Store.Now())
	if !right || step == 0 {
		return 0, p.staffRefused(ctx, member, login, in.Address)
	}
	hash := ""
	if weak {
		hash = slot.Hash(in.Password)
	}
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		if err := staffOneByOne(tx, login, in.Address); err != nil {
			return err
		}
		if err := staffWait(tx, login, in.Address); err != nil {
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
		if err := staff.PerLogin.Forgive(tx, login); err != nil {
			return err
		}
		return ledger.Append(tx, "staff_signed_in", staffEntry(member, "", ""), map[string]string{"staff": member.Ref})
	})
	if errors.Is(err, fault.Stale) { // the same code was used a moment ago elsewhere
		return 0, p.staffRefused(ctx, member, login, in.Address)
	}
	return member.ID, err
}

// staffToCheck finds whose password and code to check; nobody's (the zero
// member and an empty secret) where nobody has the login.
func (p *Portal) staffToCheck(ctx context.Context, login, address string) (member staff.Staff, secret string, err error) {
	err = p.Store.Read(ctx, func(tx store.Tx) error {
		err := staffWait(tx, login, address)
		if err != nil {
			return err
		}
		member, err = staff.ByLogin(tx, login)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		secret, err = staff.TOTPSecret(tx, member)
		return err
	})
	return member, secret, err
}

// staffOneByOne lets tries for one login, and from one address, count one after
// the other.
func staffOneByOne(tx store.Tx, login, address string) error {
	if err := tx.LockKey("staff login", []byte(login)); err != nil {
		return err
	}
	return tx.LockKey("staff address", []byte(address))
}

// staffWait refuses a try for a login or from an address that must wait. It is
// asked again in the transaction that counts the try or lets it in: of many tries
// at once each saw no wait before.
func staffWait(tx store.Tx, login, address string) error {
	byLogin, err := staff.PerLogin.Wait(tx, login)
	if err != nil {
		return err
	}
	byAddress, err := staff.PerAddress.Wait(tx, address)
	if err != nil {
		return err
	}
	if wait := max(byLogin, byAddress); wait > 0 {
		return &fault.TooMany{Key: "staff.signin_wait", After: wait}
	}
	return nil
}

// staffRefused counts a wrong try and is the answer to it. member is nobody
// where nobody has the login.
func (p *Portal) staffRefused(ctx context.Context, member staff.Staff, login, address string) error {
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		if err := staffOneByOne(tx, login, address); err != nil {
			return err
		}
		if err := staffWait(tx, login, address); err != nil {
			return err
		}
		if err := staff.PerAddress.Failed(tx, address); err != nil {
			return err
		}
		if err := staff.PerLogin.Failed(tx, login); err != nil {
			return err
		}
		wait, err := staff.PerLogin.Wait(tx, login)
		if err != nil || wait == 0 || member.ID == 0 {
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
