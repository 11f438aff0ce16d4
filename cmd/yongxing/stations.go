package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"yongxing/models"
	"yongxing/web/admin"
)

func stationsCommand() *cli.Command {
	return &cli.Command{
		Name:  "stations",
		Usage: "look after the list of police stations",
		Commands: []*cli.Command{{
			Name:      "open",
			Usage:     "open the stations of a CSV file, so that appeals of the streets they serve come to them",
			ArgsUsage: "FILE.csv",
			Flags:     dataFlags(),
			Action: func(ctx context.Context, cmd *cli.Command) error {
				report, err := sendFile(ctx, cmd, admin.OpenStations, (*models.Portal).OpenStations)
				return tellReport(cmd.Root().Writer, "import.stations", []int{report.New, report.Same, report.Refused}, report, err)
			},
		}},
	}
}
