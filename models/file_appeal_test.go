package models

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"strings"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/evidence"
	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/org"
	"yongxing/models/person"
	"yongxing/models/staff"
	"yongxing/models/station"
	"yongxing/models/store"
)

// appealBench is a bench with a station for Haishu, a folder for photos, and
// Lin, who is bound and yellow because of a case in her building (rule Y04).
type appealBench struct {
	*bench
	lin     int64
	station station.Station
	photos  string // the folder
}

func newAppealBench(t *testing.T) *appealBench {
	t.Helper()
	b := &appealBench{bench: newBench(t), photos: t.TempDir()}
	var err error
	if b.Files, err = evidence.NewFolder(b.photos, b.Store.Keys().Secret("evidence")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Files.Close() })
	b.Log = slog.New(slog.DiscardHandler)
	b.station, err = b.OpenStation(t.Context(), NewStation{
		Code: "330203001", Name: "海曙区鼓楼派出所", District: "330203", Phone: "0574-8700 1234", Serves: []string{"330203"},
		Org: org.Org{Code: "NBGA", Name: "宁波市公安局", Kind: "police"},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.lin = b.resident(linsTel, lin)
	b.lives(b.lin, "330203")
	b.bind(b.lin)
	b.sameBuilding(b.lin)
	return b
}

func (b *appealBench) lives(personID int64, division string) {
	b.t.Helper()
	b.write(func(tx store.Tx) error {
		who, err := person.Get(tx, personID)
		if err != nil {
			return err
		}
		return person.Describe(tx, who, person.Profile{Name: "林一", Address: identity.Address{Division: division, Community: "天一", Detail: "1 幢 101"}})
	})
}

// sameBuilding puts a contact of class same_building on record about the
// person's document.
func (b *appealBench) sameBuilding(personID int64) (factID int64) {
	b.t.Helper()
	b.write(func(tx store.Tx) error {
		claim, _, err := person.ClaimOf(tx, personID)
		if err != nil {
			return err
		}
		factID, _, err = fact.Add(tx, fact.New{
			DocumentID: claim.DocumentID, Kind: "contact", Class: "same_building", Ref: "LD-1", From: tx.Now().Add(-24 * time.Hour),
			Source: "city", Authority: "海曙区疾控中心",
		})
		if err != nil {
			return err
		}
		_, err = b.recompute(tx, personID, Cause{Kind: CauseImport})
		return err
	})
	return factID
}

func (b *appealBench) form(personID int64) AppealForm {
	b.t.Helper()
	form, err := b.AppealForm(b.t.Context(), personID)
	if err != nil {
		b.t.Fatal(err)
	}
	return form
}

// fill chooses the first finding, with a ground, and writes a sentence.
func (b *appealBench) fill(personID int64, ground string) {
	b.t.Helper()
	form := b.form(personID)
	if len(form.Choices) == 0 {
		b.t.Fatal("nothing to appeal")
	}
	if err := b.ChooseItems(b.t.Context(), personID, []AppealPick{{form.Choices[0].Token, ground}}); err != nil {
		b.t.Fatal(err)
	}
	if err := b.ExplainAppeal(b.t.Context(), personID, "十月底已经搬走", ""); err != nil {
		b.t.Fatal(err)
	}
}

func (b *appealBench) file(personID int64, key string) string {
	b.t.Helper()
	number, err := b.FileAppeal(b.t.Context(), Filing{PersonID: personID, Channel: "web", Key: key})
	if err != nil {
		b.t.Fatal(err)
	}
	return number
}

func (b *appealBench) status(personID int64, number string) AppealStatus {
	b.t.Helper()
	s, err := b.AppealStatus(b.t.Context(), personID, number)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// lease is a photo; n makes each another one.
func lease(t testing.TB, n uint8) Upload {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 60, 40))
	for i := range img.Pix {
		img.Pix[i] = n
	}
	img.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return Upload{Kind: "lease", File: b.Bytes()}
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), key) {
		t.Errorf("error = %v, want %s", err, key)
	}
}

