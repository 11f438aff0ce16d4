package models

import (
	"context"
	"time"

	"yongxing/models/notice"
	"yongxing/models/store"
)

// noticesPage is how many notices a page has.
const noticesPage = 30

// Notices is a page of what a person was told, the newest first.
type Notices struct {
	Notices []notice.Notice
	Unread  int // in all
	// Newest is when the newest on record came: what is marked as read.
	Newest time.Time
	// Older is what to ask for as before to go on; zero at the end.
	Older time.Time
}

// Notices reads what a person was told before an instant (zero: up to now). It
// marks nothing as read: that is OpenNotice and ReadNotices.
func (p *Portal) Notices(ctx context.Context, personID int64, before time.Time) (Notices, error) {
	var v Notices
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		from := before
		if from.IsZero() {
			from = tx.Now().Add(time.Millisecond)
		}
		list, err := notice.Before(tx, personID, from, 2*noticesPage)
		if err != nil {
			return err
		}
		v = Notices{}
		v.Notices, v.Older = pageOf(list, noticesPage, func(n notice.Notice) time.Time { return n.CreatedAt.Time() })
		if len(list) > 0 {
			v.Newest = list[0].CreatedAt.Time()
		}
		v.Unread, err = notice.Unread(tx, personID)
		return err
	})
	return v, err
}

// OpenNotice marks one notice as read and returns the page that it is about.
// Somebody else's is fault.NotFound, like none.
func (p *Portal) OpenNotice(ctx context.Context, personID int64, ref string) (page string, err error) {
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		n, err := notice.OfPerson(tx, personID, ref)
		if err != nil {
			return err
		}
		if page, err = n.Path(); err != nil {
			return err
		}
		return notice.Read(tx, n)
	})
	return page, err
}

// ReadNotices marks what a person had been told at an instant as read; what came
// since stays new.
func (p *Portal) ReadNotices(ctx context.Context, personID int64, at time.Time) error {
	return p.Store.Write(ctx, func(tx store.Tx) error {
		return notice.ReadUpTo(tx, personID, at)
	})
}

// UnreadNotices is how many notices a person has not opened.
func (p *Portal) UnreadNotices(ctx context.Context, personID int64) (n int, err error) {
	err = p.Store.Read(ctx, func(tx store.Tx) error {
		n, err = notice.Unread(tx, personID)
		return err
	})
	return n, err
}
