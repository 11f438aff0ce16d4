package demo

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"time"
)

//go:embed inputs/*.csv
var embedded embed.FS

// The input files. One that is missing counts as empty, so that it can be seen
// what the demo shows without it.
const (
	staffFile        = "inputs/staff.csv"
	areasFile        = "inputs/areas.csv"
	registryFile     = "inputs/registry.csv"
	factsFile        = "inputs/facts.csv"
	declarationsFile = "inputs/declarations.csv"
	appealsFile      = "inputs/appeals.csv"
	officersFile     = "inputs/officers.csv"
	sampleFile       = "inputs/sample-facts.csv"
)

// whenColumn is the column that says when a row is played. Files that go through
// an importer have it besides the importer's own columns.
const whenColumn = "when"

// table is an input file.
type table struct {
	columns []string
	rows    []row
}

// row is one line of an input file, its relative times made absolute.
type row struct {
	name  string // file and line, for messages
	cells map[string]string
}

// at is when the row is played.
func (r row) at() (time.Time, error) {
	for _, layout := range []string{withSeconds, withMinutes, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, r.cells[whenColumn], ningbo); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s: %q is no time", r.name, r.cells[whenColumn])
}

// read reads an input file as seen from now.
func read(inputs fs.FS, name string, now time.Time) (table, error) {
	f, err := inputs.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return table{}, nil
	}
	if err != nil {
		return table{}, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil || len(records) == 0 {
		return table{}, errors.Join(err, fmt.Errorf("%s cannot be read", name))
	}
	t := table{columns: records[0]}
	for i, record := range records[1:] {
		cells := make(map[string]string, len(record))
		for j, cell := range record {
			cells[t.columns[j]] = absolute(cell, now)
		}
		t.rows = append(t.rows, row{name: fmt.Sprintf("%s, row %d", name, i+1), cells: cells})
	}
	return t, nil
}

// ningbo is the zone of every time in the inputs.
var ningbo = time.FixedZone("Asia/Shanghai", 8*60*60)

const (
	withMinutes = "2006-01-02 15:04"
	withSeconds = "2006-01-02 15:04:05"
)

// A cell is relative if all of it is D-3 or D+3 (a day), D-3 13:02 (a time on
// it), or T-6h20m (so long ago). D is the day on which the demo is made.
var (
	relativeDay    = regexp.MustCompile(`^D([+-]\d+)( \d\d:\d\d)?$`)
	relativeMoment = regexp.MustCompile(`^T(-[0-9hm]+)$`)
)

// absolute is a cell as seen from now; one that is not relative stays as it is.
func absolute(cell string, now time.Time) string {
	now = now.In(ningbo)
	if m := relativeDay.FindStringSubmatch(cell); m != nil {
		if days, err := strconv.Atoi(m[1]); err == nil {
			return now.AddDate(0, 0, days).Format(time.DateOnly) + m[2]
		}
	}
	if m := relativeMoment.FindStringSubmatch(cell); m != nil {
		if ago, err := time.ParseDuration(m[1]); err == nil {
			return now.Add(ago).Format(withSeconds)
		}
	}
	return cell
}

// batch is what one file of a source holds: the rows of one moment.
type batch struct {
	at   time.Time
	name string
	file table
}

// batches are the files of a table, without the column that says when.
func (t table) batches() ([]batch, error) {
	columns := slices.DeleteFunc(slices.Clone(t.columns), func(c string) bool { return c == whenColumn })
	var list []batch
	for _, r := range t.rows {
		at, err := r.at()
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(list, func(b batch) bool { return b.at.Equal(at) })
		if i < 0 {
			i, list = len(list), append(list, batch{at: at, name: r.name, file: table{columns: columns}})
		}
		list[i].file.rows = append(list[i].file.rows, r)
	}
	return list, nil
}
