package evidence

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	_ "image/png" // with image/jpeg the only decoder that the portal links: what is not here cannot be attacked
	"slices"

	"yongxing/models/fault"
)

// What an upload may be. Above these it is refused before a single pixel is
// decoded: the header alone says how much memory the rest would take.
const (
	MaxBytes  = 10 << 20
	maxPixels = 24_000_000
	maxSide   = 12_000
	minSide   = 8
	maxMemory = 128 << 20 // while decoding
)

// Field is the form field that every refusal names.
const Field = "file"

func refuse(key string) error { return fault.Refuse(Field, key) }

// gate says what an upload is ("jpeg" or "png") by its content alone: name and
// declared type are the sender's word. Everything else is refused with a
// sentence that says what to do instead.
func gate(upload []byte) (format string, err error) {
	switch {
	case len(upload) == 0:
		return "", refuse("appeal.photo_empty")
	case len(upload) > MaxBytes:
		return "", refuse("appeal.photo_heavy")
	}
	format, err = sniff(upload)
	if err != nil {
		return "", err
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(upload))
	if err != nil {
		return "", refuse("appeal.photo_broken")
	}
	pixels := int64(head.Width) * int64(head.Height)
	switch {
	case min(head.Width, head.Height) < minSide:
		return "", refuse("appeal.photo_tiny")
	case max(head.Width, head.Height) > maxSide, pixels > maxPixels:
		return "", refuse("appeal.photo_large")
	case pixels*perPixel(format, head.ColorModel, upload) > maxMemory:
		return "", refuse("appeal.photo_large")
	}
	return format, nil
}

// sniff tells the format by the first bytes.
func sniff(b []byte) (string, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return "jpeg", nil
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return "png", nil
	case isHEIC(b):
		return "", refuse("appeal.photo_heic")
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return "", refuse("appeal.photo_pdf")
	case bytes.HasPrefix(b, []byte("GIF8")):
		return "", refuse("appeal.photo_gif")
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return "", refuse("appeal.photo_webp")
	case bytes.Contains(bytes.ToLower(b[:min(len(b), 1024)]), []byte("<svg")):
		return "", refuse("appeal.photo_svg")
	}
	return "", refuse("appeal.photo_unknown")
}

// isHEIC knows the brands that iPhones and newer Androids write.
func isHEIC(b []byte) bool {
	return len(b) >= 12 && string(b[4:8]) == "ftyp" &&
		slices.Contains([]string{"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}, string(b[8:12]))
}

// perPixel is how many bytes the decoder takes for one pixel, at most.
func perPixel(format string, model color.Model, upload []byte) int64 {
	if format == "png" {
		switch model {
		case color.RGBA64Model, color.NRGBA64Model:
			return 8
		case color.RGBAModel, color.NRGBAModel:
			return 4
		case color.Gray16Model:
			return 2
		}
		return 1
	}
	samples := int64(3)
	switch model {
	case color.GrayModel:
		samples = 1
	case color.CMYKModel:
		samples = 4
	}
	if progressive(upload) {
		return samples * 5 // four bytes of coefficients beside each sample
	}
	return samples
}

// progressive tells whether a JPEG keeps all its coefficients until the end.
func progressive(b []byte) bool {
	found := false
	segments(b, func(marker byte, _ []byte) bool {
		found = found || marker == 0xc2
		return !found
	})
	return found
}

// segments walks the segments of a JPEG up to the first scan, as far as they
// are whole; visit returns false to stop.
func segments(b []byte, visit func(marker byte, body []byte) bool) {
	for at := 2; at+4 <= len(b); {
		if b[at] != 0xff {
			return
		}
		marker := b[at+1]
		if marker == 0xff { // fill byte
			at++
			continue
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if marker == 0xda || n < 2 || at+2+n > len(b) || !visit(marker, b[at+4:at+2+n]) {
			return
		}
		at += 2 + n
	}
}
