package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"yongxing/models/job"
	"yongxing/models/store"
)

// whole looks for stories of which only a part is on record: a case, its entry
// in the ledger and the notice that is owed for it come together or not at all.
func (c *city) whole(tx store.Tx) error {
	body, job := "CAST(l.body AS TEXT)", "CAST(json_extract(j.args, '$.notice_id') AS TEXT)"
	if c.database != "" {
		body, job = "convert_from(l.body, 'UTF8')", "j.args->>'notice_id'"
	}
	entries := func(event string) string {
		return `(SELECT COUNT(*) FROM ledger l WHERE l.event = '` + event + `' AND ` + body + ` LIKE '%' || a.number || '%')`
	}
	owed := func(kind string) string {
		return `(SELECT COUNT(*) FROM notice n WHERE n.person_id = a.person_id AND n.kind = '` + kind + `' AND n.args LIKE '%' || a.number || '%')`
	}
	steps := func(kind string) string {
		return `(SELECT COUNT(*) FROM appeal_event e WHERE e.appeal_id = a.id AND e.kind = '` + kind + `')`
	}
	for what, query := range map[string]string{
		"cases without items":                `SELECT COUNT(*) FROM appeal a WHERE NOT EXISTS (SELECT 1 FROM appeal_item i WHERE i.appeal_id = a.id)`,
		"cases not once in the ledger":       `SELECT COUNT(*) FROM appeal a WHERE ` + entries("appeal_filed") + ` <> 1`,
		"cases not once in their own log":    `SELECT COUNT(*) FROM appeal a WHERE ` + steps("filed") + ` <> 1`,
		"cases without one notice":           `SELECT COUNT(*) FROM appeal a WHERE ` + owed("appeal_filed") + ` <> 1`,
		"decisions not once in the ledger":   `SELECT COUNT(*) FROM appeal a WHERE a.state = 'decided' AND ` + entries("appeal_decided") + ` <> 1`,
		"decisions not once in the case log": `SELECT COUNT(*) FROM appeal a WHERE a.state = 'decided' AND ` + steps("decided") + ` <> 1`,
		"decisions without one notice":       `SELECT COUNT(*) FROM appeal a WHERE a.state = 'decided' AND ` + owed("appeal_decided") + ` <> 1`,
		"entries of no decision":             `SELECT COUNT(*) FROM appeal a WHERE a.state <> 'decided' AND ` + entries("appeal_decided") + ` <> 0`,
		"items set aside without a mark":     `SELECT COUNT(*) FROM appeal_item i WHERE i.action = 'set_aside' AND NOT EXISTS (SELECT 1 FROM aside m WHERE m.appeal_id = i.appeal_id)`,
		"marks of no decision":               `SELECT COUNT(*) FROM aside m WHERE NOT EXISTS (SELECT 1 FROM appeal_item i WHERE i.appeal_id = m.appeal_id AND i.state = 'decided' AND i.action <> 'uphold')`,
		"declarations not in the ledger":     `SELECT ABS((SELECT COUNT(*) FROM declaration) - (SELECT COUNT(*) FROM ledger WHERE event = 'declared'))`,
		"codes behind their last outcome":    `SELECT COUNT(*) FROM code c WHERE c.outcome_id <> (SELECT MAX(o.id) FROM outcome o WHERE o.person_id = c.person_id)`,
		"outcomes not in the ledger":         `SELECT ABS((SELECT COUNT(*) FROM outcome) - (SELECT COUNT(*) FROM ledger WHERE event = 'colour_changed'))`,
		"notices without a job or a message": `SELECT COUNT(*) FROM notice n WHERE n.state = 'queued' AND NOT EXISTS (SELECT 1 FROM river_job j WHERE j.kind = 'deliver_notice' AND ` + job + ` = CAST(n.id AS TEXT))`,
	} {
		var n int
		if err := tx.QueryRow(query).Scan(&n); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if n != 0 {
			c.wrong("%d %s", n, what)
		}
	}
	return nil
}

// told looks at the messages that went out: whatever counts as sent was sent,
// and nothing twice but for what a kill may have cut off between the gateway and
// the record of it, one message for each worker at a kill.
func (c *city) told(tx store.Tx, kills int) error {
	file, err := os.Open(filepath.Join(c.dir, "sms.jsonl"))
	if err != nil {
		return err
	}
	defer file.Close()
	messages := map[string]int{}
	twice := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var m struct{ To, Text, Kind string }
		if json.Unmarshal(lines.Bytes(), &m) != nil || !strings.HasPrefix(m.Kind, "appeal_") {
			continue // a line that a kill has cut off is one that was not taken
		}
		what := m.Kind + " " + caseNumber.FindString(m.Text)
		if messages[what]++; messages[what] > 1 {
			twice++
		}
	}
	rows, err := tx.Query("SELECT kind, args FROM notice WHERE state = 'sent' AND kind LIKE 'appeal_%'")
	if err != nil {
		return err
	}
	defer rows.Close()
	sent := 0
	for rows.Next() {
		var kind, args string
		if err := rows.Scan(&kind, &args); err != nil {
			return err
		}
		sent++
		if messages[kind+" "+caseNumber.FindString(args)] == 0 {
			c.wrong("a notice %s counts as sent, and no message went out", kind)
		}
	}
	if twice > job.Deliveries*kills {
		c.wrong("%d messages went out again after %d kills", twice, kills)
	}
	c.t.Logf("%d notices of appeals sent, %d messages twice after %d kills", sent, twice, kills)
	return rows.Err()
}
