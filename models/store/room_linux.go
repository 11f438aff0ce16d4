package store

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// diskFree is how much of the disk below a folder the portal can still use, and how
// large it is.
func diskFree(folder string) (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, 0, err
	}
	size := uint64(s.Bsize)
	return s.Bavail * size, s.Blocks * size, nil
}

// allocate makes a file for which the disk puts size bytes aside: without writing
// them, where it can.
func allocate(path string, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, size); !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	for zeros := make([]byte, 1<<20); size > 0; size -= int64(len(zeros)) {
		if _, err := f.Write(zeros[:min(size, int64(len(zeros)))]); err != nil {
			return err
		}
	}
	return f.Sync()
}

// held is how much of the disk a file holds, which a copy of it may not; 0 if it is
// not there.
func held(path string) uint64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return uint64(s.Blocks) * 512
}
