package session

import (
	"crypto/hmac"
	"net/http"

	rows "yongxing/models/session"
	"yongxing/models/store"
)

// Idle is the member of staff whose session in this browser has ended by lying
// idle, false if there is none. It opens nothing: it only tells whose a form is
// that comes too late, so that what they typed can be kept for them.
func (m *Manager) Idle(r *http.Request) (staffID int64, ok bool) {
	row, ok := m.idle(r)
	if !ok {
		return 0, false
	}
	return *row.StaffID, true
}

// CheckIdleCSRF says whether token was made for the session that has ended.
func (m *Manager) CheckIdleCSRF(r *http.Request, token string) bool {
	row, ok := m.idle(r)
	mac, readable := csrfMask(token)
	return ok && readable && hmac.Equal(mac, m.csrfMAC(string(Staff), row.TokenHash))
}

func (m *Manager) idle(r *http.Request) (row rows.Session, ok bool) {
	if _, live := m.Staff(r); live {
		return rows.Session{}, false
	}
	for _, c := range r.CookiesNamed(m.cookieName(name(Staff))) {
		hash, readable := hashOf(c.Value)
		if !readable {
			continue
		}
		err := m.store.Read(r.Context(), func(tx store.Tx) (err error) {
			row, ok, err = rows.LoadIdle(tx, hash[:])
			return err
		})
		if err == nil && ok {
			return row, true
		}
	}
	return rows.Session{}, false
}
