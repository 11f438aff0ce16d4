// Package appeal keeps appeals: requests to look again at what a colour rests
// on. An appeal has items, one for each finding in question, each with its own
// state; what an officer decides is a sentence about facts, and the outcome of
// the whole is derived from its items, never ticked.
//
// The package knows rows, states and the moves between them. Who may make a
// move, and what hangs on it (facts, colour, ledger, notice), is told by the
// stories in package models.
package appeal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// States of an appeal.
const (
	Submitted        = "submitted"         // waits in the station's queue, the clock runs
	Claimed          = "claimed"           // an officer works on it
	AwaitingCitizen  = "awaiting_citizen"  // the person was asked, the clock stands still
	AwaitingUpstream = "awaiting_upstream" // forwarded, the clock runs
	Decided          = "decided"
	Closed           = "closed"
	Withdrawn        = "withdrawn"
	Merged           = "merged"
	Lapsed           = "lapsed"
)

// openStates are those in which a person can still add to an appeal or take it
// back.
var openStates = []string{Submitted, Claimed, AwaitingCitizen, AwaitingUpstream}

// States of an item.
const (
	ItemOpen      = "open"
	ItemAsked     = "asked"
	ItemDecided   = "decided"
	ItemWithdrawn = "withdrawn"
)

// Targets of an item.
const (
	TargetFact        = "fact"        // what a source says of the person
	TargetDeclaration = "declaration" // what the person declared by mistake
)

// How long an appeal may take: by the clock, nights and
// holidays included, whatever the colour.
const (
	DueIn     = 8 * time.Hour
	DueInHarm = 2 * time.Hour  // immediate harm: hospital, stranded, exam, funeral
	AskFor    = 72 * time.Hour // the time to answer a question
	// Half of the time may pass on one desk: whoever had to leave it leaves the
	// other half to a colleague.
	ClaimFor       = DueIn / 2
	ClaimForInHarm = DueInHarm / 2
)

// Appeal is a row of table appeal.
type Appeal struct {
	ID              int64 `gorm:"primaryKey;autoIncrement:false"`
	Number          string
	PersonID        int64
	FilerID         int64
	FiledByStaff    *int64
	Channel         string
	State           string
	StationID       int64
	StatementSealed store.Sealed
	Harm            bool   // immediate harm: due in 2 hours
	HarmGround      string // one of HarmGrounds if Harm
	Colour          string // of the code when it was filed
	Rules           string // codes of the items' rules, a space between
	Photos          int    // how many pictures the person sent
	SubmittedAt     store.Millis
	DueAt           store.Millis
	ClaimedBy       *int64
	ClaimedAt       *store.Millis
	AskUntil        *store.Millis
	PausedAt        *store.Millis // set while the clock stands still
	PausedMs        int64         // how long it has stood still before
	DecidedBy       *int64
	DecidedAt       *store.Millis
	Outcome         string // granted, part, corrected, no_change, refused, withdrawn; empty while open
	DecisionSealed  store.Sealed
	Version         int64 // goes up with every change: a form that saw another is stale
	RequestKey      string
}

// TableName is appeal.
func (Appeal) TableName() string { return "appeal" }

// Open tells whether material can be added and the appeal withdrawn.
func (a Appeal) Open() bool { return slices.Contains(openStates, a.State) }

// Due is when the answer is due: while the clock stands still it moves along
// with now.
func (a Appeal) Due(now time.Time) time.Time { return dueOf(a.DueAt, a.PausedAt, now) }

func dueOf(due store.Millis, paused *store.Millis, now time.Time) time.Time {
	if paused == nil {
		return due.Time()
	}
	return due.Time().Add(now.Sub(paused.Time()))
}

// Overdue tells whether an open appeal should have been answered by now.
func (a Appeal) Overdue(now time.Time) bool { return a.Open() && now.After(a.Due(now)) }

// RuleCodes are the codes of the items' rules.
func (a Appeal) RuleCodes() []string { return strings.Fields(a.Rules) }

// Item is a row of table appeal_item: one finding in question.
type Item struct {
	ID         int64 `gorm:"primaryKey;autoIncrement:false"`
	AppealID   int64
	N          int
	Target     string
	Rule       string
	FindingKey string
	Colour     string
	LeadFact   int64
	Facts      string // JSON list of fact ids
	Locked     bool
	Ground     string
	State      string
	Action     string
	Scope      string
	Basis      string
	EffectFact *int64
	DecidedBy  *int64
	DecidedAt  *store.Millis
}

// TableName is appeal_item.
func (Item) TableName() string { return "appeal_item" }

