package models

import (
	"slices"
	"strings"

	"yongxing/models/area"
	"yongxing/models/review"
	"yongxing/models/store"
)

// areaIndex is the list of risk areas in memory, as it was under one mark. A
// list has some thousand rows and changes a few times a day, while every code
// page asks it about a handful of places.
type areaIndex struct {
	mark string
	list []review.Area // in the order of recording
	// byCode are the places of a code's rows in list; codes are its keys, sorted.
	byCode map[string][]int
	codes  []string
	// kin are, of each row that replaces another or is replaced, all rows of its
	// chain.
	kin map[int][]int
}

// areas is the list as this transaction sees it. mark is what the transaction
// has read: what is kept under another mark is not believed, on this node or on
// any other, so a page shows a list from the moment that it is published.
func (p *Portal) areas(tx store.Tx, mark string) (*areaIndex, error) {
	if kept := p.areaList.Load(); kept != nil && kept.mark == mark {
		return kept, nil
	}
	rows, err := area.All(tx)
	if err != nil {
		return nil, err
	}
	index := indexAreas(mark, rows)
	p.areaList.Store(index)
	return index, nil
}

func indexAreas(mark string, rows []area.Row) *areaIndex {
	x := &areaIndex{mark: mark, list: make([]review.Area, len(rows)), byCode: make(map[string][]int), kin: make(map[int][]int)}
	at := make(map[int64]int, len(rows))
	for i, r := range rows {
		x.list[i] = review.Area{
			ID: r.ID, Code: r.Code, Level: r.Level, From: r.FromAt.Time(), To: store.TimeOf(r.ToAt),
			Known: r.Known.Time(), Document: r.Document,
		}
		if r.Replaces != nil {
			x.list[i].Replaces = *r.Replaces
		}
		at[r.ID] = i
		if x.byCode[r.Code] = append(x.byCode[r.Code], i); len(x.byCode[r.Code]) == 1 {
			x.codes = append(x.codes, r.Code)
		}
	}
	slices.Sort(x.codes)
	for i, a := range x.list { // what a row replaces is recorded before it
		if old, ok := at[a.Replaces]; ok {
			chain := append(x.kin[old], i)
			if len(chain) == 1 {
				chain = []int{old, i}
			}
			for _, member := range chain {
				x.kin[member] = chain
			}
		}
	}
	return x
}

// touching are the areas that can matter to somebody who was at these places:
// those that contain a place or lie inside one, and all that replace or are
// replaced by one of them, in the order of recording.
func (x *areaIndex) touching(places []string) []review.Area {
	var found []int
	add := func(code string) {
		for _, i := range x.byCode[code] {
			if found = append(found, i); len(x.kin[i]) > 0 {
				found = append(found, x.kin[i]...)
			}
		}
	}
	for _, place := range places {
		for _, code := range area.Around(place) {
			add(code)
		}
		from, _ := slices.BinarySearch(x.codes, place)
		for _, code := range x.codes[from:] {
			if !strings.HasPrefix(code, place) {
				break
			}
			add(code)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	areas := make([]review.Area, len(found))
	for i, n := range found {
		areas[i] = x.list[n]
	}
	return areas
}
