package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"
)

// Without --base-url people are sent to where the portal listens.
func TestBaseURLFollowsTheAddress(t *testing.T) {
	for _, c := range []struct {
		want string
		args []string
	}{
		{"http://localhost:8080", nil},
		{"http://localhost:9000", []string{"--addr", ":9000"}},
		{"http://localhost:9000", []string{"--addr", "0.0.0.0:9000"}},
		{"http://127.0.0.1:9000", []string{"--addr", "127.0.0.1:9000"}},
		{"http://[::1]:9000", []string{"--addr", "[::1]:9000"}},
		{"http://192.168.1.7:9000", []string{"--demo", "--addr", "192.168.1.7:9000"}},
		{"http://localhost:9000", []string{"--addr", "192.168.1.7:9000"}},
		{"https://code.example.cn", []string{"--addr", ":9000", "--base-url", "https://code.example.cn"}},
	} {
		cmd := serveCommand()
		cmd.Action = func(_ context.Context, cmd *cli.Command) error {
			if cfg, err := webConfig(cmd, nil); err != nil || cfg.BaseURL.String() != c.want {
				t.Errorf("%v: %v, %v; want %s", c.args, cfg.BaseURL, err, c.want)
			}
			return nil
		}
		if err := cmd.Run(t.Context(), append([]string{"serve"}, c.args...)); err != nil {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

// A code that nobody can look up is shown for minutes, not for days.
func TestLastKnownHasALimit(t *testing.T) {
	for length, fits := range map[string]bool{"10m": true, "1m": true, "1h": true, "59s": false, "61m": false, "0": false, "-1m": false} {
		if _, err := yongxing(t, "serve", "--last-known", length, "--data", t.TempDir()); !errors.Is(err, errUsage) || strings.Contains(err.Error(), "--last-known") == fits {
			t.Errorf("%s: %v", length, err) // one that fits is refused for the want of --sms
		}
	}
}
