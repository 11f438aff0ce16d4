// Package staff holds the people who work with the portal: who they are, how
// they prove it (password and a second factor, never one of the two), what each
// role may do (one table, may.go), and whose cases each must never see.
package staff

import (
	"errors"
	"fmt"
	"time"

	"yongxing/models/fault"
	"yongxing/models/store"
)

// Staff is one member.
type Staff struct {
	ID            int64
	Ref           string
	Login         string
	NameSealed    store.Sealed
	Badge         string
	Role          Role
	StationID     *int64
	OrgID         int64
	PasswordHash  string
	TotpSealed    store.Sealed
	TotpStep      int64
	DocumentIndex []byte
	AddressIndex  []byte
	Demo          bool
	DisabledAt    *store.Millis
	CreatedAt     store.Millis
}

// TableName is the table of Staff.
func (Staff) TableName() string { return "staff" }

// Station returns the id of the station that s works at, 0 if at none.
func (s Staff) Station() int64 {
	if s.StationID == nil {
		return 0
	}
	return *s.StationID
}

// Get returns the member with this id; fault.SignedOut if there is none or they
// have been disabled, so that no story works for somebody dismissed.
func Get(tx store.Tx, id int64) (Staff, error) {
	var s Staff
	if err := tx.DB().Where("id = ? AND disabled_at IS NULL", id).Take(&s).Error; err != nil {
		if errors.Is(store.Found(err), fault.NotFound) {
			err = fault.SignedOut
		}
		return Staff{}, fmt.Errorf("staff: %w", err)
	}
	return s, nil
}

// ByLogin returns the member with this login; fault.NotFound if there is none
// or they have been disabled.
func ByLogin(tx store.Tx, login string) (Staff, error) {
	var s Staff
	if err := tx.DB().Where("login = ? AND disabled_at IS NULL", login).Take(&s).Error; err != nil {
		return Staff{}, fmt.Errorf("staff by login: %w", store.Found(err))
	}
	return s, nil
}

// Name opens the name of s.
func Name(tx store.Tx, s Staff) (string, error) {
	return tx.Unseal("staff", "name_sealed", s.ID, s.NameSealed)
}

// NameOf opens the name of the member with this id, disabled or not.
func NameOf(tx store.Tx, id int64) (string, error) {
	var s Staff
	if err := tx.DB().Select("id", "name_sealed").Where("id = ?", id).Take(&s).Error; err != nil {
		return "", fmt.Errorf("name of staff: %w", store.Found(err))
	}
	return Name(tx, s)
}

// New is a member to be added. The caller has checked password and role.
type New struct {
	Login, Name, Badge string
	Role               Role
	StationID          int64 // 0 = none
	OrgID              int64
	PasswordHash       string
	TOTPSecret         string
	DocumentIndex      []byte // as document.number_index; nil = not given
	AddressIndex       []byte // as person.address_index; nil = not given
	Demo               bool
}

// Add stores a member; refused at field "login" if that is taken, by somebody
// disabled too: a login names one human being for ever.
func Add(tx store.Tx, n New) (Staff, error) {
	var taken int64
	if err := tx.DB().Model(&Staff{}).Where("login = ?", n.Login).Count(&taken).Error; err != nil {
		return Staff{}, fmt.Errorf("look for the login: %w", err)
	}
	if taken > 0 {
		return Staff{}, fault.Refuse("login", "staff.login_taken")
	}
	id, err := tx.NextID("staff")
	if err != nil {
		return Staff{}, err
	}
	s := Staff{
		ID: id, Ref: store.Ref(), Login: n.Login, NameSealed: tx.Seal("staff", "name_sealed", id, n.Name), Badge: n.Badge, Role: n.Role,
		OrgID: n.OrgID, PasswordHash: n.PasswordHash, TotpSealed: tx.Seal("staff", "totp_sealed", id, n.TOTPSecret),
		DocumentIndex: n.DocumentIndex, AddressIndex: n.AddressIndex, Demo: n.Demo, CreatedAt: tx.Millis(),
	}
	if n.StationID != 0 {
		s.StationID = &n.StationID
	}
	if err := tx.DB().Create(&s).Error; err != nil {
		return Staff{}, fmt.Errorf("add staff: %w", err)
	}
	return s, nil
}

// TOTPSecret opens the second factor's secret of s; empty for nobody.
func TOTPSecret(tx store.Tx, s Staff) (string, error) {
	if s.ID == 0 {
		return "", nil
	}
	return tx.Unseal("staff", "totp_sealed", s.ID, s.TotpSealed)
}

