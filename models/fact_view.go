package models

import (
	"fmt"
	"time"

	"yongxing/models/division"
	"yongxing/models/fact"
	"yongxing/models/identity"
	"yongxing/models/store"
)

// FactView is one fact on record as pages tell it: to the person it is about on
// the code page, in the history and in an appeal, and to the officer who looks
// at it. Handlers word it with package facttext.
type FactView struct {
	// Ref is the public name of the fact, for forms and links.
	Ref         string
	Kind, Class string
	// About is the kind that a clearance is about.
	About string
	// Place is the division or country code; PlaceName its full name in Chinese,
	// PlaceNameEN in English where one is known, else as in Chinese.
	Place, PlaceName, PlaceNameEN string
	// RefNo is the order, case, tracing, sample or duty number.
	RefNo string
	// From and To are the window; To is zero for an instant or an open end.
	From, To, Known time.Time
	Items           []string
	// Value is a temperature in °C; 0 means that none was taken.
	Value            float64
	Source, Upstream string
	// Authority is the unit that answers for the record.
	Authority string
	Locked    bool
	// Document is the one that a source's record is about. Only a case shows it,
	// and only of a person who is bound to several.
	Document identity.Document
	// Aside is the number of the appeal that took the fact out of reviews.
	Aside string
	// Replaced tells that a newer record has taken its place.
	Replaced bool
}

// factView tells one row of a fact. Whether it is set aside or replaced is known
// only beside the others: factViews fills that.
func (p *Portal) factView(tx store.Tx, r fact.Row) (FactView, error) {
	items, value, err := fact.Detail(tx, r)
	if err != nil {
		return FactView{}, err
	}
	v := FactView{
		Ref: r.Ref, Kind: r.Kind, Class: r.Class, About: r.About, Place: r.Place, RefNo: r.FactRef,
		From: r.FromAt.Time(), To: store.TimeOf(r.ToAt), Known: r.Known.Time(), Items: items, Value: value,
		Source: r.Source, Upstream: r.Upstream, Authority: r.Authority, Locked: r.Locked,
	}
	if r.Place != "" {
		v.PlaceName, v.PlaceNameEN = PlaceName(r.Place, "zh-Hans"), PlaceName(r.Place, "en")
	}
	return v, nil
}

// PlaceName is a division or a country in words. A code that no list has is
// shown as it is: better a number than a guess.
func PlaceName(place, lang string) string {
	if name := division.Country(place, lang); division.KnownCountry(place) {
		return name
	}
	if lang == "en" {
		return division.Label(place, lang)
	}
	return division.Name(place)
}

// factViews tells facts of a situation by id, in the order asked for, with the
// appeal that set them aside and whether a newer record has taken their place.
func (p *Portal) factViews(tx store.Tx, s situation, ids []int64) ([]FactView, error) {
	views := make([]FactView, 0, len(ids))
	for _, id := range ids {
		row, ok := s.row(id)
		if !ok {
			return nil, fmt.Errorf("fact %d is not in the situation", id)
		}
		v, err := p.factView(tx, row)
		if err != nil {
			return nil, err
		}
		for _, mark := range s.Asides {
			if mark.Fact == id && mark.Lifted.IsZero() {
				v.Aside = mark.Appeal
			}
		}
		for _, f := range s.Facts {
			v.Replaced = v.Replaced || f.Replaces == id
		}
		views = append(views, v)
	}
	return views, nil
}
