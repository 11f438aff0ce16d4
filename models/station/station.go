// Package station holds the police stations and what each serves: a list of
// streets and communities, not a district. An appeal goes to the station of the
// current residence, so the list decides who answers whom.
package station

import (
	"errors"
	"fmt"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Station is one police station.
type Station struct {
	ID       int64
	Code     string
	Name     string
	NameEn   string
	District string // 6 digits
	Address  string
	Phone    string
	OrgID    int64
}

// TableName is the table of Station.
func (Station) TableName() string { return "station" }

type area struct {
	Code      string
	StationID int64
}

func (area) TableName() string { return "station_area" }

// Get returns the station with this id.
func Get(tx store.Tx, id int64) (Station, error) {
	return one(tx, "SELECT * FROM station WHERE id = ?", id)
}

// ByCode returns the station with this code; fault.NotFound if there is none.
func ByCode(tx store.Tx, code string) (Station, error) {
	return one(tx, "SELECT * FROM station WHERE code = ?", code)
}

func one(tx store.Tx, query string, args ...any) (Station, error) {
	s, ok, err := store.First[Station](tx, query, args...)
	if err == nil && !ok {
		err = fault.NotFound
	}
	if err != nil {
		return Station{}, fmt.Errorf("station: %w", err)
	}
	return s, nil
}

// For returns the station that serves a division: the one whose list names its
// community (12 digits), else its street (9), else, as the district's fall-back,
// its district (6). fault.NotFound if nobody serves it.
func For(tx store.Tx, division string) (Station, error) {
	for _, n := range []int{12, 9, 6} {
		if len(division) < n {
			continue
		}
		s, err := one(tx, "SELECT * FROM station WHERE id = (SELECT station_id FROM station_area WHERE code = ?)", division[:n])
		if !errors.Is(err, fault.NotFound) {
			return s, err
		}
	}
	return Station{}, fmt.Errorf("station of a division: %w", fault.NotFound)
}

// Next returns another station of the same district, for cases that a station
// must not decide itself: the one after it by code, around the circle.
// fault.NotFound if the district has no other.
func Next(tx store.Tx, s Station) (Station, error) {
	next, err := one(tx, `SELECT * FROM station WHERE id = (SELECT id FROM station WHERE district = ? AND id <> ?
		ORDER BY CASE WHEN code > ? THEN 0 ELSE 1 END, code LIMIT 1)`, s.District, s.ID, s.Code)
	if err != nil {
		return Station{}, fmt.Errorf("next station: %w", err)
	}
	return next, nil
}

// Open adds a station with the streets, communities or, as a fall-back, the
// district that it serves (divisions of 9, 12 or 6 digits, which the caller has
// checked). A code or a division that is taken is a fault.Conflict.
func Open(tx store.Tx, s Station, serves []string) (Station, error) {
	if _, err := ByCode(tx, s.Code); err == nil {
		return Station{}, &fault.Conflict{Key: "staff.station_exists"}
	} else if !errors.Is(err, fault.NotFound) {
		return Station{}, err
	}
	var err error
	if s.ID, err = tx.NextID("station"); err != nil {
		return Station{}, err
	}
	if err := tx.DB().Create(&s).Error; err != nil {
		return Station{}, fmt.Errorf("add station: %w", err)
	}
	for _, code := range serves {
		var taken area
		err := tx.DB().Where("code = ?", code).Take(&taken).Error
		if err == nil {
			return Station{}, &fault.Conflict{Key: "staff.area_taken", Args: []any{code}}
		}
		if err = store.Found(err); !errors.Is(err, fault.NotFound) {
			return Station{}, fmt.Errorf("area of station: %w", err)
		}
		if err := tx.DB().Create(&area{Code: code, StationID: s.ID}).Error; err != nil {
			return Station{}, fmt.Errorf("add area of station: %w", err)
		}
	}
	return s, nil
}
