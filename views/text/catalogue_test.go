package text

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// dynamic are the beginnings of keys that the program puts together, so that
// nobody finds them quoted whole in the sources.
var dynamic = []string{
	"appeal.advice.",    // + a ground of appeal
	"appeal.channel.",   // + how an appeal came in
	"appeal.event.",     // + what happened to it
	"appeal.ground.",    // + a ground of appeal
	"appeal.harm.",      // + a ground of immediate harm
	"appeal.item.",      // + state of an item, or what was found
	"appeal.kind.",      // + kind of evidence
	"appeal.meaning.",   // + what was found about an item
	"appeal.next.",      // + state of an appeal
	"appeal.outcome.",   // + outcome of an appeal
	"appeal.state.",     // + state of an appeal
	"code.advice_",      // + a state of the code
	"code.by_",          // + what ended a finding
	"code.decided_",     // + who decides
	"code.left_",        // + a condition of ending
	"code.level_",       // + a level of areas
	"code.word_",        // + a state of the code
	"colour.",           // + a colour
	"declare.document_", // + kind of document
	"declare.done_",     // + a state of the code
	"declare.isolation_",
	"declare.step_",                                     // + a step of the form
	"declare.test_",                                     // + a result
	"declare.trip_",                                     // + kind of trip
	"error.4",                                           // + the rest of a status and a part of the page
	"error.5",                                           //
	"fact.",                                             // + kind or class of a fact, source, authority
	"field.born.",                                       // + what is wrong with a day of birth
	"field.document_number.",                            // + what is wrong with a number
	"field.cause.", "field.community.", "field.detail.", // + missing
	"field.arrived.", "field.contact_last.", "field.entered.", "field.from.", "field.isolation_from.", "field.test_taken.", "field.to.",
	"history.cause_",         // + what changed a code
	"history.channel_",       // + how something came in
	"history.outcome_",       // + outcome of an appeal
	"import.row.",            // + what is wrong with a row
	"looks.reason_",          // + why they looked at a whole number
	"looks.what_",            // + what the staff looked at
	"me.app_",                // + kind of browser
	"me.system_",             // + kind of device
	"notice.",                // + kind of a notice
	"notices.kind_",          // + kind of a notice
	"notices.when_",          // + state of a notice
	"officer.basis_",         // + what a finding rests on
	"officer.bound_",         // + who vouched for an identity
	"officer.by_",            // + by when a case is due
	"officer.do_",            // + what an officer finds
	"officer.empty_",         // + a list
	"officer.event_",         // + a step of a case
	"officer.papers_",        // + a kind of document
	"officer.progress_",      // + a condition of ending
	"officer.proof_",         // + a document that settles a fact
	"officer.reveal_reason_", // + why an identity is looked at
	"officer.state_",         // + state of an appeal
	"officer.sum_",           // + what an officer finds
	"officer.tab_",           // + a list
	"officer.words_",         // + what an officer finds
	"public.help_",           // + a question
	"public.privacy",         // + a section
	"public.accessibility",
	"public.rule_decided_", // + who decides
	"public.verify_",       // + a result
}

// entry is a key with its text and where it stands.
type entry struct{ key, text string }

func catalogue(t *testing.T, lang, area string) []entry {
	t.Helper()
	f, err := files.Open(lang + "/" + area)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	if _, err := d.Token(); err != nil {
		t.Fatalf("%s/%s: %v", lang, area, err)
	}
	var out []entry
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatalf("%s/%s after %d keys: %v", lang, area, len(out), err)
		}
		e := entry{key: key.(string)} // the keys of an object are strings
		if err := d.Decode(&e.text); err != nil {
			t.Fatalf("%s/%s at %s: %v", lang, area, e.key, err)
		}
		out = append(out, e)
	}
	return out
}

func areas(t *testing.T, lang string) []string {
	t.Helper()
	names, err := fs.Glob(files, lang+"/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = path.Base(names[i])
	}
	return names
}

var validKey = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

