package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What testdata/disk.c ends with, apart from what the program ends with.
const (
	diskCut    = 75
	diskCannot = 77
)

// builtIn is where the tests' programs are built, each once.
var (
	builtIn     string
	diskOnce    = sync.OnceValues(buildDisk)
	programOnce = sync.OnceValues(buildProgram)
	demoOnce    = sync.OnceValues(makeDemo)
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(diskTrial); dir != "" {
		tryDisk(dir)
	}
	var err error
	if builtIn, err = os.MkdirTemp("", "yongxing-test-*"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(builtIn)
	os.Exit(code)
}

// shiftVariable says by how much the machine's clock is wrong for the program under
// test.
const shiftVariable = "YX_TEST_SHIFT"

// buildProgram builds the program as it is in all but one thing: where it asks the
// machine for the time, it adds what shiftVariable says.
func buildProgram() (string, error) {
	const asks = "return time.Now().UTC()"
	source, err := os.ReadFile("serve.go")
	if err != nil {
		return "", err
	}
	if strings.Count(string(source), asks) != 1 {
		return "", fmt.Errorf("serve.go does not ask for the time once by %q", asks)
	}
	shifted := strings.Replace(string(source), asks, asks+".Add(testShift)", 1) +
		"\nvar testShift, _ = time.ParseDuration(os.Getenv(\"" + shiftVariable + "\"))\n"
	real, err := filepath.Abs("serve.go")
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {real: filepath.Join(builtIn, "serve.go")}})
	if err != nil {
		return "", err
	}
	plan, binary := filepath.Join(builtIn, "overlay.json"), filepath.Join(builtIn, "yongxing")
	if err := errors.Join(os.WriteFile(filepath.Join(builtIn, "serve.go"), []byte(shifted), 0o600), os.WriteFile(plan, overlay, 0o600)); err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-overlay", plan, "-o", binary, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return binary, err
}

// makeDemo is a data folder with the demo in it, which each test copies: to play it
// takes seconds.
func makeDemo() (string, error) {
	binary, err := programOnce()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(builtIn, "demo")
	run := exec.Command(binary, "serve", "--demo", "--data", dir, "--addr", "127.0.0.1:0", "--metrics-addr", "")
	said, err := run.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := run.Start(); err != nil {
		return "", err
	}
	_, err = bufio.NewReader(said).ReadString('\n') // the welcome, once all is there
	go func() { _, _ = io.Copy(io.Discard, said) }()
	err = errors.Join(err, run.Process.Signal(syscall.SIGTERM), run.Wait())
	_ = os.Remove(filepath.Join(dir, "reserve")) // each makes its own
	return dir, err
}

func buildDisk() (string, error) {
	if runtime.GOOS != "linux" {
		return "", errors.ErrUnsupported
	}
	cc, err := exec.Command("go", "env", "CC").Output()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(builtIn, "disk")
	words := append(strings.Fields(string(cc)), "-O2", "-Wall", "-o", binary, filepath.Join("testdata", "disk.c"))
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	err = exec.Command(binary, "--", "true").Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == diskCannot {
		return "", errors.ErrUnsupported
	}
	return binary, err
}

// disk is the command line by which a program runs on a disk that can fail; the
// test is left out where no process may watch another.
func disk(t *testing.T, dir string, settings ...string) []string {
	t.Helper()
	binary, err := diskOnce()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("left out: this machine does not let one process watch another")
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(append([]string{binary, "dir=" + dir, "stash=" + t.TempDir()}, settings...), "--")
}

// diskTrial names the folder for the child of TestDisk.
const diskTrial = "YX_TEST_DISK_TRIAL"

const trialPages = 64

// tryDisk does what may and what may not be lost, and waits for the cut.
func tryDisk(dir string) {
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, what string) {
		f := must(os.OpenFile(in(name), os.O_CREATE|os.O_WRONLY, 0o600))
		must(f.WriteString(what))
		ok(f.Sync())
		ok(f.Close())
	}
	folder := must(os.Open(dir))
	for _, name := range []string{"flushed", "overwritten", "longer", "shorter", "renamed", "removed"} {
		write(name, "before")
	}
	write("pages", strings.Repeat("a", trialPages*4096))
	ok(folder.Sync())

	f := must(os.OpenFile(in("overwritten"), os.O_RDWR, 0))
	must(f.WriteAt([]byte("after!"), 0))
	longer := must(os.OpenFile(in("longer"), os.O_RDWR|os.O_APPEND, 0))
	must(longer.WriteString(" and after"))
	shorter := must(os.OpenFile(in("shorter"), os.O_RDWR, 0))
	ok(shorter.Truncate(1))
	write("nameless", "its folder was never flushed")
	ok(os.Rename(in("renamed"), in("renamed too")))
	ok(os.Remove(in("removed")))
	pages := must(os.OpenFile(in("pages"), os.O_RDWR, 0))
	for i := range trialPages {
		must(pages.WriteAt(bytes.Repeat([]byte("b"), 4096), int64(i)*4096))
	}
	faulty := must(os.Create(in("faulty")))
	for fmt.Println("done"); ; time.Sleep(10 * time.Millisecond) {
		if _, err := faulty.WriteString("x"); err != nil {
			fmt.Println(err)
		}
	}
}

func must[T any](v T, err error) T {
	ok(err)
	return v
}

func ok(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestDisk holds the disk of the other tests to its word: what was flushed stays,
// what was not is lost, all or half of it; a disk that lies loses what it said
// it had; a full one says so.
func TestDisk(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"mode=all", "mode=half", "lie=1"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dir, faults := t.TempDir(), filepath.Join(t.TempDir(), "faults")
			runTrial(t, dir, faults, mode)
			got := map[string]string{}
			for _, name := range []string{"flushed", "overwritten", "longer", "shorter", "nameless", "renamed", "renamed too", "removed", "pages"} {
				raw, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					raw = []byte("none")
				}
				got[name] = string(raw)
			}
			lost := strings.Count(got["pages"], "a") / 4096
			delete(got, "pages")
			want := map[string]string{"flushed": "before", "overwritten": "before", "longer": "before", "shorter": "before",
				"nameless": "none", "renamed": "before", "renamed too": "none", "removed": "before"}
			switch mode {
			case "lie=1":
				for name := range want {
					want[name] = "none"
				}
			case "mode=half": // what was flushed is there; the rest is a matter of luck
				if got["flushed"] != "before" || lost < 8 || lost > trialPages-8 {
					t.Errorf("flushed is %q, %d of %d pages lost", got["flushed"], lost, trialPages)
				}
				return
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || lost != trialPages && mode == "mode=all" {
				t.Errorf("after the cut %v, want %v; %d pages lost", got, want, lost)
			}
		})
	}
}

func runTrial(t *testing.T, dir, faults, mode string) {
	t.Helper()
	words := append(disk(t, dir, mode, "seed=7", "faults="+faults), os.Args[0])
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), diskTrial+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait := func(word string) {
		t.Helper()
		var said bytes.Buffer
		for b := make([]byte, 256); !strings.Contains(said.String(), word); {
			n, err := out.Read(b)
			if err != nil {
				t.Fatalf("waiting for %q: %v after %q", word, err, said.String())
			}
			said.Write(b[:n])
		}
	}
	wait("done")
	if err := os.WriteFile(faults, []byte(fmt.Sprintf("%d 1 faulty", syscall.ENOSPC)), 0o600); err != nil {
		t.Fatal(err)
	}
	wait(syscall.ENOSPC.Error())
	if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != diskCut {
		t.Fatalf("ended with %v", err)
	}
}
