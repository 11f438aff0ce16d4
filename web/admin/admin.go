// Package admin is the door by which the verbs of the command line reach a
// portal that is being served: the server holds the database for itself, and an
// operator must be able to import a file beside it. It is a socket in the data
// folder that only the server's own user can open; there is no other way in, and
// it never listens on a network.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/models/ledger"
)

// The operations.
const (
	ImportFacts  = "/import/facts"  // body: a CSV file; answer: models.Report
	PublishAreas = "/areas/publish" // body: a CSV file; answer: models.Report
	OpenStations = "/stations/open" // body: a CSV file; answer: models.Report
	AddStaff     = "/staff/add"     // body: models.NewStaff as JSON; answer: models.AddedStaff
	DisableStaff = "/staff/disable" // body: the login as JSON
)

const (
	// bodyBytes is more than the largest file that a story takes.
	bodyBytes = 32 << 20
	// workTime is the longest that an operation may take.
	workTime = 10 * time.Minute
	// stopTime is how long operations at work have to end when the server stops.
	stopTime = 10 * time.Second
)

// operator stands in the ledger for whoever may open the socket: the operating
// system knows who that was, the portal does not.
var operator = ledger.Entry{Actor: "system", Purpose: "operator"}

// Serve opens the door of a portal at path, a socket that is made anew: the
// caller holds the lock of the data folder, so one that is there was left behind
// by a crash. stop ends what is at work and removes the socket.
func Serve(ctx context.Context, path string, p *models.Portal) (stop func(), err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	address, done, err := reach(path)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := new(net.ListenConfig).Listen(ctx, "unix", address)
	if err != nil {
		return nil, fmt.Errorf("admin socket %s: %w", path, err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // address may be a descriptor that is closed by then
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	log := p.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &http.Server{
		Handler: operations(p, log), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: workTime, WriteTimeout: workTime,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("admin socket", "error", err)
		}
	}()
	return func() {
		end, give := context.WithTimeout(context.Background(), stopTime)
		defer give()
		_ = s.Shutdown(end)
		cancel() // an import stops between two chunks and can be run again
		_ = os.Remove(path)
	}, nil
}

func operations(p *models.Portal, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST "+ImportFacts, operation(log, func(r *http.Request) (any, error) {
		return p.ImportFacts(r.Context(), r.Body, operator)
	}))
	mux.Handle("POST "+PublishAreas, operation(log, func(r *http.Request) (any, error) {
		return p.PublishAreas(r.Context(), r.Body, operator)
	}))
	mux.Handle("POST "+OpenStations, operation(log, func(r *http.Request) (any, error) {
		return p.OpenStations(r.Context(), r.Body, operator)
	}))
	mux.Handle("POST "+AddStaff, operation(log, func(r *http.Request) (any, error) {
		var in models.NewStaff
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		return p.AddStaff(r.Context(), in)
	}))
	mux.Handle("POST "+DisableStaff, operation(log, func(r *http.Request) (any, error) {
		var login string
		if err := json.NewDecoder(r.Body).Decode(&login); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		return nil, p.DisableStaff(r.Context(), login)
	}))
	return mux
}

// answer is what every operation says. Result stands also beside an error: a
// report tells how far an import came.
type answer struct {
	Result   json.RawMessage `json:"result,omitempty"`
	Problems []fault.Problem `json:"problems,omitempty"` // of a *fault.Invalid
	Busy     bool            `json:"busy,omitempty"`
	Error    string          `json:"error,omitempty"`
}

func operation(log *slog.Logger, do func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytes)
		result, err := do(r)
		var out answer
		if result != nil {
			body, jerr := json.Marshal(result)
			err = errors.Join(err, jerr)
			out.Result = body
		}
		status := http.StatusOK
		var bad *fault.Invalid
		switch {
		case errors.As(err, &bad):
			status, out.Problems = http.StatusUnprocessableEntity, bad.Problems
		case errors.Is(err, fault.Busy):
			status, out.Busy, out.Error = http.StatusServiceUnavailable, true, err.Error()
		case err != nil:
			status, out.Error = http.StatusInternalServerError, err.Error()
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(out); err != nil {
			log.Warn("admin socket: answer", "operation", r.URL.Path, "error", err)
		}
	})
}
