package models

import (
	"context"
	"errors"

	"yongxing/models/fault"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/store"
)

// NoticeMessage is the message that delivers a notice; not ok if there is
// nothing left to deliver. It says where to look and never what is to be seen
// there: a phone lies on a table, and a number may have a new owner. A notice to
// somebody without a phone ends here; it is on their pages.
func (p *Portal) NoticeMessage(ctx context.Context, id int64) (m Message, ok bool, err error) {
	var n notice.Notice
	err = p.Store.Read(ctx, func(tx store.Tx) (err error) {
		if n, err = notice.ByID(tx, id); err != nil || n.State != notice.Queued {
			return err
		}
		m, err = p.noticeMessage(tx, n)
		return err
	})
	if err != nil || n.State != notice.Queued {
		return Message{}, false, err
	}
	if m.To == "" {
		return Message{}, false, p.closeNotice(ctx, id, notice.NoPhone)
	}
	return m, true, nil
}

func (p *Portal) noticeMessage(tx store.Tx, n notice.Notice) (Message, error) {
	who, err := person.Get(tx, n.PersonID)
	if err != nil {
		return Message{}, err
	}
	phone, err := person.Phone(tx, who)
	if err != nil {
		return Message{}, err
	}
	given, err := n.Arguments()
	if err != nil {
		return Message{}, err
	}
	m := Message{To: phone, Language: n.Language, Kind: n.Kind, Key: "notice." + n.Kind, At: n.CreatedAt.Time()}
	page := p.Settings.BaseURL + "/code"
	for _, arg := range given { // the number of an appeal, or nothing
		m.Args = append(m.Args, arg)
		page = p.Settings.BaseURL + "/appeal/" + arg
	}
	m.Args = append(m.Args, page)
	return m, nil
}

// NoticeDelivered notes that a notice was handed over. If somebody has noted it
// already, that is no error.
func (p *Portal) NoticeDelivered(ctx context.Context, id int64) error {
	return p.closeNotice(ctx, id, notice.Sent)
}

func (p *Portal) closeNotice(ctx context.Context, id int64, state string) error {
	err := p.Store.Write(ctx, func(tx store.Tx) error { return notice.Close(tx, id, state) })
	if errors.Is(err, fault.Stale) {
		return nil
	}
	return err
}
