package person_test

import (
	"errors"
	"testing"
	"time"

	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/modeltest"
	"yongxing/models/person"
	"yongxing/models/store"
)

var (
	oldPassport = identity.Document{Kind: identity.Passport, Nationality: "GBR", Number: "925665416"}
	newPassport = identity.Document{Kind: identity.Passport, Nationality: "GBR", Number: "135792468"}
	paper       = identity.Document{Kind: identity.Other, Number: "UNHCR12345"}
)

// bench is a store whose clock the test moves, and one person.
type bench struct {
	*testing.T
	clock *modeltest.Clock
	store *store.Store
	who   int64
}

func newBench(t *testing.T) *bench {
	clock := modeltest.NewClock(modeltest.Start)
	b := &bench{T: t, clock: clock, store: modeltest.StoreAt(t, clock)}
	b.write(func(tx store.Tx) error {
		p, err := person.Create(tx, phone, "en")
		b.who = p.ID
		return err
	})
	return b
}

func (b *bench) write(fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.store.Write(b.Context(), fn); err != nil {
		b.Fatal(err)
	}
}

// claim claims a document and returns its id.
func (b *bench) claim(who int64, d identity.Document) (id int64) {
	b.Helper()
	b.write(func(tx store.Tx) (err error) {
		if id, err = person.DocumentRow(tx, d); err != nil {
			return err
		}
		return person.Claim(tx, who, id)
	})
	b.clock.Advance(time.Minute)
	return id
}

// named is a record that names the phone for a document; it returns who became
// bound.
func (b *bench) named(d identity.Document, phone string) (bound int64) {
	b.Helper()
	b.write(func(tx store.Tx) error {
		id, err := person.DocumentRow(tx, d)
		if err != nil {
			return err
		}
		bound, err = person.NamePhone(tx, id, phone, "province")
		return err
	})
	b.clock.Advance(time.Minute)
	return bound
}

// goesBy checks what the person goes by, what they are bound to, and what they
// merely claim (0 = nothing).
func (b *bench) goesBy(by int64, bound []int64, claimed int64) {
	b.Helper()
	b.write(func(tx store.Tx) error {
		c, _, err := person.ClaimOf(tx, b.who)
		if err != nil || c.DocumentID != by {
			b.Errorf("goes by %d, want %d, %v", c.DocumentID, by, err)
		}
		rows, err := person.BoundTo(tx, b.who)
		if err != nil || len(rows) != len(bound) {
			b.Fatalf("bound to %+v, want %v, %v", rows, bound, err)
		}
		for i, d := range rows {
			if d.DocumentID != bound[i] {
				b.Errorf("bound to %d, want %d", d.DocumentID, bound[i])
			}
		}
		u, ok, err := person.Unproved(tx, b.who)
		if err != nil || ok != (claimed != 0) || u.DocumentID != claimed {
			b.Errorf("claims %d, want %d, %v", u.DocumentID, claimed, err)
		}
		return nil
	})
}

func TestRenewedDocument(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.claim(b.who, oldPassport)
	if b.named(oldPassport, phone) != b.who {
		t.Fatal("not bound to the first")
	}
	b.goesBy(first, []int64{first}, 0)
	wrong := b.claim(b.who, other)
	b.goesBy(first, []int64{first}, wrong)
	second := b.claim(b.who, newPassport) // the claim before ends, what is bound stays
	b.goesBy(first, []int64{first}, second)
	if b.claim(b.who, oldPassport) != first { // a declaration repeats what they go by
		t.Fatal("another row")
	}
	b.goesBy(first, []int64{first}, second)
	if b.named(oldPassport, phone) != 0 {
		t.Error("bound again to what is bound")
	}
	b.goesBy(first, []int64{first}, second)
	if b.named(newPassport, phone) != b.who {
		t.Fatal("not bound to the second")
	}
	b.goesBy(second, []int64{second, first}, 0)
	b.write(func(tx store.Tx) error {
		for _, doc := range []int64{first, second} {
			if who, ok, err := person.HolderOf(tx, doc); err != nil || !ok || who != b.who {
				t.Errorf("document %d is held by %d, %v", doc, who, err)
			}
		}
		rows, err := person.DocumentsOf(tx, b.who)
		if err != nil || len(rows) != 3 || rows[2].DocumentID != wrong || rows[2].EndedAt == nil {
			t.Errorf("documents %+v, %v", rows, err)
		}
		since, ok := person.BoundSince(rows)
		if !ok || since != *rows[1].BoundAt {
			t.Errorf("bound since %v, %v", since, ok)
		}
		return err
	})
}

