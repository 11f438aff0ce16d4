package models

import (
	"context"
	"errors"
	"time"

	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/job"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// Message is a text message as far as a story knows it: whoever sends it words
// Key and Args in Language.
type Message struct {
	To       string // phone in its normal form
	Language string
	Kind     string // what the sink files it under: "code" here
	Key      string
	Args     []any
	At       time.Time
}

// AskCode is somebody who wants to sign in.
type AskCode struct {
	Phone    string // as typed
	Browser  []byte // the code works only there
	Address  string // where the request came from
	Language string
}

// CodeAsked is what the page that takes the code shows.
type CodeAsked struct {
	ID        int64  // for the half signed-in session, never on a page
	Phone     string // in its normal form; the page masks it
	ResendAt  time.Time
	Expires   time.Time
	TriesLeft int
	Open      bool // false: too many wrong answers, too late, or used
	Used      bool // answered rightly, or replaced by another one
	Before    bool // it was sent a moment ago already, and nothing is sent now
}

// AskCode sends a one-time code to a phone. Nothing here asks whether anybody is
// known by that phone, so that the answer cannot tell. Whoever asks again before
// another one may be sent is led to the code that their browser has.
func (p *Portal) AskCode(ctx context.Context, in AskCode) (CodeAsked, error) {
	phone, err := identity.NormalisePhone(in.Phone)
	if err != nil {
		return CodeAsked{}, err
	}
	var asked CodeAsked
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		var err error
		if asked, err = sentBefore(tx, in.Browser, phone); err != nil || asked.Before {
			return err
		}
		asked, err = p.sendCode(tx, in, phone, signin.ForSignIn)
		return err
	})
	return asked, err
}

// sentBefore is the code to sign in with that this browser has for the phone, if it
// is open and too fresh for another one. What other browsers asked for counts for
// nothing: it would tell them of each other.
func sentBefore(tx store.Tx, browser []byte, phone string) (CodeAsked, error) {
	c, err := signin.Latest(tx, browser)
	if errors.Is(err, fault.NotFound) {
		return CodeAsked{}, nil
	}
	if err != nil || c.Purpose != signin.ForSignIn || !c.Open(tx.Now()) {
		return CodeAsked{}, err
	}
	asked, err := codeAsked(tx, c)
	if err != nil || asked.Phone != phone || !asked.ResendAt.After(tx.Now()) {
		return CodeAsked{}, err
	}
	asked.Before = true
	return asked, nil
}

// AskCodeAgain sends a new code to the phone of an earlier one; the earlier one
// works no more. Phone of in is not read.
func (p *Portal) AskCodeAgain(ctx context.Context, id int64, in AskCode) (CodeAsked, error) {
	var asked CodeAsked
	err := p.Store.Write(ctx, func(tx store.Tx) error {
		old, err := signin.Get(tx, id, in.Browser)
		if err == nil && old.Purpose != signin.ForSignIn {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		phone, err := signin.Phone(tx, old)
		if err != nil {
			return err
		}
		asked, err = p.sendCode(tx, in, phone, signin.ForSignIn)
		return err
	})
	return asked, err
}

func (p *Portal) sendCode(tx store.Tx, in AskCode, phone, purpose string) (CodeAsked, error) {
	most := p.Settings.codesADay()
	sent, err := signin.SpendOnCode(tx, signin.Ask{Phone: phone, Address: in.Address, Browser: in.Browser, ADay: most})
	if err != nil {
		return CodeAsked{}, err
	}
	if p.Log != nil && (sent == most*8/10 || sent == most*9/10 || sent == most) { // once each: somebody should look who asks for them
		p.Log.Error("text messages of the day are running out", "sent", sent, "most", most)
	}
	c, err := signin.IssueFor(tx, purpose, in.Browser, phone, in.Language)
	if err != nil {
		return CodeAsked{}, err
	}
	if err := tx.Enqueue(job.DeliverCode{ID: c.ID}); err != nil {
		return CodeAsked{}, err
	}
	return codeAsked(tx, c)
}

// CodeAsked returns what is known of the code that this browser asked for;
// fault.NotFound if it asked for none by that id.
func (p *Portal) CodeAsked(ctx context.Context, id int64, browser []byte) (CodeAsked, error) {
	var asked CodeAsked
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		c, err := signin.Get(tx, id, browser)
		if err != nil {
			return err
		}
		asked, err = codeAsked(tx, c)
		return err
	})
	return asked, err
}

func codeAsked(tx store.Tx, c signin.Code) (CodeAsked, error) {
	phone, err := signin.Phone(tx, c)
	return CodeAsked{
		ID: c.ID, Phone: phone, ResendAt: c.SentAt.Time().Add(signin.ResendAfter), Expires: c.ExpiresAt.Time(),
		TriesLeft: c.TriesLeft(), Open: c.Open(tx.Now()), Used: c.UsedAt != nil,
	}, err
}

// codeTexts are the messages that deliver a code, by what it is for: who gets one
// can tell what somebody wants it for. The code for nobody has none.
var codeTexts = map[string]string{
	signin.ForSignIn: "notice.code", signin.ForAppeal: "notice.code_appeal", signin.ForPhone: "notice.code_phone",
}

// CodesToday is how many one-time codes have been sent today, for the metrics.
func (p *Portal) CodesToday(ctx context.Context) (sent int64, err error) {
	err = p.Store.Read(ctx, func(tx store.Tx) (err error) {
		sent, err = signin.SentToday(tx)
		return err
	})
	return sent, err
}

// CodeMessage is the message that delivers a code; not ok if there is nothing to
// deliver, because it was used, replaced, is past its time, or is for nobody.
func (p *Portal) CodeMessage(ctx context.Context, id int64) (m Message, ok bool, err error) {
	err = p.Store.Read(ctx, func(tx store.Tx) error {
		c, err := signin.ByID(tx, id)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		key := codeTexts[c.Purpose]
		if err != nil || key == "" || !c.Open(tx.Now()) {
			return err
		}
		number, err := signin.Number(tx, c)
		if err != nil || number == "" {
			return err
		}
		phone, err := signin.Phone(tx, c)
		if err != nil {
			return err
		}
		m, ok = Message{
			To: phone, Language: c.Language, Kind: "code", At: c.SentAt.Time(),
			Key: key, Args: []any{number, int(signin.Lifetime.Minutes())},
		}, true
		return nil
	})
	return m, ok, err
}

// CodeDelivered forgets the number of a code that was handed over. In the demo
// it stays, since the page shows it.
func (p *Portal) CodeDelivered(ctx context.Context, id int64) error {
	if p.Settings.Demo {
		return nil
	}
	return p.Store.Write(ctx, func(tx store.Tx) error { return signin.Delivered(tx, id) })
}

// DemoCode is the open code of a browser, for the page of the demo to show; ""
// if there is none, and always in production.
func (p *Portal) DemoCode(ctx context.Context, browser []byte) (string, error) {
	if !p.Settings.Demo {
		return "", nil
	}
	number := ""
	err := p.Store.Read(ctx, func(tx store.Tx) error {
		c, err := signin.Latest(tx, browser)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil || !c.Open(tx.Now()) {
			return err
		}
		number, err = signin.Number(tx, c)
		return err
	})
	return number, err
}
