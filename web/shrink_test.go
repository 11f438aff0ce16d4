package web_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"yongxing/models/evidence"
	"yongxing/web/webtest"
)

// largePhoto is a JPEG of a phone that was held upright: lying down in the file,
// with a mark that says so, and larger than the portal takes.
func largePhoto(t *testing.T) string {
	t.Helper()
	noise := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio444)
	grains := rand.NewChaCha8([32]byte{})
	for _, plane := range [][]byte{noise.Y, noise.Cb, noise.Cr} {
		_, _ = grains.Read(plane)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, noise, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	if b.Len() <= evidence.MaxBytes {
		t.Fatalf("the photo has only %d bytes", b.Len())
	}
	mark := []byte("\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	path := filepath.Join(t.TempDir(), "large.jpg")
	if err := os.WriteFile(path, bytes.Join([][]byte{b.Bytes()[:2], mark, b.Bytes()[2:]}, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A photo that is too large for the portal is made small by the phone, upright,
// under the portal's own policy, and arrives.
func TestPhoneShrinksAPhoto(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	w := newWorld(t)
	tab := open(t, w.Listen(false), webtest.Phone).Wear(w.drafting)
	tab.Preload(`window.broken = []; addEventListener("securitypolicyviolation", e => broken.push(e.violatedDirective + " " + e.blockedURI)); addEventListener("error", e => broken.push(e.message));`)
	tab.Open("/appeal/new/evidence")
	thumbs := `document.querySelectorAll(".yx-thumb").length`
	before := webtest.Eval[int](tab, thumbs)
	tab.Attach("file", largePhoto(t))
	tab.Until(`document.getElementById("file").files[0].name === "photo.jpg" || broken.length > 0`)
	if broken := webtest.Await(tab, `Promise.resolve(broken.join(", "))`); broken != "" {
		t.Fatal(broken)
	}
	got := webtest.Await(tab, `(() => { const f = document.getElementById("file").files[0]; return createImageBitmap(f).then(b => [f.type, b.width, b.height].join(" ")); })()`)
	if got != "image/jpeg 1200 1600" {
		t.Errorf("the phone sends %q", got)
	}
	tab.Press(`button[name=do][value=add]`)
	if after := webtest.Eval[int](tab, thumbs); after != before+1 {
		t.Errorf("%d pictures on the page, %d before:\n%s", after, before, webtest.Eval[string](tab, `document.body.innerText`))
	}
}
