package handlers

import "testing"

// What an address says about where to go after signing in may lead to a page of
// this portal and nowhere else, however a browser reads it.
func TestNextStaysHere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/appeal/YS-2603-1234567-1": "/appeal/YS-2603-1234567-1", "/declare/stays/add": "/declare/stays/add", "/me": "/me", "/notices": "/notices",
		"": "", "/": "", "declare": "", "//evil.example": "", "///evil.example": "", `/\evil.example`: "", `\\evil.example`: "", "https://evil.example/": "",
		"/%2f/evil.example": "", "/declare//evil.example": "", "/declare/../signout": "", "/.//evil.example": "", "/\tevil": "", "/declare\n": "", "/declare\r\nSet-Cookie: a=b": "",
		"javascript:alert(1)": "", "/declare?next=//evil.example": "", "/declare#x": "", "/declare@evil.example": "", "/@evil.example": "", "/evil.example": "",
		"/signin": "", "/signin/notme": "", "/signout": "", "/staff/signin": "", "/officer/appeals": "", "/officers": "/officers",
		"/declare/" + string(make([]byte, 3)): "",
	} {
		if got := Next(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
	long := "/a"
	for len(long) <= mostNext {
		long += "/a"
	}
	if Next(long) != "" {
		t.Error("a path without end is kept")
	}
}
