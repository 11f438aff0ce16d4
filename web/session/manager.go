// Package session knows which person or staff member a request comes from. It
// exists between the browser's cookies and the rows of models/session: the
// cookie holds a random token, the row its hash, so that neither a stolen
// database nor a guessed id signs anybody in.
//
// It implements the Store of gorilla/sessions, which keeps what was read for
// the length of one request. Sign-in, every step of it, and sign-out are
// written before the answer goes out; only "last seen" is written later.
package session

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"yongxing/models/fault"
	rows "yongxing/models/session"
	"yongxing/models/store"
)

// Kind is whom a session is for; a browser may hold one of each.
type Kind = rows.Kind

// The kinds.
const (
	Resident = rows.Resident
	Staff    = rows.Staff
)

// Session is a finished sign-in.
type Session struct {
	Kind              Kind
	PersonID, StaffID int64
	// Ref names the session in the person's list of devices.
	Ref string
	// At is when they signed in, Until when it ends if no other request comes.
	At, Until time.Time
}

// Steps of a sign-in that is not finished.
const (
	StepCode     = "code"     // a one-time code is under way
	StepDocument = "document" // the last characters of the document are asked
	StepTOTP     = "totp"     // the password was right, the second factor is asked
	StepDesk     = "desk"     // the desk's session lay idle, and they are asked to sign in again
)

// Pending is how far somebody has come in signing in. It opens nothing.
type Pending struct {
	Step     string `json:"step"`
	CodeID   int64  `json:"code_id,omitempty"`
	PersonID int64  `json:"person_id,omitempty"`
	StaffID  int64  `json:"staff_id,omitempty"`
	// Next is the path to go to afterwards.
	Next string `json:"next,omitempty"`
}

// pendingFor is how long a half sign-in waits for its next step.
const pendingFor = 30 * time.Minute

// Values is all that a session holds. The row's columns carry who it is, its
// data column the rest as JSON.
type Values struct {
	PersonID int64        `json:"-"`
	StaffID  int64        `json:"-"`
	Ref      string       `json:"-"`
	At       store.Millis `json:"at"`
	Pending  Pending      `json:"pending,omitzero"`
	Until    time.Time    `json:"-"` // as of this request
}

// Options are an installation's choices.
type Options struct {
	// Secure is set with an https base URL: cookies are then Secure and their
	// names begin with __Host-.
	Secure bool
	// Remember is how many sessions that were read are believed for a second, and
	// known while the database is gone; 0 stands for lastknown.Most.
	Remember int
	// Log gets failures of the store; nil is silent.
	Log *slog.Logger
}

// Manager reads and writes the sessions of requests.
type Manager struct {
	store *store.Store
	opts  Options
	csrf  []byte
	flash []byte
	known *known
}

// New makes a manager with the store's clock and keys.
func New(s *store.Store, opts Options) *Manager {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Manager{
		store: s, opts: opts, known: newKnown(s, opts.Log, opts.Remember),
		csrf: s.Keys().Secret("csrf"), flash: s.Keys().Secret("flash"),
	}
}

// Secure tells whether cookies go over TLS only.
func (m *Manager) Secure() bool { return m.opts.Secure }

// Close writes the sign-outs and the times of last use that are not yet on record.
// Call it after the last request and before the store's Close.
func (m *Manager) Close() { m.known.close() }

// Resident is who has signed in as a resident, false if nobody.
func (m *Manager) Resident(r *http.Request) (Session, bool) { return m.signedIn(r, Resident) }

// Staff is who has signed in as staff, false if nobody.
func (m *Manager) Staff(r *http.Request) (Session, bool) { return m.signedIn(r, Staff) }

func (m *Manager) signedIn(r *http.Request, kind Kind) (Session, bool) {
	v := m.values(r, kind)
	if v.PersonID == 0 && v.StaffID == 0 {
		return Session{}, false
	}
	return Session{Kind: kind, PersonID: v.PersonID, StaffID: v.StaffID, Ref: v.Ref, At: v.At.Time(), Until: v.Until}, true
}

// Pend notes how far a sign-in has come, under a new token. Whoever was signed
// in with this kind in this browser no longer is.
func (m *Manager) Pend(w http.ResponseWriter, r *http.Request, kind Kind, p Pending) error {
	s, err := m.Get(r, name(kind))
	if err != nil {
		return err
	}
	s.Values[valuesKey] = Values{At: store.At(m.store.Now()), Pending: p}
	if err := s.Save(r, w); err != nil {
		return fmt.Errorf("begin a %s session: %w", kind, err)
	}
	return nil
}

