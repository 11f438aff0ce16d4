package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"yongxing/web/webtest"
)

// sink takes what a site says when its test ends.
type sink struct {
	testing.TB
	ends []func()
	said []string
}

func (s *sink) Helper()                   {}
func (s *sink) Cleanup(end func())        { s.ends = append(s.ends, end) }
func (s *sink) Errorf(_ string, a ...any) { s.said = append(s.said, a[0].(string)) }

// The labels of the metrics are watched like the log; the numbers beside them are
// the machine's.
func TestTheMetricsAreWatched(t *testing.T) {
	t.Parallel()
	for label, bad := range map[string]bool{"/appeal/:number": false, "/appeal/YS-2603-1234567-8": true, "13712345678": true, "诸葛": true, "135790": true} {
		into := &sink{TB: t}
		site := webtest.New(into)
		site.Browser().Get("/signin").Form("/signin").Force("phone", "135790").Submit()
		site.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "# HELP yx_x Of \"x\".\nyx_x{route=%q} 13712345678\nyx_bytes 135790\n", label)
		})
		for i := len(into.ends) - 1; i >= 0; i-- {
			into.ends[i]()
		}
		if got := len(into.said) > 0; got != bad {
			t.Errorf("%s: %q", label, into.said)
		}
	}
}

// What every page test relies on: a line that holds what somebody typed, was
// given, or could only be a person's, fails the test; what nobody said does not.
func TestTheLogIsWatched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line string // what a careless line would hold
		bad  bool
	}{
		"a route":                {`{"time":"t","level":"INFO","msg":"request","ref":"AB","route":"/code","status":200,"took":123456}`, false},
		"a name":                 {`{"time":"t","level":"INFO","msg":"request","who":"诸葛"}`, true},
		"a phone nobody typed":   {`{"time":"t","level":"INFO","msg":"sent to 13712345678"}`, true},
		"a document":             {`{"time":"t","level":"INFO","msg":"no 33020319551205001X"}`, true},
		"an appeal":              {`{"time":"t","level":"INFO","route":"/appeal/YS-2603-1234567-8"}`, true},
		"what was typed":         {`{"time":"t","level":"INFO","msg":"refused \"Alice Green of 12 Hill Street\""}`, true},
		"what was typed, coded":  {`{"time":"t","level":"INFO","query":"q=Alice+Green+of+12+Hill+Street"}`, true},
		"the code that was sent": {`{"time":"t","level":"INFO","msg":"wrong","code":"135790"}`, true},
		"a short name":           {`{"time":"t","level":"INFO","msg":"refused Alice Green"}`, true},
		"a passport":             {`{"time":"t","level":"INFO","msg":"refused 483920175"}`, true},
		"a question":             {`{"time":"t","level":"INFO","msg":"asked Since when?"}`, true},
		"what was chosen":        {`{"time":"t","level":"INFO","msg":"passport"}`, false},
		"a cookie":               {`{"time":"t","level":"INFO","msg":"COOKIE"}`, true},
		"a line of somebody's":   {"{\"time\":\"t\",\"level\":\"INFO\",\"msg\":\"a\nb\"}", true},
		"a colour of a terminal": {"{\"time\":\"t\",\"level\":\"INFO\",\"msg\":\"\x1b[31m\"}", true},
	} {
		into := &sink{TB: t}
		site := webtest.New(into)
		browser := site.Browser()
		page := browser.Get("/signin")
		page.Form("/signin").Force("phone", "Alice Green of 12 Hill Street").Submit()
		page.Form("/signin").Force("phone", "135790").Submit()
		page.Form("/signin").Force("name", "Alice Green").Force("item1_question", "Since when?").Force("document_number.2", "483920175").Force("document_kind", "passport").Submit()
		_, _ = site.Log.Write([]byte(strings.ReplaceAll(c.line, "COOKIE", browser.Cookie("yx_browser")) + "\n"))
		for i := len(into.ends) - 1; i >= 0; i-- {
			into.ends[i]()
		}
		if bad := len(into.said) > 0; bad != c.bad {
			t.Errorf("%s: %q", name, into.said)
		}
	}
}
