package pass

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/bits"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr/coding"
)

const base = "https://yx.ningbo.example"

func text(t testing.TB) string {
	return URL(base, sign(t, NewSigner([]byte("the pass key of a test"))))
}

// The library's own encoder is the oracle of every module, mask by mask.
func TestMatrixIsTheLibrarys(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 20, 47, 48, 90, 122, 160, 178, 250, 262, 311, 366} {
		data := strings.Repeat("HTTPS://YX/V/A2 ", 25)[:length]
		rows, err := matrix(data)
		if err != nil {
			t.Fatal(err)
		}
		version := coding.Version((len(rows) - 17) / 4)
		found := false
		for mask := range coding.Mask(8) {
			p, err := coding.NewPlan(version, level, mask)
			if err != nil {
				t.Fatal(err)
			}
			code, err := p.Encode(coding.Alpha(data))
			if err != nil {
				t.Fatal(err)
			}
			found = found || same(rows, code)
		}
		if !found {
			t.Errorf("%d characters: no mask of the library gives this matrix", length)
		}
	}
}

func same(rows []row, code *coding.Code) bool {
	for y := range rows {
		for x := range rows {
			if (rows[y]>>(len(rows)-1-x)&1 == 1) != code.Black(x, y) {
				return false
			}
		}
	}
	return true
}

func TestQRRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"https://yx", "A_B", "码", strings.Repeat("A", 367)} {
		if _, _, err := QR(bad); err == nil {
			t.Errorf("%.12q: drawn", bad)
		}
	}
}

// naive weighs one line as the standard words it, to check the bit tricks.
func naive(line []bool) (runScore, finderCount int) {
	length := 1
	for i := 1; i <= len(line); i++ {
		if i < len(line) && line[i] == line[i-1] {
			length++
			continue
		}
		if length >= 5 {
			runScore += length - 2
		}
		length = 1
	}
	var s strings.Builder
	for _, b := range line {
		s.WriteByte("01"[map[bool]int{true: 1}[b]])
	}
	for i := 0; i+11 <= len(line); i++ {
		if w := s.String()[i : i+11]; w == "00001011101" || w == "10111010000" {
			finderCount++
		}
	}
	return runScore, finderCount
}

func TestPenaltyOfLines(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := 21 + 4*random.IntN(11)
		r := random.Uint64() & random.Uint64() & (1<<n - 1)
		line := make([]bool, n)
		for x := range line {
			line[x] = r>>(n-1-x)&1 == 1
		}
		wantRuns, wantFinders := naive(line)
		if got := runs(r, n); got != wantRuns {
			t.Fatalf("runs of %0*b: %d, want %d", n, r, got, wantRuns)
		}
		if got := finders(r, n); got != wantFinders {
			t.Fatalf("finders of %0*b: %d, want %d", n, r, got, wantFinders)
		}
	}
}

func TestTransposeAndBlocks(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	n := 45
	rows := make([]row, n)
	for y := range rows {
		rows[y] = random.Uint64() & (1<<n - 1)
	}
	columns := transpose(rows)
	black := func(x, y int) row { return rows[y] >> (n - 1 - x) & 1 }
	want, got := 0, 0
	for y := range n {
		for x := range n {
			if black(x, y) != columns[x]>>(n-1-y)&1 {
				t.Fatalf("module %d, %d moved", x, y)
			}
			if x+1 < n && y+1 < n && black(x, y) == black(x+1, y) && black(x, y) == black(x, y+1) && black(x, y) == black(x+1, y+1) {
				want++
			}
		}
		if y+1 < n {
			got += bits.OnesCount64(blocks(rows[y], rows[y+1], n))
		}
	}
	if got != want {
		t.Errorf("blocks: %d, want %d", got, want)
	}
}

var pathRun = regexp.MustCompile(`M(\d+) (\d+)\.5h(\d+)|m(\d+) 0h(\d+)`)

// raster draws an SVG path as QR writes it, scale pixels a module.
func raster(t *testing.T, path string, side, scale int) image.Image {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	x, y, read := 0, 0, 0
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	for _, m := range pathRun.FindAllStringSubmatch(path, -1) {
		read += len(m[0])
		run := number(m[3]) + number(m[5])
		if m[1] != "" {
			x, y = number(m[1]), number(m[2])
		} else {
			x += number(m[4])
		}
		for dy := range scale {
			for dx := range run * scale {
				picture.SetGray(x*scale+dx, y*scale+dy, color.Gray{})
			}
		}
		x += run
	}
	if read != len(path) {
		t.Fatalf("path has %d characters, %d understood", len(path), read)
	}
	return picture
}

func TestScannerReadsTheQR(t *testing.T) {
	t.Parallel()
	scanner, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("YX_REQUIRE_BROWSER") == "1" {
			t.Fatal("zbarimg is required and missing")
		}
		t.Skip("zbarimg is not installed")
	}
	for _, want := range []string{text(t), URL("http://192.168.1.20:8080", "ABC234"), URL(base+".a-long-name-of-a-city-in-a-province", strings.Repeat("K7", 120))} {
		path, side, err := QR(want)
		if err != nil {
			t.Fatal(err)
		}
		var picture bytes.Buffer
		if err := png.Encode(&picture, raster(t, path, side, 4)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "qr.png")
		if err := os.WriteFile(file, picture.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(scanner, "--raw", "-q", file).Output()
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("scanner read %q (%v), want %q", out, err, want)
		}
	}
}

// A token of a code stays small enough for an old camera: version 6, 41 modules.
func TestSizeOfACode(t *testing.T) {
	t.Parallel()
	path, side, err := QR(text(t))
	if err != nil {
		t.Fatal(err)
	}
	if side > 41+2*Quiet {
		t.Errorf("%d modules with quiet zone", side)
	}
	if len(path) > 10_000 {
		t.Errorf("path of %d bytes", len(path))
	}
}

func BenchmarkQR(b *testing.B) {
	link := text(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := QR(link); err != nil {
			b.Fatal(err)
		}
	}
}
