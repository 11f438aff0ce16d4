package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"yongxing/models"
	"yongxing/web/admin"
)

func areasCommand() *cli.Command {
	return &cli.Command{
		Name:  "areas",
		Usage: "look after the list of risk areas",
		Commands: []*cli.Command{{
			Name:      "publish",
			Usage:     "add the rows of a CSV file to the list, all or none, and review whom they touch",
			ArgsUsage: "FILE.csv",
			Flags:     dataFlags(),
			Action: func(ctx context.Context, cmd *cli.Command) error {
				report, err := sendFile(ctx, cmd, admin.PublishAreas, (*models.Portal).PublishAreas)
				return tellReport(cmd.Root().Writer, "import.areas", []int{report.New, report.Same, report.Refused}, report, err)
			},
		}},
	}
}
