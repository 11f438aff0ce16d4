package signin

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Limit is so many uses in any span of this length that ends now.
type Limit struct {
	Most int
	In   time.Duration
}

// longest is the longest span that a Limit may have.
const longest = 24 * time.Hour

// Kinds of budgets here. A kind is also the catalogue key of the sentence that
// says what to do when it is used up.
const (
	PerNumber   = "signin.number_wait"
	PerAddress  = "signin.address_wait"
	PerDocument = "signin.document_wait"
	PerAppeal   = "appeal.find_wait"
	PerClaim    = "signin.claim_wait"
	PerPhotos   = "appeal.photos_wait"
	PerCity     = "signin.city_wait"
)

// ofStrangers is a part of PerNumber and has no sentence of its own.
const ofStrangers = "number_strangers"

// Limits of what residents may ask for before anything is known about them.
var (
	numberLimits = []Limit{{1, ResendAfter}, {5, time.Hour}, {10, longest}}
	// Of these, browsers in which the number has not signed in before have fewer
	// together: whoever has messages sent to a number without end leaves some to its
	// owner.
	strangerLimits = []Limit{{4, time.Hour}, {7, longest}}
	addressLimits  = []Limit{{30, time.Hour}}
	documentLimits = []Limit{{DocumentTries, longest}}
	appealLimits   = []Limit{{5, time.Hour}, {20, longest}}
	claimLimits    = []Limit{{5, longest}}
	// Room for five appeals with nine photos each. A photo that is refused counts
	// too, since to look at it has cost as much.
	photoLimits = []Limit{{60, longest}}
)

// DocumentTries is how many wrong answers to the document question a person has
// in a day, over all browsers: the end of a document number is soon guessed by
// who may start again with a new browser. After that the counter helps.
const DocumentTries = 5

// Ask is one text message with a code that somebody wants.
type Ask struct {
	Phone   string // in its normal form
	Address string
	Browser []byte
	// ADay is how many the city sends on one calendar day, to whomever: they cost
	// money, and a flood of them is somebody's doing.
	ADay int64
}

// SpendOnCode takes one text message out of the budgets of its number, of the
// address that asks for it and of the city. sent is how many the city has sent
// today, with this one. The last of a number's and the last tenth of the
// city's are for browsers in which the number has signed in before.
func SpendOnCode(tx store.Tx, a Ask) (sent int64, err error) {
	met, err := Met(tx, MetByPhone, a.Phone, a.Browser)
	if err != nil {
		return 0, err
	}
	if err := Spend(tx, PerAddress, tx.Index("budget_use", "address", a.Address), addressLimits...); err != nil {
		return 0, err
	}
	number := tx.Index("budget_use", "number", a.Phone)
	if err := Spend(tx, PerNumber, number, numberLimits...); err != nil {
		return 0, err
	}
	if met {
		return spendOfCity(tx, a.ADay)
	}
	err = Spend(tx, ofStrangers, number, strangerLimits...)
	if many := (*fault.TooMany)(nil); errors.As(err, &many) {
		many.Key = PerNumber
	}
	if err != nil {
		return 0, err
	}
	return spendOfCity(tx, a.ADay-a.ADay/10)
}

// spendOfCity takes one of the day's messages in one statement: on PostgreSQL all
// nodes count on the same row, and no more pass than there are left.
func spendOfCity(tx store.Tx, most int64) (sent int64, err error) {
	day := dayOf(tx)
	err = tx.QueryRow(`INSERT INTO budget AS b (kind, key, since, used) VALUES (?, ?, ?, 1)
		ON CONFLICT (kind, key) DO UPDATE SET used = CASE WHEN b.since < excluded.since THEN 1 ELSE b.used + 1 END, since = excluded.since
		WHERE b.since < excluded.since OR b.used < ? RETURNING used`, PerCity, cityKey(tx), store.At(day), most).Scan(&sent)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, &fault.TooMany{Key: PerCity, After: day.AddDate(0, 0, 1).Sub(tx.Now())}
	}
	if err != nil {
		return 0, fmt.Errorf("signin: messages of the day: %w", err)
	}
	return sent, nil
}

