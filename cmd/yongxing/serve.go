package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/urfave/cli/v3"

	"yongxing/cmd/yongxing/demo"
	"yongxing/handlers"
	"yongxing/handlers/job"
	"yongxing/models"
	"yongxing/models/store"
	"yongxing/web"
	"yongxing/web/admin"
	"yongxing/web/outbound/sms"
	"yongxing/web/session"
)

func serveCommand() *cli.Command {
	env := func(name string) cli.ValueSourceChain { return cli.EnvVars("YONGXING_" + name) }
	return &cli.Command{
		Name:  "serve",
		Usage: "serve the portal",
		Flags: dataFlags(
			&cli.StringFlag{Name: "addr", Usage: "address to serve pages on", Value: ":8080", Sources: env("ADDR")},
			&cli.StringFlag{Name: "metrics-addr", Usage: "loopback address to serve Prometheus metrics on; empty = none", Value: "127.0.0.1:9464", Sources: env("METRICS_ADDR")},
			&cli.StringFlag{Name: "base-url", Usage: "address that people use, such as https://code.example.cn; default http://localhost with the port of --addr", Sources: env("BASE_URL")},
			&cli.StringFlag{Name: "sms", Usage: "where text messages go: file:PATH or http:URL; default file:DATA/sms.jsonl in the demo", Sources: env("SMS")},
			&cli.Int64Flag{Name: "sms-per-day", Usage: "how many one-time codes are sent on one day; the log warns from eight tenths on", Value: 200_000, Sources: env("SMS_PER_DAY")},
			&cli.StringSliceFlag{Name: "proxy", Usage: "network of a reverse proxy whose X-Forwarded-For is believed, such as 10.0.0.0/8", Sources: env("PROXY")},
			&cli.IntFlag{Name: "pace", Usage: "how many times faster than a person one address or session may come; more than 1 only to measure", Value: 1, Sources: env("PACE")},
			&cli.DurationFlag{Name: "last-known", Usage: "for how long a code is shown as it last was while the database is gone", Value: 10 * time.Minute, Sources: env("LAST_KNOWN")},
			&cli.BoolFlag{Name: "demo", Usage: "fill an empty data folder with demo stations, staff and residents, and show sign-in codes on the page", Sources: env("DEMO")},
		),
		Action: serve,
	}
}

func serve(ctx context.Context, cmd *cli.Command) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	cfg, err := webConfig(cmd, log)
	if err != nil {
		return err
	}
	dir, inDemo := cmd.String("data"), cmd.Bool("demo")
	sink := cmd.String("sms")
	if sink == "" {
		if !inDemo {
			return fmt.Errorf("%w: --sms is needed: file:PATH or http:URL", errUsage)
		}
		sink = "file:" + filepath.Join(dir, "sms.jsonl")
	}
	machine := &shiftedClock{}
	clock := store.NewClock(machine.now, elapsed, log)
	if inDemo {
		machine.set(demo.Begins(time.Now()))
	}
	at, room := placeOf(cmd), (*store.Room)(nil)
	portal, err := open(ctx, opening{place: at, full: func() bool { return room.GiveUp() }, settings: models.Settings{Demo: inDemo, BaseURL: cfg.BaseURL.String(), CodesADay: max(1, cmd.Int64("sms-per-day")), LastKnown: cmd.Duration("last-known")}, now: clock.Now, fit: clock.Fit, log: log})
	if err != nil {
		return err
	}
	defer func() { _ = portal.Store.Close() }() // what it could not finish is on record as not done
	room = store.WatchRoom(log, dir, at.photos)
	defer room.Close()
	portal.Room = room
	machine.set(time.Time{})
	if !inDemo {
		if err := portal.RefuseDemoStaff(ctx); err != nil {
			return err
		}
	}
	messages, err := sms.Open(sink)
	if err != nil {
		return fmt.Errorf("%w: --sms: %w", errUsage, err)
	}
	if inDemo {
		if err := demo.Fill(ctx, portal, dir, machine.set); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	last, err := portal.LastOnRecord(ctx)
	if err != nil {
		return err
	}
	clock.Begin(last)
	stopJobs, err := job.Start(ctx, portal, messages)
	if err != nil {
		return err
	}
	defer stopJobs()
	defer context.AfterFunc(ctx, stopJobs)() // while requests in flight are finished, not after
	stopAdmin, err := admin.Serve(ctx, filepath.Join(dir, "admin.sock"), portal)
	if err != nil {
		return err
	}
	defer stopAdmin()
	sessions := session.New(portal.Store, session.Options{Secure: cfg.BaseURL.Scheme == "https", Log: log})
	defer sessions.Close() // writes when they were last seen
	// A page leaves 35 KB of garbage and nothing else, and little is kept: twice the
	// room saves a tenth of its processor time and costs some 6 MB.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	server := web.New(cfg, &handlers.Kit{Portal: portal, Sessions: sessions, Log: log})
	return server.Run(ctx, func(addr net.Addr) {
		base := baseURL(cmd, addr.String())
		debug.FreeOSMemory() // what the start needed and nothing else does: 6 MB of 50
		log.Info("serving", "address", addr.String(), "base_url", base)
		if inDemo {
			demo.Welcome(os.Stdout, dir, base)
		}
	})
}

