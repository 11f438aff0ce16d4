package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"yongxing/models"
	"yongxing/models/ledger"
	"yongxing/models/store"
)

func ledgerCommand() *cli.Command {
	return &cli.Command{
		Name:  "ledger",
		Usage: "the record of outcomes and of what staff do",
		Commands: []*cli.Command{{
			Name:  "verify",
			Usage: "read the whole ledger, also beside a running server, and name the first entry that is wrong",
			Description: "Prints how many entries there are and their head. Note the head somewhere else: given back with --head it shows\n" +
				"that nothing up to there was rewritten or removed, which no database can show about itself.",
			Flags: dataFlags(
				&cli.StringFlag{Name: "head", Usage: "a head that an earlier run printed: the ledger must still begin with its entries"},
			),
			Action: verifyLedger,
		}},
	}
}

func verifyLedger(ctx context.Context, cmd *cli.Command) error {
	if cmd.NArg() > 0 {
		return fmt.Errorf("%w: yongxing ledger verify takes no file", errUsage)
	}
	var noted ledger.Head
	if s := cmd.String("head"); s != "" {
		var err error
		if noted, err = ledger.ParseHead(s); err != nil {
			return fmt.Errorf("%w: --head: %w", errUsage, err)
		}
	}
	at := placeOf(cmd)
	if err := at.existing(); err != nil {
		return err
	}
	opts, err := at.options(false) // the keys are there, so none are made
	if err != nil {
		return err
	}
	st, err := store.OpenReader(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	read, err := (&models.Portal{Store: st}).VerifyLedger(ctx, noted)
	if err != nil {
		return err
	}
	w := cmd.Root().Writer
	if read.Head.Entries == 0 {
		fmt.Fprintln(w, "the ledger is empty")
		return nil
	}
	fmt.Fprintf(w, "%d entries, the newest of %s\nhead %s\n", read.Head.Entries, read.Newest().Format(time.RFC3339), read.Head)
	return nil
}