// SentToday is how many codes the city has sent today.
func SentToday(tx store.Tx) (sent int64, err error) {
	err = tx.QueryRow("SELECT COALESCE(SUM(used), 0) FROM budget WHERE kind = ? AND key = ? AND since >= ?", PerCity, cityKey(tx), store.At(dayOf(tx))).Scan(&sent)
	if err != nil {
		return 0, fmt.Errorf("signin: messages of the day: %w", err)
	}
	return sent, nil
}

func cityKey(tx store.Tx) []byte { return tx.Index("budget", PerCity, "city") }

// shanghai is the zone of the city's day. Fixed: see appeal.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

func dayOf(tx store.Tx) time.Time {
	local := tx.Now().In(shanghai)
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, shanghai)
}

// SpendOnAppeal takes one question about an appeal, known or not, out of its
// budget: whose phone goes with a number is not to be tried out.
func SpendOnAppeal(tx store.Tx, number string) error {
	return Spend(tx, PerAppeal, tx.Index("budget_use", "appeal", number), appealLimits...)
}

// SpendOnClaim takes one further document out of a person's budget: each leaves a
// row for good.
func SpendOnClaim(tx store.Tx, personID int64) error {
	return Spend(tx, PerClaim, personKey(tx, personID), claimLimits...)
}

// SpendOnPhoto takes one photo out of a person's budget.
func SpendOnPhoto(tx store.Tx, personID int64) error {
	return Spend(tx, PerPhotos, personKey(tx, personID), photoLimits...)
}

// Spend takes one use out of the budget of kind for key (a keyed hash), or
// returns *fault.TooMany with the wait and the kind as its sentence. No limit
// may be longer than a day.
func Spend(tx store.Tx, kind string, key []byte, limits ...Limit) error {
	if err := tx.LockKey("budget/"+kind, key); err != nil { // counted and taken in one go
		return err
	}
	wait, err := Wait(tx, kind, key, limits...)
	if err != nil {
		return err
	}
	if wait > 0 {
		return &fault.TooMany{Key: kind, After: wait}
	}
	id, err := tx.NextID("budget_use")
	if err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO budget_use (id, kind, key, at) VALUES (?, ?, ?, ?)", id, kind, key, tx.Millis()); err != nil {
		return fmt.Errorf("signin: spend: %w", err)
	}
	return nil
}

// Wait is how long it takes until the budget allows another use; 0 if it does
// now. It takes nothing.
func Wait(tx store.Tx, kind string, key []byte, limits ...Limit) (time.Duration, error) {
	uses, err := recent(tx, kind, key)
	if err != nil {
		return 0, err
	}
	var wait time.Duration
	for _, l := range limits {
		if len(uses) < l.Most {
			continue
		}
		// The use that must have left the span before there is room again.
		free := uses[len(uses)-l.Most].Add(l.In)
		wait = max(wait, free.Sub(tx.Now()))
	}
	return wait, nil
}

// Forgive empties a budget, after the right answer.
func Forgive(tx store.Tx, kind string, key []byte) error {
	if _, err := tx.Exec("DELETE FROM budget_use WHERE kind = ? AND key = ?", kind, key); err != nil {
		return fmt.Errorf("signin: forgive: %w", err)
	}
	return nil
}

// recent lists the uses of the longest span, the oldest first.
func recent(tx store.Tx, kind string, key []byte) ([]time.Time, error) {
	rows, err := tx.Query("SELECT at FROM budget_use WHERE kind = ? AND key = ? AND at > ? ORDER BY at DESC LIMIT 1000", kind, key, store.At(tx.Now().Add(-longest)))
	if err != nil {
		return nil, fmt.Errorf("signin: budget: %w", err)
	}
	defer rows.Close()
	var uses []time.Time
	for rows.Next() {
		var at store.Millis
		if err := rows.Scan(&at); err != nil {
			return nil, fmt.Errorf("signin: budget: %w", err)
		}
		uses = append(uses, at.Time())
	}
	slices.Reverse(uses)
	return uses, rows.Err()
}
