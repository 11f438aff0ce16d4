package appeal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// New is an appeal to be put on record.
type New struct {
	PersonID, FilerID int64
	Channel           string // web, wechat_oa, ala_app, phone_12345, phone_110, station_counter …
	StationID         int64
	Statement         string
	HarmGround        string // one of HarmGrounds, or empty: due in 2 hours instead of 8
	Colour            string
	RequestKey        string
	Items             []NewItem
}

// NewItem is one finding in question.
type NewItem struct {
	Target, Rule, FindingKey, Colour string
	LeadFact                         int64
	Facts                            []int64
	Locked                           bool
	Ground                           string
}

// Add puts an appeal with its items on record and starts its clock. A fact that
// is being appealed already is a *fault.Conflict with the other's number.
func Add(tx store.Tx, in New) (Appeal, error) {
	open, err := OpenFacts(tx, in.PersonID)
	if err != nil {
		return Appeal{}, err
	}
	for _, item := range in.Items {
		for _, f := range item.Facts {
			if number, taken := open[f]; taken {
				return Appeal{}, &fault.Conflict{Key: "appeal.already_open", Args: []any{number}}
			}
		}
	}
	a, err := newAppeal(tx, in)
	if err != nil {
		return Appeal{}, err
	}
	if err := tx.DB().Create(&a).Error; err != nil {
		return Appeal{}, fmt.Errorf("appeal: add: %w", err)
	}
	for i, item := range in.Items {
		if err := addItem(tx, a, i+1, item); err != nil {
			return Appeal{}, err
		}
	}
	return a, AddEvent(tx, a.ID, EventFiled, ByPerson, 0, "")
}

func newAppeal(tx store.Tx, in New) (Appeal, error) {
	id, err := tx.NextID("appeal")
	if err != nil {
		return Appeal{}, fmt.Errorf("appeal: add: %w", err)
	}
	number, err := freeNumber(tx)
	if err != nil {
		return Appeal{}, err
	}
	due := DueIn
	if in.HarmGround != "" {
		due = DueInHarm
	}
	return Appeal{
		ID: id, Number: number, PersonID: in.PersonID, FilerID: in.FilerID, Channel: in.Channel,
		State: Submitted, StationID: in.StationID,
		StatementSealed: tx.Seal("appeal", "statement_sealed", id, in.Statement),
		Harm:            in.HarmGround != "", HarmGround: in.HarmGround, Colour: in.Colour, Rules: ruleCodes(in.Items),
		SubmittedAt: tx.Millis(), DueAt: store.At(tx.Now().Add(due)),
		Version: 1, RequestKey: in.RequestKey,
	}, nil
}

// freeNumber draws again in the rare case that a number is taken: ten million a
// month, and a bad month has a hundred thousand.
func freeNumber(tx store.Tx) (string, error) {
	for range 20 {
		number := NewNumber(tx.Now())
		var n int64
		if err := tx.DB().Model(&Appeal{}).Where("number = ?", number).Count(&n).Error; err != nil {
			return "", fmt.Errorf("appeal: number: %w", err)
		}
		if n == 0 {
			return number, nil
		}
	}
	return "", fmt.Errorf("appeal: no free number: %w", fault.Unavailable)
}

func ruleCodes(items []NewItem) string {
	var codes []string
	for _, i := range items {
		codes = append(codes, i.Rule)
	}
	slices.Sort(codes)
	return strings.Join(slices.Compact(codes), " ")
}

func addItem(tx store.Tx, a Appeal, n int, in NewItem) error {
	id, err := tx.NextID("appeal_item")
	if err != nil {
		return fmt.Errorf("appeal: add item: %w", err)
	}
	facts, err := json.Marshal(in.Facts)
	if err != nil {
		return fmt.Errorf("appeal: add item: %w", err)
	}
	item := Item{
		ID: id, AppealID: a.ID, N: n, Target: in.Target, Rule: in.Rule, FindingKey: in.FindingKey, Colour: in.Colour,
		LeadFact: in.LeadFact, Facts: string(facts), Locked: in.Locked, Ground: in.Ground, State: ItemOpen,
	}
	if err := tx.DB().Create(&item).Error; err != nil {
		return fmt.Errorf("appeal: add item: %w", err)
	}
	for _, f := range in.Facts {
		row := ItemFact{ItemID: id, FactID: f, PersonID: a.PersonID, Open: true}
		if err := tx.DB().Create(&row).Error; err != nil {
			return fmt.Errorf("appeal: add item: %w", err)
		}
	}
	return nil
}

// CountPhotos notes how many pictures an appeal was filed with.
func CountPhotos(tx store.Tx, appealID int64, photos int) error {
	if err := store.Changed(tx.DB().Model(&Appeal{}).Where("id = ?", appealID).Update("photos", photos)); err != nil {
		return fmt.Errorf("appeal: count photos: %w", err)
	}
	return nil
}

