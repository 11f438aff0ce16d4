//go:build !linux

package store

import "errors"

// diskFree cannot tell on this system: nothing is held back, and there is no
// reserve.
func diskFree(string) (free, total uint64, err error) { return 0, 0, errors.ErrUnsupported }

func allocate(string, int64) error { return errors.ErrUnsupported }

func held(string) uint64 { return 0 }
