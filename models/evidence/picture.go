package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"runtime"
	"time"

	scale "golang.org/x/image/draw"

	"yongxing/models/fault"
)

// longest is the longer side of what is kept: a lease or a ticket is legible,
// and the file is a few hundred kilobytes.
const longest = 1600

const quality = 82

// Picture is what is kept of an upload: its pixels, upright and scaled, as a
// JPEG without any metadata, trailer or profile.
type Picture struct {
	JPEG          []byte
	SHA256        []byte // of the upload, so that a photo used by several people is noticed
	Width, Height int
	Taken         time.Time // what the camera said, kept apart; zero if it did not
}

// Prepare makes a Picture of an upload. Refusals are *fault.Invalid at the field
// "file"; fault.Busy means that too many uploads wait already.
func (f *Folder) Prepare(ctx context.Context, upload []byte) (Picture, error) {
	format, err := gate(upload)
	if err != nil {
		return Picture{}, err
	}
	leave, err := f.enter(ctx)
	if err != nil {
		return Picture{}, err
	}
	defer leave()
	src, _, err := image.Decode(bytes.NewReader(upload))
	if err != nil {
		return Picture{}, refuse("appeal.photo_broken")
	}
	seen := camera{orientation: 1}
	if format == "jpeg" {
		seen = readCamera(upload)
	}
	large := src.Bounds().Dx()*src.Bounds().Dy() > maxPixels/4
	img := upright(fit(src), seen.orientation)
	src = nil
	if large {
		// The decoded original is up to 128 MB that only the collector can give
		// back: without this the next one is decoded beside it. A few milliseconds.
		runtime.GC()
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		return Picture{}, fmt.Errorf("evidence: encode: %w", err)
	}
	sum := sha256.Sum256(upload)
	return Picture{JPEG: out.Bytes(), SHA256: sum[:], Width: img.Bounds().Dx(), Height: img.Bounds().Dy(), Taken: seen.taken}, nil
}

// Full tells that a picture would be refused now because too many wait already:
// whoever receives one can ask before it reads the first byte.
func (f *Folder) Full() bool { return len(f.queue) == cap(f.queue) }

// enter waits for the one slot in which pictures are decoded.
func (f *Folder) enter(ctx context.Context) (leave func(), err error) {
	select {
	case f.queue <- struct{}{}:
	default:
		return nil, fmt.Errorf("evidence: %w", fault.Busy)
	}
	select {
	case f.turn <- struct{}{}:
		return func() { <-f.turn; <-f.queue }, nil
	case <-ctx.Done():
		<-f.queue
		return nil, fmt.Errorf("evidence: %w: %w", fault.Busy, ctx.Err())
	}
}

// fit scales a picture down to the longest side allowed, on white. A whole
// factor comes first, strip by strip, as the mean of blocks, so that no second
// full-size copy exists; the rest (less than twice) is interpolated.
func fit(src image.Image) *image.RGBA {
	b := src.Bounds()
	reduced := shrink(src, max(1, max(b.Dx(), b.Dy())/longest))
	r := reduced.Bounds()
	long := max(r.Dx(), r.Dy())
	if long <= longest {
		return reduced
	}
	dst := image.NewRGBA(image.Rect(0, 0, max(1, r.Dx()*longest/long), max(1, r.Dy()*longest/long)))
	scale.ApproxBiLinear.Scale(dst, dst.Bounds(), reduced, r, draw.Src, nil)
	return dst
}

// shrink makes each block of k × k pixels one pixel. Left-over edges of less
// than a block are cut off.
func shrink(src image.Image, k int) *image.RGBA {
	b := src.Bounds()
	k = min(k, b.Dx(), b.Dy())
	w, h := b.Dx()/k, b.Dy()/k
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	strip := image.NewRGBA(image.Rect(0, 0, b.Dx(), k))
	white := image.NewUniform(color.White)
	for y := range h {
		draw.Draw(strip, strip.Bounds(), white, image.Point{}, draw.Src)
		draw.Draw(strip, strip.Bounds(), src, image.Pt(b.Min.X, b.Min.Y+y*k), draw.Over)
		for x := range w {
			p := mean(strip, x*k, k)
			copy(dst.Pix[dst.PixOffset(x, y):], p[:])
		}
	}
	return dst
}

// mean is the mean of the block of k × k pixels that begins at x.
func mean(strip *image.RGBA, x, k int) [4]byte {
	var r, g, b int
	for j := range k {
		row := strip.Pix[strip.PixOffset(x, j):]
		for i := range k {
			p := row[i*4 : i*4+3 : i*4+3]
			r, g, b = r+int(p[0]), g+int(p[1]), b+int(p[2])
		}
	}
	n := k * k
	return [4]byte{byte(r / n), byte(g / n), byte(b / n), 0xff}
}

// upright turns and mirrors a picture as its EXIF orientation asks.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	out := image.Rect(0, 0, w, h)
	if orientation >= 5 { // 5 to 8 lie on their side
		out = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(out)
	for y := range h {
		for x := range w {
			to := turned(orientation, x, y, w, h)
			copy(dst.Pix[dst.PixOffset(to.X, to.Y):], src.Pix[src.PixOffset(x, y):src.PixOffset(x, y)+4])
		}
	}
	return dst
}

// turned says where the pixel (x, y) of a w × h picture belongs.
func turned(orientation, x, y, w, h int) image.Point {
	switch orientation {
	case 2:
		return image.Pt(w-1-x, y)
	case 3:
		return image.Pt(w-1-x, h-1-y)
	case 4:
		return image.Pt(x, h-1-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(h-1-y, x)
	case 7:
		return image.Pt(h-1-y, w-1-x)
	case 8:
		return image.Pt(y, w-1-x)
	}
	return image.Pt(x, y)
}