// ReleaseFacts lets the facts of an appeal that is over be appealed again.
func ReleaseFacts(tx store.Tx, appealID int64) error {
	_, err := tx.Exec(`UPDATE appeal_item_fact SET open = ? WHERE open = ?
		AND item_id IN (SELECT id FROM appeal_item WHERE appeal_id = ?)`, false, true, appealID)
	if err != nil {
		return fmt.Errorf("appeal: release facts: %w", err)
	}
	return nil
}

// Withdraw takes back an open appeal: what was not decided yet is withdrawn. It
// is a *fault.Conflict if the appeal is over, and fault.Stale if somebody was
// faster.
func Withdraw(tx store.Tx, a Appeal) error {
	if !a.Open() {
		return errOver
	}
	if err := end(tx, a, map[string]any{"state": Withdrawn, "outcome": "withdrawn", "decided_at": tx.Millis()}); err != nil {
		return err
	}
	return AddEvent(tx, a.ID, EventWithdrawn, ByPerson, 0, "")
}

// Unanswered returns appeals whose question was to be answered by now, at most
// limit of them.
func Unanswered(tx store.Tx, limit int) ([]Appeal, error) {
	var late []Appeal
	err := tx.DB().Where("state = ? AND ask_until < ?", AwaitingCitizen, tx.Millis()).Order("id").Limit(limit).Find(&late).Error
	if err != nil {
		return nil, fmt.Errorf("appeal: unanswered: %w", err)
	}
	return late, nil
}

// Lapse ends an appeal whose question was not answered.
func Lapse(tx store.Tx, a Appeal) error {
	if err := end(tx, a, map[string]any{"state": Lapsed, "decided_at": tx.Millis()}); err != nil {
		return err
	}
	return AddEvent(tx, a.ID, EventLapsed, BySystem, 0, "")
}

// end moves an appeal to a state in which nobody works on it. Items that were
// not decided are withdrawn.
func end(tx store.Tx, a Appeal, set map[string]any) error {
	set["ask_until"], set["paused_at"], set["version"] = nil, nil, a.Version+1
	err := store.Changed(tx.DB().Model(&Appeal{}).Where("id = ? AND version = ? AND state IN ?", a.ID, a.Version, openStates).Updates(set))
	if err != nil {
		return fmt.Errorf("appeal: end: %w", err)
	}
	err = tx.DB().Model(&Item{}).Where("appeal_id = ? AND state IN ?", a.ID, []string{ItemOpen, ItemAsked}).
		Update("state", ItemWithdrawn).Error
	if err != nil {
		return fmt.Errorf("appeal: end items: %w", err)
	}
	return ReleaseFacts(tx, a.ID)
}

// AddMaterial writes down that the person has added something. If an officer had
// asked for it, the clock goes on where it stood, and the case is the officer's
// again.
func AddMaterial(tx store.Tx, a Appeal, text string, photos int) error {
	if !a.Open() {
		return errOver
	}
	set := map[string]any{"version": a.Version + 1, "photos": a.Photos + photos}
	if a.State == AwaitingCitizen {
		due := a.Due(tx.Now())
		set["state"], set["ask_until"], set["paused_at"] = Claimed, nil, nil
		set["claimed_at"] = tx.Millis() // on the desk again, for as long as at first
		set["due_at"], set["paused_ms"] = store.At(due), a.PausedMs+due.Sub(a.DueAt.Time()).Milliseconds()
	}
	err := store.Changed(tx.DB().Model(&Appeal{}).Where("id = ? AND version = ? AND state = ?", a.ID, a.Version, a.State).Updates(set))
	if err != nil {
		return fmt.Errorf("appeal: add material: %w", err)
	}
	if a.State == AwaitingCitizen {
		res := tx.DB().Model(&Item{}).Where("appeal_id = ? AND state = ?", a.ID, ItemAsked).Update("state", ItemOpen)
		if res.Error != nil {
			return fmt.Errorf("appeal: add material: %w", res.Error)
		}
	}
	return AddEvent(tx, a.ID, EventAdded, ByPerson, 0, text)
}

// errOver says that nothing can be added to an appeal any more.
var errOver = &fault.Conflict{Key: "appeal.over"}

// Place is the appeal's place in its station's queue: the unclaimed cases of the
// same station that are due before it, plus one. 0 if it is not in the queue.
func Place(tx store.Tx, a Appeal) (int, error) {
	if a.State != Submitted {
		return 0, nil
	}
	var before int64
	err := tx.DB().Model(&Appeal{}).
		Where("state = 'submitted' AND station_id = ? AND (due_at < ? OR due_at = ? AND id < ?)", a.StationID, a.DueAt, a.DueAt, a.ID).
		Count(&before).Error
	if err != nil {
		return 0, fmt.Errorf("appeal: place: %w", err)
	}
	return int(before) + 1, nil
}
