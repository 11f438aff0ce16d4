package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"yongxing/models/review"
	"yongxing/models/review/examples"
)

func reviewCommand() *cli.Command {
	return &cli.Command{
		Name:      "review",
		Usage:     "run worked examples through a rulebook: how a city tries one before it publishes it",
		ArgsUsage: "FILE.yaml",
		Flags:     []cli.Flag{&cli.StringFlag{Name: "book", Usage: "the rulebook to try, instead of the default one"}},
		Action:    runReview,
	}
}

func runReview(_ context.Context, cmd *cli.Command) error {
	if cmd.NArg() != 1 {
		return fmt.Errorf("%w: name one file of worked examples: yongxing review FILE.yaml [--book BOOK.yaml]", errUsage)
	}
	book := review.DefaultBook()
	if name := cmd.String("book"); name != "" {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if book, err = review.ParseBook(data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	data, err := os.ReadFile(cmd.Args().First())
	if err != nil {
		return err
	}
	results, err := examples.Run(data, book)
	if err != nil {
		return fmt.Errorf("%s: %w", cmd.Args().First(), err)
	}
	wrong := 0
	w := cmd.Root().Writer
	for _, r := range results {
		if r.OK {
			fmt.Fprintln(w, "ok  ", r.Name)
			continue
		}
		wrong++
		fmt.Fprintf(w, "FAIL %s\n     %s\n", r.Name, strings.ReplaceAll(strings.TrimSpace(r.Difference), "\n", "\n     "))
	}
	fmt.Fprintf(w, "%d examples, %d with a difference, rulebook %s\n", len(results), wrong, book.Version)
	if wrong > 0 {
		return fmt.Errorf("%d of %d examples differ from what the rulebook makes of them", wrong, len(results))
	}
	return nil
}
