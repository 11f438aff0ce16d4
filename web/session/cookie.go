package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

const (
	browserCookie = "yx_browser"
	flashCookie   = "yx_flash"

	// browserAge is the longest that browsers keep a cookie.
	browserAge = 400 * 24 * 60 * 60 // seconds
	// flashAge is enough for the one redirect that a message is for.
	flashAge = 60 // seconds
)

// cookieName is how the browser knows a cookie: with the prefix that ties it to
// this host and to https where that is possible.
func (m *Manager) cookieName(name string) string {
	if m.opts.Secure {
		return "__Host-" + name
	}
	return name
}

// setCookie sets a cookie for age seconds, or deletes it if age is negative.
func (m *Manager) setCookie(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: m.cookieName(name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: m.opts.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// Browser is the hash that names this browser, signed in or not: one-time codes
// and forms are bound to it. A browser without a cookie gets one, so call this
// before the body is written.
func (m *Manager) Browser(w http.ResponseWriter, r *http.Request) []byte {
	if hash, ok := m.browser(r); ok {
		return hash
	}
	token, hash := newToken()
	m.setCookie(w, browserCookie, token, browserAge)
	r.AddCookie(&http.Cookie{Name: m.cookieName(browserCookie), Value: token}) // the same for the rest of this request
	return hash
}

// Known tells whether the browser has sent back the cookie that every form gives
// it; one that keeps no cookies never does.
func (m *Manager) Known(r *http.Request) bool {
	_, ok := m.browser(r)
	return ok
}

func (m *Manager) browser(r *http.Request) (hash []byte, ok bool) {
	for _, c := range r.CookiesNamed(m.cookieName(browserCookie)) {
		if h, ok := hashOf(c.Value); ok {
			return h[:], true
		}
	}
	return nil, false
}

// Flash leaves a short text for the next page that this browser asks for, such
// as "saved" after a redirect. It travels in a signed cookie, because a message
// in the row would make a write of every read.
func (m *Manager) Flash(w http.ResponseWriter, r *http.Request, text string) {
	mac := m.flashMAC(m.Browser(w, r), text)
	m.setCookie(w, flashCookie, encode([]byte(text))+"."+encode(mac), flashAge)
}

// TakeFlash is the text that Flash left, once; empty if there is none.
func (m *Manager) TakeFlash(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(m.cookieName(flashCookie))
	if err != nil {
		return ""
	}
	m.setCookie(w, flashCookie, "", -1)
	body, sum, _ := strings.Cut(c.Value, ".")
	text, err1 := base64.RawURLEncoding.DecodeString(body)
	mac, err2 := base64.RawURLEncoding.DecodeString(sum)
	browser, ok := m.browser(r)
	if err1 != nil || err2 != nil || !ok || !hmac.Equal(mac, m.flashMAC(browser, string(text))) {
		return ""
	}
	return string(text)
}

func (m *Manager) flashMAC(browser []byte, text string) []byte {
	h := hmac.New(sha256.New, m.flash)
	h.Write(browser) // of fixed length
	h.Write([]byte(text))
	return h.Sum(nil)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// label is the coarse kind of a browser, "app/system", enough for somebody to
// know their devices apart and no more.
func label(agent string) string {
	first := func(pairs ...[2]string) string {
		for _, p := range pairs {
			if strings.Contains(agent, p[0]) {
				return p[1]
			}
		}
		return "other"
	}
	// In this order: each browser also claims to be the ones after it.
	app := first([2]string{"MicroMessenger", "wechat"}, [2]string{"AlipayClient", "alipay"}, [2]string{"Edg", "edge"},
		[2]string{"Firefox", "firefox"}, [2]string{"Chrome", "chrome"}, [2]string{"Safari", "safari"})
	system := first([2]string{"HarmonyOS", "harmony"}, [2]string{"Android", "android"}, [2]string{"iPhone", "iphone"},
		[2]string{"iPad", "ipad"}, [2]string{"Windows", "windows"}, [2]string{"Mac OS", "mac"}, [2]string{"Linux", "linux"})
	return app + "/" + system
}
