package main

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yongxing/models/modeltest"
)

// The backup before a migration is made by the server's own program, whatever the
// address says to ours, and the password is not among its arguments.
func TestDump(t *testing.T) {
	if !modeltest.Postgres() {
		t.Skip("about databases on PostgreSQL")
	}
	tool, err := exec.LookPath("pg_dump")
	if err != nil {
		t.Skip("pg_dump is not installed")
	}
	opts := modeltest.Options(t, modeltest.NewClock(modeltest.Start))
	plain, err := url.Parse(opts.URL)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := plain.User.Password()
	seen := filepath.Join(t.TempDir(), "seen") // what others see of the program
	spy := filepath.Join(t.TempDir(), "pg_dump")
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >" + seen + "\nexec " + tool + " \"$@\"\n"
	if err := os.WriteFile(spy, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Dir(spy)+":"+os.Getenv("PATH"))
	ours := "pool_max_conns=5&default_query_exec_mode=exec&statement_cache_capacity=0&search_path=public&application_name=our%20dump"
	for name, change := range map[string]func(u *url.URL){
		"the password before the host": func(u *url.URL) { u.RawQuery = ours },
		"the password as a parameter": func(u *url.URL) {
			u.RawQuery = ours + "&password=" + url.QueryEscape(password)
			u.User = url.UserPassword(u.User.Username(), "wrong")
		},
		"the user as a parameter": func(u *url.URL) {
			u.RawQuery = ours + "&user=" + u.User.Username() + "&password=" + url.QueryEscape(password)
			u.User = nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := *plain
			change(&address)
			dir := t.TempDir()
			file, err := dump(t.Context(), place{dir: dir, database: address.String()})
			if err != nil {
				t.Fatal(err)
			}
			arguments, err := os.ReadFile(seen)
			if err != nil || !strings.Contains(string(arguments), "application_name=our%20dump") {
				t.Errorf("arguments %q: %v", arguments, err)
			}
			if strings.Contains(string(arguments), "password=") || strings.Contains(string(arguments), ":"+password+"@") || strings.Contains(string(arguments), ":wrong@") {
				t.Error("the password is among the arguments")
			}
			list, err := exec.CommandContext(t.Context(), "pg_restore", "--list", file).Output()
			if err != nil || !bytes.Contains(list, []byte("TABLE DATA public person ")) {
				t.Errorf("the backup cannot be read back: %v\n%s", err, list)
			}
			if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
				t.Errorf("%d files among the backups: %v", len(left), err)
			}
		})
	}
}
