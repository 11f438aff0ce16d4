package job

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"yongxing/models"
	"yongxing/models/job"
	"yongxing/models/modeltest"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/store"
)

// Two nodes on one PostgreSQL database share one queue.

// node is a portal over a database that others have too.
func node(t *testing.T, opts store.Options) *models.Portal {
	t.Helper()
	return &models.Portal{Store: modeltest.Open(t, opts), Settings: models.Settings{BaseURL: "https://code.example.cn"}}
}

func twoNodes(t *testing.T) (opts store.Options, clock *modeltest.Clock) {
	t.Helper()
	if !modeltest.Postgres() {
		t.Skip("about nodes on PostgreSQL")
	}
	t.Parallel()
	// The queue's own timers run on real time. So does its search for jobs that are
	// stuck: what begins now by this clock is found after less than a minute of ours.
	clock = modeltest.NewClock(time.Now().Add(-105 * time.Second))
	return modeltest.Options(t, clock), clock
}

// owe queues n notices, each by as many jobs.
func owe(t *testing.T, p *models.Portal, n, jobs int) {
	t.Helper()
	write(t, p, func(tx store.Tx) error {
		who, err := person.Create(tx, "13800000001", "zh-Hans")
		if err != nil {
			return err
		}
		for i := range n {
			if err := notice.Queue(tx, who.ID, notice.CodeChanged, fmt.Sprint("event/", i)); err != nil {
				return err
			}
		}
		for range jobs - 1 {
			for i := range n {
				if err := tx.Enqueue(job.DeliverNotice{NoticeID: int64(i + 1)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// slow is a gateway that takes its time, so that the other node asks meanwhile.
type slow struct{ gateway }

func (s *slow) Send(ctx context.Context, m Message) error {
	time.Sleep(20 * time.Millisecond)
	return s.gateway.Send(ctx, m)
}

// Both nodes work at the same jobs, and each message goes out once.
func TestNodes_eachJobOnce(t *testing.T) {
	opts, clock := twoNodes(t)
	g := &slow{}
	nodes := []*models.Portal{node(t, opts), node(t, opts)}
	const messages = 60
	owe(t, nodes[0], messages, 2)
	for _, p := range nodes {
		stop, err := Start(t.Context(), p, g)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
	}
	for begun := time.Now(); waitingNotices(t, nodes[0]) > 0 && time.Since(begun) < time.Minute; clock.Advance(100 * time.Millisecond) {
		time.Sleep(25 * time.Millisecond)
	}
	if got := g.count(); got != messages {
		t.Errorf("%d messages went out, want %d", got, messages)
	}
}

// stuck is the gateway of a node that is killed while it hands over a message.
type stuck struct {
	begun chan struct{}
	once  sync.Once
	over  chan struct{}
}

func (s *stuck) Send(context.Context, Message) error {
	s.once.Do(func() { close(s.begun) })
	<-s.over
	return nil
}

// A node dies in the middle of a job. The other leaves the job to it for the
// minute that it may take, then does it, and what comes of the first one after all
// changes nothing.
func TestNodes_killedInTheMiddle(t *testing.T) {
	opts, clock := twoNodes(t)
	direct := opts
	line := modeltest.LineTo(t, &opts)
	dead, alive := node(t, opts), node(t, direct)
	hangs, g := &stuck{begun: make(chan struct{}), over: make(chan struct{})}, &gateway{}
	owe(t, alive, 1, 1)
	endDead, err := Start(t.Context(), dead, hangs)
	if err != nil {
		t.Fatal(err)
	}
	<-hangs.begun
	line.Silence() // nothing that it does from now on is heard
	endAlive, err := Start(t.Context(), alive, g)
	if err != nil {
		t.Fatal(err)
	}
	defer endAlive()
	// Another job for the same notice finds it in the dead node's hand.
	write(t, alive, func(tx store.Tx) error { return tx.Enqueue(job.DeliverNotice{NoticeID: 1}) })
	for range 20 {
		time.Sleep(50 * time.Millisecond)
		clock.Advance(2 * time.Second) // tried again and again, for less than a minute
	}
	if n := g.count(); n != 0 {
		t.Errorf("%d messages went out by the other node while the first may be at it", n)
	}
	write(t, alive, func(tx store.Tx) error { // so that it is the dead node's job that is taken over
		_, err := tx.Exec("DELETE FROM river_job WHERE kind = 'deliver_notice' AND state <> 'running'")
		return err
	})
	clock.Advance(time.Minute)
	for begun := time.Now(); waitingNotices(t, alive) > 0; clock.Advance(200 * time.Millisecond) { // who leads is told by the clock too
		if time.Since(begun) > time.Minute {
			t.Fatal("nobody takes the job over")
		}
		time.Sleep(100 * time.Millisecond)
	}
	close(hangs.over)
	line.Speak()
	endDead()
	clock.Advance(time.Minute)
	time.Sleep(500 * time.Millisecond)
	if n := g.count(); n != 1 {
		t.Errorf("%d messages went out by the other node, want 1", n)
	}
	var open int
	write(t, alive, func(tx store.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM river_job WHERE kind = 'deliver_notice' AND state NOT IN ('completed', 'discarded')").Scan(&open)
	})
	if open != 0 {
		t.Errorf("%d jobs are not done", open)
	}
}
