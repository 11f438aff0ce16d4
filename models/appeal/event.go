package appeal

import (
	"fmt"
	"time"

	"yongxing/models/store"
)

// Kinds of events: the steps of an appeal that the person sees in its timeline.
const (
	EventFiled     = "filed"
	EventClaimed   = "claimed"
	EventReleased  = "released"
	EventAsked     = "asked"
	EventAdded     = "added"
	EventDecided   = "decided"
	EventWithdrawn = "withdrawn"
	EventLapsed    = "lapsed"
	EventMoved     = "moved" // text: from MovedArrow to
)

// MovedArrow stands between the two stations of a move.
const MovedArrow = " → "

// Actors of events.
const (
	ByPerson = "person"
	ByStaff  = "staff"
	BySystem = "system"
)

// Event is a row of table appeal_event. Events are only added.
type Event struct {
	ID         int64 `gorm:"primaryKey;autoIncrement:false"`
	AppealID   int64
	Kind       string
	Actor      string
	StaffID    *int64
	TextSealed store.Sealed
	At         store.Millis
}

// TableName is appeal_event.
func (Event) TableName() string { return "appeal_event" }

// AddEvent writes down one step. staffID is 0 unless actor is ByStaff; text is
// what one side wrote to the other, and may be empty.
func AddEvent(tx store.Tx, appealID int64, kind, actor string, staffID int64, text string) error {
	id, err := tx.NextID("appeal_event")
	if err != nil {
		return fmt.Errorf("appeal: add event: %w", err)
	}
	e := Event{ID: id, AppealID: appealID, Kind: kind, Actor: actor, At: tx.Millis()}
	if staffID != 0 {
		e.StaffID = &staffID
	}
	if text != "" {
		e.TextSealed = tx.Seal("appeal_event", "text_sealed", id, text)
	}
	if err := tx.DB().Create(&e).Error; err != nil {
		return fmt.Errorf("appeal: add event: %w", err)
	}
	return nil
}

// Events returns the steps of an appeal, the oldest first.
func Events(tx store.Tx, appealID int64) ([]Event, error) {
	var es []Event
	if err := tx.DB().Where("appeal_id = ?", appealID).Order("id").Find(&es).Error; err != nil {
		return nil, fmt.Errorf("appeal: events: %w", err)
	}
	return es, nil
}

// Text is what an event's side wrote; empty if nothing.
func Text(tx store.Tx, e Event) (string, error) {
	if e.TextSealed == nil {
		return "", nil
	}
	return tx.Unseal("appeal_event", "text_sealed", e.ID, e.TextSealed)
}

// SaidLast tells whether the newest step of an appeal is that the person added
// these very words: a form that was sent twice.
func SaidLast(tx store.Tx, appealID int64, text string) (bool, error) {
	events, err := Events(tx, appealID)
	if err != nil || len(events) == 0 || events[len(events)-1].Kind != EventAdded {
		return false, err
	}
	last, err := Text(tx, events[len(events)-1])
	return last == text, err
}

// MostAdded is how often a person may add something to an appeal on one day, or
// since the officer's last question: as many photos as an appeal begins with, and
// as many words to them.
const MostAdded = 10

// Added is how often the person has added something to an appeal since a time.
func Added(tx store.Tx, appealID int64, since time.Time) (int, error) {
	var n int64
	err := tx.DB().Model(&Event{}).Where("appeal_id = ? AND kind = ? AND at >= ?", appealID, EventAdded, max(0, store.At(since))).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("appeal: added: %w", err)
	}
	return int(n), nil
}
