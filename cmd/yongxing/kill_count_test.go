package main

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"yongxing/models"
	"yongxing/models/appeal"
	"yongxing/models/declaration"
	"yongxing/models/person"
	"yongxing/models/store"
)

// count opens what the last kill left behind and looks for everything that was
// acknowledged.
func (c *city) count(kills int) {
	c.t.Helper()
	at := placeIn(c.dir)
	at.database = c.database
	p, err := open(c.t.Context(), opening{place: at, settings: models.Settings{Demo: true}, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.t.Fatal(err)
	}
	defer p.Store.Close()
	err = p.Store.Read(c.t.Context(), func(tx store.Tx) error {
		if err := c.sound(tx); err != nil {
			return err
		}
		for phone := range c.declared {
			c.countPerson(tx, p, phone)
		}
		for number := range c.filed {
			a, err := appeal.ByNumber(tx, number)
			if err != nil {
				c.wrong("appeal %s is lost: %v", number, err)
				continue
			}
			if c.decided[number] && a.State != appeal.Decided {
				c.wrong("appeal %s was decided and is %s", number, a.State)
			}
		}
		return errors.Join(c.twice(tx), c.whole(tx), c.told(tx, kills))
	})
	if err != nil {
		c.wrong("%v", err)
	}
	c.t.Logf("acknowledged: %d changes, of them %d declarations, %d records, %d appeals, %d with a photo, %d decisions",
		c.acks.Load(), len(c.declared), len(c.accused), len(c.filed), len(c.shown), len(c.decided))
}

// reader looks into what a program that has ended left behind. Close it before
// the next one starts.
func (p place) reader(t *testing.T) *store.Store {
	t.Helper()
	opts, err := p.options(true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenReader(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// proved fails the test if people were told so little that nothing could be lost.
func (c *city) proved() {
	c.t.Helper()
	if len(c.declared) == 0 || len(c.filed) == 0 || len(c.decided) == 0 {
		c.t.Errorf("nothing was proved: %v", c.trouble)
	}
}

// sound asks SQLite whether its file is whole; PostgreSQL looks after its own.
func (c *city) sound(tx store.Tx) error {
	if c.database != "" {
		return nil
	}
	var sound string
	if err := tx.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		c.wrong("integrity: %s, %v", sound, err)
	}
	var n int
	err := tx.QueryRow("SELECT COUNT(*) FROM pragma_foreign_key_check").Scan(&n)
	if n != 0 {
		c.wrong("%d rows that name what is not there", n)
	}
	return err
}

// countPerson looks for what one person was told is on record.
func (c *city) countPerson(tx store.Tx, p *models.Portal, phone string) {
	who, ok, err := person.ByPhone(tx, phone)
	if err != nil || !ok {
		c.wrong("a person who declared is lost: %v", err)
		return
	}
	list, err := declaration.OfPerson(tx, who.ID)
	if err != nil || len(list) != 1 {
		c.wrong("%d declarations of a person who declared once, %v", len(list), err)
	}
	records, photos := 0, []string(nil)
	err = tx.QueryRow("SELECT COUNT(*) FROM fact WHERE upstream = ?", "K-"+phone).Scan(&records)
	if c.accused[phone] && (err != nil || records != 1) {
		c.wrong("%d records of one that was imported, %v", records, err)
	}
	if err := tx.DB().Table("evidence").Where("person_id = ?", who.ID).Pluck("ref", &photos).Error; err != nil || len(photos) > 1 || c.shown[phone] && len(photos) != 1 {
		c.wrong("%d photos of a person who showed one, %v", len(photos), err)
	}
	for _, ref := range photos {
		if _, err := p.Files.Get(ref); err != nil {
			c.wrong("a photo is on record and not in its folder: %v", err)
		}
	}
}

// twice looks for what must never be there: one person's fact in two open
// appeals, two decisions of one case, half a story.
func (c *city) twice(tx store.Tx) error {
	for what, query := range map[string]string{
		"facts in two open appeals":         `SELECT COUNT(*) FROM (SELECT fact_id FROM appeal_item_fact WHERE open GROUP BY person_id, fact_id HAVING COUNT(*) > 1) t`,
		"decisions of one case":             `SELECT COUNT(*) FROM (SELECT appeal_id FROM appeal_event WHERE kind = 'decided' GROUP BY appeal_id HAVING COUNT(*) > 1) t`,
		"decided cases without an outcome":  `SELECT COUNT(*) FROM appeal a WHERE a.state = 'decided' AND a.outcome = ''`,
		"codes without their outcome":       `SELECT COUNT(*) FROM code c LEFT JOIN outcome o ON o.id = c.outcome_id WHERE o.id IS NULL`,
		"decisions without a notice":        `SELECT COUNT(*) FROM appeal a WHERE a.state = 'decided' AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.person_id = a.person_id AND n.kind = 'appeal_decided')`,
		"set-asides that changed no colour": `SELECT COUNT(*) FROM aside m WHERE NOT EXISTS (SELECT 1 FROM outcome o WHERE o.person_id = m.person_id AND o.cause = 'decision')`,
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
