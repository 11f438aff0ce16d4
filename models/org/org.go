// Package org holds the organisations that staff belong to. "A second person
// from another organisation" and "who answers for this" are said of these.
package org

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Kinds lists what an organisation can be.
var Kinds = []string{"police", "health", "epidemic_control", "data", "discipline", "hotline"}

// Org is one organisation.
type Org struct {
	ID     int64
	Code   string
	Name   string
	NameEn string
	Kind   string
}

// TableName is the table of Org.
func (Org) TableName() string { return "org" }

// Get returns the organisation with this id.
func Get(tx store.Tx, id int64) (Org, error) {
	return one(tx, "id = ?", id)
}

// ByCode returns the organisation with this code; fault.NotFound if none.
func ByCode(tx store.Tx, code string) (Org, error) {
	return one(tx, "code = ?", code)
}

func one(tx store.Tx, where string, arg any) (Org, error) {
	var o Org
	if err := tx.DB().Where(where, arg).Take(&o).Error; err != nil {
		return Org{}, fmt.Errorf("organisation: %w", store.Found(err))
	}
	return o, nil
}

// Ensure returns the organisation with o's code, adding o if there is none.
// Problems stand at the fields "org" and "org_kind".
func Ensure(tx store.Tx, o Org) (Org, error) {
	found, err := ByCode(tx, o.Code)
	if !errors.Is(err, fault.NotFound) {
		return found, err
	}
	var bad fault.Invalid
	if strings.TrimSpace(o.Code) == "" || strings.TrimSpace(o.Name) == "" {
		bad.Add("org", "staff.org_missing")
	}
	if !slices.Contains(Kinds, o.Kind) {
		bad.Add("org_kind", "staff.org_kind")
	}
	if err := bad.OrNil(); err != nil {
		return Org{}, err
	}
	if o.ID, err = tx.NextID("org"); err != nil {
		return Org{}, err
	}
	if err := tx.DB().Create(&o).Error; err != nil {
		return Org{}, fmt.Errorf("add organisation: %w", err)
	}
	return o, nil
}
