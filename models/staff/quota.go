package staff

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Quota is how often a member may do something on one calendar day in Ningbo. Its
// kind is also the catalogue key of the sentence that says that the day's are
// used up.
type Quota struct {
	kind string
	most int64
}

// What somebody curious would do too often.
var (
	// Reveals are looks at a whole document number and phone.
	Reveals = Quota{"officer.reveal_quota", 30}
	// Searches are searches by number or document, hit or not.
	Searches = Quota{"officer.find_quota", 100}
)

// shanghai is the zone of the day that a quota is for. Fixed: see appeal.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Most is how often a day.
func (q Quota) Most() int { return int(q.most) }

// Spend takes one of the day's, or is *fault.TooMany until midnight. It is one
// statement, so that of many at once no more pass than there are left.
func (q Quota) Spend(tx store.Tx, staffID int64) error {
	local := tx.Now().In(shanghai)
	day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, shanghai)
	var used int64
	err := tx.QueryRow(`INSERT INTO budget AS b (kind, key, since, used) VALUES (?, ?, ?, 1)
		ON CONFLICT (kind, key) DO UPDATE SET used = CASE WHEN b.since < excluded.since THEN 1 ELSE b.used + 1 END, since = excluded.since
		WHERE b.since < excluded.since OR b.used < ? RETURNING used`,
		q.kind, tx.Index("budget", q.kind, strconv.FormatInt(staffID, 10)), store.At(day), q.most).Scan(&used)
	if errors.Is(err, sql.ErrNoRows) {
		return &fault.TooMany{Key: q.kind, After: day.AddDate(0, 0, 1).Sub(tx.Now())}
	}
	if err != nil {
		return fmt.Errorf("quota of %s: %w", q.kind, err)
	}
	return nil
}
