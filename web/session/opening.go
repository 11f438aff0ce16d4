package session

import (
	"net/http"

	rows "yongxing/models/session"
	"yongxing/models/store"
)

// Opening is a session that is about to begin in the browser of a request, under
// a new token: one that was known before a sign-in is worth nothing after. The
// story that checks the proof writes its row; then the browser gets the cookie.
type Opening struct {
	Row rows.Opening

	token  string
	values Values
}

// Open makes ready a session of this kind in place of the one, or the half
// sign-in, that the browser has.
func (m *Manager) Open(w http.ResponseWriter, r *http.Request, kind Kind) (Opening, error) {
	s, err := m.Get(r, name(kind))
	if err != nil {
		return Opening{}, err
	}
	o := Opening{values: Values{At: store.At(m.store.Now())}}
	token, hash := newToken()
	row, err := m.rowOf(kind, o.values, hash, m.Browser(w, r), r.UserAgent())
	if err != nil {
		return Opening{}, err
	}
	row.Ref = store.Ref()
	o.Row, o.token, o.values.Ref = rows.Opening{Session: row, Old: []byte(s.ID)}, token, row.Ref
	return o, nil
}

// Opened gives the browser the cookie of a session that is on record now, as this
// person's or member of staff's. Call it before the body is written.
func (m *Manager) Opened(w http.ResponseWriter, r *http.Request, o Opening, id int64) error {
	kind := o.Row.Kind
	s, err := m.Get(r, name(kind))
	if err != nil {
		return err
	}
	if kind == Staff {
		o.values.StaffID = id
	} else {
		o.values.PersonID = id
	}
	m.known.drop(o.Row.Old)
	s.ID, s.IsNew = string(o.Row.TokenHash), false
	s.Values[valuesKey] = o.values
	m.setCookie(w, s.Name(), o.token, int(kind.Absolute().Seconds()))
	return nil
}
