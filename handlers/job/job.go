// Package job reacts to background work as the other handlers react to requests:
// each worker calls one story and, where the story says so, hands a message to
// an outbound client. It exists so that a slow or broken gateway never holds up
// a page or a transaction.
package job

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"yongxing/models"
	"yongxing/models/job"
	"yongxing/views/text"
)

// Message is a text message on its way out.
type Message struct {
	To   string // mainland mobile number, 11 digits
	Text string
	At   time.Time // when it was owed
	Kind string    // code, or a kind of notice
}

// Sender hands one message to a gateway. An error means that it may not have
// arrived: it will be sent again.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// stopIn is how long jobs at work have to end when the portal stops.
const stopIn = 8 * time.Second

// Start works the queue of a portal until stop is called, which lets what is at
// work end; the second of two calls waits for the first. Call stop before the
// store is closed.
func Start(ctx context.Context, p *models.Portal, sms Sender) (stop func(), err error) {
	end, err := job.Work(ctx, p.Store, Workers(p, sms))
	if err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopIn)
		defer cancel()
		if err := end(ctx); err != nil && p.Log != nil {
			p.Log.Error("stop the jobs", "error", err)
		}
	}), nil
}

// Workers are the workers of every kind of job.
func Workers(p *models.Portal, sms Sender) *river.Workers {
	w := river.NewWorkers()
	river.AddWorker(w, &noticeWorker{portal: p, sms: sms})
	river.AddWorker(w, &codeWorker{portal: p, sms: sms})
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[job.Tick]) error { return tick(ctx, p) }))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[job.Sweep]) error { return p.Sweep(ctx) }))
	return w
}

// tickPeople is how many people a tick reviews between two looks at its time.
const tickPeople = 200

// tick stores everything that has fallen due. What it does not finish, the next
// tick does.
func tick(ctx context.Context, p *models.Portal) error {
	for {
		n, err := p.StoreDue(ctx, tickPeople)
		if err != nil || n < tickPeople {
			return err
		}
	}
}

// noticeWorker delivers notices.
type noticeWorker struct {
	river.WorkerDefaults[job.DeliverNotice]
	portal *models.Portal
	sms    Sender
}

// Work delivers one notice, at least once: the notice is closed only after the
// gateway has taken it, so that a crash in between sends it again.
func (w *noticeWorker) Work(ctx context.Context, j *river.Job[job.DeliverNotice]) error {
	m, ok, err := w.portal.NoticeMessage(ctx, j.Args.NoticeID)
	if err != nil || !ok {
		return err
	}
	if err := w.sms.Send(ctx, worded(m)); err != nil {
		back := insist(ctx, func(ctx context.Context) error { return w.portal.NoticeFailed(ctx, j.Args.NoticeID) })
		return errors.Join(fmt.Errorf("deliver a notice: %w", err), back)
	}
	return insist(ctx, func(ctx context.Context) error { return w.portal.NoticeDelivered(ctx, j.Args.NoticeID) })
}

// NextRetry is soon at first and every ten minutes later on.
func (w *noticeWorker) NextRetry(j *river.Job[job.DeliverNotice]) time.Time {
	wait := 10 * time.Minute
	if j.Attempt < 10 {
		wait = min(wait, 2*time.Second<<(j.Attempt-1))
	}
	return w.portal.Store.Now().Add(wait)
}

// codeWorker delivers one-time codes.
type codeWorker struct {
	river.WorkerDefaults[job.DeliverCode]
	portal *models.Portal
	sms    Sender
}

// Work delivers one code, unless it is used or past its time by now.
func (w *codeWorker) Work(ctx context.Context, j *river.Job[job.DeliverCode]) error {
	m, ok, err := w.portal.CodeMessage(ctx, j.Args.ID)
	if err != nil || !ok {
		return err
	}
	if err := w.sms.Send(ctx, worded(m)); err != nil {
		return fmt.Errorf("deliver a code: %w", err)
	}
	return insist(ctx, func(ctx context.Context) error { return w.portal.CodeDelivered(ctx, j.Args.ID) })
}

// NextRetry is soon: somebody waits before a page.
func (w *codeWorker) NextRetry(*river.Job[job.DeliverCode]) time.Time {
	return w.portal.Store.Now().Add(2 * time.Second)
}

func worded(m models.Message) Message {
	return Message{To: m.To, Text: text.For(m.Language).T(m.Key, m.Args...), At: m.At, Kind: m.Kind}
}

// insist notes a delivery even if the store is busy for a moment or the job's
// time is up: otherwise the message would go out twice.
func insist(ctx context.Context, note func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for {
		err := note(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("delivered but not noted"), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