// Pending is how far a sign-in has come, false if none is under way.
func (m *Manager) Pending(r *http.Request, kind Kind) (Pending, bool) {
	p := m.values(r, kind).Pending
	return p, p.Step != ""
}

// SignOut ends the session or half sign-in of this kind in this browser.
func (m *Manager) SignOut(w http.ResponseWriter, r *http.Request, kind Kind) error {
	s, err := m.Get(r, name(kind))
	if err != nil {
		return err
	}
	s.Options.MaxAge = -1
	return s.Save(r, w)
}

// SignOutHere is for a SignOut that failed because the database is gone: whoever
// presses it on a phone that they lend is not shown to its next reader. The browser
// loses its cookies, and this node believes them no more. They are ended on record
// when the database answers again; until then that is noted in memory only, so a
// node that stops meanwhile leaves on record a session whose token no browser has.
// False if so many wait to be ended that there is no place to note it.
func (m *Manager) SignOutHere(w http.ResponseWriter, r *http.Request, kind Kind) bool {
	if s, err := m.Get(r, name(kind)); err == nil { // it was believed for a second yet
		s.ID, s.IsNew = "", true
		delete(s.Values, valuesKey)
	}
	m.setCookie(w, name(kind), "", -1)
	noted := true
	for _, hash := range m.hashes(r, kind) {
		noted = m.known.endLater(hash) && noted
	}
	return noted
}

// hashes are those of the tokens that a request brings, if they are any.
func (m *Manager) hashes(r *http.Request, kind Kind) (all [][32]byte) {
	for _, c := range r.CookiesNamed(m.cookieName(name(kind))) {
		if hash, ok := hashOf(c.Value); ok {
			all = append(all, hash)
		}
	}
	return all
}

// Forget reads the sessions of a person from the record again: after a story has
// ended some of them, so that it holds at once and not within the second.
func (m *Manager) Forget(personID int64) {
	m.known.forget(func(s rows.Session) bool { return s.PersonID != nil && *s.PersonID == personID })
}

// Trouble is why it cannot be told just now whom a request comes from, nil if it
// can: nobody is asked to sign in again because the store is away.
func (m *Manager) Trouble(r *http.Request) error {
	for _, kind := range []Kind{Resident, Staff} {
		if _, err := m.Get(r, name(kind)); errors.Is(err, fault.Unavailable) || errors.Is(err, fault.Busy) {
			return err
		}
	}
	return nil
}

// LastKnown is the resident whose session cannot be read now because the database
// is gone, as it was when it last was, and until when it was believed then. It is
// for pages that show what is remembered (models/last_code_page.go) and nothing
// else: whether the session was ended elsewhere since, nobody can tell.
func (m *Manager) LastKnown(r *http.Request) (in Session, until time.Time, ok bool) {
	last, _, ok := m.lastKnown(r)
	if !ok {
		return Session{}, time.Time{}, false
	}
	v := last.values
	return Session{Kind: Resident, PersonID: v.PersonID, Ref: v.Ref, At: v.At.Time()}, last.at.Add(trustFor), true
}

func (m *Manager) lastKnown(r *http.Request) (last read, hash [32]byte, ok bool) {
	if _, err := m.Get(r, name(Resident)); !errors.Is(err, fault.Unavailable) {
		return read{}, hash, false
	}
	for _, hash = range m.hashes(r, Resident) {
		if last, ok = m.known.lastKnown(hash); ok && last.values.PersonID != 0 {
			return last, hash, true
		}
	}
	return read{}, [32]byte{}, false
}

// values is what the request's session of this kind holds, zero if it has none.
func (m *Manager) values(r *http.Request, kind Kind) Values {
	s, err := m.Get(r, name(kind))
	if err != nil {
		// The page then asks to sign in, which fails with the store's own error.
		m.opts.Log.WarnContext(r.Context(), "read a session", "kind", kind, "error", err)
		return Values{}
	}
	return valuesOf(s)
}

func valuesOf(s *sessions.Session) Values {
	v, _ := s.Values[valuesKey].(Values)
	return v
}
