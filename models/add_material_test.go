package models

import (
	"errors"
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/evidence"
	"yongxing/models/fault"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// asked files Lin's appeal and lets an officer ask for something an hour later.
func (b *appealBench) asked() (number string) {
	b.t.Helper()
	b.fill(b.lin, "moved")
	number = b.file(b.lin, "asked")
	b.clock.Advance(time.Hour)
	b.write(func(tx store.Tx) error {
		member, err := staff.Add(tx, staff.New{Login: "li", Name: "李警官", Role: staff.Officer, StationID: b.station.ID, OrgID: b.station.OrgID, PasswordHash: "x", TOTPSecret: "x"})
		if err != nil {
			return err
		}
		a, err := appeal.ByNumber(tx, number)
		if err != nil {
			return err
		}
		if err := appeal.Claim(tx, a, member.ID); err != nil {
			return err
		}
		if a, err = appeal.Get(tx, a.ID); err != nil {
			return err
		}
		if err := appeal.AddEvent(tx, a.ID, appeal.EventAsked, appeal.ByStaff, member.ID, "请补充租房合同"); err != nil {
			return err
		}
		return appeal.Wait(tx, a, member.ID, "")
	})
	return number
}

func TestAddMaterial(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	number := b.asked()
	s := b.status(b.lin, number)
	if s.Question != "请补充租房合同" || !s.AskUntil.Equal(b.clock.Now().Add(72*time.Hour)) || s.Appeal.State != appeal.AwaitingCitizen {
		t.Fatalf("asked: %q until %v, %s", s.Question, s.AskUntil, s.Appeal.State)
	}
	b.clock.Advance(10 * time.Hour)
	in := Material{PersonID: b.lin, Number: number, Text: "合同在这里", Photo: lease(t, 1)}
	for range 2 { // the button is pressed twice
		if err := b.AddMaterial(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	s = b.status(b.lin, number)
	if s.Appeal.State != appeal.Claimed || s.Question != "" || len(s.Photos) != 1 {
		t.Errorf("answered: %s, question %q, %d photos", s.Appeal.State, s.Question, len(s.Photos))
	}
	if left := s.Due.Sub(b.clock.Now()); left != 7*time.Hour {
		t.Errorf("%v are left, want the 7h there were when it was asked", left)
	}
	var added int
	for _, step := range s.Steps {
		if step.Kind == appeal.EventAdded && step.Text == "合同在这里" {
			added++
		}
	}
	if added != 1 {
		t.Errorf("the answer stands %d times in the timeline, want once", added)
	}
}

func TestAddMaterial_refuses(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	number := b.file(b.lin, "k")
	other := b.resident("13800000002", "330206195801010013")
	for name, in := range map[string]Material{
		"by somebody else":          {PersonID: other, Number: number, Text: "x"},
		"by somebody else, a photo": {PersonID: other, Number: number, Photo: lease(t, 1)},
		"to an unknown number":      {PersonID: b.lin, Number: "YS-2603-0000000-0", Text: "x"},
	} {
		if err := b.AddMaterial(t.Context(), in); !errors.Is(err, fault.NotFound) {
			t.Errorf("material %s = %v, want NotFound", name, err)
		}
	}
	wantKey(t, b.AddMaterial(t.Context(), Material{PersonID: b.lin, Number: number}), "appeal.more_needed")
	for n := range evidence.Most {
		if err := b.AddMaterial(t.Context(), Material{PersonID: b.lin, Number: number, Photo: lease(t, uint8(n))}); err != nil {
			t.Fatal(err)
		}
	}
	wantKey(t, b.AddMaterial(t.Context(), Material{PersonID: b.lin, Number: number, Photo: lease(t, 200)}), "appeal.photo_enough")
	if err := b.WithdrawAppeal(t.Context(), b.lin, number); err != nil {
		t.Fatal(err)
	}
	wantKey(t, b.AddMaterial(t.Context(), Material{PersonID: b.lin, Number: number, Text: "x"}), "appeal.over")
}

func TestWithdrawAppeal(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	number := b.file(b.lin, "k")
	other := b.resident("13800000002", "330206195801010013")
	if err := b.WithdrawAppeal(t.Context(), other, number); !errors.Is(err, fault.NotFound) {
		t.Errorf("somebody else withdraws = %v, want NotFound", err)
	}
	for range 2 {
		if err := b.WithdrawAppeal(t.Context(), b.lin, number); err != nil {
			t.Fatal(err)
		}
	}
	s := b.status(b.lin, number)
	if s.Appeal.State != appeal.Withdrawn || s.Items[0].State != appeal.ItemWithdrawn || len(s.Steps) != 2 {
		t.Errorf("withdrawn: %s, item %s, %d steps", s.Appeal.State, s.Items[0].State, len(s.Steps))
	}
	if form := b.form(b.lin); len(form.Choices) != 1 {
		t.Errorf("afterwards %d findings can be appealed, want 1", len(form.Choices))
	}
}

// A question that nobody answers in 72 hours ends the appeal; it can be filed
// anew.
func TestLapseAppeals(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	number := b.asked()
	b.clock.Advance(71 * time.Hour)
	lapse := func() appeal.Appeal {
		t.Helper()
		if err := b.LapseAppeals(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		return b.status(b.lin, number).Appeal
	}
	if got := lapse(); got.State != appeal.AwaitingCitizen {
		t.Fatalf("an hour before the end: %s", got.State)
	}
	b.clock.Advance(2 * time.Hour)
	if got := lapse(); got.State != appeal.Lapsed || got.Open() {
		t.Fatalf("an hour after the end: %s", got.State)
	}
	lapse() // once is enough
	if form := b.form(b.lin); len(form.Choices) != 1 {
		t.Errorf("afterwards %d findings can be appealed, want 1", len(form.Choices))
	}
	if got := b.notices(b.lin); strings.Count(got, "appeal_decided") != 1 {
		t.Errorf("notices %q, want one that there is news", got)
	}
}
