package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"yongxing/models/store"
)

func migrateCommand() *cli.Command {
	return &cli.Command{
		Name:  "migrate",
		Usage: "bring the database up to this program, after a backup",
		Description: "On SQLite serve does the same by itself, with a copy in DATA/backups. On PostgreSQL it is a step of its own: stop the\n" +
			"nodes of the older program, or leave them serving if the release notes say that they can, run it once, start the new ones.\n" +
			"Cut short at any moment it is run again and goes on.",
		Flags: dataFlags(
			&cli.BoolFlag{Name: "without-backup", Usage: "PostgreSQL only: you have made a backup yourself"},
		),
		Action: migrate,
	}
}

func migrate(ctx context.Context, cmd *cli.Command) error {
	if cmd.NArg() > 0 {
		return fmt.Errorf("%w: yongxing migrate takes no file", errUsage)
	}
	at := placeOf(cmd)
	if err := at.existing(); err != nil {
		return err
	}
	opts, err := at.options(false)
	if err != nil {
		return err
	}
	opts.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	m, err := store.Migrate(ctx, opts, func(ctx context.Context) (string, error) {
		if cmd.Bool("without-backup") {
			return "", nil
		}
		return dump(ctx, at)
	})
	if err != nil {
		return err
	}
	w := cmd.Root().Writer
	if m.From == m.To {
		fmt.Fprintf(w, "the database is at version %d, as this program needs it\n", m.To)
		return nil
	}
	if m.Backup != "" {
		fmt.Fprintf(w, "backed up to %s\n", m.Backup)
	}
	fmt.Fprintf(w, "migrated from version %d to %d\n", m.From, m.To)
	return nil
}

// dump writes a PostgreSQL database into a file of the data folder with its own
// tool. The file has its name only once it is whole and on the disk.
func dump(ctx context.Context, at place) (file string, err error) {
	tool, err := exec.LookPath("pg_dump")
	if err != nil {
		return "", errors.New("pg_dump is not installed: install the server's client programs, or make a backup yourself and add --without-backup")
	}
	address, password, err := libpqAddress(at.database)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(at.dir, "backups")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	out, err := os.CreateTemp(folder, "half-*.dump") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() {
		_ = out.Close()
		_ = os.Remove(out.Name()) // gone already once it has its name
	}()
	//nolint:gosec // the tool is named here, and the address is the operator's own
	run := exec.CommandContext(ctx, tool, "--format=custom", "--no-password", "--dbname="+address)
	run.Env, run.Stdout, run.Stderr = os.Environ(), out, os.Stderr
	if password != "" {
		run.Env = append(run.Env, "PGPASSWORD="+password)
	}
	if err := run.Run(); err != nil {
		return "", fmt.Errorf("pg_dump: %w", err)
	}
	if err := out.Sync(); err != nil {
		return "", err
	}
	file = filepath.Join(folder, "yongxing-"+time.Now().UTC().Format("20060102-150405")+".dump")
	if err := os.Rename(out.Name(), file); err != nil {
		return "", err
	}
	d, err := os.Open(folder) // the name is to be on the disk too
	if err != nil {
		return "", err
	}
	return file, errors.Join(d.Sync(), d.Close())
}

// libpqParameters are what the server's own programs take in an address
// (postgresql.org/docs/15/libpq-connect.html), but for secrets.
var libpqParameters = []string{
	"host", "hostaddr", "port", "dbname", "user", "passfile", "require_auth", "channel_binding", "connect_timeout", "client_encoding", "options",
	"application_name", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	"gssencmode", "sslmode", "sslcompression", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "requirepeer",
	"ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib", "service", "target_session_attrs",
}

// libpqAddress is the address of a database as the server's own programs take it:
// without what is for our pool or our sessions alone, which they refuse, and
// without the password, which other users of the machine would see among their
// arguments.
func libpqAddress(database string) (address, password string, err error) {
	u, err := url.Parse(database)
	if err != nil {
		return "", "", errors.New("the database address cannot be read") // the error would tell the password
	}
	password, _ = u.User.Password()
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	if query.Has("password") {
		password = query.Get("password") // as the portal itself takes it
	}
	for name := range query {
		if !slices.Contains(libpqParameters, name) {
			query.Del(name)
		}
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // a plus is a plus there
	return u.String(), password, nil
}
