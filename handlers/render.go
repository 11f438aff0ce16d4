package handlers

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"yongxing/views/text"
)

// Pages above this size are compressed; buffers above the other are dropped.
const (
	compressAbove = 1 << 10
	keepBuffer    = 256 << 10
)

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	zippers = sync.Pool{New: func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.StatelessCompression) // the level is valid
		return z
	}}
)

// Render writes a whole page or nothing: an error while it is made still
// becomes an error page. Compression is done here, once, with a length.
func (k *Kit) Render(c echo.Context, status int, page templ.Component) error {
	plain := take()
	defer give(plain)
	if err := page.Render(c.Request().Context(), plain); err != nil {
		return err
	}
	if k.T(c).Lang() == text.English {
		marked := take()
		defer give(marked)
		markNames(marked, plain.Bytes())
		plain = marked
	}
	h := c.Response().Header()
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	h.Add(echo.HeaderVary, "Accept-Language")
	body := plain
	if plain.Len() > compressAbove && strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
		body = take()
		defer give(body)
		z := zippers.Get().(*gzip.Writer)
		defer zippers.Put(z)
		z.Reset(body)
		if _, err := z.Write(plain.Bytes()); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		h.Set(echo.HeaderContentEncoding, "gzip")
	}
	h.Set(echo.HeaderContentLength, strconv.Itoa(body.Len()))
	if c.Request().Method == http.MethodHead {
		h.Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
		return c.NoContent(status)
	}
	return c.Blob(status, echo.MIMETextHTMLCharsetUTF8, body.Bytes())
}

func take() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func give(b *bytes.Buffer) {
	if b.Cap() <= keepBuffer {
		buffers.Put(b)
	}
}

// Whole is a page as Render writes it, for one that is made once and kept.
func Whole(ctx context.Context, t *text.Printer, page templ.Component) ([]byte, error) {
	var plain bytes.Buffer
	if err := page.Render(ctx, &plain); err != nil || t.Lang() != text.English {
		return plain.Bytes(), err
	}
	var marked bytes.Buffer
	markNames(&marked, plain.Bytes())
	return marked.Bytes(), nil
}
