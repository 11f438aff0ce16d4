package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/views/text"
	"yongxing/web/admin"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name:  "import",
		Usage: "take in what other systems send",
		Commands: []*cli.Command{{
			Name:      "facts",
			Usage:     "record the facts of a CSV file and review everybody they are about",
			ArgsUsage: "FILE.csv",
			Flags:     dataFlags(),
			Action: func(ctx context.Context, cmd *cli.Command) error {
				report, err := sendFile(ctx, cmd, admin.ImportFacts, (*models.Portal).ImportFacts)
				return tellReport(cmd.Root().Writer, "import.facts", []int{
					report.New, report.Changed, report.Cleared, report.Same, report.Held, report.Refused, report.Aside,
				}, report, err)
			},
		}},
	}
}

// fileStory is a story that takes in a file.
type fileStory func(*models.Portal, context.Context, io.Reader, ledger.Entry) (models.Report, error)

// sendFile has the file of a command line taken in: by the server if the portal
// is being served from this data folder, since it holds the database, else here.
func sendFile(ctx context.Context, cmd *cli.Command, operation string, story fileStory) (models.Report, error) {
	if cmd.NArg() != 1 {
		return models.Report{}, fmt.Errorf("%w: name one file, or - for the standard input: yongxing %s", errUsage, strings.TrimPrefix(cmd.FullName()+" "+cmd.ArgsUsage, "yongxing "))
	}
	if operation != admin.OpenStations {
		if err := placeOf(cmd).existing(); err != nil {
			return models.Report{}, err
		}
	}
	file, err := openInput(cmd.Args().First())
	if err != nil {
		return models.Report{}, err
	}
	defer file.Close()
	var report models.Report
	err = admin.Call(ctx, filepath.Join(cmd.String("data"), "admin.sock"), operation, file, &report)
	if !errors.Is(err, admin.ErrNoServer) {
		return report, err
	}
	p, closePortal, err := openPortal(ctx, cmd)
	if err != nil {
		return models.Report{}, err
	}
	defer closePortal()
	return story(p, ctx, file, ledger.Entry{Actor: "system", Purpose: "operator"})
}

func openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%w: %s is a folder: name a file", errUsage, name)
	}
	return os.Open(name)
}

// tellReport writes what became of each refused row and of all, and returns err
// as a sentence.
func tellReport(w io.Writer, counts string, numbers []int, r models.Report, err error) error {
	t := text.For(operatorLanguage())
	for _, p := range r.Problems {
		args := make([]any, len(p.Args))
		for i, a := range p.Args {
			args[i] = a
		}
		line, sentence := strconv.Itoa(p.Line), t.T(p.Key, args...)
		if p.Field == "" {
			fmt.Fprintln(w, t.T("import.line_alone", line, sentence))
		} else {
			fmt.Fprintln(w, t.T("import.line", line, p.Field, sentence))
		}
	}
	if err != nil {
		return sentence(t, err)
	}
	args := make([]any, len(numbers))
	for i, n := range numbers {
		args[i] = strconv.Itoa(n)
	}
	fmt.Fprintln(w, t.T(counts, args...))
	if r.Again {
		fmt.Fprintln(w, t.T("import.again"))
	}
	if r.Nothing() {
		fmt.Fprintln(w, t.T("import.nothing"))
	}
	return nil
}

// sentence puts the problems of a refusal into the operator's words.
func sentence(t *text.Printer, err error) error {
	var bad *fault.Invalid
	if !errors.As(err, &bad) {
		return err
	}
	words := make([]string, len(bad.Problems))
	for i, p := range bad.Problems {
		words[i] = t.T(p.Key, p.Args...)
	}
	return errors.New(strings.Join(words, " "))
}

// operatorLanguage is that of the terminal: Chinese if its locale says so.
func operatorLanguage() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "zh") {
				return text.Chinese
			}
			return text.English
		}
	}
	return text.English
}
