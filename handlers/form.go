package handlers

import (
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"yongxing/models/fault"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// CSRFField is the hidden field that package web checks before any handler runs.
const CSRFField = "csrf"

// multipartMemory keeps uploads off the disk: a photo is never written before
// it was re-encoded and sealed. The route's body limit is below it.
const multipartMemory = 16 << 20

// Form is what a person typed: only the parameters that the handler named, each
// at most once unless its name ends in [].
type Form struct {
	values url.Values
	files  map[string][]*multipart.FileHeader
}

// Form reads the posted body (never the query). Unknown or repeated parameters
// are refused as *fault.Invalid.
func (k *Kit) Form(c echo.Context, names ...string) (Form, error) {
	r := c.Request()
	if err := ParseBody(r); err != nil {
		return Form{}, err
	}
	f := Form{values: r.PostForm}
	if r.MultipartForm != nil {
		f.values, f.files = r.MultipartForm.Value, r.MultipartForm.File
	}
	return f, f.check(append(names, CSRFField))
}

// Query reads the parameters of a GET the same way.
func (k *Kit) Query(c echo.Context, names ...string) (Form, error) {
	f := Form{values: c.QueryParams()}
	return f, f.check(names)
}

// ParseBody parses a posted form or upload once; too large is
// *http.MaxBytesError, anything else unreadable is refused input.
func ParseBody(r *http.Request) error {
	// ParseForm first: of a form that is no upload ParseMultipartForm forgets why
	// it could not be read, and half of what was typed would pass for all of it.
	err := r.ParseForm()
	if err == nil {
		err = r.ParseMultipartForm(multipartMemory)
	}
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	if err != nil {
		return fault.Refuse("", "form.unreadable")
	}
	return nil
}

func (f Form) check(names []string) error {
	var bad fault.Invalid
	for name, values := range f.values {
		switch {
		case slices.Contains(names, name) && strings.HasSuffix(name, "[]"):
		case !slices.Contains(names, name):
			bad.Add("", "form.unknown")
		case len(values) > 1:
			bad.Add("", "form.repeated")
		}
		for _, v := range values {
			if !utf8.ValidString(v) {
				bad.Add("", "form.unreadable")
			}
		}
	}
	for name, files := range f.files {
		if !slices.Contains(names, name) || len(files) > 1 {
			bad.Add("", "form.repeated")
		}
	}
	slices.SortFunc(bad.Problems, func(a, b fault.Problem) int { return strings.Compare(a.Field+a.Key, b.Field+b.Key) })
	bad.Problems = slices.CompactFunc(bad.Problems, func(a, b fault.Problem) bool { return a.Field == b.Field && a.Key == b.Key })
	return bad.OrNil()
}

// Text is one value, NFC, without space around it and without what nobody sees;
// "" if it was not sent.
func (f Form) Text(name string) string { return visible(f.values.Get(name)) }

// visible drops control characters, those that hide or turn round the text after
// them, and letters that are drawn as nothing. They come along when something is
// copied, and nobody could find them to delete them: so they are dropped in
// silence, and never stored. What joins its neighbours stays, unless it has none.
func visible(s string) string {
	seen := false
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\u2028', r == '\u2029':
			return '\n'
		case r == '\u200c', r == '\u200d', unicode.Is(unicode.M, r):
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf), strings.ContainsRune("\u115f\u1160\u3164\uffa0\u2800", r):
			return -1
		}
		seen = seen || !unicode.IsSpace(r)
		return r
	}, s)
	if !seen {
		return ""
	}
	return strings.TrimSpace(norm.NFC.String(s))
}

// Raw is one value as it was typed, for passwords.
func (f Form) Raw(name string) string { return f.values.Get(name) }

// Has tells whether the parameter was sent at all.
func (f Form) Has(name string) bool { return f.values.Has(name) }

// All are the values of a parameter whose name ends in [].
func (f Form) All(name string) []string {
	out := make([]string, 0, len(f.values[name]))
	for _, v := range f.values[name] {
		if v = visible(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// File is an uploaded file, or nil.
func (f Form) File(name string) *multipart.FileHeader {
	if fs := f.files[name]; len(fs) > 0 {
		return fs[0]
	}
	return nil
}

// Problems turns refused input into sentences by field, for the same page again
// with 422. Any other error is not the form's business: ok is false, and the
// handler returns it.
func (k *Kit) Problems(t *text.Printer, err error) (problems ui.Problems, ok bool) {
	var bad *fault.Invalid
	if !errors.As(err, &bad) {
		return nil, false
	}
	var later *fault.Later
	wait := errors.As(err, &later)
	for _, p := range bad.Problems {
		if problems.Of(p.Field) == "" { // one sentence a field: the first is the one to mend
			problems = append(problems, ui.Problem{Field: p.Field, Message: t.T(p.Key, p.Args...), Later: wait})
		}
	}
	return problems, true
}

// Unfit is the status of a form that is shown again with its Problems: 422, or 503
// with the time after which it can be sent as it is.
func (k *Kit) Unfit(c echo.Context, err error) int {
	var later *fault.Later
	if !errors.As(err, &later) {
		return http.StatusUnprocessableEntity
	}
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(later.After.Seconds())))
	return http.StatusServiceUnavailable
}
