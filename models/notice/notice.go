// Package notice keeps the messages that are owed to people. A message is owed
// from the transaction in which its event happens, is delivered later by a job,
// and is one for each event. Its row holds what the message may say and no more:
// never a colour, a rule, a name or a document.
package notice

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"yongxing/models/job"
	"yongxing/models/store"
)

// Kinds of notice.
const (
	CodeChanged   = "code_changed"   // something new on the code page
	CodeReleased  = "code_released"  // something there has ended
	SourceChanged = "source_changed" // a source changed a record that an appeal had settled
	AppealFiled   = "appeal_filed"
	AppealAsked   = "appeal_asked"
	AppealDecided = "appeal_decided"
	PhoneChanged  = "phone_changed" // goes to the phone that was given up
)

// States of a notice.
const (
	Queued  = "queued"
	Sent    = "sent"
	NoPhone = "no_phone" // nobody to reach: it is on the person's pages only
)

// Notice is a row of table notice.
type Notice struct {
	ID       int64  `gorm:"primaryKey;autoIncrement:false"`
	Ref      string // what the person's pages call it
	PersonID int64
	Kind     string
	Args     string // JSON list, see Arguments
	Dedupe   string
	Language string
	// PhoneSealed is where the notice goes if not to the person's own phone; nil
	// once it was sent. Open it with Phone.
	PhoneSealed store.Sealed
	State       string
	CreatedAt   store.Millis
	TakenAt     *store.Millis
	SentAt      *store.Millis
	ReadAt      *store.Millis // when the person opened it on their pages
}

// TableName is notice.
func (Notice) TableName() string { return "notice" }

// Path is the page that the notice is about: an appeal, if it names one, or the
// code. It is the same in a text message and on the person's pages.
func (n Notice) Path() (string, error) {
	args, err := n.Arguments()
	switch {
	case err != nil || n.Kind == PhoneChanged:
		return "/help", err // who reads it may have no account
	case len(args) == 0:
		return "/code", nil
	}
	return "/appeal/" + args[0], nil
}

// Arguments fill the notice's text, in order.
func (n Notice) Arguments() ([]string, error) {
	var args []string
	if err := json.Unmarshal([]byte(n.Args), &args); err != nil {
		return nil, fmt.Errorf("notice: arguments of %d: %w", n.ID, err)
	}
	return args, nil
}

// Queue owes a person a notice, in the language that they now read, and the job
// that delivers it. dedupe names the event: of one event a second notice is not
// queued. args may hold an appeal number and the like, nothing personal.
func Queue(tx store.Tx, personID int64, kind, dedupe string, args ...string) error {
	return QueueTo(tx, personID, "", kind, dedupe, args...)
}

// QueueTo is Queue for a notice that goes to another phone than the person's own:
// the one that they have just given up.
func QueueTo(tx store.Tx, personID int64, phone, kind, dedupe string, args ...string) error {
	var there int64
	if err := tx.DB().Model(&Notice{}).Where("dedupe = ?", dedupe).Count(&there).Error; err != nil {
		return fmt.Errorf("notice: queue: %w", err)
	}
	if there > 0 {
		return nil
	}
	body, err := json.Marshal(append([]string{}, args...))
	if err != nil {
		return fmt.Errorf("notice: queue: %w", err)
	}
	id, err := tx.NextID("notice")
	if err != nil {
		return err
	}
	var to store.Sealed
	if phone != "" {
		to = tx.Seal("notice", "phone", id, phone)
	}
	if err := store.ChangedRow(tx.Exec(`INSERT INTO notice (id, ref, person_id, kind, args, dedupe, language, phone_sealed, state, created_at)
		SELECT ?, ?, p.id, ?, ?, ?, p.language, ?, ?, ? FROM person p WHERE p.id = ?`,
		id, store.Ref(), kind, string(body), dedupe, to, Queued, tx.Millis(), personID)); err != nil {
		return fmt.Errorf("notice: queue: %w", err)
	}
	return tx.Enqueue(job.DeliverNotice{NoticeID: id})
}

// Phone is where a notice goes that was queued by QueueTo, "" for the person's own.
func Phone(tx store.Tx, n Notice) (string, error) {
	if n.PhoneSealed == nil {
		return "", nil
	}
	phone, err := tx.Unseal("notice", "phone", n.ID, n.PhoneSealed)
	if err != nil {
		return "", fmt.Errorf("notice: phone: %w", err)
	}
	return phone, nil
}

// ByID returns one notice; fault.NotFound if there is none.
func ByID(tx store.Tx, id int64) (Notice, error) {
	var n Notice
	if err := tx.DB().Where("id = ?", id).Take(&n).Error; err != nil {
		return Notice{}, fmt.Errorf("notice: by id: %w", store.Found(err))
	}
	return n, nil
}

// inHand is how long a notice that a worker took is left to it: longer than a
// job may run, so that only a crash hands it to another.
const inHand = time.Minute

// Take takes a queued notice in hand, so that two jobs for one notice never send
// it twice; fault.Stale if it is not queued or in another's hand.
func Take(tx store.Tx, id int64) error {
	res := tx.DB().Model(&Notice{}).Where("id = ? AND state = ? AND (taken_at IS NULL OR taken_at <= ?)", id, Queued, store.At(tx.Now().Add(-inHand))).
		Update("taken_at", tx.Millis())
	if err := store.Changed(res); err != nil {
		return fmt.Errorf("notice: take: %w", err)
	}
	return nil
}

// Return lays back a notice that could not be sent.
func Return(tx store.Tx, id int64) error {
	if err := tx.DB().Model(&Notice{}).Where("id = ? AND state = ?", id, Queued).Update("taken_at", nil).Error; err != nil {
		return fmt.Errorf("notice: return: %w", err)
	}
	return nil
}

// Close moves a queued notice to Sent or NoPhone; fault.Stale if it was moved
// already.
func Close(tx store.Tx, id int64, state string) error {
	res := tx.DB().Model(&Notice{}).Where("id = ? AND state = ?", id, Queued).
		Updates(map[string]any{"state": state, "sent_at": tx.Millis(), "phone_sealed": nil})
	if err := store.Changed(res); err != nil {
		return fmt.Errorf("notice: close: %w", err)
	}
	return nil
}

// Again gives up to limit notices a job again that were queued after from and
// before until and are not delivered yet, unless one still waits for them.
func Again(tx store.Tx, from, until time.Time, limit int) error {
	var ids []int64
	err := tx.DB().Model(&Notice{}).Where("state = ? AND created_at > ? AND created_at < ?", Queued, store.At(from), store.At(until)).
		Order("id").Limit(limit).Pluck("id", &ids).Error
	if err != nil {
		return fmt.Errorf("notice: again: %w", err)
	}
	for _, id := range ids {
		_, err := tx.EnqueueOnce(job.DeliverNotice{NoticeID: id}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: waiting}})
		if err != nil {
			return fmt.Errorf("notice: again: %w", err)
		}
	}
	return nil
}

// waiting are the states of a job that is still to run.
var waiting = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
}
