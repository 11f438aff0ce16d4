package models

import (
	"context"
	"strings"

	"yongxing/models/division"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/org"
	"yongxing/models/station"
	"yongxing/models/store"
)

// NewStation is a police station that starts to decide appeals.
type NewStation struct {
	Code, Name, NameEn string
	District           string // 6 digits
	Address, Phone     string
	// Serves are the streets (9 digits) and communities (12 digits) whose
	// residents it answers; the 6 digits of a district make it the fall-back
	// for what nobody else there serves.
	Serves []string
	// Org is the organisation it belongs to, added if its code is new.
	Org org.Org
}

// OpenStation adds a station, so that appeals of the places it serves come to
// it from now on. A code or place that is taken is a fault.Conflict.
func (p *Portal) OpenStation(ctx context.Context, in NewStation) (station.Station, error) {
	if err := in.check(); err != nil {
		return station.Station{}, err
	}
	var opened station.Station
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock(establishment, 0); err != nil {
			return err
		}
		o, err := org.Ensure(tx, in.Org)
		if err != nil {
			return err
		}
		opened, err = station.Open(tx, station.Station{
			Code: in.Code, Name: in.Name, NameEn: in.NameEn, District: in.District, Address: in.Address, Phone: in.Phone, OrgID: o.ID,
		}, in.Serves)
		if err != nil {
			return err
		}
		return ledger.Append(tx, "station_opened", ledger.Entry{Actor: "system"}, map[string]string{"station": opened.Code, "org": o.Code})
	})
	return opened, err
}

// establishment is the lock of organisations, stations and staff, whose codes and
// logins are asked for before they are given out.
const establishment = "establishment"

func (in NewStation) check() error {
	var bad fault.Invalid
	if strings.TrimSpace(in.Code) == "" || strings.TrimSpace(in.Name) == "" {
		bad.Add("station", "staff.station_missing")
	}
	if len(in.District) != 6 || !division.Known(in.District) {
		bad.Add("district", "staff.division_unknown", in.District)
	}
	if len(in.Serves) == 0 {
		bad.Add("serves", "staff.serves_missing")
	}
	for _, code := range in.Serves {
		// Communities are not in the list of divisions: their street must be.
		if n := len(code); n != 6 && n != 9 && n != 12 || !digits(code) || !division.Known(code[:min(n, 9)]) {
			bad.Add("serves", "staff.division_unknown", code)
		}
	}
	return bad.OrNil()
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
