package models

import (
	"context"
	"errors"
	"fmt"

	"yongxing/models/fault"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/store"
)

// NoticeMessage takes a notice in hand and returns the message that delivers it;
// not ok if there is nothing left to deliver, fault.Busy if another worker has
// it. It says where to look and never what is to be seen there: a phone lies on a
// table, and a number may have a new owner. A notice to somebody without a phone
// ends here; it is on their pages.
func (p *Portal) NoticeMessage(ctx context.Context, id int64) (m Message, ok bool, err error) {
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		m, ok = Message{}, false
		n, err := notice.ByID(tx, id)
		if err != nil || n.State != notice.Queued {
			return err
		}
		if m, err = p.noticeMessage(tx, n); err != nil {
			return err
		}
		if m.To == "" {
			return notice.Close(tx, id, notice.NoPhone)
		}
		ok = true
		return notice.Take(tx, id)
	})
	if errors.Is(err, fault.Stale) {
		err = fmt.Errorf("notice %d is in another worker's hand: %w", id, fault.Busy)
	}
	return m, ok && err == nil, err
}

// NoticeFailed lays back a notice that could not be handed over.
func (p *Portal) NoticeFailed(ctx context.Context, id int64) error {
	return p.Store.Write(ctx, func(tx store.Tx) error { return notice.Return(tx, id) })
}

func (p *Portal) noticeMessage(tx store.Tx, n notice.Notice) (Message, error) {
	who, err := person.Get(tx, n.PersonID)
	if err != nil {
		return Message{}, err
	}
	phone, err := notice.Phone(tx, n)
	if err == nil && phone == "" {
		phone, err = person.Phone(tx, who)
	}
	if err != nil {
		return Message{}, err
	}
	given, err := n.Arguments()
	if err != nil {
		return Message{}, err
	}
	m := Message{To: phone, Language: n.Language, Kind: n.Kind, Key: "notice." + n.Kind, At: n.CreatedAt.Time()}
	for _, arg := range given { // the number of an appeal, or nothing
		m.Args = append(m.Args, arg)
	}
	page, err := n.Path()
	m.Args = append(m.Args, p.Settings.BaseURL+page)
	return m, err
}

// NoticeDelivered notes that a notice was handed over. If somebody has noted it
// already, that is no error.
func (p *Portal) NoticeDelivered(ctx context.Context, id int64) error {
	err := p.Store.Write(ctx, func(tx store.Tx) error { return notice.Close(tx, id, notice.Sent) })
	if errors.Is(err, fault.Stale) {
		return nil
	}
	return err
}
