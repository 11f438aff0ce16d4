package evidence

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"
)

// camera is the little that is read of a photo's EXIF before all of it goes.
type camera struct {
	orientation int       // 1 to 8, as EXIF has it; 1 = upright
	taken       time.Time // zero if it does not say, or not credibly
}

// Tags of EXIF 2.32.
const (
	tagOrientation = 0x0112
	tagExif        = 0x8769
	tagTaken       = 0x9003 // DateTimeOriginal
	tagOffset      = 0x9011 // OffsetTimeOriginal
)

// shanghai is what a camera's clock is taken to mean when it names no offset.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// readCamera reads a JPEG's EXIF; anything odd in it reads as nothing.
func readCamera(jpeg []byte) camera {
	c := camera{orientation: 1}
	segments(jpeg, func(marker byte, body []byte) bool {
		tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
		if marker != 0xe1 || !ok {
			return true
		}
		c.read(tiff)
		return false
	})
	return c
}

func (c *camera) read(tiff []byte) {
	if len(tiff) < 8 {
		return
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	exif := uint32(0)
	directory(tiff, order, order.Uint32(tiff[4:]), func(tag uint16, value []byte) {
		switch tag {
		case tagOrientation:
			if o := int(order.Uint16(value)); o >= 1 && o <= 8 {
				c.orientation = o
			}
		case tagExif:
			exif = order.Uint32(value)
		}
	})
	if exif == 0 {
		return
	}
	taken, offset := "", ""
	directory(tiff, order, exif, func(tag uint16, value []byte) {
		switch tag {
		case tagTaken:
			taken = ascii(tiff, order.Uint32(value), 19)
		case tagOffset:
			offset = ascii(tiff, order.Uint32(value), 6)
		}
	})
	c.taken = takenAt(taken, offset)
}

// directory visits the entries of one IFD; value is the four bytes that hold a
// short value, or the offset of a long one.
func directory(tiff []byte, order binary.ByteOrder, at uint32, visit func(tag uint16, value []byte)) {
	if uint64(at)+2 > uint64(len(tiff)) {
		return
	}
	rest := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(rest) < 12 {
			return
		}
		visit(order.Uint16(rest), rest[8:12])
		rest = rest[12:]
	}
}

func ascii(tiff []byte, at uint32, n int) string {
	if uint64(at)+uint64(n) > uint64(len(tiff)) {
		return ""
	}
	return strings.TrimRight(string(tiff[at:int(at)+n]), "\x00 ")
}

func takenAt(taken, offset string) time.Time {
	if t, err := time.Parse("2006:01:02 15:04:05-07:00", taken+offset); err == nil {
		return t.UTC()
	}
	t, err := time.ParseInLocation("2006:01:02 15:04:05", taken, shanghai)
	if err != nil || t.Year() < 2000 {
		return time.Time{}
	}
	return t.UTC()
}
