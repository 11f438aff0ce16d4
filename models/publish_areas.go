package models

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"yongxing/models/area"
	"yongxing/models/code"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/imports"
	"yongxing/models/ledger"
	"yongxing/models/review"
	"yongxing/models/store"
)

// The columns of a list of risk areas, in any order:
//
//	id        of the row in the published list
//	code      2, 4, 6, 9 or 12 digits of a division, or three letters of a country
//	level     high, medium or low
//	from, to  as in a file of facts; without to the listing is open
//	document  number of the document that lists it
//	replaces  id of the row that this one changes or closes
var (
	areaRequired = []string{"id", "code", "level", "from", "document"}
	areaOptional = []string{"to", "replaces"}
)

// areaRow is a row of the list and the id of the one that it replaces.
type areaRow struct {
	line     int
	row      area.Row
	replaces string
}

// PublishAreas adds the rows of a file to the list of risk areas and reviews
// whom they touch. Nothing on the list is edited: a listing is changed or closed
// by a row that names it. One wrong row refuses the whole file, as a
// *fault.Invalid beside a report that says what is wrong with which row, because
// half a list would colour people by chance. by is who did it.
func (p *Portal) PublishAreas(ctx context.Context, r io.Reader, by ledger.Entry) (Report, error) {
	s, err := readSheet(r, areaRequired, areaOptional)
	if err != nil {
		return Report{}, err
	}
	var list areaList
	err = p.retried(ctx, func(tx store.Tx) error {
		// One publication after the other. Reviews go on meanwhile: they are kept out
		// only once the rows are there and whom they touch is made due (finish).
		if err := tx.Lock("areas", 0); err != nil {
			return err
		}
		list = areaList{tx: tx, report: Report{Problems: slices.Clone(s.problems)}}
		list.read(s)
		if err := list.add(); err != nil {
			return err
		}
		if len(list.report.Problems) > 0 {
			return fault.Refuse("file", "import.file.refused")
		}
		if list.report.New == 0 {
			return nil
		}
		tx.Afterwards(p.shown.ForgetAll) // whoever is touched has another code from now on
		return list.finish(s, by)
	})
	slices.SortStableFunc(list.report.Problems, func(a, b RowProblem) int { return cmp.Compare(a.Line, b.Line) })
	if err != nil {
		list.report.New, list.report.Same, list.report.Refused = 0, 0, len(s.rows)+len(s.problems)
		return list.report, err
	}
	return list.report, p.storeAllDue(ctx)
}

// storeAllDue reviews everybody who is due now. If it cannot be finished, the
// timer goes on with it.
func (p *Portal) storeAllDue(ctx context.Context) error {
	for {
		n, err := p.StoreDue(ctx, dueRows)
		if err != nil || n < dueRows {
			return err
		}
	}
}

// areaList is a file on its way onto the list.
type areaList struct {
	tx     store.Tx
	report Report
	rows   []areaRow
	// refused are the ids of rows that are wrong: what replaces one of them is
	// not wrong for that.
	refused map[string]bool
	// touched are the rows, old and new, with the document that lists each: whoever
	// may have been there is reviewed.
	touched []touchedArea
}

type touchedArea struct {
	row      area.Row
	document string
}

func (l *areaList) refuse(r areaRow, field, key string, args ...string) {
	l.refused[r.row.RowID] = true
	l.report.Problems = append(l.report.Problems, RowProblem{Line: r.line, Field: field, Key: "import.row." + key, Args: args})
}

// read checks each row by itself.
func (l *areaList) read(s sheet) {
	l.refused = make(map[string]bool)
	lines := make(map[string]int)
	for _, cells := range s.rows {
		r := areaRow{line: cells.line, replaces: cells.cells["replaces"]}
		r.row.RowID = cells.cells["id"]
		if first, twice := lines[r.row.RowID]; twice {
			l.refuse(r, "id", "id_twice", strconv.Itoa(first))
		}
		lines[r.row.RowID] = r.line
		l.fill(&r, cells.cells)
		if !l.refused[r.row.RowID] {
			l.rows = append(l.rows, r)
		}
	}
}

func (l *areaList) fill(r *areaRow, c map[string]string) {
	for _, limit := range []struct {
		field string
		most  int
	}{{"id", 64}, {"document", 100}} {
		switch cell := c[limit.field]; {
		case cell == "":
			l.refuse(*r, limit.field, "empty")
		case len([]rune(cell)) > limit.most:
			l.refuse(*r, limit.field, "long", strconv.Itoa(limit.most))
		case scientific.MatchString(cell):
			l.refuse(*r, limit.field, "excel")
		}
	}
	place, ok := sheetPlace(c["code"])
	if !ok {
		l.refuse(*r, "code", "place")
	}
	if !slices.Contains(review.AreaLevels, c["level"]) {
		l.refuse(*r, "level", "unknown")
	}
	from, to, wrong := sheetWindow(c["from"], c["to"])
	switch {
	case wrong != "":
		l.refuse(*r, wrong, "time")
	case !to.IsZero() && !to.After(from):
		l.refuse(*r, "to", "order")
	}
	r.row.Code, r.row.Level, r.row.Document = place, c["level"], c["document"]
	r.row.FromAt, r.row.ToAt = store.At(from), store.AtOrNil(to)
}

