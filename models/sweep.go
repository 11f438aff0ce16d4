package models

import (
	"context"
	"errors"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/draft"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/signin"
	"yongxing/models/store"
)

const (
	// noticeLost is when a notice that is still queued gets a job again: the
	// queue gives a job up after some hours of failures.
	noticeLost = 6 * time.Hour
	// noticeOld is when it is no longer worth sending. It stays on the pages.
	noticeOld = 3 * 24 * time.Hour
)

// Sweep removes what is past its time (sessions, one-time codes, look-ups, drafts
// and their photos, what records said of phones long ago), ends appeals whose
// question nobody answered, returns to the queue what nobody decided, and takes up
// notices whose delivery was given up. It is run now and then by a job; one part
// that fails does not keep the others from it.
func (p *Portal) Sweep(ctx context.Context) error {
	var failed []error
	for _, sweep := range []func(store.Tx) error{session.Sweep, signin.Sweep, draft.Sweep, appeal.SweepLookups, person.Sweep, sweepNotices} {
		failed = append(failed, p.Store.Write(ctx, sweep))
	}
	return errors.Join(append(failed, p.LapseAppeals(ctx, 100), p.ExpireClaims(ctx, 100), p.SweepEvidence(ctx))...)
}

func sweepNotices(tx store.Tx) error {
	return notice.Again(tx, tx.Now().Add(-noticeOld), tx.Now().Add(-noticeLost), 100)
}
