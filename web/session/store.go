package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"

	rows "yongxing/models/session"
	"yongxing/models/store"
)

// valuesKey is the one key in the map of gorilla/sessions; what is under it is
// a Values by value, so that no request can reach into what another sees.
const valuesKey = "values"

// name is what gorilla/sessions calls the session of a kind.
func name(kind Kind) string { return "yx_" + string(kind) }

func kindOf(name string) Kind {
	if name == "yx_"+string(Staff) {
		return Staff
	}
	return Resident
}

// Get is the session of this name, read once for each request.
func (m *Manager) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(m, name)
}

// New reads the session that the request's cookie names. A cookie that is
// malformed, unknown or past its time gives an empty session and no error.
func (m *Manager) New(r *http.Request, name string) (*sessions.Session, error) {
	s := sessions.NewSession(m, name)
	s.Options, s.IsNew = &sessions.Options{}, true
	for _, c := range r.CookiesNamed(m.cookieName(name)) {
		hash, ok := hashOf(c.Value)
		if !ok {
			continue
		}
		kind, v, live, err := m.known.lookUp(r.Context(), hash, ownRequest(r))
		if err != nil {
			return s, err
		}
		if !live || kind != kindOf(name) {
			continue
		}
		s.ID, s.IsNew = string(hash[:]), false
		s.Values[valuesKey] = v
		break
	}
	return s, nil
}

// ownRequest tells whether somebody at this portal asks, as far as the browser
// says. What another site's page asks for, a picture, a window that it opened, is
// answered as always but prolongs nothing: else a page that lies open elsewhere
// would hold a desk awake that its officer has left. SameSite=Lax lets such windows
// and every neighbour under the same domain through.
func ownRequest(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin": // none: typed, or a bookmark; old browsers say nothing
		return true
	}
	return false
}

// Save writes the session through under a new token and sets the cookie; with a
// negative MaxAge it ends the session instead. A token is never used again for
// other values, so a token known before a sign-in is worth nothing after.
func (m *Manager) Save(r *http.Request, w http.ResponseWriter, s *sessions.Session) error {
	kind, old := kindOf(s.Name()), []byte(s.ID)
	if s.Options.MaxAge < 0 {
		err := m.store.Write(r.Context(), func(tx store.Tx) error { return rows.End(tx, old) })
		m.known.drop(old)
		if err != nil {
			return fmt.Errorf("end a %s session: %w", kind, err)
		}
		s.ID, s.IsNew = "", true
		delete(s.Values, valuesKey)
		m.setCookie(w, s.Name(), "", -1)
		return nil
	}
	v := valuesOf(s)
	token, hash := newToken()
	row, err := m.rowOf(kind, v, hash, m.Browser(w, r), r.UserAgent())
	if err != nil {
		return err
	}
	if row, err = m.rotate(r.Context(), old, row); err != nil {
		return err
	}
	m.known.drop(old)
	v.Ref = row.Ref
	s.ID, s.IsNew = string(hash), false
	s.Values[valuesKey] = v
	m.setCookie(w, s.Name(), token, int(row.ExpiresAt.Time().Sub(row.CreatedAt.Time()).Seconds()))
	return nil
}

func (m *Manager) rotate(ctx context.Context, old []byte, row rows.Session) (rows.Session, error) {
	var made rows.Session
	err := m.store.Write(ctx, func(tx store.Tx) (err error) { // perhaps twice: row stays as it is
		made, err = rows.Rotate(tx, old, row)
		return err
	})
	return made, err
}

func (m *Manager) rowOf(kind Kind, v Values, hash, browser []byte, agent string) (rows.Session, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return rows.Session{}, fmt.Errorf("write a session: %w", err)
	}
	row := rows.Session{TokenHash: hash, Kind: kind, Data: string(data), BrowserHash: browser, Label: label(agent)}
	if v.PersonID != 0 {
		row.PersonID = &v.PersonID
	}
	if v.StaffID != 0 {
		row.StaffID = &v.StaffID
	}
	if v.Pending.Step != "" {
		row.ExpiresAt = store.At(m.store.Now().Add(pendingFor))
	}
	return row, nil
}

func valuesOfRow(row rows.Session) (Values, error) {
	var v Values
	if err := json.Unmarshal([]byte(row.Data), &v); err != nil {
		return Values{}, fmt.Errorf("read a session: %w", err)
	}
	v.Ref = row.Ref
	if row.PersonID != nil {
		v.PersonID = *row.PersonID
	}
	if row.StaffID != nil {
		v.StaffID = *row.StaffID
	}
	return v, nil
}

// newToken makes 256 random bits for a cookie, and the hash that is kept.
func newToken() (token string, hash []byte) {
	var b [32]byte
	rand.Read(b[:]) // never fails since Go 1.24
	sum := sha256.Sum256(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:]), sum[:]
}

// hashOf is the hash of a cookie's token, false if the cookie holds none.
func hashOf(token string) (hash [32]byte, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 32 {
		return hash, false
	}
	return sha256.Sum256(b), true
}
