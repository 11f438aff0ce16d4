// Package job names the work that the portal does in the background and runs
// the queue it waits in. It exists so that a story can ask for work in its own
// transaction (store.Tx.Enqueue) without knowing who does it: handlers/job
// reacts to a job as a handler reacts to a request.
//
// Arguments hold ids and nothing else, because the queue's tables are not
// sealed.
package job

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"yongxing/models/store"
)

// DeliverNotice sends one row of notice by the channels that its person has.
type DeliverNotice struct {
	NoticeID int64 `json:"notice_id"`
}

// Kind names the job in the queue.
func (DeliverNotice) Kind() string { return "deliver_notice" }

// DeliverCode sends the one-time code of one row of sign_in_code.
type DeliverCode struct {
	ID int64 `json:"id"`
}

// Kind names the job in the queue.
func (DeliverCode) Kind() string { return "deliver_code" }

// InsertOpts gives up early: a code is good for a few minutes only.
func (DeliverCode) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 3, Queue: codesQueue}
}

// Tick stores the outcomes that have fallen due by themselves.
type Tick struct{}

// Kind names the job in the queue.
func (Tick) Kind() string { return "review_tick" }

// InsertOpts is that of all periodic jobs.
func (Tick) InsertOpts() river.InsertOpts { return periodic() }

// Sweep deletes what is past its time: sessions, drafts, evidence of appeals
// that were never sent.
type Sweep struct{}

// Kind names the job in the queue.
func (Sweep) Kind() string { return "sweep" }

// InsertOpts is that of all periodic jobs.
func (Sweep) InsertOpts() river.InsertOpts { return periodic() }

// codesQueue is apart from the default queue, so that nobody waits at the door
// behind ten thousand notices.
const codesQueue = "codes"

// periodicQueue is apart from the default queue, so that a backlog of notices
// does not hold up a release that falls due.
const periodicQueue = "periodic"

// How often the periodic jobs run. A release is to be told within a minute.
const (
	tickEvery  = 15 * time.Second
	sweepEvery = 10 * time.Minute
)

// periodic jobs do not pile up: while one waits or runs, another is skipped. A
// failed one is not tried again, since the next is due soon.
func periodic() river.InsertOpts {
	return river.InsertOpts{
		Queue:       periodicQueue,
		MaxAttempts: 1,
		UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}},
	}
}

// Deliveries is how many messages are handed over at a time. A poll takes as many
// at most, five polls a second: with four, a list of areas that touches ten
// thousand people had the last of them told after eight minutes.
const Deliveries = 40

// Work starts working the queue with workers, and the periodic jobs for which
// there is a worker. It returns once the queue runs; stop ends it, letting jobs
// at work finish until ctx ends. A job that a crash cut short is tried again
// after a minute or two.
func Work(ctx context.Context, s *store.Store, workers *river.Workers) (stop func(ctx context.Context) error, err error) {
	client, err := s.Jobs(&river.Config{
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: Deliveries},
			codesQueue:         {MaxWorkers: Deliveries / 2},
			periodicQueue:      {MaxWorkers: 2},
		},
		PeriodicJobs: []*river.PeriodicJob{
			every(tickEvery, Tick{}),
			every(sweepEvery, Sweep{}),
		},
		PollOnly:                    true, // SQLite has no LISTEN
		FetchPollInterval:           200 * time.Millisecond,
		JobTimeout:                  30 * time.Second,
		RescueStuckJobsAfter:        time.Minute,
		CompletedJobRetentionPeriod: time.Hour, // thousands of ticks a day
	})
	if err != nil {
		return nil, err
	}
	// River would end its jobs with the context that started it; stop is the
	// one way out, so that a signal does not cut a delivery in two.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("start the job queue: %w", err)
	}
	return client.Stop, nil
}

func every(d time.Duration, args river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(d),
		func() (river.JobArgs, *river.InsertOpts) { return args, nil },
		&river.PeriodicJobOpts{ID: args.Kind(), RunOnStart: true})
}
