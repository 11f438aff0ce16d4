package person_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/modeltest"
	"yongxing/models/person"
	"yongxing/models/store"
)

const phone, otherPhone = "13812342210", "13900001111"

var (
	document = identity.Document{Kind: identity.ResidentID, Nationality: "CHN", Number: "330203199003071232"}
	other    = identity.Document{Kind: identity.ResidentID, Nationality: "CHN", Number: "330206195801010013"}
)

// in runs fn in one transaction of a fresh store.
func in(t *testing.T, fn func(tx store.Tx) error) {
	t.Helper()
	s := modeltest.Store(t)
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestPersonIsSealed(t *testing.T) {
	t.Parallel()
	in(t, func(tx store.Tx) error {
		p, err := person.Create(tx, phone, "zh-Hans")
		if err != nil {
			return err
		}
		born := time.Date(1990, 3, 7, 0, 0, 0, 0, time.FixedZone("CST", 8*3600))
		home := identity.Address{Division: "330203005", Community: "秀水社区", Detail: "12 幢 301 室"}
		if err := person.Describe(tx, p, person.Profile{Name: "李芳", Born: born, Sex: "female", Address: home}); err != nil {
			return err
		}
		if err := person.Describe(tx, p, person.Profile{}); !errors.Is(err, fault.Stale) {
			t.Errorf("a row read before the last change was written: %v", err)
		}
		got, ok, err := person.ByPhone(tx, phone)
		if err != nil || !ok {
			t.Fatalf("by phone: %v, %v", ok, err)
		}
		name, err := person.Name(tx, got)
		if err != nil || name != "李芳" {
			t.Errorf("name %q, %v", name, err)
		}
		if day, ok, err := person.Born(tx, got); err != nil || !ok || !day.Equal(born) {
			t.Errorf("born %v, %v, %v", day, ok, err)
		}
		if a, ok, err := person.Home(tx, got); err != nil || !ok || a != home || got.Division != home.Division {
			t.Errorf("home %+v, %v, %v", a, ok, err)
		}
		for _, sealed := range []store.Sealed{got.NameSealed, got.AddressSealed, got.PhoneSealed} {
			if bytes.Contains(sealed, []byte("李")) || bytes.Contains(sealed, []byte("1381234")) {
				t.Error("plain text in a sealed column")
			}
		}
		return nil
	})
}

func TestAddressIndexFindsAHousehold(t *testing.T) {
	t.Parallel()
	in(t, func(tx store.Tx) error {
		a := person.AddressIndex(tx, "330203005", "秀水路12幢301室")
		for _, same := range []string{"秀水路 12 幢 301 室", "秀水路１２幢，301室", "秀水路12幢301室 "} {
			if !bytes.Equal(a, person.AddressIndex(tx, "330203005", same)) {
				t.Errorf("%q is another household", same)
			}
		}
		if bytes.Equal(a, person.AddressIndex(tx, "330203005", "秀水路12幢302室")) {
			t.Error("the next flat is the same household")
		}
		if person.AddressIndex(tx, "330203005", " ，") != nil {
			t.Error("a street is a household")
		}
		return nil
	})
}

func TestClaimAndBind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		named bool // a record names the phone before anybody claims the document
		run   func(tx store.Tx, p person.Person, doc int64) (bool, error)
		want  bool
	}{
		{"a claim alone binds nobody", false, func(tx store.Tx, p person.Person, doc int64) (bool, error) {
			return person.TryBind(tx, p.ID)
		}, false},
		{"record first, claim later", true, func(tx store.Tx, p person.Person, doc int64) (bool, error) {
			return person.TryBind(tx, p.ID)
		}, true},
		{"claim first, record later", false, func(tx store.Tx, p person.Person, doc int64) (bool, error) {
			who, err := person.NamePhone(tx, doc, "138 1234 2210", "province")
			return who == p.ID, err
		}, true},
		{"record with another phone", false, func(tx store.Tx, p person.Person, doc int64) (bool, error) {
			who, err := person.NamePhone(tx, doc, otherPhone, "province")
			return who != 0, err
		}, false},
		{"record about another document", false, func(tx store.Tx, p person.Person, _ int64) (bool, error) {
			doc, err := person.DocumentRow(tx, other)
			if err != nil {
				return false, err
			}
			who, err := person.NamePhone(tx, doc, phone, "province")
			return who != 0, err
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in(t, func(tx store.Tx) error {
				p, err := person.Create(tx, phone, "en")
				if err != nil {
					return err
				}
				doc, err := person.DocumentRow(tx, document)
				if err != nil {
					return err
				}
				if tt.named {
					if who, err := person.NamePhone(tx, doc, phone, "province"); err != nil || who != 0 {
						t.Errorf("a record bound %d who claims nothing: %v", who, err)
					}
				}
				if err := person.Claim(tx, p.ID, doc); err != nil {
					return err
				}
				got, err := tt.run(tx, p, doc)
				if err != nil {
					return err
				}
				holder, held, err := person.HolderOf(tx, doc)
				if err != nil {
					return err
				}
				if got != tt.want || held != tt.want || held && holder != p.ID {
					t.Errorf("bound %v, held %v by %d, want %v", got, held, holder, tt.want)
				}
				return nil
			})
		})
	}
}

