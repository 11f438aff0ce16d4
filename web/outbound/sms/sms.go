// Package sms hands text messages to a gateway. Two sinks are enough to join any
// provider: a file that another program follows, and an address that takes a
// JSON object. Both get the same object: to, text, at, kind.
package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"yongxing/handlers/job"
)

// postTimeout is how long a gateway has to answer.
const postTimeout = 5 * time.Second

// Open opens a sink: file:PATH appends one JSON object a line, http:URL (or
// https:URL) posts the object and takes any 2xx for done. The error says what is
// wrong with the sink.
func Open(sink string) (job.Sender, error) {
	kind, rest, _ := strings.Cut(sink, ":")
	switch {
	case kind == "file" && rest != "":
		f := &file{path: rest}
		return f, f.touch()
	case kind == "http" || kind == "https":
		// Both http://host/path and http:http://host/path are meant.
		address := sink
		if strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://") {
			address = rest
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return nil, errors.New("a sink for messages must be file:PATH or http:URL")
		}
		return &post{address: address, client: &http.Client{
			Timeout:       postTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}, nil
	}
	return nil, errors.New("a sink for messages must be file:PATH or http:URL")
}

// object is a message as every sink gets it.
type object struct {
	To   string    `json:"to"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
}

func encode(m job.Message) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b) // ends with a line feed
	e.SetEscapeHTML(false)
	if err := e.Encode(object{m.To, m.Text, m.At, m.Kind}); err != nil {
		return nil, fmt.Errorf("sms: %w", err)
	}
	return b.Bytes(), nil
}

// file appends to a file. It opens it each time, so that it can be rotated.
type file struct {
	mu   sync.Mutex
	path string
}

// touch makes the folder and the file, so that a wrong path is known at start.
func (f *file) touch() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return fmt.Errorf("sms: %w", err)
	}
	return f.append(nil)
}

// Send appends one line in one write and returns once it is on disk.
func (f *file) Send(_ context.Context, m job.Message) error {
	line, err := encode(m)
	if err != nil {
		return err
	}
	return f.append(line)
}

func (f *file) append(line []byte) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("sms: %w", err)
	}
	defer func() {
		if cerr := out.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("sms: %w", cerr)
		}
	}()
	if len(line) == 0 {
		return nil
	}
	if halved(out) {
		line = append([]byte("\n"), line...)
	}
	if _, err := out.Write(line); err != nil {
		return fmt.Errorf("sms: %w", err)
	}
	if err := out.Sync(); err != nil {
		return fmt.Errorf("sms: %w", err)
	}
	return nil
}

// halved tells that the last line was cut short, by a full disk or a crash. It was
// not taken and will come again; nothing may stand behind it on its line.
func halved(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return err == nil && last[0] != '\n'
}

// post posts to a gateway.
type post struct {
	address string
	client  *http.Client
}

// Send posts one object. Its errors do not hold the address, which may carry a
// key of the gateway.
func (p *post) Send(ctx context.Context, m job.Message) error {
	body, err := encode(m)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.address, bytes.NewReader(body))
	if err != nil {
		return errors.New("sms: the gateway's address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := p.client.Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return fmt.Errorf("sms: gateway: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("sms: gateway answered %d", res.StatusCode)
	}
	return nil
}
