// Package area keeps the published list of risk areas. It exists apart from
// facts because a listing is about a place, not about a person: whom it touches
// follows from where they were. Rows are only added; a listing is changed or
// closed by a row that replaces it.
package area

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"yongxing/models/store"
)

// Row is a row of table area.
type Row struct {
	ID       int64  `gorm:"primaryKey;autoIncrement:false"`
	RowID    string // the id in the published list
	Code     string // division digits without filling zeros, or an alpha-3 country
	Level    string // high, medium, low
	FromAt   store.Millis
	ToAt     *store.Millis // nil = open
	Document string        // number of the document that lists it
	Replaces *int64
	Known    store.Millis
	Digest   []byte
}

// TableName is area.
func (Row) TableName() string { return "area" }

// Add puts a row on the list. Id, Known and Digest are filled in, and the
// list gets a new mark; the same row again adds nothing. A row of equal id and other content, or one that replaces
// what another row has replaced already, is an error: callers check it first.
func Add(tx store.Tx, r Row) (id int64, fresh bool, err error) {
	old, there, err := ByRowID(tx, r.RowID)
	if err != nil {
		return 0, false, err
	}
	digest := digestOf(tx, r)
	if there {
		if string(old.Digest) != string(digest) {
			return 0, false, fmt.Errorf("area: row %q is on the list with other content", r.RowID)
		}
		return old.ID, false, nil
	}
	if r.ID, err = tx.NextID("area"); err != nil {
		return 0, false, err
	}
	r.Known, r.Digest = tx.Millis(), digest
	if err := tx.DB().Create(&r).Error; err != nil {
		return 0, false, fmt.Errorf("area: add: %w", err)
	}
	return r.ID, true, mark(tx)
}

// Same says whether two rows say the same.
func Same(tx store.Tx, a, b Row) bool { return string(digestOf(tx, a)) == string(digestOf(tx, b)) }

func digestOf(tx store.Tx, r Row) []byte {
	return tx.Index("area", "digest", fmt.Sprintf("%q %q %q %d %d %q %d", r.RowID, r.Code, r.Level, r.FromAt, value(r.ToAt), r.Document, value(r.Replaces)))
}

func value[T ~int64](p *T) int64 {
	if p == nil {
		return 0
	}
	return int64(*p)
}

// ByRowID finds a row by its id in the published list.
func ByRowID(tx store.Tx, rowID string) (Row, bool, error) {
	return one(tx, "row_id = ?", rowID)
}

// ReplacedBy finds the row that took the place of another.
func ReplacedBy(tx store.Tx, id int64) (Row, bool, error) {
	return one(tx, "replaces = ?", id)
}

func one(tx store.Tx, where string, arg any) (Row, bool, error) {
	var r Row
	err := tx.DB().Where(where, arg).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Row{}, false, nil
	}
	if err != nil {
		return Row{}, false, fmt.Errorf("area: %w", err)
	}
	return r, true, nil
}

// All returns the whole list in the order of recording.
func All(tx store.Tx) ([]Row, error) {
	rows, err := store.List[Row](tx, "SELECT * FROM area")
	if err != nil {
		return nil, fmt.Errorf("area: all: %w", err)
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.ID, b.ID) })
	return rows, nil
}

// mark gives the list a new mark (see All and table list_mark): whoever keeps it
// in memory reads it again.
func mark(tx store.Tx) error {
	_, err := tx.Exec("INSERT INTO list_mark (name, mark) VALUES ('areas', ?) ON CONFLICT (name) DO UPDATE SET mark = excluded.mark", store.Ref())
	if err != nil {
		return fmt.Errorf("area: mark: %w", err)
	}
	return nil
}

// Around lists the codes of areas that contain a place: the place itself and,
// of a division, its shorter forms.
func Around(place string) []string {
	if !digits(place) {
		return []string{place}
	}
	var codes []string
	for _, n := range []int{2, 4, 6, 9, 12} {
		if len(place) >= n {
			codes = append(codes, place[:n])
		}
	}
	return codes
}

func digits(code string) bool { return code != "" && code[0] >= '0' && code[0] <= '9' }
