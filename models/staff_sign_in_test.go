package models_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"yongxing/models"
	"yongxing/models/fault"
	"yongxing/models/modeltest"
	"yongxing/models/org"
	"yongxing/models/staff"
	"yongxing/models/station"
	"yongxing/models/store"
)

const officerPassword = "雪落甬江-7 boats"

// officerHouse is a portal with two stations of one district and a clock.
type officerHouse struct {
	*models.Portal
	clock *modeltest.Clock
}

func newOfficerHouse(t *testing.T) officerHouse {
	t.Helper()
	h := officerHouse{clock: modeltest.NewClock(modeltest.Start)}
	h.Portal = &models.Portal{Store: modeltest.StoreAt(t, h.clock)}
	for _, s := range []models.NewStation{
		{Code: "gulou", Name: "鼓楼派出所", District: "330203", Serves: []string{"330203", "330203005", "330203008002"}},
		{Code: "wangchun", Name: "望春派出所", District: "330203", Serves: []string{"330203008"}},
	} {
		s.Org = org.Org{Code: "haishu-police", Name: "海曙公安分局", Kind: "police"}
		if _, err := h.OpenStation(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// add adds an officer of a station; change may alter what is known of them.
func (h officerHouse) add(t *testing.T, login, station string, change func(*models.NewStaff)) models.AddedStaff {
	t.Helper()
	in := models.NewStaff{Login: login, Name: "王警官", Badge: login, Role: staff.Officer, Password: officerPassword, Station: station}
	if change != nil {
		change(&in)
	}
	added, err := h.AddStaff(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

// signIn tries to sign in with the right code of the moment, unless one is given.
func (h officerHouse) signIn(t *testing.T, login, password, secret, code string) (int64, error) {
	t.Helper()
	if code == "" {
		var err error
		if code, err = totp.GenerateCode(secret, h.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return h.SignInStaff(t.Context(), models.StaffSignIn{Login: login, Password: password, Code: code, Address: "10.1.2.3"})
}

func staffKey(err error) string {
	var in *fault.Invalid
	var many *fault.TooMany
	switch {
	case errors.As(err, &in):
		return in.Problems[0].Key
	case errors.As(err, &many):
		return many.Key
	case err != nil:
		return err.Error()
	}
	return ""
}

func TestSignInStaff(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	wang := h.add(t, "033127", "gulou", nil)

	for _, c := range []struct{ name, login, password, code, want string }{
		{"wrong password", "033127", "nothing like it", "", "staff.signin_wrong"},
		{"wrong code", "033127", officerPassword, "000000", "staff.signin_wrong"},
		{"unknown login", "999999", officerPassword, "", "staff.signin_wrong"},
		{"password only", "033127", officerPassword, " ", "staff.signin_wrong"},
		{"no password", "033127", "", "", "staff.signin_all"},
	} {
		if _, err := h.signIn(t, c.login, c.password, wang.TOTPSecret, c.code); staffKey(err) != c.want {
			t.Errorf("%s: got %q, want %q", c.name, staffKey(err), c.want)
		}
	}
	if id, err := h.signIn(t, " 033127 ", officerPassword, wang.TOTPSecret, ""); err != nil || id != wang.ID {
		t.Fatalf("all right: got %d, %v, want %d", id, err, wang.ID)
	}
	if _, err := h.signIn(t, "033127", officerPassword, wang.TOTPSecret, ""); staffKey(err) != "staff.signin_wrong" {
		t.Errorf("the same code again: %v", err)
	}
	h.clock.Advance(30 * time.Second)
	if _, err := h.signIn(t, "033127", officerPassword, wang.TOTPSecret, ""); err != nil {
		t.Errorf("the next code: %v", err)
	}
	if err := h.DisableStaff(t.Context(), "033127"); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(30 * time.Second)
	if _, err := h.signIn(t, "033127", officerPassword, wang.TOTPSecret, ""); staffKey(err) != "staff.signin_wrong" {
		t.Errorf("after being disabled: %v", err)
	}
	if _, err := h.Desk(t.Context(), wang.ID); !errors.Is(err, fault.SignedOut) {
		t.Errorf("a story for somebody disabled: %v", err)
	}
}

// A wait tells nothing about a login, grows, and always ends.
func TestSignInStaff_wait(t *testing.T) {
	t.Parallel()
	for _, login := range []string{"033127", "nobody"} {
		h := newOfficerHouse(t)
		wang := h.add(t, "033127", "gulou", nil)
		for try, want := range []string{
			"staff.signin_wrong", "staff.signin_wrong", "staff.signin_wrong", "staff.signin_wrong", "staff.signin_wrong", "staff.signin_wait",
		} {
			if _, err := h.signIn(t, login, "wrong password", wang.TOTPSecret, ""); staffKey(err) != want {
				t.Errorf("%s, try %d: got %q, want %q", login, try+1, staffKey(err), want)
			}
		}
		_, err := h.signIn(t, login, officerPassword, wang.TOTPSecret, "")
		var many *fault.TooMany
		if !errors.As(err, &many) || many.After != 10*time.Minute {
			t.Errorf("%s: the right password during the wait: %v", login, err)
		}
		h.clock.Advance(10 * time.Minute)
		want := ""
		if login == "nobody" {
			want = "staff.signin_wrong"
		}
		if _, err := h.signIn(t, login, officerPassword, wang.TOTPSecret, ""); staffKey(err) != want {
			t.Errorf("%s: after the wait: got %q, want %q", login, staffKey(err), want)
		}
	}
}

// Tries side by side are as many as one after the other: of those that all saw no
// wait before, only the first ones count.
func TestSignInStaff_sideBySide(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	h.add(t, "033127", "gulou", nil)
	refused := make(chan string, 4)
	for range 4 {
		if _, err := h.signIn(t, "033127", "wrong password", "", "000000"); staffKey(err) != "staff.signin_wrong" {
			t.Fatal(err)
		}
	}
	var work sync.WaitGroup
	for range 4 { // more would wait for the two slots of other tests too
		work.Go(func() {
			_, err := h.SignInStaff(t.Context(), models.StaffSignIn{Login: "033127", Password: "wrong password", Code: "000000", Address: "10.1.2.3"})
			refused <- staffKey(err)
		})
	}
	work.Wait()
	close(refused)
	wrong := 0
	for key := range refused {
		if key == "staff.signin_wrong" {
			wrong++
		}
	}
	if wrong != 1 {
		t.Errorf("%d more tries were judged, want one", wrong)
	}
}

func TestLimit_grows(t *testing.T) {
	t.Parallel()
	clock := modeltest.NewClock(modeltest.Start)
	s := modeltest.StoreAt(t, clock)
	var waits []time.Duration
	for range 30 {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			if err := staff.PerLogin.Failed(tx, "x"); err != nil {
				return err
			}
			w, err := staff.PerLogin.Wait(tx, "x")
			if w > 0 {
				waits = append(waits, w)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour, time.Hour, time.Hour}
	for i := range want {
		if i >= len(waits) || waits[i] != want[i] {
			t.Fatalf("waits %v, want %v", waits, want)
		}
	}
}

func TestAddStaff_refuses(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	h.add(t, "033127", "gulou", nil)
	for _, c := range []struct {
		name   string
		change func(*models.NewStaff)
		want   string
	}{
		{"common password", func(s *models.NewStaff) { s.Password = "ningbo2026" }, "staff.password_common"},
		{"no such role", func(s *models.NewStaff) { s.Role = "king" }, "staff.role_unknown"},
		{"officer of no station", func(s *models.NewStaff) { s.Station, s.Org = "", "haishu-police" }, "staff.station_needed"},
		{"demo in production", func(s *models.NewStaff) { s.Demo = true }, "staff.demo_refused"},
		{"login taken", func(s *models.NewStaff) { s.Login = "033127" }, "staff.login_taken"},
		{"no such station", func(s *models.NewStaff) { s.Station = "nowhere" }, "staff.station_unknown"},
		{"login of other letters", func(s *models.NewStaff) { s.Login = "王 五" }, "staff.login_form"},
	} {
		in := models.NewStaff{Login: "044000", Name: "刘警官", Role: staff.Officer, Password: officerPassword, Station: "gulou"}
		c.change(&in)
		if _, err := h.AddStaff(t.Context(), in); staffKey(err) != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// Nothing that proves or identifies a member lies readable in the data folder.
func TestAddStaff_sealed(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	wang := h.add(t, "033127", "gulou", func(s *models.NewStaff) {
		s.Document, s.DocumentKind, s.Nationality = "330203199003071232", "resident_id", "CHN"
	})
	for _, secret := range []string{officerPassword, wang.TOTPSecret, "王警官", "330203199003071232"} {
		if modeltest.Holds(t, h.Store, secret) {
			t.Errorf("the database holds %q", secret)
		}
	}
	if !modeltest.Holds(t, h.Store, "033127") {
		t.Error("nothing is found at all")
	}
}

func TestStationFor_longestCodeWins(t *testing.T) {
	t.Parallel()
	h := newOfficerHouse(t)
	if _, err := h.OpenStation(t.Context(), models.NewStation{
		Code: "third", Name: "第三派出所", District: "330203", Serves: []string{"330203008"},
		Org: org.Org{Code: "haishu-police"},
	}); staffKey(err) != "conflict: staff.area_taken" {
		t.Errorf("a street that another station serves: %v", err)
	}
	for division, want := range map[string]string{
		"330203005001": "鼓楼派出所", // its street
		"330203008001": "望春派出所", // its street
		"330203008002": "鼓楼派出所", // a community of that street by itself
		"330203001":    "鼓楼派出所", // nobody's: the district's fall-back
		"330206001":    "",
	} {
		err := h.Store.Read(t.Context(), func(tx store.Tx) error {
			s, err := station.For(tx, division)
			if s.Name != want || (want == "") != errors.Is(err, fault.NotFound) {
				t.Errorf("%s: got %q, %v, want %q", division, s.Name, err, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
