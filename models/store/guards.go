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
	want, have, err := t.guards()
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

// guards are the triggers of the migrations and those in the database, by name,
// in the words in which they were made.
func (t Tx) guards() (want, have map[string]string, err error) {
	if t.dialect() == onPostgres.name {
		if want, err = postgresGuards(); err != nil {
			return nil, nil, err
		}
		// A trigger that is switched off is as good as none; what it does is in its
		// function.
		have, err = t.guardsThere(`SELECT tgname AS name, pg_get_triggerdef(t.oid, true) || ' ' || p.prosrc AS sql FROM pg_trigger t
			JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
			WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = CAST(current_schema() AS regnamespace)`)
		return want, have, err
	}
	if want, err = guardsOf(onSQLite.name, sqliteGuard); err != nil {
		return nil, nil, err
	}
	have, err = t.guardsThere("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
	return want, have, err
}

func (t Tx) guardsThere(query string) (map[string]string, error) {
	type trigger struct{ Name, SQL string }
	rows, err := List[trigger](t, query)
	if err != nil {
		return nil, err
	}
	have := map[string]string{}
	for _, r := range rows {
		have[r.Name] = oneLine(r.SQL)
	}
	return have, nil
}

// postgresGuards are the triggers of the migrations, each with the body of its
// function behind it.
func postgresGuards() (map[string]string, error) {
	triggers, err := guardsOf(onPostgres.name, postgresGuard)
	if err != nil {
		return nil, err
	}
	functions, err := guardsOf(onPostgres.name, postgresFunction)
	if err != nil {
		return nil, err
	}
	for name, text := range triggers {
		function := text[strings.LastIndex(text, " ")+1:]
		body := functions[strings.TrimSuffix(function, "()")]
		triggers[name] = text + " " + oneLine(strings.Trim(body[strings.Index(body, "$$"):], "$"))
	}
	return triggers, nil
}

var (
	sqliteGuard      = regexp.MustCompile(`(?s)CREATE TRIGGER (\w+) .*?\bEND;`)
	postgresGuard    = regexp.MustCompile(`CREATE TRIGGER (\w+) [^;]*;`)
	postgresFunction = regexp.MustCompile(`(?s)CREATE (?:OR REPLACE )?FUNCTION (\w+)\(\) .*?\$\$.*?\$\$;`)
	endedGuard       = regexp.MustCompile(`DROP TRIGGER (?:IF EXISTS )?(\w+)`)
)

// guardsOf are the triggers, or whatever made finds, that the migrations of a
// dialect leave behind.
func guardsOf(dialect string, made *regexp.Regexp) (map[string]string, error) {
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
		for _, m := range made.FindAllSubmatch(body, -1) {
			want[string(m[1])] = oneLine(strings.TrimSuffix(string(m[0]), ";"))
		}
	}
	return want, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
