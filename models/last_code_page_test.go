package models

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/modeltest"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/store"
)

// gone is the bench while its database is away; back ends that.
func (b *bench) gone() (back func()) {
	b.t.Helper()
	away := modeltest.StoreAt(b.t, b.clock)
	if err := away.Close(); err != nil {
		b.t.Fatal(err)
	}
	here := b.Store
	b.Store = away
	return func() { b.Store = here }
}

// notShown holds that nothing is shown of a person while the database is away.
func (b *bench) notShown(personID int64, what string) {
	b.t.Helper()
	defer b.gone()()
	if page, err := b.CodePage(b.t.Context(), personID); !errors.Is(err, fault.Unavailable) {
		b.t.Errorf("%s: %s of %v comes back, %v", what, page.State, page.AsOf, err)
	}
}

func TestLastCodePage(t *testing.T) {
	t.Parallel()
	b, logged := newPassBench(t)
	id, stranger := b.resident(linsTel, lin), b.resident("13800000002", "330206195801010013")
	b.bind(id)
	b.codePage(id) // not the last one
	b.clock.Advance(time.Minute)
	seen := b.codePage(id)
	back := b.gone()
	for _, after := range []time.Duration{0, 10*time.Minute - time.Millisecond} {
		b.clock.Set(seen.Now.Add(after))
		page := b.codePage(id)
		if page.State != "green" || !page.AsOf.Equal(seen.Now) || !page.Now.Equal(b.clock.Now()) || page.Colour != review.Green || page.Last != "green" ||
			page.Name != seen.Name || page.Document != lin || !page.Bound || page.Book != seen.Book || !page.Declared.Equal(seen.Declared) {
			t.Errorf("after %s: %+v", after, page)
		}
		if _, err := b.Pass.Parse(page.Token, b.clock.Now()); err != nil {
			t.Errorf("after %s: token: %v", after, err)
		}
	}
	for _, after := range []time.Duration{10 * time.Minute, 24 * time.Hour, -time.Second} {
		b.clock.Set(seen.Now.Add(after))
		page := b.codePage(id)
		if page.State != StateUnconfirmed || page.Colour != "" || page.Token != "" || page.Name+page.Document != "" || page.Last != "green" || !page.AsOf.Equal(seen.Now) {
			t.Errorf("after %s: %+v", after, page)
		}
	}
	if page, err := b.CodePage(t.Context(), stranger); !errors.Is(err, fault.Unavailable) {
		t.Errorf("somebody who was shown nothing sees %+v, %v", page, err)
	}
	back()
	b.clock.Set(seen.Now.Add(time.Hour))
	if page := b.codePage(id); page.State != "green" || !page.AsOf.IsZero() || page.Last != "" {
		t.Errorf("the database is back, and the page is of %v: %+v", page.AsOf, page)
	}
	if strings.Contains(logged.String(), lin) {
		t.Error("the log names people")
	}
}

// The database may go in the middle of a page.
func TestLastCodePageInTheMiddle(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	if err := b.Store.Close(); err != nil {
		t.Fatal(err)
	}
	opts, begins := b.opts, func() {}
	opts.Now = func() time.Time { begins(); return b.clock.Now() } // asked when a transaction begins, too
	b.Store = modeltest.Open(t, opts)
	b.codePage(id)
	file := filepath.Join(opts.Dir, "yongxing.db")
	begins = func() {
		begins = func() {}
		if err := os.Rename(file, file+".away"); err != nil {
			t.Error(err)
		}
	}
	if page := b.codePage(id); page.State != "green" || page.AsOf.IsZero() || page.Token == "" {
		t.Errorf("page %+v", page)
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Error(err)
	}
}

