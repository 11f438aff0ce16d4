package draft

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yongxing/models/store"
)

// DecisionLifetime is how long what an officer typed waits for them: as long as
// a session can last.
const DecisionLifetime = 10 * time.Hour

// KeepDecision keeps what an officer had typed about a case; what was kept of it
// before is gone.
func KeepDecision(tx store.Tx, staffID, appealID int64, data string) error {
	id, err := tx.NextID("staff_draft")
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO staff_draft (staff_id, appeal_id, id, data_sealed, updated_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (staff_id, appeal_id) DO UPDATE SET id = excluded.id, data_sealed = excluded.data_sealed, updated_at = excluded.updated_at`,
		staffID, appealID, id, tx.Seal("staff_draft", "data", id, data), tx.Millis())
	if err != nil {
		return fmt.Errorf("draft: keep a decision: %w", err)
	}
	return nil
}

// Decision returns what was kept for an officer about a case, and since when; at
// is zero if there is nothing or it is past its time.
func Decision(tx store.Tx, staffID, appealID int64) (data string, at time.Time, err error) {
	var id int64
	var sealed store.Sealed
	var updated store.Millis
	err = tx.QueryRow("SELECT id, data_sealed, updated_at FROM staff_draft WHERE staff_id = ? AND appeal_id = ? AND updated_at > ?",
		staffID, appealID, store.At(tx.Now().Add(-DecisionLifetime))).Scan(&id, &sealed, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, nil
	}
	if err != nil {
		return "", time.Time{}, fmt.Errorf("draft: of a decision: %w", err)
	}
	data, err = tx.Unseal("staff_draft", "data", id, sealed)
	return data, updated.Time(), err
}

// RemoveDecision deletes what was kept for an officer about a case, because they
// have decided; nothing kept is no error.
func RemoveDecision(tx store.Tx, staffID, appealID int64) error {
	if _, err := tx.Exec("DELETE FROM staff_draft WHERE staff_id = ? AND appeal_id = ?", staffID, appealID); err != nil {
		return fmt.Errorf("draft: remove a decision: %w", err)
	}
	return nil
}

func sweepDecisions(tx store.Tx) error {
	if _, err := tx.Exec("DELETE FROM staff_draft WHERE updated_at <= ?", store.At(tx.Now().Add(-DecisionLifetime))); err != nil {
		return fmt.Errorf("draft: sweep decisions: %w", err)
	}
	return nil
}
