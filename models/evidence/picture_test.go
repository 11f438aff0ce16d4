package evidence

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"testing"
	"time"

	"yongxing/models/fault"
)

func testFolder(t testing.TB) *Folder {
	t.Helper()
	f, err := NewFolder(t.TempDir(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// photo is a picture whose left upper quarter is red on blue.
func photo(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{B: 200, A: 255}
			if x < w/2 && y < h/2 {
				c = color.RGBA{R: 200, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withEXIF puts an orientation, a time and a place into a JPEG as phones do.
func withEXIF(jpg []byte, orientation int, taken, offset string) []byte {
	var t bytes.Buffer
	le := binary.LittleEndian
	put := func(vs ...any) {
		for _, v := range vs {
			_ = binary.Write(&t, le, v)
		}
	}
	t.WriteString("II*\x00")
	put(uint32(8))
	put(uint16(3)) // IFD0: orientation, EXIF, GPS
	put(uint16(tagOrientation), uint16(3), uint32(1), uint32(orientation))
	put(uint16(tagExif), uint16(4), uint32(1), uint32(50))
	put(uint16(0x8825), uint16(4), uint32(1), uint32(120))
	put(uint32(0))
	put(uint16(2)) // at 50: EXIF
	put(uint16(tagTaken), uint16(2), uint32(20), uint32(80))
	put(uint16(tagOffset), uint16(2), uint32(7), uint32(100))
	put(uint32(0))
	t.WriteString((taken + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")[:20])
	t.WriteString((offset + "\x00\x00\x00\x00\x00\x00\x00")[:7])
	t.WriteString("\x00GPS 29.87N 121.55E            ")
	body := append([]byte("Exif\x00\x00"), t.Bytes()...)
	out := append([]byte{}, jpg[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	out = append(out, body...)
	return append(out, jpg[2:]...)
}

// pngHeader claims any size without having the pixels.
func pngHeader(w, h uint32, depth, kind byte) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(body)))
		b.WriteString(name)
		b.Write(body)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(name), body...)))
	}
	head := binary.BigEndian.AppendUint32(nil, w)
	head = binary.BigEndian.AppendUint32(head, h)
	chunk("IHDR", append(head, depth, kind, 0, 0, 0))
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	_, _ = zw.Write(make([]byte, 1<<20))
	zw.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}

func TestFolder_Prepare_refuses(t *testing.T) {
	t.Parallel()
	f := testFolder(t)
	good := asJPEG(t, photo(200, 100))
	for _, c := range []struct {
		name   string
		upload []byte
		key    string
	}{
		{"nothing", nil, "appeal.photo_empty"},
		{"above 10 MB", append(good[:len(good):len(good)], make([]byte, MaxBytes)...), "appeal.photo_heavy"},
		{"heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "appeal.photo_heic"},
		{"heic by its other brand", []byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic"), "appeal.photo_heic"},
		{"pdf", []byte("%PDF-1.7\n%\xe2\xe3"), "appeal.photo_pdf"},
		{"gif", []byte("GIF89a\x01\x00\x01\x00"), "appeal.photo_gif"},
		{"webp", []byte("RIFF\x24\x00\x00\x00WEBPVP8 "), "appeal.photo_webp"},
		{"svg", []byte(`<?xml version="1.0"?><SVG xmlns="http://www.w3.org/2000/svg" onload="x()"/>`), "appeal.photo_svg"},
		{"html called jpg", []byte("<html><script>alert(1)</script>"), "appeal.photo_unknown"},
		{"zip", []byte("PK\x03\x04\x14\x00\x00\x00"), "appeal.photo_unknown"},
		{"one byte", []byte{0xff}, "appeal.photo_unknown"},
		{"jpeg marker and no more", []byte("\xff\xd8\xff"), "appeal.photo_broken"},
		{"jpeg cut in half", good[:len(good)/2], "appeal.photo_broken"},
		{"png cut in half", asPNG(t, photo(300, 300))[:300], "appeal.photo_broken"},
		{"png bomb of 144 megapixels", pngHeader(12000, 12000, 8, 2), "appeal.photo_large"},
		{"png bomb of one bit a pixel", pngHeader(12000, 12000, 1, 0), "appeal.photo_large"},
		{"25 megapixels that need little memory", pngHeader(5000, 5000, 1, 0), "appeal.photo_large"},
		{"a strip longer than any photo", pngHeader(12001, 8, 8, 0), "appeal.photo_large"},
		{"png bomb of 16 bits", pngHeader(5900, 4000, 16, 6), "appeal.photo_large"},
		{"png of a width near 2^31", pngHeader(1<<31-1, 8, 8, 2), "appeal.photo_large"},
		{"png of no height", pngHeader(100, 0, 8, 2), "appeal.photo_broken"},
		{"png that lacks most of its pixels", pngHeader(4000, 4000, 8, 2), "appeal.photo_broken"},
		{"a line", asPNG(t, photo(4000, 1)), "appeal.photo_tiny"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.Prepare(t.Context(), c.upload)
			var bad *fault.Invalid
			if !errors.As(err, &bad) || bad.Problems[0].Key != c.key || bad.Problems[0].Field != Field {
				t.Errorf("Prepare = %v, want %s", err, c.key)
			}
		})
	}
}

func TestFolder_Prepare_keepsPixelsOnly(t *testing.T) {
	t.Parallel()
	f := testFolder(t)
	plain := asJPEG(t, photo(400, 200))
	for _, c := range []struct {
		name   string
		upload []byte
		w, h   int
		red    image.Point // where the red quarter has gone
		taken  time.Time
	}{
		{"jpeg", plain, 400, 200, image.Pt(50, 50), time.Time{}},
		{"png, whatever it was called", asPNG(t, photo(400, 200)), 400, 200, image.Pt(50, 50), time.Time{}},
		{"large is scaled", asJPEG(t, photo(4100, 2000)), 1600, 780, image.Pt(200, 200), time.Time{}},
		{"little above the limit is scaled", asPNG(t, photo(1700, 850)), 1600, 800, image.Pt(200, 200), time.Time{}},
		{"camera held upright", withEXIF(plain, 6, "2026:11:20 09:30:00", "+08:00"), 200, 400, image.Pt(150, 50), time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC)},
		{"camera upside down, no offset", withEXIF(plain, 3, "2026:11:20 09:30:00", ""), 400, 200, image.Pt(350, 150), time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC)},
		{"nonsense in EXIF", withEXIF(plain, 77, "gestern", "x"), 400, 200, image.Pt(50, 50), time.Time{}},
		{"page behind the picture", append(plain[:len(plain):len(plain)], "<script>GPS</script>"...), 400, 200, image.Pt(50, 50), time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := f.Prepare(t.Context(), c.upload)
			if err != nil {
				t.Fatal(err)
			}
			if p.Width != c.w || p.Height != c.h {
				t.Errorf("size = %d × %d, want %d × %d", p.Width, p.Height, c.w, c.h)
			}
			if !p.Taken.Equal(c.taken) {
				t.Errorf("taken = %v, want %v", p.Taken, c.taken)
			}
			for _, gone := range []string{"Exif", "GPS", "121.55", "script", "2026:11"} {
				if bytes.Contains(p.JPEG, []byte(gone)) {
					t.Errorf("the picture still holds %q", gone)
				}
			}
			img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
			if err != nil {
				t.Fatal(err)
			}
			if r, _, b, _ := img.At(c.red.X, c.red.Y).RGBA(); r < b {
				t.Errorf("the red quarter is not at %v", c.red)
			}
		})
	}
}

// What is see-through becomes white, not black: a scanned letter stays legible.
func TestFolder_Prepare_transparent(t *testing.T) {
	t.Parallel()
	p, err := testFolder(t).Prepare(t.Context(), asPNG(t, image.NewNRGBA(image.Rect(0, 0, 50, 50))))
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := img.At(25, 25).RGBA(); r < 0xf000 {
		t.Errorf("a see-through pixel has red %x, want white", r)
	}
}

// Every orientation is its own inverse's inverse: turned maps onto the whole
// picture, no pixel twice.
func TestTurned(t *testing.T) {
	t.Parallel()
	const w, h = 5, 3
	for o := 1; o <= 8; o++ {
		seen := map[image.Point]bool{}
		for y := range h {
			for x := range w {
				seen[turned(o, x, y, w, h)] = true
			}
		}
		if len(seen) != w*h {
			t.Errorf("orientation %d uses %d of %d places", o, len(seen), w*h)
		}
	}
}

func TestFolder_Prepare_busy(t *testing.T) {
	t.Parallel()
	f := testFolder(t)
	f.turn <- struct{}{} // somebody's picture takes for ever
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := f.Prepare(ctx, asJPEG(t, photo(20, 20))); !errors.Is(err, fault.Busy) {
		t.Errorf("Prepare while waiting too long = %v, want fault.Busy", err)
	}
	for range cap(f.queue) {
		f.queue <- struct{}{}
	}
	if _, err := f.Prepare(t.Context(), asJPEG(t, photo(20, 20))); !errors.Is(err, fault.Busy) {
		t.Errorf("Prepare with a full queue = %v, want fault.Busy", err)
	}
}

// The largest photos that pass, one after the other, do not add up.
func TestFolder_Prepare_memory(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes 24 megapixels")
	}
	f := testFolder(t)
	upload := asJPEG(t, image.NewYCbCr(image.Rect(0, 0, 6000, 4000), image.YCbCrSubsampleRatio420))
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 4 {
		if _, err := f.Prepare(t.Context(), upload); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 200<<20 {
		t.Errorf("four photos of 24 megapixels took %d MB from the system, want at most 200", grown>>20)
	}
}

// Whatever comes in, the doors answer and do not fall over.
func FuzzPrepare(f *testing.F) {
	folder := testFolder(f)
	plain := asJPEG(f, photo(40, 20))
	f.Add(plain)
	f.Add(withEXIF(plain, 6, "2026:11:20 09:30:00", "+08:00"))
	f.Add(asPNG(f, photo(20, 20)))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, upload []byte) {
		readCamera(upload)
		p, err := folder.Prepare(t.Context(), upload)
		if err == nil && (p.Width < 1 || len(p.JPEG) == 0) {
			t.Errorf("Prepare made an empty picture")
		}
	})
}