// add puts the rows on the list, each after the one that it replaces.
func (l *areaList) add() error {
	for len(l.rows) > 0 {
		waiting := l.rows[:0:0]
		for _, r := range l.rows {
			if slices.ContainsFunc(l.rows, func(o areaRow) bool { return o.row.RowID == r.replaces }) {
				waiting = append(waiting, r) // what it replaces is in the file too
				continue
			}
			if err := l.addRow(r); err != nil {
				return err
			}
		}
		if len(waiting) == len(l.rows) {
			for _, r := range waiting {
				l.refuse(r, "replaces", "circle")
			}
			return nil
		}
		l.rows = waiting
	}
	return nil
}

func (l *areaList) addRow(r areaRow) error {
	var old area.Row
	if r.replaces != "" && l.refused[r.replaces] {
		return nil // said there
	}
	if r.replaces != "" {
		var there bool
		var err error
		if old, there, err = area.ByRowID(l.tx, r.replaces); err != nil {
			return err
		}
		if !there {
			l.refuse(r, "replaces", "no_listing")
			return nil
		}
		r.row.Replaces = &old.ID
	}
	same, there, err := area.ByRowID(l.tx, r.row.RowID)
	switch {
	case err != nil:
		return err
	case there && area.Same(l.tx, same, r.row):
		l.report.Same++
		return nil
	case there:
		l.refuse(r, "id", "listed")
		return nil
	}
	if r.row.Replaces != nil {
		if by, taken, err := area.ReplacedBy(l.tx, old.ID); err != nil {
			return err
		} else if taken {
			l.refuse(r, "replaces", "replaced", by.RowID)
			return nil
		}
	}
	if _, _, err := area.Add(l.tx, r.row); err != nil {
		return err
	}
	l.report.New++
	if r.row.Replaces != nil {
		l.touched = append(l.touched, touchedArea{old, r.row.Document})
	}
	l.touched = append(l.touched, touchedArea{r.row, r.row.Document})
	return nil
}

// areaTouches makes everybody due who may have been in an area while it is
// listed: whose fact lies in it, or is so coarse that it lies in the fact. The
// cost follows these people, not the population. A window that ends on the day
// of its begin, or has no end of its own, counts as a day long here: somebody
// too many is looked at and found unchanged.
func areaTouches(tx store.Tx, r area.Row, document string) error {
	around := area.Around(r.Code)
	places := "f.place IN (?" + strings.Repeat(", ?", len(around)-1) + ")"
	var args []any
	for _, c := range around {
		args = append(args, c)
	}
	if sheetDigits(r.Code) {
		places += " OR (f.place >= ? AND f.place < ?)" // "330203" ≤ place < "330203:"
		args = append(args, r.Code, r.Code+":")
	}
	where := "f.place <> '' AND (" + places + ") AND (f.to_at > ? OR (f.to_at IS NULL AND (f.kind = ? OR f.from_at >= ?)))"
	args = append(args, r.FromAt, review.KindResidence, r.FromAt-store.Millis(24*time.Hour/time.Millisecond))
	if r.ToAt != nil {
		where += " AND f.from_at < ?"
		args = append(args, *r.ToAt)
	}
	return code.Hurry(tx, CauseArea, document, fact.Persons(where), args...)
}

func (l *areaList) finish(s sheet, by ledger.Entry) error {
	// From here no review is under way: each is on record, and found here by its
	// facts, or begins after this one's commit and sees the list.
	if err := l.tx.Lock(published, 0); err != nil {
		return err
	}
	for _, t := range l.touched {
		if err := areaTouches(l.tx, t.row, t.document); err != nil {
			return err
		}
	}
	r := l.report
	if err := imports.Add(l.tx, imports.Run{Kind: imports.Areas, FileHash: s.hash[:], NewRows: r.New, Same: r.Same}); err != nil {
		return err
	}
	by.Object = hex.EncodeToString(s.hash[:6])
	err := ledger.Append(l.tx, "areas_published", by, map[string]string{
		"file": by.Object, "new": strconv.Itoa(r.New), "same": strconv.Itoa(r.Same),
	})
	if err != nil {
		return fmt.Errorf("publish areas: %w", err)
	}
	return nil
}
