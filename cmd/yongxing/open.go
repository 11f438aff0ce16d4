package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"

	"yongxing/models"
	"yongxing/models/evidence"
	"yongxing/models/pass"
	"yongxing/models/store"
)

// dataFlags say where a portal keeps what it knows; every verb that needs it has
// them.
func dataFlags(more ...cli.Flag) []cli.Flag {
	env := func(name string) cli.ValueSourceChain { return cli.EnvVars("YONGXING_" + name) }
	return append([]cli.Flag{
		&cli.StringFlag{Name: "data", Usage: "folder of the database, keys and photos", Value: "data", Sources: env("DATA")},
		&cli.StringFlag{Name: "database", Usage: "PostgreSQL database, postgres://user@host/name, for several nodes; empty = SQLite in the data folder. " +
			"A password belongs into YONGXING_DATABASE or a password file, not on the command line", Sources: env("DATABASE")},
		&cli.StringFlag{Name: "keys", Usage: "key file, the same for all nodes; default DATA/keys.json", Sources: env("KEYS")},
		&cli.StringFlag{Name: "photos", Usage: "folder of the photos, shared by all nodes; default DATA/evidence", Sources: env("PHOTOS")},
	}, more...)
}

// place is where a portal keeps what it knows.
type place struct{ dir, database, keys, photos string }

// placeIn is a place with all of it in one folder.
func placeIn(dir string) place {
	return place{dir: dir, keys: filepath.Join(dir, "keys.json"), photos: filepath.Join(dir, "evidence")}
}

func placeOf(cmd *cli.Command) place {
	p := placeIn(cmd.String("data"))
	p.database = cmd.String("database")
	p.keys = cmp.Or(cmd.String("keys"), p.keys)
	p.photos = cmp.Or(cmd.String("photos"), p.photos)
	return p
}

// existing refuses a place that no portal has: facts that are imported into a
// mistyped folder would seem to be on record.
func (p place) existing() error {
	if _, err := os.Stat(p.keys); err != nil {
		return fmt.Errorf("there is no portal in %s: name its data folder with --data", p.dir)
	}
	return nil
}

// options open the store of the place. Keys are made if there are none.
func (p place) options(inDemo bool) (store.Options, error) {
	keys, err := store.LoadOrMakeKeys(p.keys, inDemo)
	return store.Options{Dir: p.dir, URL: p.database, Keys: keys}, err
}

// opening is how a portal is opened.
type opening struct {
	place
	settings models.Settings
	now      func() time.Time
	fit      func() error // see store.Options
	full     func() bool  // the same
	log      *slog.Logger
}

// openPortal opens the portal over the data folder of cmd for a verb that works
// without the server, making it if there is none: the first station and the first
// administrator come before the first start. The returned function closes it.
func openPortal(ctx context.Context, cmd *cli.Command) (*models.Portal, func(), error) {
	p, err := open(ctx, opening{place: placeOf(cmd), log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return nil, nil, err
	}
	return p, func() { _ = p.Store.Close() }, nil
}

func open(ctx context.Context, o opening) (*models.Portal, error) {
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	opts, err := o.options(o.settings.Demo)
	if err != nil {
		return nil, err
	}
	keys := opts.Keys
	if keys.Demo() != o.settings.Demo {
		if keys.Demo() {
			return nil, fmt.Errorf("%s holds demo keys: start with --demo, or give production a data folder of its own", o.keys)
		}
		return nil, fmt.Errorf("%s holds the keys of a production portal: give the demo a data folder of its own", o.keys)
	}
	opts.Now, opts.Fit, opts.Full, opts.Log = o.now, o.fit, o.full, o.log
	st, err := store.Open(ctx, opts)
	if err != nil {
		return nil, err
	}
	files, err := evidence.NewFolder(o.photos, keys.Secret("evidence"))
	if err != nil {
		_ = st.Close()
		return nil, err
	}
	p := &models.Portal{Store: st, Files: files, Pass: pass.NewSigner(keys.Secret("pass")), Settings: o.settings, Log: o.log}
	if err := p.EnsureRulebook(ctx); err != nil {
		_ = st.Close()
		return nil, err
	}
	return p, nil
}
