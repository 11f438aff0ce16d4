package pass

import (
	"fmt"
	"math"
	"math/bits"
	"sync"

	"rsc.io/qr/coding"
)

// Quiet is the white border of a QR, in modules, that the standard asks for.
const Quiet = 4

// Screens take level M: folds and ink are the trouble of paper, not of screens.
const level = coding.M

// maxVersion is the largest QR drawn here: 61 modules, so that a row fits into
// one machine word and the eight masks can be weighed within microseconds.
const maxVersion = 11

// row is one row of modules, the leftmost in the highest used bit, 1 = black.
type row = uint64

// plan is what every QR of one version shares, worked out once.
type plan struct {
	version coding.Version
	size    int
	place   []uint16 // for each bit of the code words its row*64 + bit in the row
	fixed   [8][]row // for each mask: all but the code words, the mask itself included
	columns [8][]row // fixed, column by column
}

var plans [maxVersion + 1]struct {
	once sync.Once
	plan *plan
	err  error
}

// QR returns the modules of a QR of text as the path of an SVG, and the side of
// its viewBox in modules, quiet zone included. The path is meant to be stroked
// black, one module wide, without fill: each run of black modules is a line
// through the middle of its row.
//
// Text must be of the alphanumeric set of QR codes (digits, capitals, space and
// $%*+-./:) and fit into version 11 (366 characters).
func QR(text string) (path string, modules int, err error) {
	rows, err := matrix(text)
	if err != nil {
		return "", 0, err
	}
	return draw(rows), len(rows) + 2*Quiet, nil
}

// matrix returns the rows of the smallest QR that holds text, with the mask that
// scores best by the penalties of ISO/IEC 18004.
func matrix(text string) ([]row, error) {
	data := coding.Alpha(text)
	if err := data.Check(); err != nil {
		return nil, fmt.Errorf("qr: text is not alphanumeric")
	}
	version := coding.Version(1)
	for ; version <= maxVersion; version++ {
		if data.Bits(version) <= version.DataBytes(level)*8 {
			break
		}
	}
	if version > maxVersion {
		return nil, fmt.Errorf("qr: text of %d characters is too long", len(text))
	}
	p, err := planOf(version)
	if err != nil {
		return nil, err
	}
	return p.encode(data), nil
}

func planOf(v coding.Version) (*plan, error) {
	slot := &plans[v]
	slot.once.Do(func() { slot.plan, slot.err = newPlan(v) })
	return slot.plan, slot.err
}

// newPlan reads the library's plans of the eight masks. A pixel of a code word
// is black in a plan exactly where the mask inverts it, so the black pixels of a
// plan are all that has to be combined with the code words.
func newPlan(v coding.Version) (*plan, error) {
	p := &plan{version: v}
	for mask := range p.fixed {
		lib, err := coding.NewPlan(v, level, coding.Mask(mask))
		if err != nil {
			return nil, fmt.Errorf("qr plan: %w", err)
		}
		p.size = len(lib.Pixel)
		p.fixed[mask] = make([]row, p.size)
		if p.place == nil {
			p.place = make([]uint16, (lib.DataBytes+lib.CheckBytes)*8)
		}
		for y, pixels := range lib.Pixel {
			for x, pixel := range pixels {
				if pixel&coding.Black != 0 {
					p.fixed[mask][y] |= 1 << (p.size - 1 - x)
				}
				if role := pixel.Role(); role == coding.Data || role == coding.Check {
					p.place[pixel.Offset()] = uint16(y<<6 | (p.size - 1 - x))
				}
			}
		}
		columns := transpose(p.fixed[mask])
		p.columns[mask] = columns[:p.size]
	}
	return p, nil
}

// encode places the code words and chooses the mask.
func (p *plan) encode(data coding.Alpha) []row {
	var code coding.Bits
	data.Encode(&code, p.version)
	code.AddCheckBytes(p.version, level)
	words := make([]row, p.size)
	place := p.place
	for i, b := range code.Bytes() {
		for j, at := range place[i*8 : i*8+8] {
			words[at>>6] |= row(b>>(7-j)&1) << (at & 63)
		}
	}
	var best []row
	bestScore := math.MaxInt
	tried, spare, columns := make([]row, p.size), make([]row, p.size), make([]row, p.size)
	wordColumns := transpose(words)
	for mask := range p.fixed {
		for y, fixed := range p.fixed[mask] {
			tried[y] = fixed ^ words[y]
			columns[y] = p.columns[mask][y] ^ wordColumns[y]
		}
		if score := penalty(tried, columns, bestScore); score < bestScore {
			bestScore, best = score, tried
			tried, spare = spare, tried
		}
	}
	return best
}

// draw writes each run of black modules as one horizontal line.
func draw(rows []row) string {
	size, runs := len(rows), 0
	for _, r := range rows {
		runs += bits.OnesCount64(r &^ (r << 1))
	}
	out := make([]byte, 0, 7*runs+5*size) // "m12 0h3" a run, and a little more for the first of a row
	for y, r := range rows {
		r <<= 64 - size // the leftmost module in the highest bit
		pen := -1       // where the last run ended; none in this row yet
		for x := 0; r != 0; {
			gap := bits.LeadingZeros64(r)
			r <<= gap
			run := bits.LeadingZeros64(^r)
			r <<= run
			x += gap
			if pen < 0 {
				out = append(out, 'M')
				out = number(out, x+Quiet)
				out = append(out, ' ')
				out = number(out, y+Quiet)
				out = append(out, ".5"...)
			} else {
				out = append(out, 'm')
				out = number(out, x-pen)
				out = append(out, " 0"...)
			}
			out = append(out, 'h')
			out = number(out, run)
			x += run
			pen = x
		}
	}
	return string(out)
}

// number appends a number of at most two digits, which all in a path are.
func number(out []byte, n int) []byte {
	if n >= 10 {
		out = append(out, byte('0'+n/10))
	}
	return append(out, byte('0'+n%10))
}
