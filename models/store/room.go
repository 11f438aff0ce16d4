package store

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// roomEvery is how often Room looks. What people can write in that time is less
// than the reserve.
const roomEvery = time.Second

// roomWait is how long a disk may take to tell. A network file system whose server is
// gone never does, and must hold up neither the look at the other disk nor the end.
const roomWait = 300 * time.Millisecond

// roomTry is when a reserve that could not be made, or that the disk packs so well
// that it holds nothing, is tried again.
const roomTry = 10 * time.Minute

// Room knows how much room is left on the disks of the portal, and sees to it that
// what matters most is saved last of all. When little is left photos are refused,
// which are large and can come later. When next to nothing is left a reserve is
// given up, a file that holds nothing: declarations and decisions go on in its
// place. A nil Room always has room.
type Room struct {
	folders []string        // the data folder is the first
	asked   []chan diskRoom // of each folder the answer that is still to come, or nil
	free    func(folder string) (free, total uint64, err error)
	log     *slog.Logger

	low  atomic.Bool
	left atomic.Pointer[uint64] // on the fullest disk; nil where nobody can tell

	mu      sync.Mutex // guards the reserve
	tried   time.Time  // when making it was begun last; zero once it was given up
	given   time.Time  // when it was given up last
	stop    chan struct{}
	stopped chan struct{}
}

// The marks, for a disk of this size: Room tells that it is low below the first,
// and gives up the reserve below the second. On a disk of a GiB or more they are
// 256 MiB, or 2 % of it up to 4 GiB, and 32 MiB; the reserve is 64 MiB. A smaller
// disk has them in proportion.
func roomMarks(total uint64) (low, dire, reserve uint64) {
	const gib = 1 << 30
	unit := min(total, gib)
	return max(unit/4, min(total/50, 4*gib)), unit / 32, unit / 16
}

// WatchRoom looks after the disk of the data folder, and of other folders that may
// be on another, until Close. Two rooms over one folder would take each other's
// reserve: the server has one.
func WatchRoom(log *slog.Logger, data string, others ...string) *Room {
	r := NewRoom(log, diskFree, append([]string{data}, others...)...)
	go func() {
		defer close(r.stopped)
		for next := time.NewTicker(roomEvery); ; {
			select {
			case <-r.stop:
				next.Stop()
				return
			case <-next.C:
				r.Look()
			}
		}
	}()
	return r
}

// NewRoom is a Room that nobody watches: it knows what it saw at the last Look.
// free tells how much is left on the disk of a folder, and how large it is.
func NewRoom(log *slog.Logger, free func(folder string) (free, total uint64, err error), folders ...string) *Room {
	r := &Room{folders: folders, asked: make([]chan diskRoom, len(folders)), free: free, log: log, stop: make(chan struct{}), stopped: make(chan struct{})}
	r.Look()
	return r
}

// Close ends the watch of WatchRoom. The reserve stays for the next start.
func (r *Room) Close() {
	close(r.stop)
	<-r.stopped
}

// Low tells whether so little is left that photos have to wait.
func (r *Room) Low() bool { return r != nil && r.low.Load() }

// Left is how many bytes are left on the fullest disk, as last looked at; not known
// where the system does not tell.
func (r *Room) Left() (bytes uint64, known bool) {
	if r == nil {
		return 0, false
	}
	left := r.left.Load()
	if left == nil {
		return 0, false
	}
	return *left, true
}

// diskRoom is what a disk tells of itself.
type diskRoom struct {
	free, total uint64
	err         error
}

// errNoAnswer is of a disk that has not answered yet.
var errNoAnswer = errors.New("the disk does not answer")

// ask asks the disk of a folder, or goes on waiting for what was asked before.
func (r *Room) ask(i int) diskRoom {
	if r.asked[i] == nil {
		answer := make(chan diskRoom, 1)
		r.asked[i] = answer
		go func() {
			free, total, err := r.free(r.folders[i])
			answer <- diskRoom{free, total, err}
		}()
	}
	select {
	case room := <-r.asked[i]:
		r.asked[i] = nil
		return room
	case <-time.After(roomWait):
		return diskRoom{err: errNoAnswer}
	}
}

// GiveUp gives up the reserve, and tells whether that has made room just now: of
// many who find the disk full at once, all can go on.
func (r *Room) GiveUp() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if os.Remove(r.reserve()) != nil {
		return time.Since(r.given) < roomEvery
	}
	r.tried, r.given = time.Time{}, time.Now()
	r.log.Error("the disk is full: the reserve is given up so that declarations and decisions go on. Make room now")
	return true
}

func (r *Room) reserve() string { return filepath.Join(r.folders[0], "reserve") }

// Look looks how much room is left, and does what follows.
func (r *Room) Look() {
	low := false
	var least *uint64
	for i := range r.folders {
		room := r.ask(i)
		if room.err != nil {
			continue // where nobody can tell, nothing is held back
		}
		free, total := room.free, room.total
		mark, dire, reserve := roomMarks(total)
		if r.low.Load() {
			mark += mark / 8 // no coming and going at the mark
		}
		low = low || free < mark
		if i == 0 {
			r.keepReserve(free, dire, mark, reserve)
		}
		if least == nil || free < *least {
			least = &free
		}
	}
	r.left.Store(least)
	if r.low.Swap(low) != low {
		left, _ := r.Left()
		if low {
			r.log.Warn("little room is left on the disk: photos are refused until there is more", "free_mb", left>>20)
		} else {
			r.log.Info("there is room on the disk again", "free_mb", left>>20)
		}
	}
}

// keepReserve gives the reserve up when next to nothing is left, and makes it again
// when there is room for it.
func (r *Room) keepReserve(free, dire, low, reserve uint64) {
	if free < dire {
		r.GiveUp()
		return
	}
	if free < low+reserve {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if held(r.reserve()) >= reserve {
		return
	}
	if time.Since(r.tried) < roomTry {
		return
	}
	r.tried = time.Now()
	if err := allocate(r.reserve(), int64(reserve)); err != nil {
		_ = os.Remove(r.reserve())
		r.log.Warn("no reserve could be made on the disk", "error", err)
	}
}