// UseStep records that the code of a time step has been used; fault.Stale if it
// or a later one was used meanwhile.
func UseStep(tx store.Tx, id, step int64) error {
	return store.Changed(tx.DB().Model(&Staff{}).Where("id = ? AND totp_step < ? AND disabled_at IS NULL", id, step).Update("totp_step", step))
}

// SetPassword replaces the hash.
func SetPassword(tx store.Tx, id int64, hash string) error {
	return store.Changed(tx.DB().Model(&Staff{}).Where("id = ? AND disabled_at IS NULL", id).Update("password_hash", hash))
}

// Disable ends a member's access for good.
func Disable(tx store.Tx, id int64) error {
	return store.Changed(tx.DB().Model(&Staff{}).Where("id = ? AND disabled_at IS NULL", id).Update("disabled_at", tx.Millis()))
}

// Limit says how wrong sign-ins of one kind slow the next: after each Every of
// them a wait of First, twice that the next time and so on up to Most, and all
// is forgotten once Forget has passed without another. A wait always ends:
// whoever guesses at a login cannot lock its owner out for good. The figures
// hold for logins that nobody has too, so that a wait tells nothing.
type Limit struct {
	kind                string
	every               int64
	first, most, forget time.Duration
}

// The limits of signing in.
var (
	// PerLogin counts wrong tries for one login from one address: whoever guesses
	// there keeps nobody out who comes from elsewhere.
	PerLogin = Limit{"staff_login", 5, 10 * time.Minute, time.Hour, 24 * time.Hour}
	// Anywhere counts wrong tries for one login from everywhere together.
	Anywhere = Limit{"staff_anywhere", 50, 10 * time.Minute, time.Hour, 24 * time.Hour}
	// PerBrowser counts wrong tries for one login in a browser that it has signed in
	// with before. Only these count there, so that nobody else's guesses, however
	// many, keep its owner from their usual desk.
	PerBrowser = Limit{"staff_browser", 5, 10 * time.Minute, time.Hour, 24 * time.Hour}
	// PerAddress counts wrong tries from one network address; a station may
	// have but one.
	PerAddress = Limit{"staff_address", 20, 10 * time.Minute, time.Hour, time.Hour}
)

type tries struct {
	Kind  string
	Key   []byte
	Since store.Millis // of the last wrong try
	Used  int64        // wrong tries in a row
}

func (tries) TableName() string { return "budget" }

// Wait returns how long whatever key counts must wait before the next try; 0 if
// it need not.
func (l Limit) Wait(tx store.Tx, key string) (time.Duration, error) {
	row, err := l.get(tx, key)
	if err != nil || row.Used == 0 || row.Used%l.every != 0 {
		return 0, err
	}
	wait := l.most
	if n := row.Used/l.every - 1; n < 8 {
		wait = min(l.first<<n, l.most)
	}
	return max(0, row.Since.Time().Add(wait).Sub(tx.Now())), nil
}

// Failed counts a wrong try.
func (l Limit) Failed(tx store.Tx, key string) error {
	_, err := tx.Exec(`INSERT INTO budget AS b (kind, key, since, used) VALUES (?, ?, ?, 1)
		ON CONFLICT (kind, key) DO UPDATE SET used = CASE WHEN b.since > ? THEN b.used + 1 ELSE 1 END, since = excluded.since`,
		l.kind, l.index(tx, key), tx.Millis(), store.At(tx.Now().Add(-l.forget)))
	if err != nil {
		return fmt.Errorf("count a wrong try: %w", err)
	}
	return nil
}

// Forgive forgets the wrong tries, after a right one.
func (l Limit) Forgive(tx store.Tx, key string) error {
	_, err := tx.Exec("DELETE FROM budget WHERE kind = ? AND key = ?", l.kind, l.index(tx, key))
	if err != nil {
		return fmt.Errorf("forget wrong tries: %w", err)
	}
	return nil
}

func (l Limit) index(tx store.Tx, key string) []byte { return tx.Index("budget", l.kind, key) }

func (l Limit) get(tx store.Tx, key string) (tries, error) {
	var row tries
	err := tx.DB().Where("kind = ? AND key = ? AND since > ?", l.kind, l.index(tx, key), store.At(tx.Now().Add(-l.forget))).Limit(1).Find(&row).Error
	if err != nil {
		return tries{}, fmt.Errorf("wrong tries: %w", err)
	}
	return row, nil
}

// AnyDemo says whether anybody on record was made by the demo.
func AnyDemo(tx store.Tx) (bool, error) {
	var n int64
	err := tx.DB().Model(&Staff{}).Where("demo = ?", true).Limit(1).Count(&n).Error
	return n > 0, err
}
