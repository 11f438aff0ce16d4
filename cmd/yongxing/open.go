package main

import (
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

// dataFlag is the data folder, of every verb that needs one.
func dataFlag() cli.Flag {
	return &cli.StringFlag{Name: "data", Usage: "folder of the database, keys and photos", Value: "data", Sources: cli.EnvVars("YONGXING_DATA")}
}

// opening is how a portal is opened.
type opening struct {
	dir      string
	settings models.Settings
	now      func() time.Time
	log      *slog.Logger
}

// existing refuses a data folder that no portal has: facts that are imported into
// a mistyped folder would seem to be on record.
func existing(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "keys.json")); err != nil {
		return fmt.Errorf("there is no portal in %s: name its data folder with --data", dir)
	}
	return nil
}

// openPortal opens the portal over the data folder of cmd for a verb that works
// without the server, making it if there is none: the first station and the first
// administrator come before the first start. The returned function closes it.
func openPortal(ctx context.Context, cmd *cli.Command) (*models.Portal, func(), error) {
	p, err := open(ctx, opening{dir: cmd.String("data"), log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return nil, nil, err
	}
	return p, func() { _ = p.Store.Close() }, nil
}

func open(ctx context.Context, o opening) (*models.Portal, error) {
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	keys, err := store.LoadOrMakeKeys(filepath.Join(o.dir, "keys.json"), o.settings.Demo)
	if err != nil {
		return nil, err
	}
	if keys.Demo() != o.settings.Demo {
		if keys.Demo() {
			return nil, fmt.Errorf("%s holds demo keys: start with --demo, or give production a data folder of its own", o.dir)
		}
		return nil, fmt.Errorf("%s holds the keys of a production portal: give the demo a data folder of its own", o.dir)
	}
	st, err := store.Open(ctx, store.Options{Dir: o.dir, Keys: keys, Now: o.now, Log: o.log})
	if err != nil {
		return nil, err
	}
	files, err := evidence.NewFolder(filepath.Join(o.dir, "evidence"), keys.Secret("evidence"))
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