// FactIDs are the facts of the finding when the appeal was filed.
func (i Item) FactIDs() ([]int64, error) {
	var ids []int64
	if err := json.Unmarshal([]byte(i.Facts), &ids); err != nil {
		return nil, fmt.Errorf("appeal item: facts: %w", err)
	}
	return ids, nil
}

// ItemFact is a row of table appeal_item_fact, which holds "one open appeal for
// each fact".
type ItemFact struct {
	ItemID   int64 `gorm:"primaryKey;autoIncrement:false"`
	FactID   int64 `gorm:"primaryKey;autoIncrement:false"`
	PersonID int64
	Open     bool
}

// TableName is appeal_item_fact.
func (ItemFact) TableName() string { return "appeal_item_fact" }

// Get returns the appeal with an id, or fault.NotFound.
func Get(tx store.Tx, id int64) (Appeal, error) {
	var a Appeal
	err := tx.DB().Where("id = ?", id).Take(&a).Error
	if err != nil {
		return Appeal{}, fmt.Errorf("appeal: get: %w", store.Found(err))
	}
	return a, nil
}

// ByNumber returns the appeal with a number, or fault.NotFound. Whether the
// caller may see it is the story's question.
func ByNumber(tx store.Tx, number string) (Appeal, error) {
	number, ok := ParseNumber(number)
	if !ok {
		return Appeal{}, fmt.Errorf("appeal: by number: %w", fault.NotFound)
	}
	var a Appeal
	err := tx.DB().Where("number = ?", number).Take(&a).Error
	if err != nil {
		return Appeal{}, fmt.Errorf("appeal: by number: %w", store.Found(err))
	}
	return a, nil
}

// ByRequestKey returns the appeal that a form with this one-time key has made.
func ByRequestKey(tx store.Tx, key string) (a Appeal, ok bool, err error) {
	var found []Appeal
	if err := tx.DB().Where("request_key = ?", key).Limit(1).Find(&found).Error; err != nil {
		return Appeal{}, false, fmt.Errorf("appeal: by request key: %w", err)
	}
	if len(found) == 0 {
		return Appeal{}, false, nil
	}
	return found[0], true, nil
}

// OfPerson returns a person's appeals, the newest first.
func OfPerson(tx store.Tx, personID int64) ([]Appeal, error) {
	var as []Appeal
	if err := tx.DB().Where("person_id = ?", personID).Order("id DESC").Find(&as).Error; err != nil {
		return nil, fmt.Errorf("appeal: of person: %w", err)
	}
	return as, nil
}

// FiledToday counts the appeals that were filed about a person on this calendar
// day in Ningbo, and says when the next day begins.
func FiledToday(tx store.Tx, personID int64) (n int, tomorrow time.Time, err error) {
	local := tx.Now().In(shanghai)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, shanghai)
	var filed int64
	err = tx.DB().Model(&Appeal{}).Where("person_id = ? AND submitted_at >= ?", personID, store.At(midnight)).Count(&filed).Error
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("appeal: count: %w", err)
	}
	return int(filed), midnight.AddDate(0, 0, 1), nil
}

// Items returns the items of an appeal in their order on screen.
func Items(tx store.Tx, appealID int64) ([]Item, error) {
	var items []Item
	if err := tx.DB().Where("appeal_id = ?", appealID).Order("n").Find(&items).Error; err != nil {
		return nil, fmt.Errorf("appeal: items: %w", err)
	}
	return items, nil
}

// OpenFacts says under which number each fact of a person is being appealed.
func OpenFacts(tx store.Tx, personID int64) (map[int64]string, error) {
	type row struct {
		FactID int64
		Number string
	}
	rows, err := store.List[row](tx, `SELECT f.fact_id,
		(SELECT a.number FROM appeal_item i JOIN appeal a ON a.id = i.appeal_id WHERE i.id = f.item_id) AS number
		FROM appeal_item_fact f WHERE f.person_id = ? AND f.open`, personID) // as in the index: with an argument it is planned anew each time
	if err != nil {
		return nil, fmt.Errorf("appeal: open facts: %w", err)
	}
	open := make(map[int64]string, len(rows))
	for _, r := range rows {
		open[r.FactID] = r.Number
	}
	return open, nil
}

// Statement is what the person wrote when filing.
func Statement(tx store.Tx, a Appeal) (string, error) {
	return tx.Unseal("appeal", "statement_sealed", a.ID, a.StatementSealed)
}

// Decision is the officer's text to the person; empty before a decision.
func Decision(tx store.Tx, a Appeal) (string, error) {
	if a.DecisionSealed == nil {
		return "", nil
	}
	return tx.Unseal("appeal", "decision_sealed", a.ID, a.DecisionSealed)
}