// A paper of no known form never vouches by itself; an officer who has seen it
// does.
func TestOtherPaperIsSeen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	doc := b.claim(b.who, paper)
	if b.named(paper, phone) != 0 {
		t.Error("bound by a record")
	}
	b.write(func(tx store.Tx) error {
		for _, by := range []string{person.ByUpstream, person.ByLegacy} {
			if err := person.Bind(tx, b.who, doc, by); !errors.Is(err, fault.Stale) {
				t.Errorf("bound by %s: %v", by, err)
			}
		}
		return person.Bind(tx, b.who, doc, person.ByStation)
	})
	b.goesBy(doc, []int64{doc}, 0)
}

// What records said of a phone ends: by time, and when the phone changes hands.
func TestPhoneOfADocumentEnds(t *testing.T) {
	t.Parallel()
	const halfAYear = 180 * 24 * time.Hour
	stranger := func(b *bench, phone string) (id int64) {
		b.write(func(tx store.Tx) error {
			p, err := person.Create(tx, phone, "zh-Hans")
			id = p.ID
			return err
		})
		return id
	}
	held := func(b *bench, d identity.Document) (who int64) {
		b.write(func(tx store.Tx) error {
			id, err := person.DocumentRow(tx, d)
			if err != nil {
				return err
			}
			who, _, err = person.HolderOf(tx, id)
			return err
		})
		return who
	}
	try := func(b *bench, who int64) (bound bool) {
		b.write(func(tx store.Tx) (err error) {
			bound, err = person.TryBind(tx, who)
			return err
		})
		return bound
	}
	t.Run("after half a year", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.named(document, phone)
		b.clock.Advance(halfAYear)
		b.claim(b.who, document)
		if try(b, b.who) {
			t.Error("bound by what was said half a year ago")
		}
		b.write(func(tx store.Tx) error {
			if err := person.Sweep(tx); err != nil {
				return err
			}
			var n int
			if err := tx.QueryRow("SELECT COUNT(*) FROM document_phone").Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows stay, %v", n, err)
			}
			return nil
		})
		if b.named(document, phone) != b.who {
			t.Error("not bound when it is said again")
		}
	})
	t.Run("said again in time", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.named(document, phone)
		b.clock.Advance(halfAYear - time.Hour)
		b.named(document, phone)
		b.clock.Advance(halfAYear - time.Hour)
		b.write(person.Sweep)
		b.claim(b.who, document)
		if !try(b, b.who) {
			t.Error("not bound by what was said a while ago")
		}
	})
	t.Run("the number was sold", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.named(document, phone)
		b.claim(b.who, other)
		b.write(func(tx store.Tx) error {
			p, err := person.Get(tx, b.who)
			if err != nil {
				return err
			}
			return person.DetachPhone(tx, p)
		})
		next := stranger(b, phone)
		for _, d := range []identity.Document{document, other} { // named before, and the old owner's own
			b.claim(next, d)
			if try(b, next) || b.named(d, phone) != 0 || held(b, d) != 0 {
				t.Errorf("the new owner of the number is bound to the document of the old one")
			}
		}
		b.claim(next, oldPassport)
		if b.named(oldPassport, phone) != next {
			t.Error("the new owner of the number is not bound to their own document")
		}
	})
	t.Run("the person took another number", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		doc := b.claim(b.who, document)
		b.named(document, phone)
		b.write(func(tx store.Tx) error {
			p, err := person.Get(tx, b.who)
			if err != nil {
				return err
			}
			return person.MovePhone(tx, p, otherPhone)
		})
		b.goesBy(doc, []int64{doc}, 0)
		b.write(func(tx store.Tx) error {
			p, ok, err := person.ByPhone(tx, otherPhone)
			if err != nil || !ok || p.ID != b.who {
				t.Errorf("not reached at the new number: %v", err)
			}
			if _, ok, err := person.ByPhone(tx, phone); ok || err != nil {
				t.Errorf("still reached at the old one: %v", err)
			}
			if got, err := person.Phone(tx, p); got != otherPhone || err != nil {
				t.Errorf("the wrong phone is on record, %v", err)
			}
			return nil
		})
		next := stranger(b, phone)
		b.claim(next, newPassport)
		if b.named(newPassport, otherPhone) != 0 || b.named(newPassport, phone) != next {
			t.Error("whoever has a number now is not bound by it")
		}
	})
}
