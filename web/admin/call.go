package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"yongxing/models/fault"
)

// ErrNoServer means that nobody serves the portal of this data folder, so that
// the caller can open it itself.
var ErrNoServer = errors.New("the portal is not being served")

// Call has the server behind the socket at path do an operation, and puts what
// it results in into result, also beside an error. What the story refused is a
// *fault.Invalid, as if the story had been called here.
func Call(ctx context.Context, path, operation string, body io.Reader, result any) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		address, done, err := reach(path)
		if err != nil {
			return nil, err
		}
		defer done()
		return new(net.Dialer).DialContext(ctx, "unix", address)
	}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin"+operation, io.NopCloser(body)) // a body that was not sent stays open
	if err != nil {
		return fmt.Errorf("admin socket: %w", err)
	}
	res, err := client.Do(req)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return ErrNoServer
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s belongs to the user that serves the portal: run this as that user", path)
	case err != nil:
		return fmt.Errorf("admin socket: %w", err)
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		return fmt.Errorf("the server does not know %s: it is of another version, restart it", operation)
	}
	if len(a.Result) > 0 && result != nil {
		if err := json.Unmarshal(a.Result, result); err != nil {
			return fmt.Errorf("admin socket: %w", err)
		}
	}
	switch {
	case len(a.Problems) > 0:
		return &fault.Invalid{Problems: a.Problems}
	case a.Busy:
		return fmt.Errorf("%s: %w", a.Error, fault.Busy)
	case a.Error != "":
		return errors.New(a.Error)
	}
	return nil
}

// longest is how long the path of a socket may be on every system.
const longest = 100

// reach is path in a form that the system takes for a socket. Where the path is
// too long for it, Linux reaches the folder through an open descriptor, which
// done closes.
func reach(path string) (address string, done func(), err error) {
	if len(path) <= longest {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the path %s is too long for a socket: use a data folder with a shorter one", path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	fd := strconv.FormatUint(uint64(dir.Fd()), 10)
	return filepath.Join("/proc/self/fd", fd, filepath.Base(path)), func() { dir.Close() }, nil
}
