package models

import (
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/review"
)

func TestParsePlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typed, code string }{
		{"330212", "330212"},
		{"浙江省宁波市鄞州区", "330212"},
		{" 宁波市 鄞州区 ", "330212"},
		{"鄞州区", "330212"},
		{"海曙区鼓楼街道", "330203005"},
		{"jpn", "JPN"},
		{"日本", "JPN"},
		{"鼓楼区", ""}, // there are several
		{"市", ""},
		{"云州市临溪区", ""},
		{"999999", ""},
	} {
		code, ok := ParsePlace(c.typed)
		if ok != (c.code != "") || ok && code != c.code {
			t.Errorf("%q: got %q, %v, want %q", c.typed, code, ok, c.code)
		}
	}
}

// Each action needs its own fields and nothing that belongs to another.
func TestItemRuling_check(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	clinic := []review.Fact{{ID: 7, Kind: "clinic", From: now.Add(-2 * time.Hour)}}
	open := choicesFor(clinic, false)
	for _, c := range []struct {
		name   string
		ruling ItemRuling
		locked bool
		want   string // field and key of the first problem
	}{
		{"nothing chosen", ItemRuling{}, false, "item1 officer.choice_missing"},
		{"an action that there is not", ItemRuling{Action: "green"}, false, "item1 officer.choice_missing"},
		{"no basis", ItemRuling{Action: appeal.ActionSetAside, Scope: ScopeEvent}, false, "item1_basis_set_aside officer.basis_missing"},
		{"a basis of another action", ItemRuling{Action: appeal.ActionSetAside, Basis: "material", Scope: ScopeEvent}, false, "item1_basis_set_aside officer.basis_missing"},
		{"no scope", ItemRuling{Action: appeal.ActionSetAside, Basis: "elsewhere", Scope: "all"}, false, "item1_scope officer.scope_missing"},
		{"uphold", ItemRuling{Action: appeal.ActionUphold, Basis: "not_shown", Scope: "?", Proof: "?"}, false, ""},
		{"a proof that does not fit", ItemRuling{Action: appeal.ActionClear, Proof: ProofCause}, false, "item1_proof officer.proof_missing"},
		{"a document of tomorrow", ItemRuling{Action: appeal.ActionClear, Proof: ProofExcluded, Issuer: "第一医院", Document: "Z-1", Day: now.AddDate(0, 0, 1)}, false,
			"item1_day officer.future"},
		{"a document from before", ItemRuling{Action: appeal.ActionClear, Proof: ProofExcluded, Issuer: "第一医院", Document: "Z-1", Day: now.AddDate(0, 0, -2)}, false,
			"item1_day officer.day_before"},
		{"a sample from before", ItemRuling{Action: appeal.ActionClear, Proof: ProofTest, Issuer: "第一医院", Document: "Z-1", Day: now.Add(-3 * time.Hour)}, false,
			"item1_day officer.day_before"},
		{"a document of the same day", ItemRuling{Action: appeal.ActionClear, Proof: ProofExcluded, Issuer: "第一医院", Document: "Z-1", Day: now.Add(-time.Hour * 9)}, false, ""},
		{"a question of two characters", ItemRuling{Action: ActionAsk, Question: "补件"}, false, "item1_question officer.question_missing"},
		{"locked, set aside", ItemRuling{Action: appeal.ActionSetAside, Basis: "elsewhere", Scope: ScopeEvent}, true, "item1 officer.refused_locked"},
		{"locked, upheld", ItemRuling{Action: appeal.ActionUphold}, true, ""},
	} {
		c.ruling.N = 1
		choices := open
		if c.locked {
			choices = choicesFor(clinic, true)
		}
		var bad fault.Invalid
		c.ruling.check(choices, clinic, now, &bad)
		got := ""
		if len(bad.Problems) > 0 {
			got = bad.Problems[0].Field + " " + bad.Problems[0].Key
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Everything that is wrong with a form is said at once.
func TestItemRuling_checkSaysAll(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	stay := []review.Fact{{ID: 7, Kind: "stay", Class: "stayed", Place: "110101", From: now.Add(-5 * time.Hour), To: now.Add(-3 * time.Hour)}}
	clinic := []review.Fact{{ID: 7, Kind: "clinic", From: now.Add(-2 * time.Hour)}}
	unread := func(fields ...string) (list []fault.Problem) {
		for _, f := range fields {
			list = append(list, fault.Problem{Field: "item1_" + f, Key: "unread"})
		}
		return list
	}
	for _, c := range []struct {
		name   string
		facts  []review.Fact
		ruling ItemRuling
		want   string
	}{
		{"a place and a time", stay, ItemRuling{Action: appeal.ActionCorrect, Basis: "material", Place: "999999", To: now.Add(-6 * time.Hour)}, "item1_place item1_to"},
		{"a place that cannot be read, and a time", stay, ItemRuling{Action: appeal.ActionCorrect, Basis: "material", To: now.Add(-6 * time.Hour), Unread: unread("place")}, "item1_to item1_place"},
		{"a time that cannot be read", stay, ItemRuling{Action: appeal.ActionCorrect, Basis: "material", Unread: unread("to")}, "item1_to"},
		{"nothing of a proof", clinic, ItemRuling{Action: appeal.ActionClear}, "item1_proof item1_issuer item1_document item1_day"},
		{"a report with nothing else", clinic, ItemRuling{Action: appeal.ActionClear, Proof: ProofTest, Unread: unread("time")}, "item1_issuer item1_document item1_day item1_time"},
		{"a report too short, of tomorrow", clinic, ItemRuling{Action: appeal.ActionClear, Proof: ProofTest, Issuer: "医院", Document: "1", Day: now.AddDate(0, 0, 1)}, "item1_issuer item1_document item1_day"},
	} {
		c.ruling.N = 1
		var bad fault.Invalid
		c.ruling.check(choicesFor(c.facts, false), c.facts, now, &bad)
		var got []string
		for _, p := range bad.Problems {
			got = append(got, p.Field)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, bad.Problems, c.want)
		}
	}
}
