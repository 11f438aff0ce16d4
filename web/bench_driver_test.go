package web_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yongxing/web/webtest"
)

// The driver of the benchmarks is this test program again, as another process:
// what it uses must not be charged to the server. It speaks just enough HTTP to
// be cheap.

// asks is what the driver asks for: a path, by one browser for each cookie in
// turn.
type asks struct {
	path    string
	cookies []string
}

// order is what the driver is told on its standard input.
type order struct {
	Address, Path string
	Cookies       []string
	For           time.Duration
}

// report is what it answers.
type report struct {
	Got   int64
	Took  time.Duration
	Error string
}

const (
	driverSetting = "YX_BENCH_DRIVER"
	driverConns   = 16
)

func TestMain(m *testing.M) {
	if os.Getenv(driverSetting) != "" {
		driverMain()
		return
	}
	os.Exit(webtest.Run(m))
}

// runDriver has a driver ask for a while and returns how many answers it got.
func runDriver(b *testing.B, address string, a asks, during time.Duration) (got int64, took time.Duration) {
	b.Helper()
	in, err := json.Marshal(order{Address: address, Path: a.path, Cookies: a.cookies, For: during})
	if err != nil {
		b.Fatal(err)
	}
	driver := exec.Command(os.Args[0])
	driver.Env = append(os.Environ(), driverSetting+"=1")
	driver.Stdin = strings.NewReader(string(in))
	out, err := driver.Output()
	if err != nil {
		b.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil || r.Error != "" || r.Got == 0 {
		b.Fatalf("driver: %v %q, %d answers", err, r.Error, r.Got)
	}
	return r.Got, r.Took
}

func driverMain() {
	var o order
	r := report{}
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		r.Error = err.Error()
	} else {
		r = o.drive()
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
}

func (o order) drive() report {
	requests := [][]byte{o.request("")}
	if len(o.Cookies) > 0 {
		requests = requests[:0]
		for _, c := range o.Cookies {
			requests = append(requests, o.request("Cookie: yx_resident="+c+"; yx_browser="+c+"\r\n"))
		}
	}
	var next, got atomic.Int64
	var failed atomic.Value
	begun := time.Now()
	until := begun.Add(o.For)
	var group sync.WaitGroup
	for range driverConns {
		group.Go(func() {
			conn, err := net.Dial("tcp", o.Address)
			if err != nil {
				failed.Store(err.Error())
				return
			}
			defer conn.Close()
			answers := bufio.NewReaderSize(conn, 64<<10)
			for time.Now().Before(until) {
				if _, err = conn.Write(requests[next.Add(1)%int64(len(requests))]); err == nil {
					err = readAnswer(answers)
				}
				if err != nil {
					failed.Store(err.Error())
					return
				}
				got.Add(1)
			}
		})
	}
	group.Wait()
	r := report{Got: got.Load(), Took: time.Since(begun)}
	r.Error, _ = failed.Load().(string)
	return r
}

func (o order) request(cookie string) []byte {
	return []byte("GET " + o.Path + " HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: bench\r\nAccept-Encoding: gzip\r\n" + cookie + "\r\n")
}

// readAnswer reads one answer of status 200 and known length.
func readAnswer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(line), "HTTP/1.1 200 ") {
		return fmt.Errorf("answer: %s", line)
	}
	length := -1
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("an answer without its length")
	}
	_, err = io.CopyN(io.Discard, r, int64(length))
	return err
}