// Appeal by web: a number, a unit, a place in the queue, a due time
// within 8 hours, and the lease with the case.
func TestAppealByWeb(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.wantColour(b.lin, "yellow")
	b.fill(b.lin, "moved")
	if err := b.AddPhoto(t.Context(), b.lin, lease(t, 1)); err != nil {
		t.Fatal(err)
	}
	form := b.form(b.lin)
	if form.Station.ID != b.station.ID || form.Hours() != 8 || len(form.Photos) != 1 || len(form.Chosen()) != 1 {
		t.Fatalf("before sending: %+v", form)
	}
	number := b.file(b.lin, "key-1")
	if _, ok := appeal.ParseNumber(number); !ok {
		t.Errorf("number %q does not check", number)
	}
	s := b.status(b.lin, number)
	if s.Station.Name != "海曙区鼓楼派出所" || s.Place != 1 || s.Due.Sub(b.clock.Now()) != 8*time.Hour {
		t.Errorf("status: station %q, place %d, due in %v", s.Station.Name, s.Place, s.Due.Sub(b.clock.Now()))
	}
	if len(s.Photos) != 1 || s.Photos[0].Kind != "lease" || s.Statement != "十月底已经搬走" || s.PhotoRoom != 4 {
		t.Errorf("status: %d photos, statement %q, room %d", len(s.Photos), s.Statement, s.PhotoRoom)
	}
	item := s.Items[0]
	if item.Rule != "Y04" || item.Ground != "moved" || item.Target != appeal.TargetFact || len(item.Facts) != 1 || item.Facts[0].Class != "same_building" {
		t.Errorf("item: %+v", item)
	}
	if words, ok := item.RuleText("zh-Hans"); !ok || words.Name != "与病例同楼栋" {
		t.Errorf("rule text %q, %v", words.Name, ok)
	}
	if got := b.notices(b.lin); !strings.HasSuffix(got, "appeal_filed") {
		t.Errorf("notices %q, want appeal_filed at the end", got)
	}
	if form := b.form(b.lin); form.Started || len(form.Choices) != 0 || len(form.Others) != 1 || form.Others[0].View.OpenAppeal != number {
		t.Errorf("after sending the form still offers %+v", form)
	}
}

func TestFileAppeal_replayedPost(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	first, again := b.file(b.lin, "key"), b.file(b.lin, "key")
	if first != again {
		t.Errorf("the same form made %s and %s", first, again)
	}
	if n := len(b.form(b.lin).Mine); n != 1 {
		t.Errorf("%d appeals on record, want 1", n)
	}
	other := b.resident("13800000002", "330206195801010013")
	if _, err := b.FileAppeal(t.Context(), Filing{PersonID: other, Channel: "web", Key: "key"}); !errors.Is(err, fault.NotFound) {
		t.Errorf("somebody else with the same key = %v, want NotFound", err)
	}
}

// One open appeal for each fact, also through a second tab that had chosen it
// before.
func TestFileAppeal_secondForTheSameFact(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	token := b.form(b.lin).Choices[0].Token
	b.fill(b.lin, "moved")
	number := b.file(b.lin, "one")
	err := b.ChooseItems(t.Context(), b.lin, []AppealPick{{token, "moved"}})
	if !errors.Is(err, fault.Stale) {
		t.Errorf("choosing it again = %v, want a conflict", err)
	}
	b.write(func(tx store.Tx) error { // what a second tab had saved
		return appealSave(tx, b.lin, 0, appealDraft{Items: map[string]string{token: "moved"}})
	})
	_, err = b.FileAppeal(t.Context(), Filing{PersonID: b.lin, Channel: "web", Key: "two"})
	var conflict *fault.Conflict
	if !errors.As(err, &conflict) || conflict.Key != "appeal.already_open" || conflict.Args[0] != number {
		t.Errorf("second appeal = %v, want the number of the first", err)
	}
}

func TestFileAppeal_refuses(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	send := func(key string) error {
		_, err := b.FileAppeal(t.Context(), Filing{PersonID: b.lin, Channel: "web", Key: key})
		return err
	}
	wantKey(t, send(""), "form.unreadable")
	wantKey(t, send("empty"), "appeal.items_needed")
	token := b.form(b.lin).Choices[0].Token
	wantKey(t, b.ChooseItems(t.Context(), b.lin, nil), "appeal.items_needed")
	wantKey(t, b.ChooseItems(t.Context(), b.lin, []AppealPick{{token, "known_illness"}}), "ground.1: appeal.ground_needed")
	wantKey(t, b.ChooseItems(t.Context(), b.lin, []AppealPick{{"Y99.X.1", "other"}}), "appeal.changed")
	wantKey(t, b.ExplainAppeal(t.Context(), b.lin, strings.Repeat("字", MostWords+1), ""), "appeal.statement_long")
	wantKey(t, b.ExplainAppeal(t.Context(), b.lin, "", "birthday"), "appeal.harm_unknown")
	if err := b.ChooseItems(t.Context(), b.lin, []AppealPick{{token, "other"}}); err != nil {
		t.Fatal(err)
	}
	wantKey(t, send("no words"), "appeal.statement_needed")
	b.lives(b.lin, "330204")
	if err := b.ExplainAppeal(t.Context(), b.lin, "说明", ""); err != nil {
		t.Fatal(err)
	}
	wantKey(t, send("nobody serves"), "appeal.no_station_short")
}

