package models

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/org"
	"yongxing/models/person"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// deskBench is a bench with two stations, two officers at the first and one at
// the second, and Lin, who lives in the first one's street and is bound.
type deskBench struct {
	*bench
	wang, liu, far int64
	lin            int64
}

const (
	linsStreet = "330203005"
	linsHome   = "苍水街 12 号 3 幢 501"
)

func newDeskBench(t *testing.T) *deskBench {
	t.Helper()
	d := &deskBench{bench: newBench(t)}
	police := org.Org{Code: "haishu-police", Name: "海曙公安分局", Kind: "police"}
	for _, s := range []NewStation{
		{Code: "gulou", Name: "鼓楼派出所", District: "330203", Serves: []string{linsStreet}, Org: police},
		{Code: "wangchun", Name: "望春派出所", District: "330203", Serves: []string{"330203008"}, Org: police},
	} {
		if _, err := d.OpenStation(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	d.wang = d.officer("033127", "gulou", nil)
	d.liu = d.officer("033128", "gulou", nil)
	d.far = d.officer("044001", "wangchun", nil)
	d.lin = d.resident(linsTel, lin)
	d.bind(d.lin)
	d.livesAt(d.lin, linsHome)
	return d
}

// officer adds an officer without the cost of a real password.
func (d *deskBench) officer(login, at string, change func(tx store.Tx, n *staff.New)) (id int64) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		var s struct{ ID, OrgID int64 }
		if err := tx.DB().Raw("SELECT id, org_id FROM station WHERE code = ?", at).Scan(&s).Error; err != nil {
			return err
		}
		n := staff.New{Login: login, Name: login + "警官", Role: staff.Officer, StationID: s.ID, OrgID: s.OrgID, PasswordHash: "-", TOTPSecret: "-"}
		if change != nil {
			change(tx, &n)
		}
		member, err := staff.Add(tx, n)
		id = member.ID
		return err
	})
	return id
}

func (d *deskBench) livesAt(id int64, detail string) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		p, err := person.Get(tx, id)
		if err != nil {
			return err
		}
		return person.Describe(tx, p, person.Profile{
			Name: "林小满", Born: time.Date(1990, 3, 7, 0, 0, 0, 0, time.UTC), Address: identity.Address{Division: linsStreet, Community: "苍水社区", Detail: detail},
		})
	})
}

// arrives lets a source state a fact about Lin's document.
func (d *deskBench) arrives(n fact.New) (id int64) {
	d.t.Helper()
	d.write(func(tx store.Tx) error {
		claim, _, err := person.ClaimOf(tx, d.lin)
		if err != nil {
			return err
		}
		n.DocumentID = claim.DocumentID
		if id, _, err = fact.Add(tx, n); err != nil {
			return err
		}
		_, err = d.recompute(tx, d.lin, Cause{Kind: CauseImport})
		return err
	})
	return id
}

func (d *deskBench) sameBuilding() fact.New {
	return fact.New{
		Kind: "contact", Class: "same_building", Ref: "LX-88", From: d.clock.Now().Add(-24 * time.Hour),
		Source: "city", Upstream: "C-1", Authority: "海曙区疾控中心", Known: d.clock.Now(),
	}
}

func (d *deskBench) closeContact() fact.New {
	return fact.New{
		Kind: "contact", Class: "close", Ref: "MJ-7", From: d.clock.Now().Add(-24 * time.Hour),
		Source: "province", Upstream: "P-1", Authority: "浙江省疾控中心", Locked: true, Known: d.clock.Now(),
	}
}

// appeals files an appeal about everything that can be appealed.
func (d *deskBench) appeals(id int64) string {
	d.t.Helper()
	form, err := d.AppealForm(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	var picks []AppealPick
	for _, c := range form.Choices {
		picks = append(picks, AppealPick{Token: c.Token, Ground: c.Grounds[0]})
	}
	if err := d.ChooseItems(d.t.Context(), id, picks); err != nil {
		d.t.Fatal(err)
	}
	if err := d.ExplainAppeal(d.t.Context(), id, "我不住在那一幢楼。", ""); err != nil {
		d.t.Fatal(err)
	}
	number, err := d.FileAppeal(d.t.Context(), Filing{PersonID: id, Channel: "web", Key: store.Ref()})
	if err != nil {
		d.t.Fatal(err)
	}
	return number
}

// claimed is an appeal of Lin on Wang's desk.
func (d *deskBench) claimed() string {
	d.t.Helper()
	number := d.appeals(d.lin)
	if err := d.ClaimAppeal(d.t.Context(), d.wang, number); err != nil {
		d.t.Fatal(err)
	}
	return number
}

func (d *deskBench) preview(number string, items ...ItemRuling) (Ruling, Preview) {
	d.t.Helper()
	r := Ruling{Number: number, Items: items, Words: "已核实您提交的材料，记录不再计入。"}
	pre, err := d.PreviewDecision(d.t.Context(), d.wang, r)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Seen, r.SeenAt, r.Added = pre.Seen, pre.Case.Now, pre.Added
	return r, pre
}

// decides previews and decides, and holds the preview against the result.
func (d *deskBench) decides(number string, items ...ItemRuling) Decided {
	d.t.Helper()
	r, pre := d.preview(number, items...)
	got, err := d.DecideAppeal(d.t.Context(), d.wang, r)
	if err != nil {
		d.t.Fatal(err)
	}
	if got.To != pre.To || got.From != pre.From || string(got.To) != d.code(d.lin).Colour {
		d.t.Errorf("previewed %s → %s, decided %s → %s, stored %s", pre.From, pre.To, got.From, got.To, d.code(d.lin).Colour)
	}
	return got
}

func (d *deskBench) appealRow(number string) (a appeal.Appeal, items []appeal.Item) {
	d.t.Helper()
	d.read(func(tx store.Tx) (err error) {
		if a, err = appeal.ByNumber(tx, number); err != nil {
			return err
		}
		items, err = appeal.Items(tx, a.ID)
		return err
	})
	return a, items
}

func setAside(n int) ItemRuling {
	return ItemRuling{N: n, Action: appeal.ActionSetAside, Basis: "not_resident", Scope: ScopeEvent}
}

func conflictKey(err error) string {
	var c *fault.Conflict
	if errors.As(err, &c) {
		return c.Key
	}
	return fmt.Sprint(err)
}
