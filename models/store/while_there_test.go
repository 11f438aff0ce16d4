package store

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"
)

// A read that was let in a moment before the server was found to be away, and asks
// for its context a moment after, is told as well.
func TestWhileThere_foundAwayBetween(t *testing.T) {
	r := &reach{log: slog.New(slog.DiscardHandler)}
	r.ctx, r.end = context.WithCancel(context.Background())
	if err := r.err(); err != nil {
		t.Fatal(err)
	}
	r.heard(false)
	ctx, leave := r.whileThere(context.Background())
	defer leave()
	r.heard(false) // the watch asks on
	select {
	case <-ctx.Done():
		if !errors.Is(context.Cause(ctx), errAway) {
			t.Error(context.Cause(ctx))
		}
	case <-time.After(time.Second):
		t.Error("nobody tells it")
	}
}
