package models

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"yongxing/models/area"
	"yongxing/models/fact"
	"yongxing/models/modeltest"
	"yongxing/models/pass"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// newPassBench is a bench that can sign passes and keeps what is logged.
func newPassBench(t testing.TB) (*bench, *bytes.Buffer) {
	t.Helper()
	b, logged := newBench(t), new(bytes.Buffer)
	b.Pass = pass.NewSigner(b.Store.Keys().Secret("pass"))
	b.Log = slog.New(slog.NewTextHandler(logged, nil))
	return b, logged
}

func (b *bench) codePage(personID int64) CodePage {
	b.t.Helper()
	page, err := b.CodePage(b.t.Context(), personID)
	if err != nil {
		b.t.Fatal(err)
	}
	return page
}

func (b *bench) verify(token string) Verified {
	b.t.Helper()
	v, err := b.VerifyPass(b.t.Context(), token)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// beijing is what a carrier says of the person's document: a long stay in a
// place that a list names as high-risk (rule R07).
func (b *bench) beijing(personID int64) (factID int64) {
	b.t.Helper()
	now := b.clock.Now()
	b.write(func(tx store.Tx) error {
		_, _, err := area.Add(tx, area.Row{RowID: "A1", Code: "110101", Level: "high", FromAt: store.At(now.AddDate(0, 0, -5)), Document: "2026-3", Known: store.At(now.AddDate(0, 0, -5))})
		if err != nil {
			return err
		}
		c, _, err := person.ClaimOf(tx, personID)
		if err != nil {
			return err
		}
		factID, _, err = fact.Add(tx, fact.New{DocumentID: c.DocumentID, Kind: "stay", Class: "stayed", Place: "110101",
			From: now.AddDate(0, 0, -2), To: now.AddDate(0, 0, -2).Add(5 * time.Hour), Source: "carrier", Upstream: "c-1", Authority: "海曙区防控办"})
		if err != nil {
			return err
		}
		_, err = b.recompute(tx, personID, Cause{Kind: CauseImport})
		return err
	})
	return factID
}

func TestCodePageExplainsARedCode(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	b.beijing(id)
	page := b.codePage(id)
	if page.State != "red" || page.Token == "" || !page.Bound || page.Document != lin || page.Book == "" {
		t.Fatalf("page %+v", page)
	}
	if len(page.Findings) != 1 {
		t.Fatalf("%d findings", len(page.Findings))
	}
	f := page.Findings[0]
	if f.Rule != "R07" || f.RuleText("zh-Hans").Name == "" || f.RuleText("en").Why == "" || !f.Appealable || f.Decider() != "station" {
		t.Errorf("finding %+v", f)
	}
	if len(f.Facts) != 1 || f.Facts[0].PlaceName == "" || f.Facts[0].Authority != "海曙区防控办" || f.Facts[0].Source != "carrier" {
		t.Errorf("facts %+v", f.Facts)
	}
	if len(f.Areas) != 1 || f.Areas[0].Level != "high" {
		t.Errorf("areas %+v", f.Areas)
	}
	if f.Latest.IsZero() || len(f.Sooner) != 2 || len(f.Endings) != len(f.Sooner) {
		t.Errorf("ends: latest %v, %d ways, %d endings", f.Latest, len(f.Sooner), len(f.Endings))
	}
	for i, way := range f.Sooner {
		for j, c := range way.Conditions {
			if demand := f.Endings[i].Demands[j]; demand.By != c.By {
				t.Errorf("way %d condition %d: the book says %s, the progress %s", i, j, demand.By, c.By)
			}
		}
	}
}

// The page is the cheapest read of the portal: whatever it shows, no row of any
// table is another afterwards.
func TestCodePageNeverWrites(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	b.beijing(id)
	// Past the end of the finding: in memory the code is green, on record it is red.
	b.clock.Advance(30 * 24 * time.Hour)
	before := b.allRows()
	page := b.codePage(id)
	if page.State != "green" || page.Stored != review.Red {
		t.Fatalf("state %s, stored %s", page.State, page.Stored)
	}
	b.verify(page.Token)
	if _, err := b.History(t.Context(), id, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if after := b.allRows(); before != after {
		t.Errorf("rows before\n%s\nafter\n%s", before, after)
	}
}

// allRows counts the rows of every table and adds up their contents.
func (b *bench) allRows() string {
	b.t.Helper()
	var out strings.Builder
	b.read(func(tx store.Tx) error {
		tables, err := modeltest.Tables(tx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			var n int64
			if err := tx.DB().Table(table).Count(&n).Error; err != nil {
				return err
			}
			out.WriteString(table + " " + time.Duration(n).String() + "\n")
		}
		var code []map[string]any
		if err := tx.DB().Table("code").Find(&code).Error; err != nil {
			return err
		}
		for _, row := range code {
			out.WriteString(row["colour"].(string) + "\n")
		}
		return nil
	})
	return out.String()
}

// Somebody who merely claims a document sees the same page whether or not
// anything is on record about it.
func TestUnboundPageShowsNothingOfOutsideFacts(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	bare := b.codePage(id)
	b.beijing(id)
	page := b.codePage(id)
	if page.State != StateUnverified || page.Bound {
		t.Fatalf("state %s", page.State)
	}
	page.Token, bare.Token = "", ""
	if len(page.Findings) != 0 || len(page.Ended) != 0 || len(page.Aside) != 0 || page.Colour != bare.Colour || page.StoredAt != bare.StoredAt {
		t.Errorf("with facts on record:\n%+v\nwithout:\n%+v", page, bare)
	}
	history, err := b.History(t.Context(), id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range history.Entries {
		if e.Kind == HistoryColour && len(e.Findings) > 0 {
			t.Errorf("history tells %+v", e)
		}
	}
}

func TestNoCodeBeforeADeclaration(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	var id int64
	b.write(func(tx store.Tx) error {
		p, err := person.Create(tx, linsTel, "zh-Hans")
		id = p.ID
		return err
	})
	if page := b.codePage(id); page.State != "none" || page.Token != "" || !page.RemindAt.IsZero() {
		t.Errorf("page %+v", page)
	}
}

func TestVerifyPass(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	unverified := b.codePage(id).Token
	if v := b.verify(unverified); v.Result != PassValid || v.State != StateUnverified || v.Name != "" || v.Document != "" {
		t.Errorf("nobody vouches, and the checker sees %+v", v)
	}
	b.bind(id)
	green := b.codePage(id).Token
	if v := b.verify(green); v.State != "green" || v.Document != lin || v.Left != pass.Life {
		t.Errorf("green: %+v", v)
	}
	// The colour changes while the old page is still open.
	b.beijing(id)
	b.clock.Advance(30 * time.Second)
	if v := b.verify(green); v.State != "red" || v.Left != pass.Life-30*time.Second {
		t.Errorf("an old token shows %+v", v)
	}
	b.clock.Advance(61 * time.Second)
	for token, want := range map[string]string{
		green:                       PassExpired,
		strings.Repeat("A", 600):    PassMalformed,
		"":                          PassMalformed,
		strangersToken(t, b, "x"):   PassNotGenuine,
		ownToken(t, b, store.Ref()): PassNotGenuine, // a code that is not on record
	} {
		if v := b.verify(token); v.Result != want || v.State != "" || v.Name != "" {
			t.Errorf("%.20s: %+v, want %s", token, v, want)
		}
	}
}

func strangersToken(t *testing.T, b *bench, ref string) string {
	token, err := pass.NewSigner([]byte("another city")).Sign(pass.Pass{Ref: ref}, b.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func ownToken(t *testing.T, b *bench, ref string) string {
	token, err := b.Pass.Sign(pass.Pass{Ref: ref}, b.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A fact that cannot be read makes the code unconfirmed, never green.
func TestCodeThatCannotBeWorkedOutIsUnconfirmed(t *testing.T) {
	t.Parallel()
	b, logged := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	token := b.codePage(id).Token
	b.write(func(tx store.Tx) error {
		next, err := tx.NextID("fact")
		if err != nil {
			return err
		}
		return tx.DB().Create(&fact.Row{ID: next, Ref: store.Ref(), PersonID: &id, Kind: "symptom", FromAt: tx.Millis(), Known: tx.Millis(),
			Source: "declaration", Digest: []byte("x"), DetailSealed: store.Sealed("broken")}).Error
	})
	page := b.codePage(id)
	if page.State != StateUnconfirmed || page.Token != "" || page.Colour != "" || page.Stored != review.Green {
		t.Errorf("page %+v", page)
	}
	if v := b.verify(token); v.State != StateUnconfirmed || v.Name != "" {
		t.Errorf("verified %+v", v)
	}
	if !strings.Contains(logged.String(), "cannot be worked out") || strings.Contains(logged.String(), lin) {
		t.Errorf("log %q", logged)
	}
}

func TestCodePageTellsAsideEndedAndChanged(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	stay := b.beijing(id)
	b.write(func(tx store.Tx) error {
		if err := fact.SetAside(tx, id, stay, fact.ScopeEvent, 1, "YS-2603-0000001-9"); err != nil {
			return err
		}
		_, err := b.recompute(tx, id, Cause{Kind: CauseDecision, Ref: "YS-2603-0000001-9"})
		return err
	})
	page := b.codePage(id)
	if page.State != "green" || len(page.Aside) != 1 || page.Aside[0].Aside != "YS-2603-0000001-9" {
		t.Fatalf("after the appeal: %s, aside %+v", page.State, page.Aside)
	}
	// A longer window is a changed event: it counts anew, and says so.
	b.write(func(tx store.Tx) error {
		c, _, err := person.ClaimOf(tx, id)
		if err != nil {
			return err
		}
		now := tx.Now()
		_, _, err = fact.Add(tx, fact.New{DocumentID: c.DocumentID, Kind: "stay", Class: "stayed", Place: "110101",
			From: now.AddDate(0, 0, -3), To: now.AddDate(0, 0, -1), Source: "carrier", Upstream: "c-2", Known: now.Add(time.Millisecond)})
		return err
	})
	b.clock.Advance(time.Minute)
	page = b.codePage(id)
	if page.State != "red" || page.Findings[0].ChangedAfter != "YS-2603-0000001-9" {
		t.Fatalf("after the source changed: %s, %+v", page.State, page.Findings)
	}
	b.clock.Advance(21 * 24 * time.Hour)
	page = b.codePage(id)
	if page.State != "green" || len(page.Ended) != 1 || page.Ended[0].RuleText("en").Name == "" || page.Ended[0].By == "" {
		t.Errorf("after its end: %s, %+v", page.State, page.Ended)
	}
	if page.RemindAt.IsZero() || page.Now.Before(page.RemindAt) {
		t.Errorf("no reminder three weeks after the declaration: %v", page.RemindAt)
	}
	b.clock.Advance(endedFor)
	if page = b.codePage(id); len(page.Ended) != 0 {
		t.Errorf("long over and still told: %+v", page.Ended)
	}
}

func TestHistoryPages(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	for range 40 { // each ends the finding before and begins one
		b.clock.Advance(30 * 24 * time.Hour)
		b.write(func(tx store.Tx) error {
			if _, _, err := fact.Add(tx, symptom(id, tx.Now())); err != nil {
				return err
			}
			_, err := b.recompute(tx, id, Cause{Kind: CauseDeclaration})
			return err
		})
	}
	seen := map[time.Time]int{}
	pages := 0
	for before := (time.Time{}); ; pages++ {
		h, err := b.History(t.Context(), id, before)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range h.Entries {
			if e.Kind == HistoryColour {
				seen[e.At]++
			}
		}
		if before = h.Older; before.IsZero() {
			break
		}
	}
	total := 0
	for at, n := range seen {
		if total += n; n > 2 {
			t.Errorf("%d changes at %v", n, at)
		}
	}
	if want := len(b.outcomes(id)); total != want || pages == 0 {
		t.Errorf("%d changes on %d pages, want %d", total, pages+1, want)
	}
}

// The person sees which unit looked at what and when, and not who it was.
func TestLooksTellWhoLooked(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id, other := b.resident(linsTel, lin), b.resident("13800000002", "330206195801010013")
	b.write(func(tx store.Tx) error {
		for _, q := range []string{
			`INSERT INTO org (id, code, name, name_en, kind) VALUES (1, 'NBGA', '宁波市公安局', 'Ningbo Police', 'police')`,
			`INSERT INTO station (id, code, name, district, org_id) VALUES (1, 'GL', '鼓楼派出所', '330203', 1)`,
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		for member, station := range map[int64]any{1: int64(1), 2: nil} {
			if _, err := tx.Exec(`INSERT INTO staff (id, ref, login, name_sealed, role, station_id, org_id, password_hash, totp_sealed, created_at)
				VALUES (?, ?, ?, ?, 'officer', ?, 1, '', ?, 0)`, member, store.Ref(), store.Ref(), store.Sealed("x"), station, store.Sealed("x")); err != nil {
				return err
			}
		}
		for _, r := range []struct {
			staff int64
			staff.Look
		}{
			{1, staff.Look{PersonID: id, What: staff.ReadCase}},
			{2, staff.Look{PersonID: id, What: staff.ReadIdentity, Reason: staff.ReasonOther, Note: "证件照不清楚"}},
			{1, staff.Look{PersonID: other, What: staff.ReadEvidence}},
		} {
			r.Object = "YS-2603-0000001-9"
			if err := staff.RecordRead(tx, staff.Staff{ID: r.staff, OrgID: 1}, r.Look); err != nil {
				return err
			}
		}
		return nil
	})
	looks, err := b.Looks(t.Context(), id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var looked []string
	for _, l := range looks.Looks {
		looked = append(looked, strings.Join([]string{l.What, l.Org, l.OrgEN, l.Station, l.StationEN, l.Object, l.Reason, l.Note}, " "))
	}
	want := "identity 宁波市公安局 Ningbo Police   YS-2603-0000001-9 other 证件照不清楚|case 宁波市公安局 Ningbo Police 鼓楼派出所 鼓楼派出所 YS-2603-0000001-9  "
	if got := strings.Join(looked, "|"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
