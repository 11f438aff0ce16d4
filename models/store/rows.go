package store

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"gorm.io/gorm/schema"
)

// First reads the first row of a plain query into a row struct, as GORM would
// name its columns; ok is false if there is none. Columns that T has no field
// for are left out: a newer program on another node may have added them.
//
// It exists beside GORM for the reads of the code page, which everybody makes:
// four facts cost 17 µs this way and 39 µs by GORM (BenchmarkRead has a small
// row: 3 and 8).
func First[T any](t Tx, query string, args ...any) (row T, ok bool, err error) {
	err = each(t, query, args, func(read func(*T) error) (more bool, err error) {
		ok = true
		return false, read(&row)
	})
	return row, ok, err
}

// List is First for all rows.
func List[T any](t Tx, query string, args ...any) (list []T, err error) {
	err = each(t, query, args, func(read func(*T) error) (more bool, err error) {
		if list == nil {
			list = make([]T, 0, 8) // rows are large, and moving them costs
		}
		list = append(list, *new(T))
		return true, read(&list[len(list)-1])
	})
	return list, err
}

func each[T any](t Tx, query string, args []any, row func(read func(*T) error) (more bool, err error)) error {
	rows, err := t.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var fields []int
	var into []any
	read := func(to *T) error {
		v := reflect.ValueOf(to).Elem()
		for i, n := range fields {
			if n == nowhere {
				into[i] = new(any)
				continue
			}
			into[i] = v.Field(n).Addr().Interface()
		}
		return rows.Scan(into...)
	}
	for more := true; more && rows.Next(); {
		if fields == nil {
			if fields, err = fieldsOf[T](rows, query); err != nil {
				return err
			}
			into = make([]any, len(fields))
		}
		if more, err = row(read); err != nil {
			return err
		}
	}
	return rows.Err()
}

var (
	parsedSchemas sync.Map
	knownColumns  sync.Map // columnsKey → columns
)

// columnsKey is a query and the row that it is read into: where the columns go
// is worked out once for both.
type columnsKey struct {
	query string
	row   reflect.Type
}

type columns struct {
	names  []string
	fields []int
}

// nowhere is the field of a column that T does not have.
const nowhere = -1

// fieldsOf says into which field of T each column of the rows goes.
func fieldsOf[T any](rows *sql.Rows, query string) ([]int, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	key := columnsKey{query, reflect.TypeFor[T]()}
	// A newer program on another node may add a column under a running one.
	if known, ok := knownColumns.Load(key); ok && slices.Equal(known.(columns).names, names) {
		return known.(columns).fields, nil
	}
	parsed, err := schema.Parse(new(T), &parsedSchemas, schema.NamingStrategy{})
	if err != nil {
		return nil, err
	}
	fields := make([]int, len(names))
	for i, name := range names {
		field, ok := parsed.FieldsByDBName[name]
		if !ok {
			fields[i] = nowhere // a column that a newer program on another node has added
			continue
		}
		if len(field.StructField.Index) != 1 {
			return nil, fmt.Errorf("%T: the field for the column %s is not its own", *new(T), name)
		}
		fields[i] = field.StructField.Index[0]
	}
	knownColumns.Store(key, columns{slices.Clone(names), fields})
	return fields, nil
}
