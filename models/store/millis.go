package store

import "time"

// Millis is a time as tables hold it: Unix milliseconds, UTC.
type Millis int64

// At is t as it is stored, rounded down to the millisecond.
func At(t time.Time) Millis { return Millis(t.UnixMilli()) }

// AtOrNil is At for a column that may be NULL: nil for the zero time.
func AtOrNil(t time.Time) *Millis {
	if t.IsZero() {
		return nil
	}
	m := At(t)
	return &m
}

// Time is m in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// TimeOf is the time of a column that may be NULL: the zero time for nil.
func TimeOf(m *Millis) time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.Time()
}

// GormDataType keeps GORM from filling fields named CreatedAt and UpdatedAt by
// itself, in seconds, as it does with plain integers.
func (Millis) GormDataType() string { return "integer" }