// A green code has nothing to appeal; a draft from before says so.
func TestFileAppeal_greenMeanwhile(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	b.clock.Advance(8 * 24 * time.Hour) // the finding has run out, and so has the draft
	form := b.form(b.lin)
	if len(form.Choices) != 0 || form.Started {
		t.Fatalf("eight days later: %+v", form)
	}
	_, err := b.FileAppeal(t.Context(), Filing{PersonID: b.lin, Channel: "web", Key: "k"})
	wantKey(t, err, "appeal.green")
}

func TestFileAppeal_fiveADay(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	for _, key := range []string{"1", "2", "3", "4", "5"} {
		b.fill(b.lin, "moved")
		if err := b.WithdrawAppeal(t.Context(), b.lin, b.file(b.lin, key)); err != nil {
			t.Fatal(err)
		}
	}
	b.fill(b.lin, "moved")
	_, err := b.FileAppeal(t.Context(), Filing{PersonID: b.lin, Channel: "web", Key: "6"})
	var many *fault.TooMany
	if !errors.As(err, &many) || many.After != 15*time.Hour { // it is 09:00
		t.Fatalf("the sixth = %v, want to wait 15 hours", err)
	}
	b.clock.Advance(many.After)
	b.file(b.lin, "7")
}

func TestFileAppeal_harm(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	if err := b.ExplainAppeal(t.Context(), b.lin, "", "dialysis"); err != nil {
		t.Fatal(err)
	}
	s := b.status(b.lin, b.file(b.lin, "k"))
	if s.Due.Sub(b.clock.Now()) != 2*time.Hour || s.Appeal.HarmGround != "dialysis" {
		t.Errorf("due in %v for %q, want 2h for dialysis", s.Due.Sub(b.clock.Now()), s.Appeal.HarmGround)
	}
}

// Without binding nobody learns of outside facts: only what they declared
// themselves can be appealed, as a mistake of their own.
func TestAppealForm_unbound(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	chen := b.resident("13800000003", "330206195801010013")
	b.lives(chen, "330203")
	b.sameBuilding(chen)
	if form := b.form(chen); len(form.Choices)+len(form.Others) != 0 {
		t.Fatalf("an unbound person is offered %+v", form)
	}
	b.write(func(tx store.Tx) error {
		if _, _, err := fact.Add(tx, symptom(chen, tx.Now())); err != nil {
			return err
		}
		_, err := b.recompute(tx, chen, Cause{Kind: CauseDeclaration})
		return err
	})
	form := b.form(chen)
	if len(form.Choices) != 1 || form.Choices[0].Grounds[0] != "mis_declared" {
		t.Fatalf("of the own words the form offers %+v", form)
	}
	b.fill(chen, "mis_declared")
	if s := b.status(chen, b.file(chen, "k")); s.Items[0].Target != appeal.TargetDeclaration {
		t.Errorf("target %q, want declaration", s.Items[0].Target)
	}
}

