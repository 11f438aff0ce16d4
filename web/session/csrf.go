package session

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
)

// CSRFToken is what a form on this page carries: bound to whoever is signed in,
// or to the browser while nobody is, and different on each page so that
// compression cannot leak it. Call it before the body is written.
func (m *Manager) CSRFToken(w http.ResponseWriter, r *http.Request) string {
	browser := m.Browser(w, r) // also for who is signed in: forms of a page that is open meanwhile
	var mac []byte
	if bound := m.csrfSessions(r); len(bound) > 0 {
		mac = bound[0]
	} else {
		mac = m.csrfMAC("browser", browser)
	}
	var token [2 * sha256.Size]byte
	mask := token[:sha256.Size]
	rand.Read(mask) // never fails since Go 1.24
	subtle.XORBytes(token[sha256.Size:], mask, mac)
	return base64.RawURLEncoding.EncodeToString(token[:])
}

// CheckCSRF says whether token was made for this session, or for this browser
// if nobody is signed in. A token from before a sign-in or sign-out is void.
func (m *Manager) CheckCSRF(r *http.Request, token string) bool {
	mac, readable := csrfMask(token)
	if !readable {
		return false
	}
	want := m.csrfSessions(r)
	if m.Trouble(r) != nil {
		// Whether the session is on record cannot be told, nor need it: the form was
		// made for this token, and does nothing but sign out while nothing is written.
		for _, kind := range []Kind{Staff, Resident} {
			for _, hash := range m.hashes(r, kind) {
				want = append(want, m.csrfMAC(string(kind), hash[:]))
			}
		}
	}
	if len(want) == 0 {
		if hash, ok := m.browser(r); ok {
			want = [][]byte{m.csrfMAC("browser", hash)}
		}
	}
	for _, w := range want {
		if hmac.Equal(w, mac) {
			return true
		}
	}
	return false
}

// csrfMask takes the mask off a token.
func csrfMask(token string) (mac []byte, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 2*sha256.Size {
		return nil, false
	}
	mac = make([]byte, sha256.Size)
	subtle.XORBytes(mac, b[:sha256.Size], b[sha256.Size:])
	return mac, true
}

// csrfSessions is one MAC for each kind that is signed in, staff first.
func (m *Manager) csrfSessions(r *http.Request) (macs [][]byte) {
	for _, kind := range []Kind{Staff, Resident} {
		if _, ok := m.signedIn(r, kind); !ok {
			continue
		}
		if s, err := m.Get(r, name(kind)); err == nil {
			macs = append(macs, m.csrfMAC(string(kind), []byte(s.ID)))
		}
	}
	if _, hash, ok := m.lastKnown(r); ok { // so that what a page carries is good when the database is back
		macs = append(macs, m.csrfMAC(string(Resident), hash[:]))
	}
	return macs
}

func (m *Manager) csrfMAC(kind string, id []byte) []byte {
	h := hmac.New(sha256.New, m.csrf)
	h.Write([]byte(kind + "\x00"))
	h.Write(id)
	return h.Sum(nil)
}
