package web

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/views/public"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// busyPages are the pages that say "later", made once for each language and side
// of the portal: turning somebody away must cost next to nothing, or nobody can
// be answered because too many are told so.
type busyPages struct{ made sync.Map }

type busyKind struct {
	lang  string
	elder bool
	class class
}

type busyPage struct{ plain, zipped []byte }

// shed is the answer to a request that is not admitted.
func (s *Server) shed(c echo.Context, k class) error {
	page, err := s.busy.of(busyKind{s.kit.Lang(c), s.kit.Chosen(c, handlers.LargeTypeCookie) == "1", k})
	if err != nil {
		return err
	}
	// Not all at the same moment again.
	after := retryAfter + time.Duration(rand.IntN(5))*time.Second
	h, body := c.Response().Header(), page.plain
	h.Set("Retry-After", strconv.Itoa(int(after.Seconds())))
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	h.Add(echo.HeaderVary, "Accept-Language")
	if strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
		h.Set(echo.HeaderContentEncoding, "gzip")
		body = page.zipped
	}
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	if c.Request().Method == http.MethodHead {
		h.Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
		return c.NoContent(http.StatusServiceUnavailable)
	}
	return c.Blob(http.StatusServiceUnavailable, echo.MIMETextHTMLCharsetUTF8, body)
}

func (b *busyPages) of(k busyKind) (*busyPage, error) {
	if made, ok := b.made.Load(k); ok {
		return made.(*busyPage), nil
	}
	t := text.For(k.lang)
	d := public.ErrorPage{Status: http.StatusServiceUnavailable, Frame: ui.Frame{Title: t.T("error.title"), Lang: t.Lang(), T: t, Elder: k.elder, Path: "/"}}
	switch k.class {
	case classDesk:
		d.Path = "/officer/appeals"
	case classCode:
		d.Path, d.Code = "/code", true
	}
	plain, err := handlers.Whole(context.Background(), t, public.Error(d))
	if err != nil {
		return nil, err
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	made, _ := b.made.LoadOrStore(k, &busyPage{plain, zipped.Bytes()})
	return made.(*busyPage), nil
}
