package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"

	"yongxing/models/division"
	"yongxing/models/fault"
)

// What a file may have. A city's nightly list is cut into files of this size, so
// that one is checked and reported within a minute.
const (
	sheetRows  = 10_000
	sheetBytes = 16 << 20
)

// Report says what became of a file. Every row that is not empty is counted once
// among New, Changed, Cleared, Same, Held and Refused.
type Report struct {
	New     int `json:"new"`
	Changed int `json:"changed"` // records that the source has changed: a new fact replaces the old one
	Cleared int `json:"cleared"` // clearances
	Same    int `json:"same"`    // on record already
	Held    int `json:"held"`    // about somebody who is not known here or not bound: they wait
	Refused int `json:"refused"`
	// Aside counts those of the new facts that an accepted appeal keeps out of
	// reviews.
	Aside int `json:"aside"`
	// Again tells that the same file was imported before.
	Again    bool         `json:"again"`
	Problems []RowProblem `json:"problems,omitempty"`
}

// Nothing says whether the file changed nothing.
func (r Report) Nothing() bool { return r.New+r.Changed+r.Cleared+r.Held == 0 }

// RowProblem is why a row was refused. Line is counted from 1, the head of the
// file included; Key is a key of the text catalogues. Args never hold what the
// row says about somebody.
type RowProblem struct {
	Line  int      `json:"line"`
	Field string   `json:"field"`
	Key   string   `json:"key"`
	Args  []string `json:"args,omitempty"`
}

// sheet is a file of comma-separated values: a head that names the columns, and
// rows, one a line.
type sheet struct {
	hash     [sha256.Size]byte
	rows     []sheetRow
	problems []RowProblem // of rows that cannot be read at all
}

// sheetRow is one row; a cell that the file does not have is "".
type sheetRow struct {
	line  int
	cells map[string]string
}

// readSheet reads a file whose head has all of required and nothing besides
// required and optional. What is wrong with the file as a whole is a
// *fault.Invalid at field "file".
func readSheet(r io.Reader, required, optional []string) (sheet, error) {
	raw, err := io.ReadAll(io.LimitReader(r, sheetBytes+1))
	if err != nil {
		return sheet{}, fmt.Errorf("read the file: %w", err)
	}
	if len(raw) > sheetBytes {
		return sheet{}, fault.Refuse("file", "import.file.big", sheetBytes>>20)
	}
	s := sheet{hash: sha256.Sum256(raw)}
	text, err := sheetText(raw)
	if err != nil {
		return sheet{}, err
	}
	var columns []string
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.Trim(line, ", \t") == "" {
			continue
		}
		cells, err := splitRow(line)
		switch {
		case columns == nil && err != nil:
			return sheet{}, fault.Refuse("file", "import.file.head")
		case columns == nil:
			if columns, err = sheetHead(cells, required, optional); err != nil {
				return sheet{}, err
			}
		case err != nil:
			s.problems = append(s.problems, RowProblem{Line: i + 1, Key: "import.row.quotes"})
		default:
			s.add(i+1, columns, cells)
		}
		if len(s.rows)+len(s.problems) > sheetRows {
			return sheet{}, fault.Refuse("file", "import.file.rows", sheetRows)
		}
	}
	if columns == nil {
		return sheet{}, fault.Refuse("file", "import.file.empty")
	}
	return s, nil
}

// splitRow splits one line. A row is one line on purpose: a quote that is never
// closed then spoils its own row and not the rest of the file.
func splitRow(line string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(line))
	r.FieldsPerRecord = -1
	return r.Read()
}

func (s *sheet) add(line int, columns, cells []string) {
	for len(cells) > len(columns) && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1] // spreadsheets pad rows
	}
	if len(cells) > len(columns) {
		s.problems = append(s.problems, RowProblem{Line: line, Key: "import.row.columns"})
		return
	}
	row := sheetRow{line, make(map[string]string, len(columns))}
	for i, cell := range cells {
		cell = strings.TrimSpace(norm.NFC.String(cell))
		// A spreadsheet marks text by a leading apostrophe, and some keep it.
		row.cells[columns[i]] = strings.TrimPrefix(cell, "'")
		if strings.ContainsFunc(cell, unicode.IsControl) {
			s.problems = append(s.problems, RowProblem{Line: line, Field: columns[i], Key: "import.row.control"})
			return
		}
	}
	s.rows = append(s.rows, row)
}

