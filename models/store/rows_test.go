package store_test

import (
	"testing"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// mixed has a field of each type that rows have.
type mixed struct {
	ID     int64
	Name   string
	At     store.Millis
	UntilM *store.Millis `gorm:"column:until_at"`
	Other  *int64
	Open   bool
	Index  []byte
	Kept   store.Sealed
}

func TestRows(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	until, other := store.Millis(7), int64(9)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		bytes := "BLOB"
		if modeltest.Postgres() {
			bytes = "BYTEA"
		}
		if _, err := tx.Exec("CREATE TABLE mixed (id INTEGER PRIMARY KEY, name TEXT, at INTEGER, until_at INTEGER, other INTEGER, open BOOLEAN, \"index\" " + bytes + ", kept " + bytes + ")"); err != nil {
			return err
		}
		return tx.DB().Table("mixed").Create([]mixed{
			{ID: 1, Name: "一", At: 5, UntilM: &until, Other: &other, Open: true, Index: []byte{1}, Kept: store.Sealed{2}}, {ID: 2},
		}).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(tx store.Tx) error {
		list, err := store.List[mixed](tx, "SELECT * FROM mixed ORDER BY id")
		if err != nil || len(list) != 2 {
			t.Fatalf("%d rows, %v", len(list), err)
		}
		one, two := list[0], list[1]
		if one.Name != "一" || one.At != 5 || *one.UntilM != 7 || *one.Other != 9 || !one.Open || one.Index[0] != 1 || one.Kept[0] != 2 {
			t.Errorf("the full row is read as %+v", one)
		}
		if two.ID != 2 || two.UntilM != nil || two.Other != nil || two.Open || two.Kept != nil {
			t.Errorf("the empty row is read as %+v", two)
		}
		if first, ok, err := store.First[mixed](tx, "SELECT name, id FROM mixed WHERE id = ?", 1); err != nil || !ok || first.ID != 1 || first.Name != "一" {
			t.Errorf("the first row is read as %+v, %v, %v", first, ok, err)
		}
		if _, ok, err := store.First[mixed](tx, "SELECT * FROM mixed WHERE id = ?", 3); ok || err != nil {
			t.Errorf("no row is read as one: %v", err)
		}
		if row, ok, err := store.First[mixed](tx, "SELECT 1 AS colour, id, name FROM mixed WHERE id = 1"); err != nil || !ok || row.ID != 1 || row.Name != "一" {
			t.Errorf("beside a column without a field the row is read as %+v, %v", row, err)
		}
		if _, err := store.List[mixed](tx, "SELECT nothing FROM mixed"); err == nil {
			t.Error("a broken query is no error")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