// A busy database answers for itself, later, and nothing is forgotten for that.
func TestLastCodePageOfABusyDatabase(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	b.codePage(id)
	if page, err := b.codePageInstead(id, CodePage{}, fault.Busy); !errors.Is(err, fault.Busy) {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err := b.codePageInstead(id, CodePage{}, fault.Unavailable); err != nil || page.State != "green" {
		t.Errorf("it is forgotten: %+v, %v", page, err)
	}
}

// Who has no code was shown nothing that counts.
func TestLastCodePageBeforeADeclaration(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	var id int64
	b.write(func(tx store.Tx) error {
		p, err := person.Create(tx, linsTel, "zh-Hans")
		id = p.ID
		return err
	})
	b.codePage(id)
	b.notShown(id, "no code")
}

// A colour that is shown explains itself, also from memory.
func TestLastCodePageExplains(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id, claims := b.resident(linsTel, lin), b.resident("13800000002", "330206195801010013")
	b.bind(id)
	b.beijing(id)
	seen := b.codePage(id)
	b.codePage(claims)
	defer b.gone()()
	page := b.codePage(id)
	if page.State != "red" || len(page.Findings) != 1 {
		t.Fatalf("page %+v", page)
	}
	f, was := page.Findings[0], seen.Findings[0]
	if f.Rule != "R07" || f.RuleText("en").Name != was.RuleText("en").Name || f.RuleText("en").Name == "" || !f.Since.Equal(was.Since) ||
		!f.Until.Equal(was.Until) || !f.Latest.Equal(was.Latest) || f.District != was.District || f.Appealable {
		t.Errorf("finding %+v, was %+v", f, was)
	}
	if page := b.codePage(claims); page.State != StateUnverified || page.Bound || page.AsOf.IsZero() {
		t.Errorf("unverified: %+v", page)
	}
}

// What is going to change by itself is not shown beyond that moment.
func TestLastCodePageEndsWithAFinding(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	b.beijing(id)
	var next time.Time
	b.read(func(tx store.Tx) error {
		h, err := holderOf(tx, id)
		next = store.TimeOf(h.NextChange)
		return err
	})
	b.clock.Set(next.Add(-2 * time.Minute))
	b.codePage(id)
	defer b.gone()()
	b.clock.Set(next.Add(-time.Second))
	if page := b.codePage(id); page.State != "red" {
		t.Errorf("before: %+v", page)
	}
	b.clock.Set(next)
	if page := b.codePage(id); page.State != StateUnconfirmed || page.Last != "red" {
		t.Errorf("a finding has changed, and the page says %+v", page)
	}
}

func TestLastCodePageForHowLong(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	b.Settings.LastKnown = time.Minute
	id := b.resident(linsTel, lin)
	b.bind(id)
	b.codePage(id)
	defer b.gone()()
	b.clock.Advance(time.Minute)
	if page := b.codePage(id); page.State != StateUnconfirmed {
		t.Errorf("page %+v", page)
	}
}

// Whatever may have changed a colour on this node makes it forget what it showed,
// and what somebody read before and has not shown yet.
func TestLastCodePageIsForgotten(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	for i, c := range []struct {
		name   string
		change func(id int64, document string)
	}{
		{"review", func(id int64, _ string) { b.beijing(id) }},
		{"import", func(_ int64, document string) {
			if err := takesIn(t.Context(), b.Portal, contactRow(1, document, "")); err != nil {
				t.Fatal(err)
			}
		}},
		{"areas", func(int64, string) {
			list := "id,code,level,from,document\nB1,310104,high,2026-02-20,2026-4\n"
			if _, err := b.PublishAreas(t.Context(), strings.NewReader(list), ledger.Entry{Actor: "system"}); err != nil {
				t.Fatal(err)
			}
		}},
		{"a page that cannot be worked out", func(id int64, _ string) {
			b.write(func(tx store.Tx) error {
				_, err := tx.Exec("UPDATE person SET born_sealed = ? WHERE id = ?", []byte("broken"), id)
				return err
			})
			if page := b.codePage(id); page.State != StateUnconfirmed || !page.AsOf.IsZero() {
				t.Errorf("page %+v", page)
			}
		}},
	} {
		number := fmt.Sprintf("33020319900307%03d", 200+i)
		number += string(checkSign(number))
		id := b.resident(fmt.Sprintf("1390000200%d", i), number)
		b.bind(id)
		b.codePage(id)
		since := b.shown.Mark()
		old, ok := b.shown.Recall(id)
		if !ok {
			t.Fatalf("%s: nothing is remembered", c.name)
		}
		c.change(id, number)
		b.notShown(id, c.name)
		b.shown.Remember(since, id, old)
		b.notShown(id, c.name+", by a page that was on its way")
	}
}

// A piece forgets when it is over and not before: a page that is read meanwhile
// shows what was.
func TestLastCodePageIsForgottenAfterTheCommit(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	b.write(func(tx store.Tx) error {
		if _, _, err := fact.Add(tx, symptom(id, tx.Now())); err != nil {
			return err
		}
		if _, err := b.recompute(tx, id, Cause{Kind: CauseDeclaration}); err != nil {
			return err
		}
		b.codePage(id) // by a connection of its own: it is still green
		return nil
	})
	b.notShown(id, "read while the review was under way")
}

// LastCodePage is for a session that was signed in when the page was read.
func TestLastCodePageOfAnotherDevice(t *testing.T) {
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	at := b.codePage(id).Now
	defer b.gone()()
	if page, err := b.LastCodePage(id, at); err != nil || page.State != "green" || !page.AsOf.Equal(at) {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err := b.LastCodePage(id, at.Add(-time.Millisecond)); !errors.Is(err, fault.Unavailable) {
		t.Errorf("a device that was signed out before sees %+v, %v", page, err)
	}
}

// In a damaged database what was read last may have been damaged already.
func TestLastCodePageAfterDamage(t *testing.T) {
	modeltest.OnlySQLite(t)
	t.Parallel()
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	b.codePage(id)
	if err := b.Store.Read(t.Context(), func(store.Tx) error { return sqlite3.Error{Code: sqlite3.ErrCorrupt} }); !errors.Is(err, store.ErrDamaged) {
		t.Fatal(err)
	}
	if page, err := b.LastCodePage(id, b.clock.Now()); err != nil || page.State != StateUnconfirmed || page.Token != "" || page.Last != "green" {
		t.Errorf("page %+v, %v", page, err)
	}
}

// A server that nobody has asked remembers nobody, and one that has shown codes to
// everybody remembers lastknown.Most of them: 24 MB.
func TestLastCodePagesAreFew(t *testing.T) {
	b, _ := newPassBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	b.beijing(id)
	page := b.codePage(id)
	var h holder
	b.read(func(tx store.Tx) (err error) { h, err = holderOf(tx, id); return err })
	b.Portal.shown.ForgetAll()
	before := heap()
	for i := range int64(200_000) {
		h.PersonID = i + 1
		h.NameSealed, h.NumberSealed = append(store.Sealed{}, h.NameSealed...), append(store.Sealed{}, h.NumberSealed...)
		h.CodeRef = strings.Clone(h.CodeRef)
		b.rememberShown(b.shown.Mark(), h, page)
	}
	after := heap()
	t.Logf("%d are remembered, %.1f MB", b.shown.Len(), float64(after-before)/1e6)
	if n, grown := b.shown.Len(), after-before; n > 50_000 || n < 25_000 || grown > 40<<20 {
		t.Errorf("%d are remembered, in %d bytes", n, grown)
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkRememberShown is what a code page pays for the bad day.
func BenchmarkRememberShown(b *testing.B) {
	bench, _ := newPassBench(b)
	id := bench.resident(linsTel, lin)
	bench.bind(id)
	page := bench.codePage(id)
	var h holder
	bench.read(func(tx store.Tx) (err error) { h, err = holderOf(tx, id); return err })
	for i := int64(0); b.Loop(); i++ {
		since := bench.shown.Mark()
		h.PersonID = i % 40_000
		bench.rememberShown(since, h, page)
	}
}
