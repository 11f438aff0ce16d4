package handlers

import (
	"net/url"
	"regexp"
	"strings"
)

// plainPath is a path of plain segments: never another host's address, however a
// browser reads it, and without a query.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9][A-Za-z0-9_-]*)+$`)

// mostNext is longer than any path of the portal.
const mostNext = 100

// Next is path if somebody may be led there after signing in, or "". It comes
// from an address that anybody can write and send around.
func Next(path string) string {
	if len(path) > mostNext || !plainPath.MatchString(path) {
		return ""
	}
	for _, door := range []string{"/signin", "/signout", "/staff", "/officer"} {
		if path == door || strings.HasPrefix(path, door+"/") {
			return ""
		}
	}
	return path
}

// SignInFor is the address of the page that asks for the phone, and leads to
// path afterwards if it may.
func SignInFor(path string) string {
	if path = Next(path); path == "" || path == "/code" { // where everybody is led anyway
		return "/signin"
	}
	return "/signin?next=" + url.QueryEscape(path)
}
