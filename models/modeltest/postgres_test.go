package modeltest

import (
	"context"
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// leftDatabases are those that make postgres would drop now.
func leftDatabases(t *testing.T) (names []string) {
	t.Helper()
	query, err := os.ReadFile("../../.ci/left-databases.sql")
	if err != nil {
		t.Fatal(err)
	}
	err = postgresWith(func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, string(query))
		if err != nil {
			return err
		}
		drops, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, drop := range drops {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(drop, "DROP DATABASE IF EXISTS "), ";"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Whoever clears away what test programs have left takes nothing from those that
// still run, which keep databases that nobody is connected to.
func TestLeftDatabases(t *testing.T) {
	t.Parallel()
	if !Postgres() {
		t.Skip("about databases on PostgreSQL")
	}
	mine, err := createPostgres("template0")
	if err != nil {
		t.Fatal(err)
	}
	left := "yx_test_1_" + strings.ToLower(rand.Text()[:12]) // 1 is no connection of the server's
	if err := postgresDo("CREATE DATABASE " + left + " TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, name := range []string{mine, left} {
			if err := postgresDo("DROP DATABASE IF EXISTS " + name); err != nil {
				t.Error(err)
			}
		}
	})
	found := leftDatabases(t)
	if slices.Contains(found, mine) || slices.Contains(found, postgresTemplate()) {
		t.Error("a database of a program that runs, or a template, would be dropped")
	}
	if !slices.Contains(found, left) {
		t.Error("a database that a program has left would stay")
	}
	conn, err := pgx.Connect(t.Context(), postgresAddress(left))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if slices.Contains(leftDatabases(t), left) {
		t.Error("a database that somebody is connected to would be dropped")
	}
}

// Only a database whose schema is as it was made serves another test: one with a
// renamed table has as many of everything.
func TestChangedSchemaIsNotSpare(t *testing.T) {
	if !Postgres() {
		t.Skip("about databases on PostgreSQL")
	}
	for change, spareAgain := range map[string]bool{
		"INSERT INTO id_counter (name, last) VALUES ('x', 1)":         true,
		"ALTER TABLE outcome RENAME TO lost":                          false,
		"ALTER TABLE outcome RENAME COLUMN colour TO color":           false,
		"ALTER TABLE ledger DISABLE TRIGGER ledger_no_update":         false,
		"ALTER TABLE person ADD COLUMN later_on TEXT":                 false,
		"ALTER TRIGGER ledger_no_update ON ledger RENAME TO whatever": false,
	} {
		var address string
		t.Run(change, func(t *testing.T) {
			address = freshPostgres(t)
			conn, err := pgx.Connect(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(context.Background())
			if _, err := conn.Exec(t.Context(), change); err != nil {
				t.Fatal(err)
			}
		})
		spare.mu.Lock()
		kept := slices.ContainsFunc(spare.names, func(name string) bool { return postgresAddress(name) == address })
		spare.mu.Unlock()
		if kept != spareAgain {
			t.Errorf("after %s the database is spare: %v", change, kept)
		}
	}
}
