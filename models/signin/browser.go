package signin

import (
	"fmt"
	"strconv"
	"time"

	"yongxing/models/store"
)

// RememberBrowser notes that this browser has named the person's document.
func RememberBrowser(tx store.Tx, personID int64, browser []byte) error {
	id, err := tx.NextID("known_browser")
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO known_browser (id, person_id, browser_hash, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person_id, browser_hash) DO NOTHING`, id, personID, browser, tx.Millis())
	if err != nil {
		return fmt.Errorf("signin: remember browser: %w", err)
	}
	return nil
}

// ForgetBrowsers forgets all browsers of a person: each is asked again.
func ForgetBrowsers(tx store.Tx, personID int64) error {
	if _, err := tx.Exec("DELETE FROM known_browser WHERE person_id = ?", personID); err != nil {
		return fmt.Errorf("signin: forget browsers: %w", err)
	}
	return nil
}

// KnowsBrowser tells whether the browser has named the person's document before.
func KnowsBrowser(tx store.Tx, personID int64, browser []byte) (bool, error) {
	var n int64
	err := tx.QueryRow("SELECT COUNT(*) FROM known_browser WHERE person_id = ? AND browser_hash = ?", personID, browser).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("signin: known browser: %w", err)
	}
	return n > 0, nil
}

// DocumentWait is how long a person must wait before the document question
// takes another answer; 0 = none. Answers of one person wait for each other, so
// that many at once are not all compared before the first is counted.
func DocumentWait(tx store.Tx, personID int64) (time.Duration, error) {
	if err := tx.LockKey("budget/"+PerDocument, personKey(tx, personID)); err != nil {
		return 0, err
	}
	return Wait(tx, PerDocument, personKey(tx, personID), documentLimits...)
}

// WrongDocument counts a wrong answer and returns how many are left.
func WrongDocument(tx store.Tx, personID int64) (left int, err error) {
	if err := Spend(tx, PerDocument, personKey(tx, personID), documentLimits...); err != nil {
		return 0, err
	}
	uses, err := recent(tx, PerDocument, personKey(tx, personID))
	return max(0, DocumentTries-len(uses)), err
}

// ForgiveDocument forgets the wrong answers, after the right one.
func ForgiveDocument(tx store.Tx, personID int64) error {
	return Forgive(tx, PerDocument, personKey(tx, personID))
}

func personKey(tx store.Tx, personID int64) []byte {
	return tx.Index("budget_use", "person", strconv.FormatInt(personID, 10))
}
