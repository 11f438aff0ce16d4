package signin

import (
	"fmt"
	"time"

	"yongxing/models/store"
)

// MetBy is what a browser was met by.
type MetBy string

// A browser is met by a phone that was proved in it, or by a login of the staff
// that has signed in with it.
const (
	MetByPhone MetBy = "phone"
	MetByLogin MetBy = "staff"
)

// metFor is how long a browser that stays away is remembered: as long as it keeps
// its cookie.
const metFor = 400 * 24 * time.Hour

// Meet notes that somebody has signed in with this browser. It opens nothing: it
// only keeps a way in for them while others use up what tries strangers have.
func Meet(tx store.Tx, by MetBy, name string, browser []byte) error {
	if len(browser) == 0 { // not a browser: the demo, a test
		return nil
	}
	_, err := tx.Exec(`INSERT INTO met_browser (kind, key, browser_hash, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (kind, key, browser_hash) DO UPDATE SET at = excluded.at`, string(by), metKey(tx, by, name), browser, tx.Millis())
	if err != nil {
		return fmt.Errorf("signin: meet browser: %w", err)
	}
	return nil
}

// Met tells whether somebody has signed in with this browser before. Whether
// anybody has the phone or the login makes no difference to it.
func Met(tx store.Tx, by MetBy, name string, browser []byte) (bool, error) {
	if len(browser) == 0 {
		return false, nil
	}
	var n int64
	err := tx.QueryRow("SELECT COUNT(*) FROM met_browser WHERE kind = ? AND key = ? AND browser_hash = ?", string(by), metKey(tx, by, name), browser).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("signin: met browser: %w", err)
	}
	return n > 0, nil
}

func metKey(tx store.Tx, by MetBy, name string) []byte {
	return tx.Index("met_browser", string(by), name)
}
