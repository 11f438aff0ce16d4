package demo

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"strings"

	scale "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Size of a photo in pixels, upright as a sheet of paper.
const (
	photoWidth  = 480
	photoHeight = 660
)

var (
	paper = color.RGBA{250, 248, 240, 255}
	ink   = color.RGBA{70, 74, 84, 255}
	faint = color.RGBA{178, 182, 190, 255}
	seal  = color.RGBA{190, 60, 55, 255}
)

// photo draws the n-th photo of a person: a sheet that says what it is, lines of
// writing that nobody can read, and a seal. Each is another one, because the
// portal notices a photo that is used twice.
func photo(kind, phone string, n int) []byte {
	h := fnv.New64a()
	h.Write([]byte(kind + phone))
	random := rand.New(rand.NewPCG(h.Sum64(), uint64(n)))
	img := image.NewRGBA(image.Rect(0, 0, photoWidth, photoHeight))
	draw.Draw(img, img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	write(img, strings.ToUpper(strings.ReplaceAll(kind, "_", " ")), image.Pt(40, 40), 3)
	write(img, "DEMO - not a real document", image.Pt(40, 100), 1)
	for y := 150; y < photoHeight-160; y += 26 {
		width := 180 + random.IntN(220)
		draw.Draw(img, image.Rect(40, y, 40+width, y+8), image.NewUniform(faint), image.Point{}, draw.Src)
		if random.IntN(5) == 0 {
			draw.Draw(img, image.Rect(40, y+16, photoWidth-40, y+17), image.NewUniform(ink), image.Point{}, draw.Src)
		}
	}
	ring(img, image.Pt(340+random.IntN(40), photoHeight-110), 62, 54)
	var out bytes.Buffer
	_ = jpeg.Encode(&out, img, &jpeg.Options{Quality: 80}) // a buffer takes everything
	return out.Bytes()
}

// write puts Latin text on the sheet, so many times the size of the small font.
func write(img *image.RGBA, s string, at image.Point, size int) {
	face := basicfont.Face7x13
	small := image.NewRGBA(image.Rect(0, 0, face.Advance*len(s), face.Height))
	d := font.Drawer{Dst: small, Src: image.NewUniform(ink), Face: face, Dot: fixed.P(0, face.Ascent)}
	d.DrawString(s)
	to := image.Rectangle{Min: at, Max: at.Add(small.Bounds().Size().Mul(size))}
	scale.NearestNeighbor.Scale(img, to, small, small.Bounds(), draw.Over, nil)
}

// ring draws a round seal.
func ring(img *image.RGBA, at image.Point, outer, inner int) {
	for y := -outer; y <= outer; y++ {
		for x := -outer; x <= outer; x++ {
			if d := x*x + y*y; d <= outer*outer && (d >= inner*inner || d <= inner*inner/16) {
				img.SetRGBA(at.X+x, at.Y+y, seal)
			}
		}
	}
}