func TestCataloguesAreSortedAndWhole(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{Chinese, English} {
		where := map[string]string{}
		for _, area := range areas(t, lang) {
			entries := catalogue(t, lang, area)
			if !slices.IsSortedFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) }) {
				t.Errorf("%s/%s: keys are not sorted", lang, area)
			}
			for _, e := range entries {
				if !validKey.MatchString(e.key) {
					t.Errorf("%s/%s: key %q", lang, area, e.key)
				}
				if strings.ContainsAny(e.text, "!！") {
					t.Errorf("%s/%s: %s exclaims", lang, area, e.key)
				}
				if first, twice := where[e.key]; twice {
					t.Errorf("%s: %s stands in %s and %s", lang, e.key, first, area)
				}
				where[e.key] = area
			}
		}
	}
}

var number = regexp.MustCompile(`\{(\d+)`)

// placeholders are the numbers of the arguments that a text uses.
func placeholders(s string) []string {
	var out []string
	for _, m := range number.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	t.Parallel()
	zh, en := For(Chinese).texts, For(English).texts
	for key, s := range zh {
		other, ok := en[key]
		if !ok {
			t.Errorf("%s is missing in English", key)
			continue
		}
		if !ownOrder(key) && !slices.Equal(placeholders(s), placeholders(other)) {
			t.Errorf("%s: placeholders %v and %v", key, placeholders(s), placeholders(other))
		}
		if s == "" && other == "" {
			t.Errorf("%s is empty", key)
		}
		if strings.Contains(s, "](") != strings.Contains(other, "](") {
			t.Errorf("%s: a link in one language only", key)
		}
	}
	for key := range en {
		if _, ok := zh[key]; !ok {
			t.Errorf("%s is missing in Chinese", key)
		}
	}
}

// ownOrder tells texts whose callers pass the same thing in several forms, so
// that each language takes the one that reads well.
func ownOrder(key string) bool { return strings.HasPrefix(key, "fact.") }

// Chinese names that English readers need, since the apps show them so.
var namesInEnglish = []string{"甬行码申诉", "甬行码", "甬行证", "甬行卡", "宁波公安", "中文"}

func TestEnglishIsEnglish(t *testing.T) {
	t.Parallel()
	for key, s := range For(English).texts {
		for _, name := range namesInEnglish {
			s = strings.ReplaceAll(s, name, "")
		}
		for _, r := range s {
			// Fonts for Chinese draw curved quotes as wide as a sign: "server’ s".
			if unicode.Is(unicode.Han, r) || strings.ContainsRune("‘’“”　，。", r) {
				t.Errorf("%s: %q", key, s)
				break
			}
		}
	}
}

var quoted = regexp.MustCompile(`"([a-z0-9_]+(?:\.[a-z0-9_]*[a-z0-9])+)"`)

// TestKeysAreUsedAndKnown reads the sources for quoted keys: one that no
// catalogue holds shows ⟦…⟧ to a person, one that nobody quotes is dead.
func TestKeysAreUsedAndKnown(t *testing.T) {
	t.Parallel()
	zh := For(Chinese).texts
	known := map[string]bool{}
	for _, area := range areas(t, Chinese) {
		known[strings.TrimSuffix(area, ".json")] = true
	}
	known["colour"], known["frame"] = true, true
	used := map[string]bool{}
	err := filepath.WalkDir("../..", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(p, "_templ.go") || strings.HasSuffix(p, "_test.go"):
			return nil
		case path.Ext(p) != ".go" && path.Ext(p) != ".templ":
			return nil
		}
		body, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for _, m := range quoted.FindAllStringSubmatch(string(body), -1) {
			key := m[1]
			used[key] = true
			area, _, _ := strings.Cut(key, ".")
			if _, ok := zh[key]; !ok && known[area] && !isFile(key) {
				t.Errorf("%s: no text for %q", p, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range zh {
		if !used[key] && !slices.ContainsFunc(dynamic, func(begin string) bool { return strings.HasPrefix(key, begin) }) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

// isFile tells file names such as code.js from keys.
func isFile(s string) bool {
	switch path.Ext(s) {
	case ".js", ".css", ".svg", ".go", ".json", ".yaml", ".csv":
		return true
	}
	return false
}
