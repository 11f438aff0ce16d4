package web

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// takenUp is how long those who have reached a listener have to be taken up.
	takenUp = time.Second
	// onTheWay is how long a greeting that has begun takes to end.
	onTheWay = 100 * time.Millisecond
)

// noGreetings passes everything but what begins a connection: of the header of a
// segment it looks at the flags, and among them at SYN.
var noGreetings = []unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13},
	{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, Jf: 1, K: 0x02},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	{Code: unix.BPF_RET | unix.BPF_K, K: 1<<32 - 1},
}

// quiet lets nobody new reach a listener that is about to be closed, and waits
// until everybody who has is taken up. Whoever still stands in the kernel's line
// when a listener is closed is cut off, with the request that they have sent by
// then. Where the kernel does not know how, the listener is closed all the same.
func quiet(ln net.Listener) {
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	control := func(f func(fd int) error) (err error) {
		if failed := raw.Control(func(fd uintptr) { err = f(int(fd)) }); failed != nil {
			return failed
		}
		return err
	}
	// Whoever knocks now knocks again in a second, and hears at once that nobody is
	// here.
	err = control(func(fd int) error {
		program := unix.SockFprog{Len: uint16(len(noGreetings)), Filter: &noGreetings[0]}
		return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	begun := time.Now()
	for waiting := uint32(1); err == nil && time.Since(begun) < takenUp && (waiting > 0 || time.Since(begun) < onTheWay); time.Sleep(time.Millisecond) {
		err = control(func(fd int) error {
			info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
			if err == nil {
				waiting = info.Unacked // of a listener: those in its line
			}
			return err
		})
	}
}
