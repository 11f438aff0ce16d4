// Package person keeps the people on record, the identity documents that
// anybody has named, and who may say "this is me". It exists as one noun because
// of one rule: facts from outside hang on a document, and reach a person only
// once that person is bound to it. Knowing somebody's name and number opens
// nothing.
//
// Every field that identifies a person is sealed; phones, documents and
// addresses are found through keyed hashes.
package person

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"gorm.io/gorm"

	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/store"
)

// Person is a row of the table. Open its sealed fields with Name, Phone, Born
// and Home.
type Person struct {
	ID            int64 `gorm:"primaryKey"`
	Ref           string
	NameSealed    store.Sealed
	BornSealed    store.Sealed
	Sex           string // male, female or "" where no document says it
	PhoneSealed   store.Sealed
	PhoneIndex    []byte // nil once the phone is detached
	Language      string // zh-Hans or en: what notices are written in
	LargeType     bool   // what a browser shows in which they sign in
	AddressSealed store.Sealed
	AddressIndex  []byte
	Division      string // 9 or 6 digits of the current residence, "" before the first declaration
	CreatedAt     store.Millis
	Version       int64
}

// TableName is the table's name.
func (Person) TableName() string { return "person" }

// Profile is what a declaration says about who somebody is and where they live.
type Profile struct {
	Name    string
	Born    time.Time // the day, 00:00 in Shanghai
	Sex     string
	Address identity.Address
}

// Get returns one person; fault.NotFound if there is none.
func Get(tx store.Tx, id int64) (Person, error) {
	p, ok, err := store.First[Person](tx, "SELECT * FROM person WHERE id = ?", id)
	if err == nil && !ok {
		err = fault.NotFound
	}
	if err != nil {
		return Person{}, fmt.Errorf("person: get: %w", err)
	}
	return p, nil
}

// LockPhone keeps others from giving the phone to somebody, or taking it away,
// meanwhile: take it before asking whose it is in order to make it somebody's or
// to let somebody in, and before the lock of any person.
func LockPhone(tx store.Tx, phone string) error { return tx.LockKey("phone", PhoneIndex(tx, phone)) }

// ByPhone finds who is reached at a phone in its normal form (NormalisePhone).
func ByPhone(tx store.Tx, phone string) (Person, bool, error) {
	return byPhoneIndex(tx, PhoneIndex(tx, phone))
}

func byPhoneIndex(tx store.Tx, index []byte) (Person, bool, error) {
	var p Person
	err := tx.DB().Where("phone_index = ?", index).Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Person{}, false, nil
	}
	if err != nil {
		return Person{}, false, fmt.Errorf("person: by phone: %w", err)
	}
	return p, true, nil
}

// Create adds a person who has proved a phone and said nothing yet.
func Create(tx store.Tx, phone, language string) (Person, error) {
	id, err := tx.NextID("person")
	if err != nil {
		return Person{}, err
	}
	p := Person{
		ID: id, Ref: store.Ref(), Language: language, CreatedAt: tx.Millis(), Version: 1,
		PhoneSealed: tx.Seal("person", "phone", id, phone), PhoneIndex: PhoneIndex(tx, phone),
	}
	if err := tx.DB().Create(&p).Error; err != nil {
		return Person{}, fmt.Errorf("person: create: %w", err)
	}
	return p, nil
}

// Describe writes what somebody has declared about themselves, and the language
// of p, in which they said it.
func Describe(tx store.Tx, p Person, d Profile) error {
	address, err := json.Marshal(d.Address)
	if err != nil {
		return fmt.Errorf("person: describe: %w", err)
	}
	p.NameSealed = tx.Seal("person", "name", p.ID, d.Name)
	p.BornSealed = tx.Seal("person", "born", p.ID, d.Born.In(identity.Shanghai).Format(time.DateOnly))
	p.AddressSealed = tx.Seal("person", "address", p.ID, string(address))
	p.AddressIndex = AddressIndex(tx, d.Address.Division, d.Address.Detail)
	p.Sex, p.Division = d.Sex, d.Address.Division
	return update(tx, p, "name_sealed", "born_sealed", "sex", "address_sealed", "address_index", "division", "language")
}

// Speak notes the language in which somebody wants their notices.
func Speak(tx store.Tx, id int64, language string) error {
	return wear(tx, "language = ?", language, id)
}

// Prefer notes how somebody wants their pages and notices.
func Prefer(tx store.Tx, id int64, language string, largeType bool) error {
	return wear(tx, "language = ?, large_type = ?", language, largeType, id)
}

// wear changes how a person is addressed, and leaves the version as it is: a press
// in the foot of a page is nothing that a story has seen of them, and makes none
// of it stale.
func wear(tx store.Tx, set string, args ...any) error {
	err := store.ChangedRow(tx.Exec("UPDATE person SET "+set+" WHERE id = ?", args...))
	if errors.Is(err, fault.Stale) {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("person: prefer: %w", err)
	}
	return nil
}

// update writes the named columns of p if nobody else changed the row since.
func update(tx store.Tx, p Person, columns ...any) error {
	was := p.Version
	p.Version++
	res := tx.DB().Model(&Person{}).Where("id = ? AND version = ?", p.ID, was).Select("version", columns...).Updates(&p)
	if err := store.Changed(res); err != nil {
		return fmt.Errorf("person: update: %w", err)
	}
	return nil
}

// Name is a person's name; "" before the first declaration.
func Name(by store.Opener, p Person) (string, error) { return open(by, p.ID, "name", p.NameSealed) }

// Phone is a person's phone in its normal form; "" once it was detached.
func Phone(tx store.Tx, p Person) (string, error) { return open(tx, p.ID, "phone", p.PhoneSealed) }

// Born is the date of birth, 00:00 in Shanghai; not ok before the first
// declaration.
func Born(tx store.Tx, p Person) (born time.Time, ok bool, err error) {
	day, err := open(tx, p.ID, "born", p.BornSealed)
	if err != nil || day == "" {
		return time.Time{}, false, err
	}
	born, err = time.ParseInLocation(time.DateOnly, day, identity.Shanghai)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("person: date of birth of row %d: %w", p.ID, err)
	}
	return born, true, nil
}

// Home is the address last declared; not ok before that.
func Home(tx store.Tx, p Person) (home identity.Address, ok bool, err error) {
	body, err := open(tx, p.ID, "address", p.AddressSealed)
	if err != nil || body == "" {
		return identity.Address{}, false, err
	}
	if err := json.Unmarshal([]byte(body), &home); err != nil {
		return identity.Address{}, false, fmt.Errorf("person: address of row %d: %w", p.ID, err)
	}
	return home, true, nil
}

func open(by store.Opener, id int64, column string, s store.Sealed) (string, error) {
	if s == nil {
		return "", nil
	}
	plain, err := by.Unseal("person", column, id, s)
	if err != nil {
		return "", fmt.Errorf("person: %w", err)
	}
	return plain, nil
}

// PhoneIndex is the keyed hash under which the person of a phone is found.
func PhoneIndex(tx store.Tx, phone string) []byte { return tx.Index("person", "phone", phone) }

// AddressIndex is the keyed hash of an address by which a household is found:
// street or town, and the detail without spaces and punctuation. nil if there is
// no detail, because a street is no household.
func AddressIndex(tx store.Tx, division, detail string) []byte {
	kept := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, identity.Plain(detail))
	if kept == "" || division == "" {
		return nil
	}
	return tx.Index("person", "address", division[:min(9, len(division))]+"\x00"+kept)
}
