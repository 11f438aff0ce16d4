package store

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// BrokenGuards names the triggers of the migrations that are not in the database
// as they were made there: what they bar could have been done. It is how a reader
// finds out that the rows it trusts were open to change.
func (t Tx) BrokenGuards() ([]string, error) {
	want, err := guardsOf("sqlite")
	if err != nil {
		return nil, err
	}
	have, err := sqliteGuards(t)
	if err != nil {
		return nil, fmt.Errorf("read the triggers: %w", err)
	}
	var broken []string
	for name, text := range want {
		if have[name] != text {
			broken = append(broken, name)
		}
	}
	slices.Sort(broken)
	return broken, nil
}

// sqliteGuards are the triggers in the database by name, in the words in which
// they were made.
func sqliteGuards(t Tx) (map[string]string, error) {
	type trigger struct{ Name, SQL string }
	rows, err := List[trigger](t, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		return nil, err
	}
	have := map[string]string{}
	for _, r := range rows {
		have[r.Name] = oneLine(r.SQL)
	}
	return have, nil
}

var (
	madeGuard  = regexp.MustCompile(`(?s)CREATE TRIGGER (\w+) .*?\bEND;`)
	endedGuard = regexp.MustCompile(`DROP TRIGGER (?:IF EXISTS )?(\w+)`)
)

// guardsOf are the triggers that the migrations of a dialect leave behind.
func guardsOf(dialect string) (map[string]string, error) {
	files, err := fs.Glob(migrationFiles, "migrations/"+dialect+"/*.sql") // in the order of their numbers
	if err != nil {
		return nil, err
	}
	want := map[string]string{}
	for _, name := range files {
		body, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, m := range endedGuard.FindAllSubmatch(body, -1) {
			delete(want, string(m[1])) // before the new ones: a file may replace one
		}
		for _, m := range madeGuard.FindAllSubmatch(body, -1) {
			want[string(m[1])] = oneLine(strings.TrimSuffix(string(m[0]), ";"))
		}
	}
	return want, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
