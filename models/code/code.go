// Package code keeps what colour a person's code has and had, and why. It exists
// apart from the engine because the engine says what is, and this what was
// stored and shown: one outcome for each change, with the rulebook's version and
// the facts behind it. Only recompute writes here.
package code

import (
	"encoding/json"
	"fmt"
	"time"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Code is a row of table code: the current state of one person's code.
type Code struct {
	PersonID   int64  `gorm:"primaryKey;autoIncrement:false"`
	Ref        string // what a QR names
	Colour     string // green, yellow, red, none
	OutcomeID  int64
	ComputedAt store.Millis
	NextChange *store.Millis // when it is to be looked at again; nil = never
	DueCause   string        // why, if something changed besides the time
	DueRef     string
	Version    int64
}

// TableName is code.
func (Code) TableName() string { return "code" }

// Outcome is a row of table outcome: what a review said when it last said
// something new.
type Outcome struct {
	ID         int64 `gorm:"primaryKey;autoIncrement:false"`
	PersonID   int64
	Seq        int64 // 1, 2, 3 … of this person
	Colour     string
	FromColour string
	Cause      string
	CauseRef   string
	Rulebook   string
	Ended      string // JSON, see EndedList
	At         store.Millis
}

// TableName is outcome.
func (Outcome) TableName() string { return "outcome" }

// Ended is a finding of the outcome before that is no longer active.
type Ended struct {
	Key    string    `json:"key"`
	Rule   string    `json:"rule"`
	Colour string    `json:"colour"`
	Facts  []int64   `json:"facts"`
	At     time.Time `json:"at"`
	// By is the condition that ended it, latest, excluded or rulebook, or Gone.
	By string `json:"by"`
}

// Gone is what ended a finding whose facts no longer trigger its rule: they were
// set aside, replaced or explained.
const Gone = "gone"

// EndedList reads Outcome.Ended.
func (o Outcome) EndedList() ([]Ended, error) {
	var list []Ended
	if err := json.Unmarshal([]byte(o.Ended), &list); err != nil {
		return nil, fmt.Errorf("code: ended findings of outcome %d: %w", o.ID, err)
	}
	return list, nil
}

// Finding is a row of table outcome_finding: one active finding of an outcome.
type Finding struct {
	ID           int64 `gorm:"primaryKey;autoIncrement:false"`
	OutcomeID    int64
	Rule         string
	Key          string
	Colour       string
	LeadFact     int64
	Facts        string // JSON list of fact ids, see FactIDs
	Since        store.Millis
	Assigned     store.Millis
	UntilAt      *store.Millis // nil = no end known
	Locked       bool
	Overdue      bool
	ChangedAfter string
}

// TableName is outcome_finding.
func (Finding) TableName() string { return "outcome_finding" }

// FactIDs reads Finding.Facts.
func (f Finding) FactIDs() ([]int64, error) {
	var ids []int64
	if err := json.Unmarshal([]byte(f.Facts), &ids); err != nil {
		return nil, fmt.Errorf("code: facts of finding %d: %w", f.ID, err)
	}
	return ids, nil
}

// Current is a person's code; not ok before their first outcome.
func Current(tx store.Tx, personID int64) (Code, bool, error) {
	return one(tx, "SELECT * FROM code WHERE person_id = ?", personID)
}

// ByRef finds a code by what its QR names; fault.NotFound if there is none.
func ByRef(tx store.Tx, ref string) (Code, error) {
	c, ok, err := one(tx, "SELECT * FROM code WHERE ref = ?", ref)
	if err == nil && !ok {
		err = fmt.Errorf("code: by ref: %w", fault.NotFound)
	}
	return c, err
}

func one(tx store.Tx, query string, arg any) (Code, bool, error) {
	c, ok, err := store.First[Code](tx, query, arg)
	if err != nil {
		return Code{}, false, fmt.Errorf("code: %w", err)
	}
	return c, ok, nil
}

// Outcomes returns up to limit outcomes of a person, the newest first; those
// before number beforeSeq, or all if that is 0.
func Outcomes(tx store.Tx, personID int64, limit int, beforeSeq int64) ([]Outcome, error) {
	q := tx.DB().Where("person_id = ?", personID)
	if beforeSeq > 0 {
		q = q.Where("seq < ?", beforeSeq)
	}
	var list []Outcome
	if err := q.Order("seq DESC").Limit(limit).Find(&list).Error; err != nil {
		return nil, fmt.Errorf("code: outcomes: %w", err)
	}
	return list, nil
}

// FindingsOf returns the findings of an outcome, in the order of the review.
func FindingsOf(tx store.Tx, outcomeID int64) ([]Finding, error) {
	var list []Finding
	if err := tx.DB().Where("outcome_id = ?", outcomeID).Order("id").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("code: findings: %w", err)
	}
	return list, nil
}
