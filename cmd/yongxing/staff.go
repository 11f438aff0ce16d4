package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"yongxing/models"
	"yongxing/models/identity"
	"yongxing/models/staff"
	"yongxing/views/text"
	"yongxing/web/admin"
)

func staffCommand() *cli.Command {
	return &cli.Command{
		Name:  "staff",
		Usage: "look after who works with the portal",
		Commands: []*cli.Command{
			{
				Name:  "add",
				Usage: "add somebody, with a first password and a second factor that are shown once",
				Flags: dataFlags(
					&cli.StringFlag{Name: "login", Usage: "badge or payroll number", Required: true},
					&cli.StringFlag{Name: "name", Usage: "full name", Required: true},
					&cli.StringFlag{Name: "badge", Usage: "number that colleagues see; the login if empty"},
					&cli.StringFlag{Name: "role", Usage: "one of " + roleNames(), Value: string(staff.Officer)},
					&cli.StringFlag{Name: "station", Usage: "code of the police station where they work"},
					&cli.StringFlag{Name: "org", Usage: "code of the organisation, for those at no station"},
					&cli.StringFlag{Name: "document", Usage: "identity document number, so that they never see their own case"},
					&cli.StringFlag{Name: "document-kind", Usage: "one of " + strings.Join(identity.Kinds, ", "), Value: identity.ResidentID},
					&cli.StringFlag{Name: "nationality", Usage: "alpha-3 code, of a passport"},
					&cli.StringFlag{Name: "division", Usage: "street of their home, 9 digits, so that they never see their household's case"},
					&cli.StringFlag{Name: "address", Usage: "road, building and room of their home"},
					&cli.BoolFlag{Name: "password-stdin", Usage: "read the first password from the standard input instead of making one"},
				),
				Action: addStaff,
			},
			{
				Name:      "disable",
				Usage:     "end somebody's access and their sessions for good",
				ArgsUsage: "LOGIN",
				Flags:     dataFlags(),
				Action:    disableStaff,
			},
		},
	}
}

func roleNames() string {
	names := make([]string, len(staff.Roles))
	for i, r := range staff.Roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

func addStaff(ctx context.Context, cmd *cli.Command) error {
	in := models.NewStaff{
		Login: cmd.String("login"), Name: cmd.String("name"), Badge: cmd.String("badge"), Role: staff.Role(cmd.String("role")),
		Station: cmd.String("station"), Org: cmd.String("org"),
		Document: cmd.String("document"), DocumentKind: cmd.String("document-kind"), Nationality: cmd.String("nationality"),
		Division: cmd.String("division"), Detail: cmd.String("address"),
	}
	if in.Badge == "" {
		in.Badge = in.Login
	}
	made := !cmd.Bool("password-stdin")
	if made {
		in.Password = rand.Text()[:20] // 100 bits
	} else {
		line, err := bufio.NewReader(cmd.Root().Reader).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the password: %w", err)
		}
		in.Password = strings.TrimRight(line, "\r\n")
	}
	var added models.AddedStaff
	err := operate(ctx, cmd, admin.AddStaff, in, &added, func(p *models.Portal) (err error) {
		added, err = p.AddStaff(ctx, in)
		return err
	})
	if err != nil {
		return err
	}
	t, w := text.For(operatorLanguage()), cmd.Root().Writer
	fmt.Fprintln(w, t.T("staff.added", in.Login, string(in.Role)))
	if made {
		fmt.Fprintln(w, t.T("staff.added_password", in.Password))
	}
	fmt.Fprintln(w, t.T("staff.added_totp", added.TOTPURI))
	return nil
}

func disableStaff(ctx context.Context, cmd *cli.Command) error {
	if cmd.NArg() != 1 {
		return fmt.Errorf("%w: name one login: yongxing staff disable LOGIN", errUsage)
	}
	login := cmd.Args().First()
	err := operate(ctx, cmd, admin.DisableStaff, login, nil, func(p *models.Portal) error { return p.DisableStaff(ctx, login) })
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.Root().Writer, text.For(operatorLanguage()).T("staff.disabled", login))
	return nil
}

// operate has the server do an operation if the portal is being served from this
// data folder, else does it here. What a story refuses is put into words.
func operate(ctx context.Context, cmd *cli.Command, operation string, in, result any, here func(*models.Portal) error) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	err = admin.Call(ctx, filepath.Join(cmd.String("data"), "admin.sock"), operation, bytes.NewReader(body), result)
	if errors.Is(err, admin.ErrNoServer) {
		p, closePortal, oerr := openPortal(ctx, cmd)
		if oerr != nil {
			return oerr
		}
		defer closePortal()
		err = here(p)
	}
	return sentence(text.For(operatorLanguage()), err)
}
