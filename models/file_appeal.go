package models

import (
	"context"
	"strconv"

	"yongxing/models/appeal"
	"yongxing/models/draft"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/notice"
	"yongxing/models/store"
)

// mostADay is how many appeals one person can file on a calendar day: enough for
// every finding, too few to fill a station's queue.
const mostADay = 5

// Filing is the last press of the form.
type Filing struct {
	PersonID int64
	Channel  string // web, wechat_oa …
	Key      string // one-time key of the form: the same key files one appeal
	Seen     string // AppealForm.Seen of the page that was confirmed; empty where there is no page
}

// FileAppeal sends what the person's draft holds to the station of their
// residence and returns the number. The clock runs from here. A press repeated
// returns the same number.
func (p *Portal) FileAppeal(ctx context.Context, in Filing) (number string, err error) {
	if in.Key == "" {
		return "", fault.Refuse("", "form.unreadable")
	}
	err = p.Store.Write(ctx, func(tx store.Tx) error {
		if err := tx.Lock("person", in.PersonID); err != nil {
			return err
		}
		before, again, err := appeal.ByRequestKey(tx, in.Key)
		if err != nil {
			return err
		}
		if again && before.FilerID != in.PersonID {
			return fault.NotFound
		}
		if again {
			number = before.Number
			return nil
		}
		if err := appealBudget(tx, in.PersonID); err != nil {
			return err
		}
		number, err = p.fileDraft(tx, in)
		return err
	})
	return number, err
}

// appealBudget refuses the sixth appeal of a day.
func appealBudget(tx store.Tx, personID int64) error {
	n, tomorrow, err := appeal.FiledToday(tx, personID)
	if err != nil {
		return err
	}
	if n >= mostADay {
		return &fault.TooMany{Key: "appeal.too_many", After: tomorrow.Sub(tx.Now())}
	}
	return nil
}

func (p *Portal) fileDraft(tx store.Tx, in Filing) (number string, err error) {
	_, kept, _, err := appealLoad(tx, in.PersonID)
	if err != nil {
		return "", err
	}
	form, err := p.appealForm(tx, in.PersonID)
	if err != nil {
		return "", err
	}
	chosen := form.Chosen()
	switch {
	case len(form.Choices) == 0 && len(form.Others) == 0:
		return "", &fault.Conflict{Key: "appeal.green"}
	case len(kept.Items) == 0:
		return "", fault.Refuse("items[]", "appeal.items_needed")
	case len(chosen) != len(kept.Items):
		return "", appealChanged(form)
	case form.Station.ID == 0:
		return "", fault.Refuse("", "appeal.no_station_short")
	}
	if in.Seen != "" && in.Seen != form.Seen {
		return "", &fault.Conflict{Key: "appeal.draft_moved"} // another tab: what was never shown is not sent
	}
	if err := kept.checkWords(); err != nil {
		return "", err
	}
	filed, err := appeal.Add(tx, appeal.New{
		PersonID: in.PersonID, FilerID: in.PersonID, Channel: in.Channel, StationID: form.Station.ID,
		Statement: kept.Statement, HarmGround: kept.Harm, Colour: string(form.Colour), RequestKey: in.Key, Items: appealItems(chosen),
	})
	if err != nil {
		return "", err
	}
	photos, err := evidence.Attach(tx, in.PersonID, filed.ID)
	if err != nil {
		return "", err
	}
	if err := appeal.CountPhotos(tx, filed.ID, photos); err != nil {
		return "", err
	}
	if err := draft.Remove(tx, in.PersonID, draft.Appeal); err != nil {
		return "", err
	}
	return filed.Number, appealTold(tx, filed, len(chosen))
}

// appealChanged says what has become of a finding that the person had chosen:
// they appeal it already, in another tab, or it is gone.
func appealChanged(form AppealForm) error {
	for _, c := range form.Others {
		if c.Chosen && c.View.OpenAppeal != "" {
			return &fault.Conflict{Key: "appeal.already_open", Args: []any{c.View.OpenAppeal}}
		}
	}
	return &fault.Conflict{Key: "appeal.changed"}
}

func appealItems(chosen []AppealChoice) []appeal.NewItem {
	items := make([]appeal.NewItem, len(chosen))
	for i, c := range chosen {
		items[i] = appeal.NewItem{
			Target: appeal.TargetFact, Rule: c.View.Rule, FindingKey: c.View.Key, Colour: string(c.View.Colour),
			LeadFact: c.View.Lead, Facts: c.View.Finding.Facts, Locked: c.View.Locked, Ground: c.Ground,
		}
		if appealDeclared(c.View) {
			items[i].Target = appeal.TargetDeclaration
		}
	}
	return items
}

func appealTold(tx store.Tx, a appeal.Appeal, items int) error {
	err := ledger.Append(tx, "appeal_filed", ledger.Entry{Actor: "person", Object: a.Number},
		map[string]string{"number": a.Number, "channel": a.Channel, "items": strconv.Itoa(items)})
	if err != nil {
		return err
	}
	return notice.Queue(tx, a.PersonID, notice.AppealFiled, "appeal_filed:"+a.Number, a.Number)
}
