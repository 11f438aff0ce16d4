package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStopsInOrder: after SIGTERM a form that is still on its way is answered,
// nothing new is let in, and the program ends by itself.
func TestStopsInOrder(t *testing.T) {
	c := newCity(t)
	c.start()
	conn, err := net.Dial("tcp", "127.0.0.1:"+c.port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := "phone=13800000001&csrf=none"
	fmt.Fprintf(conn, "POST /signin HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", c.port, len(body), body[:10])
	time.Sleep(200 * time.Millisecond) // the server reads it

	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	if late, err := net.Dial("tcp", "127.0.0.1:"+c.port); err == nil {
		late.Close()
		t.Error("somebody new is let in")
	}
	fmt.Fprint(conn, body[10:])
	status, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(status, "403") { // the form's token is wrong: an answer all the same
		t.Errorf("answered %q, %v", status, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.process.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		c.kill()
		t.Error("it does not end")
	}
}