// Officer is the appellant: the case goes to another station.
func TestFileAppeal_ownStation(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	next, err := b.OpenStation(t.Context(), NewStation{
		Code: "330203002", Name: "海曙区月湖派出所", District: "330203", Serves: []string{"330203001"}, Org: org.Org{Code: "NBGA", Name: "宁波市公安局", Kind: "police"},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.write(func(tx store.Tx) error {
		who, err := person.Get(tx, b.lin)
		if err != nil {
			return err
		}
		_, err = staff.Add(tx, staff.New{Login: "li", Name: "李警官", Role: staff.Officer, StationID: b.station.ID, OrgID: b.station.OrgID, PasswordHash: "x", TOTPSecret: "x", AddressIndex: who.AddressIndex})
		return err
	})
	b.fill(b.lin, "moved")
	if s := b.status(b.lin, b.file(b.lin, "k")); s.Station.ID != next.ID {
		t.Errorf("it went to %s, where somebody of the household works", s.Station.Name)
	}
}

// Whoever merely says that an officer's document is theirs is told nothing by the
// station that their appeal would go to.
func TestFileAppeal_stationTellsNothing(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	const number = "330212198512318880"
	stranger := b.resident("13900000009", number)
	b.write(func(tx store.Tx) error {
		d, err := identity.ParseDocument(identity.ResidentID, number, "", tx.Now())
		if err != nil {
			return err
		}
		_, err = staff.Add(tx, staff.New{Login: "li", Name: "李警官", Role: staff.Officer, StationID: b.station.ID, OrgID: b.station.OrgID,
			PasswordHash: "x", TOTPSecret: "x", DocumentIndex: person.DocumentIndex(tx, d)})
		return err
	})
	for _, want := range []bool{false, true} {
		b.read(func(tx store.Tx) error {
			if own, err := appeal.Concerns(tx, b.station.ID, stranger); err != nil || own != want {
				t.Errorf("concerns %v, %v, want %v", own, err, want)
			}
			return nil
		})
		if !want {
			b.bind(stranger)
		}
	}
}

// What a source has locked can be appealed all the same; what a new declaration
// settles is not appealed.
func TestAppealForm_lockedAndSelf(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.write(func(tx store.Tx) error {
		claim, _, err := person.ClaimOf(tx, b.lin)
		if err != nil {
			return err
		}
		for _, n := range []fact.New{
			{DocumentID: claim.DocumentID, Kind: "contact", Class: "close", Ref: "LD-2", From: tx.Now().Add(-48 * time.Hour), Source: "province", Authority: "省疾控中心", Locked: true},
			{DocumentID: claim.DocumentID, Kind: "discrepancy", Ref: "residence", From: tx.Now().Add(-time.Hour), Source: "city"},
		} {
			if _, _, err := fact.Add(tx, n); err != nil {
				return err
			}
		}
		_, err = b.recompute(tx, b.lin, Cause{Kind: CauseImport})
		return err
	})
	form := b.form(b.lin)
	if len(form.Choices) != 2 || form.Choices[0].View.Rule != "R04" || !form.Choices[0].View.Locked {
		t.Fatalf("choices: %+v, want the locked R04 first", form.Choices)
	}
	if len(form.Others) != 1 || form.Others[0].View.Rule != "Y09" {
		t.Fatalf("others: %+v, want Y09 alone", form.Others)
	}
	picks := []AppealPick{{form.Choices[0].Token, "mixed_up"}, {form.Choices[1].Token, "moved"}}
	if err := b.ChooseItems(t.Context(), b.lin, picks); err != nil {
		t.Fatal(err)
	}
	s := b.status(b.lin, b.file(b.lin, "k"))
	if len(s.Items) != 2 || !s.Items[0].Locked || s.Items[1].Locked || s.Appeal.Colour != "red" || s.Appeal.Rules != "R04 Y04" {
		t.Errorf("filed: %+v of %+v", s.Items, s.Appeal)
	}
}

// The place in the queue moves when the case before it is claimed.
func TestAppealStatus_place(t *testing.T) {
	t.Parallel()
	b := newAppealBench(t)
	b.fill(b.lin, "moved")
	first := b.file(b.lin, "one")
	b.clock.Advance(time.Minute)
	wang := b.resident("13800000004", "330212198512318880")
	b.lives(wang, "330203")
	b.bind(wang)
	b.sameBuilding(wang)
	b.fill(wang, "moved")
	second := b.file(wang, "two")
	if got := b.status(wang, second).Place; got != 2 {
		t.Errorf("place %d, want 2", got)
	}
	b.write(func(tx store.Tx) error {
		member, err := staff.Add(tx, staff.New{Login: "li", Name: "李警官", Role: staff.Officer, StationID: b.station.ID, OrgID: b.station.OrgID, PasswordHash: "x", TOTPSecret: "x"})
		if err != nil {
			return err
		}
		a, err := appeal.ByNumber(tx, first)
		if err != nil {
			return err
		}
		return appeal.Claim(tx, a, member.ID)
	})
	if got := b.status(wang, second).Place; got != 1 {
		t.Errorf("place after the first was claimed %d, want 1", got)
	}
	if got := b.status(b.lin, first); got.Place != 0 || got.Appeal.State != appeal.Claimed {
		t.Errorf("the claimed one: place %d, state %s", got.Place, got.Appeal.State)
	}
	for name, number := range map[string]string{"somebody else's": first, "unknown": "YS-2603-0000000-0", "garbage": "x"} {
		if _, err := b.AppealStatus(t.Context(), wang, number); !errors.Is(err, fault.NotFound) {
			t.Errorf("status of %s = %v, want NotFound", name, err)
		}
	}
}
