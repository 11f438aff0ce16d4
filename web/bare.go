package web

import (
	"bytes"
	"net"
	"net/http"
)

// Before a request is whole, the server of net/http answers for itself: 431 for
// too long a header, 400 for what is no HTTP, 417 for a wish that it does not know.
// It knows nothing of our headers, so they are put in where its answer goes out.
const (
	bareEnd   = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	bareUnmet = "HTTP/1.1 417 Expectation Failed"
)

// dressed is a listener whose bare answers carry our headers.
type dressed struct {
	net.Listener
	headers []byte // as they go over the line
}

func dress(ln net.Listener, h http.Header) dressed {
	var b bytes.Buffer
	_ = h.Write(&b) // into memory: never fails
	return dressed{ln, b.Bytes()}
}

// Accept waits for the next connection.
func (d dressed) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return dressedConn{tcp, d.headers}, err
	}
	return c, err
}

// dressedConn keeps all that a TCP connection can do.
type dressedConn struct {
	*net.TCPConn
	headers []byte
}

// Write adds the headers to an answer that has none but those of net/http: no
// page of ours begins like that.
func (c dressedConn) Write(b []byte) (int, error) {
	line, rest, found := bytes.Cut(b, []byte(bareEnd))
	end := bareEnd[2:]
	if bytes.HasPrefix(b, []byte(bareUnmet+"\r\n")) {
		line, rest, found, end = b[:len(bareUnmet)], b[len(bareUnmet)+2:], true, ""
	}
	if !found || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) || bytes.Contains(line, []byte("\r\n")) {
		return c.TCPConn.Write(b)
	}
	answer := bytes.Join([][]byte{line, []byte("\r\n"), c.headers, []byte(end), rest}, nil)
	if _, err := c.TCPConn.Write(answer); err != nil {
		return 0, err
	}
	return len(b), nil
}
