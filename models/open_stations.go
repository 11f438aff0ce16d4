package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/org"
	"yongxing/models/station"
	"yongxing/models/store"
)

// The columns of a list of police stations, in any order:
//
//	code, name, name_en    of the station
//	district               its 6 digits
//	address, phone         as shown to residents
//	serves                 streets (9 digits) and communities (12) that it answers for, a semicolon between; the 6 digits
//	                       of a district make it the fall-back for what nobody else there serves
//	org, org_name, org_kind  organisation that it belongs to; added if its code is new
var (
	stationRequired = []string{"code", "name", "district", "serves", "org"}
	stationOptional = []string{"name_en", "address", "phone", "org_name", "org_name_en", "org_kind"}
)

// OpenStations opens the stations of a file, each by itself: a city brings its
// list once, before the first appeal. A station whose code is there already is
// left as it is. A row that is refused stops no other.
func (p *Portal) OpenStations(ctx context.Context, r io.Reader, _ ledger.Entry) (Report, error) {
	s, err := readSheet(r, stationRequired, stationOptional)
	if err != nil {
		return Report{}, err
	}
	report := Report{Refused: len(s.problems), Problems: slices.Clone(s.problems)}
	for _, row := range s.rows {
		there, err := p.hasStation(ctx, row.cells["code"])
		switch {
		case err != nil:
			return report, err
		case there:
			report.Same++
			continue
		}
		var bad *fault.Invalid
		var taken *fault.Conflict
		switch _, err = p.OpenStation(ctx, newStation(row.cells)); {
		case errors.As(err, &bad):
			report.Refused++
			for _, problem := range bad.Problems {
				report.Problems = append(report.Problems, RowProblem{Line: row.line, Field: problem.Field, Key: problem.Key, Args: words(problem.Args)})
			}
		case errors.As(err, &taken):
			report.Refused++
			report.Problems = append(report.Problems, RowProblem{Line: row.line, Key: taken.Key, Args: words(taken.Args)})
		case err != nil:
			return report, err
		default:
			report.New++
		}
	}
	return report, nil
}

func newStation(cells map[string]string) NewStation {
	in := NewStation{
		Code: cells["code"], Name: cells["name"], NameEn: cells["name_en"], District: cells["district"], Address: cells["address"], Phone: cells["phone"],
		Org: org.Org{Code: cells["org"], Name: cells["org_name"], NameEn: cells["org_name_en"], Kind: cells["org_kind"]},
	}
	for part := range strings.SplitSeq(cells["serves"], ";") {
		if part = strings.TrimSpace(part); part != "" {
			in.Serves = append(in.Serves, part)
		}
	}
	if in.Org.Kind == "" {
		in.Org.Kind = "police"
	}
	return in
}

func (p *Portal) hasStation(ctx context.Context, code string) (there bool, err error) {
	err = p.Store.Read(ctx, func(tx store.Tx) error {
		_, err := station.ByCode(tx, code)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		there = err == nil
		return err
	})
	return there, err
}

func words(args []any) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = fmt.Sprint(a)
	}
	return out
}