// sheetText decodes a file: UTF-8 with or without byte order mark, or GB18030,
// in which Chinese spreadsheets save unless told otherwise.
func sheetText(raw []byte) (string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")), bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0")):
		return "", fault.Refuse("file", "import.file.workbook")
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")), bytes.IndexByte(raw, 0) >= 0:
		return "", fault.Refuse("file", "import.file.encoding")
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", fault.Refuse("file", "import.file.encoding")
	}
	return string(text), nil
}

// sheetHead checks the names of the columns. A colour is refused before anything
// else: sources state facts, the review makes the colour.
func sheetHead(cells, required, optional []string) ([]string, error) {
	columns := make([]string, len(cells))
	for i, cell := range cells {
		columns[i] = strings.ToLower(strings.TrimSpace(cell))
		for _, word := range []string{"colour", "color", "码色", "颜色"} {
			if strings.Contains(columns[i], word) {
				return nil, fault.Refuse("file", "import.file.colour")
			}
		}
	}
	for len(columns) > 0 && columns[len(columns)-1] == "" {
		columns = columns[:len(columns)-1]
	}
	bad := &fault.Invalid{}
	for i, column := range columns {
		switch {
		case !slices.Contains(required, column) && !slices.Contains(optional, column):
			bad.Add("file", "import.file.unknown_column", shorten(column))
		case slices.Contains(columns[:i], column):
			bad.Add("file", "import.file.column_twice", column)
		}
	}
	for _, column := range required {
		if !slices.Contains(columns, column) {
			bad.Add("file", "import.file.missing_column", column)
		}
	}
	return columns, bad.OrNil()
}

// shorten keeps a wrong name of a column readable in a message.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// scientific is what a spreadsheet makes of a long number: the last digits of an
// identity number are lost by then.
var scientific = regexp.MustCompile(`^[+-]?\d+([.,]\d+)?[eE]\+?\d+$`)

// zone is that of every date and time of day without an offset.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

var errSheetTime = errors.New("no date or time")

// sheetTime reads a date or a time of a cell, Asia/Shanghai unless it has an
// offset, and tells whether it is a whole day.
func sheetTime(s string) (t time.Time, day bool, err error) {
	for _, layout := range []string{"2006-01-02", "2006/1/2"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true, sensible(t)
		}
	}
	for _, layout := range []string{
		"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006/1/2 15:04", "2006/1/2 15:04:05",
		"2006-01-02T15:04Z07:00", time.RFC3339, "2006-01-02 15:04Z07:00", "2006-01-02 15:04:05Z07:00",
	} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, false, sensible(t)
		}
	}
	return time.Time{}, false, errSheetTime
}

// sensible refuses years that are a slip of the pen; the engine counts in
// microseconds, which reach far beyond.
func sensible(t time.Time) error {
	if t.Year() < 1990 || t.Year() > 2200 {
		return errSheetTime
	}
	return nil
}

// sheetWindow reads two cells as a half-open window: 1 to 3 March, given as
// dates, ends with the last of these days. It returns the field that is wrong,
// "" if none is.
func sheetWindow(fromCell, toCell string) (from, to time.Time, wrong string) {
	var day bool
	var err error
	if from, _, err = sheetTime(fromCell); err != nil {
		return from, to, "from"
	}
	if toCell == "" {
		return from, to, ""
	}
	if to, day, err = sheetTime(toCell); err != nil {
		return from, to, "to"
	}
	if day {
		to = to.AddDate(0, 0, 1)
	}
	return from, to, ""
}

// sheetPlace reads a division or country code in its normal form, without the
// zeros that only fill up; not ok if there is no such place. Communities, and
// the streets of other cities, are not on our list: of those only the part that
// is gets checked.
func sheetPlace(s string) (code string, ok bool) {
	s = strings.ToUpper(s)
	if len(s) == 3 {
		return s, division.KnownCountry(s)
	}
	switch {
	case len(s) == 12 && strings.HasSuffix(s, "000000"):
		s = s[:6]
	case len(s) == 12 && strings.HasSuffix(s, "000"), len(s) == 9 && strings.HasSuffix(s, "000"):
		s = s[:len(s)-3]
	}
	switch {
	case len(s) == 6 && strings.HasSuffix(s, "0000"):
		s = s[:2]
	case len(s) == 6 && strings.HasSuffix(s, "00"):
		s = s[:4]
	}
	listed := s
	switch {
	case len(s) > 6 && !strings.HasPrefix(s, division.Ningbo):
		listed = s[:6]
	case len(s) == 12:
		listed = s[:9]
	}
	return s, sheetDigits(s) && slices.Contains([]int{2, 4, 6, 9, 12}, len(s)) && division.Known(listed)
}

func sheetDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
