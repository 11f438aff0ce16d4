package models

import (
	"fmt"
	"strings"

	"yongxing/models/appeal"
	"yongxing/models/ledger"
	"yongxing/models/notice"
	"yongxing/models/store"
)

// askMaterial sends the items that the officer asks about to the person, who has
// appeal.AskFor to answer while the clock stands still. words are what was
// decided of the other items at the same time, "" if nothing.
func (p *Portal) askMaterial(tx store.Tx, v verdict, words string) error {
	var questions []string
	for i, r := range v.rulings {
		if r.Action != ActionAsk {
			continue
		}
		if err := appeal.AskItem(tx, v.items[i].row.ID); err != nil {
			return err
		}
		questions = append(questions, r.Question)
	}
	if err := appeal.Wait(tx, v.appeal, v.member.ID, words); err != nil {
		return err
	}
	if err := appeal.AddEvent(tx, v.appeal.ID, appeal.EventAsked, appeal.ByStaff, v.member.ID, strings.Join(questions, "\n")); err != nil {
		return err
	}
	number := v.appeal.Number
	if err := notice.Queue(tx, v.appeal.PersonID, notice.AppealAsked, fmt.Sprintf("appeal_asked:%s:%d", number, v.appeal.Version), number); err != nil {
		return err
	}
	until := tx.Now().Add(appeal.AskFor)
	return ledger.Append(tx, "appeal_asked", staffEntry(v.member, "appeal", number),
		map[string]string{"number": number, "until": until.Format("2006-01-02T15:04:05Z07:00")})
}
