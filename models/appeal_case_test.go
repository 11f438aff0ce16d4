package models

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"yongxing/models/appeal"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// Story "Two officers, one case": one claim and one decision, one notice.
func TestTwoOfficersOneCase(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	var wg sync.WaitGroup
	claims := make([]error, 2)
	for i, who := range []int64{d.wang, d.liu} {
		wg.Go(func() { claims[i] = d.ClaimAppeal(t.Context(), who, number) })
	}
	wg.Wait()
	winner, loser := d.wang, 1
	if claims[0] != nil {
		winner, loser = d.liu, 0
	}
	if claims[1-loser] != nil || conflictKey(claims[loser]) != "appeal.already_claimed" {
		t.Fatalf("claims: %v", claims)
	}
	d.wang = winner // who previews below
	r, _ := d.preview(number, setAside(1))
	decisions := make([]error, 4)
	for i := range decisions {
		wg.Go(func() { _, decisions[i] = d.DecideAppeal(t.Context(), winner, r) })
	}
	wg.Wait()
	done := 0
	for _, err := range decisions {
		if err == nil {
			done++
		} else if conflictKey(err) != "appeal.decided_by_you" {
			t.Errorf("second decision: %v", err)
		}
	}
	var told int64
	d.read(func(tx store.Tx) error {
		return tx.DB().Table("notice").Where("kind = 'appeal_decided' AND person_id = ?", d.lin).Count(&told).Error
	})
	if done != 1 || told != 1 {
		t.Errorf("%d decisions, %d notices", done, told)
	}
}

// Story "Officer is the appellant": nobody decides about themselves, their
// household, or what they filed; the case is not there for them.
func TestOfficerIsTheAppellant(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	for name, change := range map[string]func(tx store.Tx, n *staff.New){
		"own case": ownDocument,
		"household": func(tx store.Tx, n *staff.New) {
			n.AddressIndex = person.AddressIndex(tx, linsStreet, "苍水街12号3幢501")
		},
		"filed by them": func(store.Tx, *staff.New) {},
	} {
		li := d.officer("li-"+fmt.Sprint(len(name)), "gulou", change)
		if name == "filed by them" {
			d.write(func(tx store.Tx) error {
				_, err := tx.Exec("UPDATE appeal SET filed_by_staff = ? WHERE number = ?", li, number)
				return err
			})
		}
		q, err := d.AppealQueue(t.Context(), li, QueueAsk{Tab: appeal.TabOpen})
		if err != nil || len(q.Rows) != 0 || q.Count[appeal.TabOpen] != 0 {
			t.Errorf("%s: the queue shows %d, counts %d: %v", name, len(q.Rows), q.Count[appeal.TabOpen], err)
		}
		if _, err := d.AppealCase(t.Context(), li, number); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: opened: %v", name, err)
		}
		if err := d.ClaimAppeal(t.Context(), li, number); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: claimed: %v", name, err)
		}
	}
	if q, err := d.AppealQueue(t.Context(), d.wang, QueueAsk{Tab: appeal.TabOpen}); err != nil || len(q.Rows) != 1 || q.Count[appeal.TabOpen] != 1 {
		t.Errorf("a colleague's queue: %+v, %v", q.Rows, err)
	}
	// The next appeal of a household goes to another station at once.
	d.claimAndWithdraw(number)
	again := d.appeals(d.lin)
	if a, _ := d.appealRow(again); a.StationID == 0 {
		t.Error("no station")
	} else if _, err := d.AppealCase(t.Context(), d.far, again); err != nil {
		t.Errorf("the other station does not see it: %v", err)
	}
}

// ownDocument gives an officer Lin's document.
func ownDocument(tx store.Tx, n *staff.New) {
	doc, _ := identity.ParseDocument(identity.ResidentID, lin, "", tx.Now())
	n.DocumentIndex = person.DocumentIndex(tx, doc)
}

func (d *deskBench) claimAndWithdraw(number string) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		a, err := appeal.ByNumber(tx, number)
		if err != nil {
			return err
		}
		return appeal.Withdraw(tx, a)
	})
}

// A case of another station does not exist, under any verb.
func TestOtherStation(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.claimed()
	for name, err := range map[string]error{
		"open":     officerErr(d.AppealCase(t.Context(), d.far, number)),
		"claim":    d.ClaimAppeal(t.Context(), d.far, number),
		"release":  d.ReleaseAppeal(t.Context(), d.far, number),
		"preview":  officerErr(d.PreviewDecision(t.Context(), d.far, Ruling{Number: number, Items: []ItemRuling{setAside(1)}})),
		"decide":   officerErr(d.DecideAppeal(t.Context(), d.far, Ruling{Number: number, Items: []ItemRuling{setAside(1)}})),
		"no such":  officerErr(d.AppealCase(t.Context(), d.wang, "YS-2603-0000000-7")),
		"mistyped": officerErr(d.AppealCase(t.Context(), d.wang, "..")),
	} {
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var tried int64
	d.read(func(tx store.Tx) error {
		return tx.DB().Table("ledger").Where("event = 'case_refused'").Count(&tried).Error
	})
	if tried != 6 {
		t.Errorf("%d tries of a case out of reach on record, want 6: of a number that nobody has too", tried)
	}
	if err := d.ReleaseAppeal(t.Context(), d.liu, number); conflictKey(err) != "appeal.already_claimed" {
		t.Errorf("a colleague releases: %v", err)
	}
	auditor := d.officer("auditor", "gulou", func(_ store.Tx, n *staff.New) { n.Role = staff.Auditor })
	if _, err := d.AppealCase(t.Context(), auditor, number); !errors.Is(err, fault.Forbidden) {
		t.Errorf("a role without the right: %v", err)
	}
}

func officerErr[T any](_ T, err error) error { return err }

// Opening a case is on record for the person, once for each look.
func TestAppealCase(t *testing.T) {
	t.Parallel()
	d := newDeskBench(t)
	d.arrives(d.sameBuilding())
	number := d.appeals(d.lin)
	c, err := d.AppealCase(t.Context(), d.liu, number)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case c.Person.Name != "林小满", c.Person.Document != lin, c.Person.Bound.IsZero(), c.Colour != review.Yellow, !c.MayClaim, c.Mine:
		t.Errorf("case %+v", c)
	case len(c.Items) != 1, len(c.Items[0].Facts) != 1, c.Items[0].Facts[0].RefNo != "LX-88", c.Items[0].Finding == nil:
		t.Errorf("items %+v", c.Items)
	case c.Statement != "我不住在那一幢楼。":
		t.Errorf("statement %q", c.Statement)
	}
	var looks int64
	d.read(func(tx store.Tx) error {
		return tx.DB().Table("staff_read").Where("person_id = ? AND what = 'case' AND object = ?", d.lin, number).Count(&looks).Error
	})
	if looks != 1 {
		t.Errorf("%d looks on record", looks)
	}
}
