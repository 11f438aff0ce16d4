package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"yongxing/models/division"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/ledger"
	"yongxing/models/org"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/staff"
	"yongxing/models/station"
	"yongxing/models/store"
)

// NewStaff is somebody who is to work with the portal.
type NewStaff struct {
	Login    string // badge or payroll number, 3 to 32 letters and digits
	Name     string
	Badge    string
	Role     staff.Role
	Password string
	// Station is the code of their station; empty for those who work at none,
	// who then name the code of their organisation in Org.
	Station, Org string
	// Document and Address are whose cases and household they must never see;
	// both may be left out. Division and Detail are as residents declare them.
	Document, DocumentKind, Nationality string
	Division, Detail                    string
	Demo                                bool
}

// AddedStaff holds what is told once and kept nowhere in the clear.
type AddedStaff struct {
	ID         int64
	Ref        string
	TOTPSecret string // base32
	TOTPURI    string // otpauth://, for a QR
}

// AddStaff adds a member, whose second factor it makes. Problems stand at the
// fields "login", "name", "role", "password", "station", "org",
// "document_number" and "division"; a login once given is never given again.
func (p *Portal) AddStaff(ctx context.Context, in NewStaff) (AddedStaff, error) {
	in.Login = strings.ToLower(strings.TrimSpace(in.Login))
	if err := p.checkStaff(in); err != nil {
		return AddedStaff{}, err
	}
	slot, err := staff.TakeSlot(ctx)
	if err != nil {
		return AddedStaff{}, err
	}
	hash := slot.Hash(in.Password)
	slot.Release()
	added := AddedStaff{}
	if added.TOTPURI, added.TOTPSecret, err = staff.NewTOTP(in.Login); err != nil {
		return AddedStaff{}, err
	}
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock(establishment, 0); err != nil {
			return err
		}
		row := staff.New{
			Login: in.Login, Name: in.Name, Badge: in.Badge, Role: in.Role, PasswordHash: hash, TOTPSecret: added.TOTPSecret, Demo: in.Demo,
		}
		if in.Division != "" {
			row.AddressIndex = person.AddressIndex(tx, in.Division, in.Detail)
		}
		if in.Document != "" {
			d, err := identity.ParseDocument(in.DocumentKind, in.Document, in.Nationality, tx.Now())
			if err != nil {
				return err
			}
			row.DocumentIndex = person.DocumentIndex(tx, d)
		}
		at, err := staffPlace(tx, in)
		if err != nil {
			return err
		}
		row.StationID, row.OrgID = at.ID, at.OrgID
		member, err := staff.Add(tx, row)
		if err != nil {
			return err
		}
		o, err := org.Get(tx, row.OrgID)
		if err != nil {
			return err
		}
		added.ID, added.Ref = member.ID, member.Ref
		return ledger.Append(tx, "staff_added", ledger.Entry{Actor: "system"},
			map[string]string{"staff": member.Ref, "role": string(in.Role), "org": o.Code, "station": at.Code})
	})
	if err != nil {
		return AddedStaff{}, err
	}
	return added, nil
}

// staffPlace is the station that in names, or a station without id for those
// who belong to an organisation only.
func staffPlace(tx store.Tx, in NewStaff) (station.Station, error) {
	if in.Station != "" {
		at, err := station.ByCode(tx, in.Station)
		if errors.Is(err, fault.NotFound) {
			err = fault.Refuse("station", "staff.station_unknown")
		}
		return at, err
	}
	o, err := org.ByCode(tx, in.Org)
	if errors.Is(err, fault.NotFound) {
		err = fault.Refuse("org", "staff.org_unknown")
	}
	return station.Station{OrgID: o.ID}, err
}

func (p *Portal) checkStaff(in NewStaff) error {
	var bad fault.Invalid
	if n := len(in.Login); n < 3 || n > 32 || strings.Trim(in.Login, "0123456789abcdefghijklmnopqrstuvwxyz.-_") != "" {
		bad.Add("login", "staff.login_form")
	}
	if n := utf8.RuneCountInString(in.Name); n < 2 || n > 40 {
		bad.Add("name", "staff.name_missing")
	}
	if !slices.Contains(staff.Roles, in.Role) {
		bad.Add("role", "staff.role_unknown")
	}
	needsStation := staff.Reach(in.Role, staff.ViewQueue) == staff.OwnStation
	if needsStation && in.Station == "" {
		bad.Add("station", "staff.station_needed")
	}
	if in.Station == "" && in.Org == "" {
		bad.Add("org", "staff.org_missing")
	}
	if in.Division != "" && !division.Known(in.Division[:min(len(in.Division), 9)]) {
		bad.Add("division", "staff.division_unknown", in.Division)
	}
	if in.Demo && !p.Settings.Demo {
		bad.Add("", "staff.demo_refused")
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return staff.CheckPassword(in.Password, in.Login)
}

// DisableStaff ends a member's access and every session of theirs at once; the
// login stays taken. Refused at field "login" if nobody active has it.
func (p *Portal) DisableStaff(ctx context.Context, login string) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock(establishment, 0); err != nil {
			return err
		}
		member, err := staff.ByLogin(tx, strings.ToLower(strings.TrimSpace(login)))
		if errors.Is(err, fault.NotFound) {
			return fault.Refuse("login", "staff.login_unknown")
		}
		if err != nil {
			return err
		}
		if err := staff.Disable(tx, member.ID); err != nil {
			return err
		}
		if err := session.EndAllOfStaff(tx, member.ID); err != nil {
			return err
		}
		return ledger.Append(tx, "staff_disabled", ledger.Entry{Actor: "system"}, map[string]string{"staff": member.Ref})
	})
}
