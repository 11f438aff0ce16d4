// Package division knows the places that a person can name: the provinces,
// cities and counties of China, the streets and towns of Ningbo, and the
// countries. It is data, embedded, so that a form, an import and a page call a
// place by the same code and the same name. Places are matched by prefix: the
// code of a street begins with that of its district.
package division

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// Ningbo is the code of the city whose portal this is.
const Ningbo = "3302"

// The figures of 2023-06-30; a code has 2, 4, 6 or 9 digits.
//
//go:embed divisions.csv
var divisionsCSV []byte

// English names, only where there is an accepted one.
//
//go:embed english.csv
var englishCSV []byte

// GB/T 2659 alpha-3 codes in the order of the Chinese names.
//
//go:embed countries.csv
var countriesCSV []byte

// Division is one place of China.
type Division struct {
	Code   string // 2, 4, 6 or 9 digits
	Name   string // Chinese name of this level alone: 海曙区
	Level  string // province, city, county, street
	Parent string // "" for a province
}

// Land is one country or region by its alpha-3 code.
type Land struct {
	Code string
	zh   string
	en   string
}

var (
	byCode    = map[string]Division{}
	children  = map[string][]Division{}
	english   = map[string]string{}
	lands     []Land
	landIndex = map[string]Land{}
)

func init() {
	for _, row := range table(divisionsCSV, 4) {
		d := Division{Code: row[0], Name: row[1], Level: row[2], Parent: row[3]}
		byCode[d.Code] = d
		children[d.Parent] = append(children[d.Parent], d)
	}
	for _, row := range table(englishCSV, 2) {
		english[row[0]] = row[1]
	}
	for _, row := range table(countriesCSV, 3) {
		l := Land{Code: row[0], zh: row[1], en: row[2]}
		lands = append(lands, l)
		landIndex[l.Code] = l
	}
}

// table reads an embedded file without its head. The file is part of the
// program, so a broken one stops it at start.
func table(body []byte, columns int) [][]string {
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil {
		panic(fmt.Errorf("embedded table of divisions: %w", err))
	}
	return rows[1:]
}

// Get returns the place with this code.
func Get(code string) (Division, bool) {
	d, ok := byCode[code]
	return d, ok
}

// Known tells whether the code is on the list of places in China.
func Known(code string) bool {
	_, ok := byCode[code]
	return ok
}

// Children are the places one level below code, in the order of their codes; of
// "" the provinces. Steps of the list that are not places, such as the 市辖区 of
// a municipality, are there: see Placeholder.
func Children(code string) []Division { return slices.Clone(children[code]) }

// Placeholder tells whether a name fills a level that a province does not have
// (市辖区, 省直辖县级行政区划): it is a step in the list and no name on a page.
func Placeholder(d Division) bool {
	return d.Level == "city" && (d.Name == "市辖区" || strings.HasSuffix(d.Name, "直辖县级行政区划") || d.Name == "县")
}

// Name is the full Chinese name, such as 浙江省宁波市海曙区; of a code that is not
// listed that of the closest place that contains it, else the code itself.
func Name(code string) string {
	parts := path(code)
	if len(parts) == 0 {
		return code
	}
	var b strings.Builder
	for _, d := range parts {
		b.WriteString(d.Name)
	}
	return b.String()
}

// Label is how a page calls a place, which may be a division or an alpha-3
// country: in Ningbo from the district down (海曙区鼓楼街道), elsewhere in full.
// lang is zh-Hans or en; where there is no English name the Chinese one stands.
func Label(code, lang string) string {
	if l, ok := landIndex[code]; ok {
		return l.Name(lang)
	}
	parts := path(code)
	if len(parts) == 0 {
		return code
	}
	if lang != "en" {
		if len(parts) > 2 && parts[1].Code == Ningbo {
			parts = parts[2:]
		}
		var b strings.Builder
		for _, d := range parts {
			b.WriteString(d.Name)
		}
		return b.String()
	}
	if len(parts) > 2 && parts[1].Code == Ningbo {
		parts = parts[1:]
	}
	names := make([]string, 0, len(parts))
	for _, d := range slices.Backward(parts) {
		names = append(names, d.Label(lang))
	}
	return strings.Join(names, ", ")
}

// Label is the name of this level alone in the language of the reader, as an
// entry of a list.
func (d Division) Label(lang string) string {
	if name := english[d.Code]; lang == "en" && name != "" {
		return name
	}
	return d.Name
}

// Country is the name of an alpha-3 code, or the code if it is not listed.
func Country(alpha3, lang string) string {
	if l, ok := landIndex[alpha3]; ok {
		return l.Name(lang)
	}
	return alpha3
}

// KnownCountry tells whether the alpha-3 code is listed.
func KnownCountry(alpha3 string) bool {
	_, ok := landIndex[alpha3]
	return ok
}

// Countries are all countries and regions, ordered for a reader of lang.
func Countries(lang string) []Land {
	out := slices.Clone(lands)
	if lang == "en" {
		slices.SortStableFunc(out, func(a, b Land) int { return strings.Compare(a.en, b.en) })
	}
	return out
}

// Name is the country's name in the language of the reader.
func (l Land) Name(lang string) string {
	if lang == "en" {
		return l.en
	}
	return l.zh
}

// closest is the listed place with the longest code that begins code.
func closest(code string) (Division, bool) {
	for _, n := range []int{9, 6, 4, 2} {
		if len(code) >= n {
			if d, ok := byCode[code[:n]]; ok {
				return d, true
			}
		}
	}
	return Division{}, false
}

// path is the closest listed place and what contains it, the largest first,
// without placeholders.
func path(code string) []Division {
	d, ok := closest(code)
	var up []Division
	for ok {
		if !Placeholder(d) || d.Code == code {
			up = append(up, d)
		}
		d, ok = byCode[d.Parent]
	}
	slices.Reverse(up)
	return up
}
