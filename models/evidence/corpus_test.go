package evidence

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"runtime"
	"testing"

	"yongxing/models/fault"
)

// chunks puts chunks behind the header of a PNG.
func chunks(png []byte, list ...[2]string) []byte {
	const head = 8 + 25 // signature and IHDR
	out := bytes.Clone(png[:head])
	for _, c := range list {
		out = binary.BigEndian.AppendUint32(out, uint32(len(c[1])))
		body := c[0] + c[1]
		out = append(out, body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(body)))
	}
	return append(out, png[head:]...)
}

// segment puts a segment behind the start of a JPEG.
func segment(jpg []byte, marker byte, body string) []byte {
	out := append(bytes.Clone(jpg[:2]), 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	out = append(out, body...)
	return append(out, jpg[2:]...)
}

// cmyk is a JPEG whose header says that it has four colours, as printers' have:
// the grey picture's one component stands for all of them.
func cmyk(t *testing.T) []byte {
	t.Helper()
	grey := asJPEG(t, image.NewGray(image.Rect(0, 0, 32, 32))) // as many blocks as four colours of 16 by 16
	at := bytes.Index(grey, []byte{0xff, 0xc0})
	scan := bytes.Index(grey, []byte{0xff, 0xda})
	if at < 0 || scan < 0 {
		t.Fatal("no frame")
	}
	frame := []byte{0xff, 0xc0, 0, 8 + 4*3, 8, 0, 16, 0, 16, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0}
	start := []byte{0xff, 0xda, 0, 6 + 2*4, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0}
	out := append(bytes.Clone(grey[:at]), frame...)
	out = append(out, grey[at+2+int(binary.BigEndian.Uint16(grey[at+2:])):scan]...)
	out = append(out, start...)
	out = append(out, grey[scan+2+int(binary.BigEndian.Uint16(grey[scan+2:])):]...)
	return segment(out, 0xee, "Adobe\x00\x64\x00\x00\x00\x00\x00")
}

// What is a picture and something else besides is kept as a picture alone, and
// what only looks like one is refused; none of it takes memory that stays.
func TestCorpus(t *testing.T) {
	f := testFolder(t)
	plain, transparent := asJPEG(t, photo(400, 200)), asPNG(t, photo(400, 200))
	palette := image.NewPaletted(image.Rect(0, 0, 60, 40), color.Palette{color.White, color.Transparent})
	deep := image.NewNRGBA64(image.Rect(0, 0, 60, 40))
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, c := range []struct {
		name   string
		upload []byte
		key    string // "" = kept
	}{
		{"jpeg", plain, ""},
		{"png", transparent, ""},
		{"grey", asJPEG(t, image.NewGray(image.Rect(0, 0, 40, 40))), ""},
		{"a palette with a hole", asPNG(t, palette), ""},
		{"sixteen bits a colour", asPNG(t, deep), ""},
		{"four colours, as printers have", cmyk(t), ""},
		{"an animated png", chunks(transparent, [2]string{"acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"}, [2]string{"fcTL", string(make([]byte, 26))}, [2]string{"fdAT", "canary"}), ""},
		{"a png with words in it", chunks(transparent, [2]string{"tEXt", "Comment\x00<script>canary</script>"}), ""},
		{"a png with a place in it", chunks(transparent, [2]string{"eXIf", "II*\x00canary 29.87N"}), ""},
		{"a jpeg with a profile", segment(plain, 0xe2, "ICC_PROFILE\x00canary"), ""},
		{"a jpeg with a comment", segment(plain, 0xfe, "<?php canary ?>"), ""},
		{"a jpeg with a place in it", withEXIF(plain, 1, "2026:11:20 09:30:00", "+08:00"), ""},
		{"a jpeg that is a zip", append(bytes.Clone(plain), "PK\x03\x04canary"...), ""},
		{"a jpeg that is a page", append(bytes.Clone(plain), "<html><script>canary</script>"...), ""},
		{"a png that is a pdf", append(bytes.Clone(transparent), "%PDF-1.7 canary"...), ""},
		{"a page that says it is a gif", []byte("GIF89a/*<script>canary</script>*/"), "appeal.photo_gif"},
		{"a page with a jpeg in it", append([]byte("<html>"), plain...), "appeal.photo_unknown"},
		{"a picture of vectors", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>canary</script></svg>`), "appeal.photo_svg"},
		{"bmp", []byte("BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00"), "appeal.photo_unknown"},
		{"tiff", []byte("II*\x00\x08\x00\x00\x00"), "appeal.photo_unknown"},
		{"a program", []byte("\x7fELF\x02\x01\x01\x00"), "appeal.photo_unknown"},
		{"ten megabytes and a byte", append(bytes.Clone(plain), make([]byte, MaxBytes+1-len(plain))...), "appeal.photo_heavy"},
		{"24 megapixels and a line", pngHeader(6000, 4001, 8, 2), "appeal.photo_large"},
		{"a bomb", pngHeader(30000, 30000, 8, 6), "appeal.photo_large"},
		{"a jpeg that ends in its header", plain[:20], "appeal.photo_broken"},
		{"a png whose header lies", pngHeader(60, 60, 8, 9), "appeal.photo_broken"},
		{"nothing", []byte{}, "appeal.photo_empty"},
	} {
		p, err := f.Prepare(t.Context(), c.upload)
		var bad *fault.Invalid
		switch {
		case c.key != "":
			if !errors.As(err, &bad) || bad.Problems[0].Key != c.key {
				t.Errorf("%s: %v, want %s", c.name, err, c.key)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, gone := range []string{"canary", "script", "ICC_PROFILE", "Exif", "29.87", "GPS", "acTL", "%PDF", "PK\x03"} {
			if bytes.Contains(p.JPEG, []byte(gone)) {
				t.Errorf("%s: what is kept still holds %q", c.name, gone)
			}
		}
		if _, err := jpeg.Decode(bytes.NewReader(p.JPEG)); err != nil || !bytes.HasSuffix(p.JPEG, []byte{0xff, 0xd9}) {
			t.Errorf("%s: what is kept is no JPEG from end to end: %v", c.name, err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 150<<20 {
		t.Errorf("the corpus took %d MB from the system", grown>>20)
	}
}