func TestDocumentIsBoundToOne(t *testing.T) {
	t.Parallel()
	in(t, func(tx store.Tx) error {
		doc, err := person.DocumentRow(tx, document)
		if err != nil {
			return err
		}
		if again, err := person.DocumentRow(tx, document); err != nil || again != doc {
			t.Errorf("the same document has rows %d and %d, %v", doc, again, err)
		}
		first, err := person.Create(tx, phone, "zh-Hans")
		if err != nil {
			return err
		}
		second, err := person.Create(tx, otherPhone, "zh-Hans")
		if err != nil {
			return err
		}
		for _, id := range []int64{first.ID, second.ID} {
			if err := person.Claim(tx, id, doc); err != nil {
				return err
			}
		}
		if err := person.Bind(tx, first.ID, doc, person.ByStation); err != nil {
			return err
		}
		if err := person.Bind(tx, second.ID, doc, person.ByStation); !errors.Is(err, fault.Stale) {
			t.Errorf("bound to two: %v", err)
		}
		if who, err := person.NamePhone(tx, doc, otherPhone, "province"); err != nil || who != 0 {
			t.Errorf("a second phone took the document over: %d, %v", who, err)
		}
		if ids, err := person.Claimants(tx, doc); err != nil || len(ids) != 2 {
			t.Errorf("claimants %v, %v", ids, err)
		}
		if d, err := person.OpenDocument(tx, doc); err != nil || d != document {
			t.Errorf("document %+v, %v", d, err)
		}
		return nil
	})
}

func TestClaimAnotherDocument(t *testing.T) {
	t.Parallel()
	in(t, func(tx store.Tx) error {
		p, err := person.Create(tx, phone, "zh-Hans")
		if err != nil {
			return err
		}
		mine, err := person.DocumentRow(tx, document)
		if err != nil {
			return err
		}
		wrong, err := person.DocumentRow(tx, other)
		if err != nil {
			return err
		}
		for _, doc := range []int64{wrong, mine, wrong, mine, mine} { // a slip, put right twice
			if err := person.Claim(tx, p.ID, doc); err != nil {
				return err
			}
		}
		if c, ok, err := person.ClaimOf(tx, p.ID); err != nil || !ok || c.DocumentID != mine {
			t.Errorf("claim %+v, %v, %v", c, ok, err)
		}
		if ids, err := person.Claimants(tx, wrong); err != nil || len(ids) != 0 {
			t.Errorf("still claims the wrong document: %v, %v", ids, err)
		}
		return nil
	})
}

func TestDetachPhone(t *testing.T) {
	t.Parallel()
	in(t, func(tx store.Tx) error {
		p, err := person.Create(tx, phone, "zh-Hans")
		if err != nil {
			return err
		}
		if err := person.DetachPhone(tx, p); err != nil {
			return err
		}
		if _, ok, err := person.ByPhone(tx, phone); ok || err != nil {
			t.Errorf("still reached by the phone: %v, %v", ok, err)
		}
		old, err := person.Get(tx, p.ID)
		if err != nil {
			return err
		}
		if got, err := person.Phone(tx, old); got != "" || err != nil {
			t.Errorf("phone %q, %v", got, err)
		}
		if _, err := person.Create(tx, phone, "zh-Hans"); err != nil {
			t.Errorf("the number cannot start fresh: %v", err)
		}
		if _, err := person.Get(tx, 99); !errors.Is(err, fault.NotFound) {
			t.Errorf("nobody: %v", err)
		}
		return nil
	})
}