func webConfig(cmd *cli.Command, log *slog.Logger) (web.Config, error) {
	base, err := url.Parse(baseURL(cmd, cmd.String("addr")))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return web.Config{}, fmt.Errorf("%w: --base-url must be an http or https address", errUsage)
	}
	if base.Scheme == "http" && !private(base.Hostname(), cmd.Bool("demo")) {
		return web.Config{}, fmt.Errorf("%w: --base-url over http is for this machine only: put a proxy with TLS in front and give its https address", errUsage)
	}
	if n := cmd.Int("pace"); n < 1 || n > 1_000_000 {
		return web.Config{}, fmt.Errorf("%w: --pace must be between 1 and 1000000", errUsage)
	}
	if d := cmd.Duration("last-known"); d < time.Minute || d > time.Hour {
		return web.Config{}, fmt.Errorf("%w: --last-known must be between 1m and 1h", errUsage)
	}
	base.Path = ""
	cfg := web.Config{Addr: cmd.String("addr"), MetricsAddr: cmd.String("metrics-addr"), BaseURL: base, Rates: web.DefaultRates().Times(cmd.Int("pace")), Log: log}
	if cfg.MetricsAddr != "" {
		host, _, err := net.SplitHostPort(cfg.MetricsAddr)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return web.Config{}, fmt.Errorf("%w: --metrics-addr must be a loopback address", errUsage)
		}
	}
	for _, p := range cmd.StringSlice("proxy") {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return web.Config{}, fmt.Errorf("%w: --proxy must be a network such as 10.0.0.0/8", errUsage)
		}
		cfg.Proxies = append(cfg.Proxies, prefix)
	}
	return cfg, nil
}

// baseURL is the address that people use: what was given, or else this machine at
// the port of addr. A demo that listens on one address of a network is reached
// there.
func baseURL(cmd *cli.Command, addr string) string {
	if given := cmd.String("base-url"); given != "" {
		return given
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://localhost:8080" // and listening on addr will say why not
	}
	if !private(host, cmd.Bool("demo")) { // every address of the machine, or one that needs TLS
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// private tells whether a host may be served without TLS: this machine, and in
// the demo a private address, so that a phone on the same network can try it.
func private(host string, inDemo bool) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip.IsLoopback() || inDemo && ip.IsPrivate())
}

// shiftedClock is the machine's clock. The demo sets it while it plays the past;
// a zero instant is the real time.
type shiftedClock struct{ at time.Time }

func (c *shiftedClock) now() time.Time {
	if c.at.IsZero() {
		return time.Now().UTC()
	}
	return c.at
}

// set fixes the clock; a zero instant lets the real time run again. Only used
// before anything is served.
func (c *shiftedClock) set(at time.Time) { c.at = at }
