package pass

import "math/bits"

// penalty weighs a masked QR by the four features of ISO/IEC 18004 (7.8.3) that
// make a code hard to scan; less is better. What has reached most already is not
// weighed to its end. It works on whole rows and columns at a time, because it
// runs eight times for every code page.
func penalty(rows, columns []row, most int) int {
	n := len(rows)
	score, dark := 0, 0
	for y := range rows {
		score += runs(rows[y], n) + runs(columns[y], n)
		score += 40 * (finders(rows[y], n) + finders(columns[y], n))
		if y+1 < n {
			score += 3 * bits.OnesCount64(blocks(rows[y], rows[y+1], n))
		}
		dark += bits.OnesCount64(rows[y])
		if score >= most {
			return score
		}
	}
	off := dark*100/(n*n) - 50
	if off < 0 {
		off = -off
	}
	return score + off/5*10
}

// pairs marks each module that equals its left neighbour.
func pairs(r row, n int) row { return ^(r ^ r>>1) & (1<<(n-1) - 1) }

// runs is 3 for five equal modules in a line, and 1 for each more.
func runs(r row, n int) int {
	p := pairs(r, n)
	f := p & (p >> 1) & (p >> 2) & (p >> 3)
	return bits.OnesCount64(f) + 2*bits.OnesCount64(f&^(f<<1))
}

// blocks marks the squares of four equal modules.
func blocks(a, b row, n int) row { return pairs(a, n) & pairs(b, n) & ^(a ^ b) }

// finders counts what looks like a finder pattern: dark 1:1:3:1:1 with four
// light modules before or after it. All places of a line are looked at together.
func finders(r row, n int) int {
	light := ^r
	quiet := light & (light >> 1) & (light >> 2) & (light >> 3)
	pattern := r & (light >> 1) & (r >> 2) & (r >> 3) & (r >> 4) & (light >> 5) & (r >> 6)
	fits := row(1)<<(n-10) - 1 // where eleven modules from here are on the line
	return bits.OnesCount64(pattern&(quiet>>7)&fits) + bits.OnesCount64(quiet&(pattern>>4)&fits)
}

// transpose turns rows into columns (Hacker's Delight, 7-3).
func transpose(rows []row) [64]row {
	var a [64]row
	n := len(rows)
	for y, r := range rows {
		a[y] = r << (64 - n)
	}
	mask := row(0x00000000FFFFFFFF)
	for j := 32; j != 0; j, mask = j>>1, mask^mask<<(j>>1) {
		for k := 0; k < 64; k = (k + j + 1) &^ j {
			t := (a[k] ^ a[k+j]>>j) & mask
			a[k] ^= t
			a[k+j] ^= t << j
		}
	}
	for x := range n {
		a[x] >>= 64 - n
	}
	return a
}
