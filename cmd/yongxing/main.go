// Command yongxing is the whole portal in one program: it serves the pages, and
// its other verbs import facts, publish areas, add staff and try a rulebook. It
// is the only reader of the environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"
)

// Exit codes of every verb.
const (
	exitFailed = 1
	exitUsage  = 2
)

// errUsage marks an error of the command line: exit code 2.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args))
}

// run executes one command line and returns its exit code; an error is one line
// on stderr that says what to do.
func run(ctx context.Context, args []string) int {
	app := command()
	err := unknownSettings(app, os.Environ())
	if err == nil {
		err = app.Run(ctx, args)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "yongxing:", strings.ReplaceAll(err.Error(), "\n", "; "))
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}

func command() *cli.Command {
	usage := func(_ context.Context, _ *cli.Command, err error, _ bool) error {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	app := &cli.Command{
		Name:            "yongxing",
		Usage:           "Ningbo's health code: serve the portal and look after it",
		HideHelpCommand: true,
		Commands: []*cli.Command{
			serveCommand(), migrateCommand(), importCommand(), areasCommand(), stationsCommand(), staffCommand(), reviewCommand(), ledgerCommand(),
		},
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
	}
	everyUsage(app, usage)
	return app
}

// everyUsage makes a wrong command line an error of usage at every level, a verb
// without its second word included.
func everyUsage(c *cli.Command, usage cli.OnUsageErrorFunc) {
	c.OnUsageError = usage
	if len(c.Commands) > 0 {
		c.Action = func(_ context.Context, cmd *cli.Command) error {
			var words []string
			for _, sub := range c.Commands {
				words = append(words, sub.Name)
			}
			return fmt.Errorf("%w: %s needs one of: %s", errUsage, cmd.FullName(), strings.Join(words, ", "))
		}
	}
	for _, sub := range c.Commands {
		everyUsage(sub, usage)
	}
}

// unknownSettings refuses a YONGXING_… variable that no flag reads: a typing
// error in a setting must not pass in silence.
func unknownSettings(app *cli.Command, environ []string) error {
	known := map[string]bool{}
	for _, c := range append(app.Commands, app) {
		collectSettings(c, known)
	}
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "YONGXING_") && !known[name] {
			return fmt.Errorf("%w: unknown setting %s; the known ones stand in yongxing serve --help", errUsage, name)
		}
	}
	return nil
}

func collectSettings(c *cli.Command, known map[string]bool) {
	for _, f := range c.Flags {
		if docs, ok := f.(cli.DocGenerationFlag); ok {
			for _, name := range docs.GetEnvVars() {
				known[name] = true
			}
		}
	}
	for _, sub := range c.Commands {
		collectSettings(sub, known)
	}
}
