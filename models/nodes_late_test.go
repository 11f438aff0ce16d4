package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"yongxing/models/fact"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// What two nodes do to each other when one of them waits, is behind, or runs an
// older program. On SQLite pieces follow each other, and there is one node.

func onlyNodes(t *testing.T) {
	t.Helper()
	if !modeltest.Postgres() {
		t.Skip("about nodes on PostgreSQL")
	}
	t.Parallel()
}

// A piece begins, and waits; meanwhile another node writes what makes somebody
// red. What the piece then reads is known, though it is younger than the piece.
func TestLate_knownAfterThePieceBegan(t *testing.T) {
	onlyNodes(t)
	for name, meanwhile := range map[string]func(b *bench, other *Portal, document string) error{
		"a list of areas": func(_ *bench, other *Portal, _ string) error {
			_, err := other.PublishAreas(context.Background(), strings.NewReader(areaHead+"A1,330203001,high,2026-02-20,,YB-1,"), operator)
			return err
		},
		"a fact": func(_ *bench, other *Portal, document string) error {
			return takesIn(context.Background(), other, contactRow(1, document, ""))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			ids, documents := b.people(1)
			b.bind(ids[0])
			b.imported("new 1", fmt.Sprintf("province,T-1,%s,,stay,stayed,,,330203001,,2026-02-27 10:00,2026-02-27 20:00,,,浙江省疾控中心,,", documents[0]))
			other := b.nodes()[1]
			b.write(func(tx store.Tx) error {
				b.clock.Advance(time.Second)
				if err := meanwhile(b, other, documents[0]); err != nil {
					return err
				}
				_, err := b.recompute(tx, ids[0], Cause{Kind: CauseImport, Ref: "late"})
				return err
			})
			b.wantColour(ids[0], "red")
			b.clock.Advance(time.Hour)
			b.settled(ids[0])
		})
	}
}

// One record comes about two people at the same moment, the mistake and its
// correction: in the end it is one person's.
func TestLate_recordAboutTwo(t *testing.T) {
	onlyNodes(t)
	b := newBench(t)
	ids, documents := b.people(8)
	for _, id := range ids {
		b.bind(id)
	}
	for i := 0; i < len(ids); i += 2 {
		b.each(
			func(p *Portal) error { return takesIn(t.Context(), p, contactRow(i, documents[i], "")) },
			func(p *Portal) error { return takesIn(t.Context(), p, contactRow(i, documents[i+1], "")) },
		)
		if a, c := b.code(ids[i]).Colour, b.code(ids[i+1]).Colour; a == c {
			t.Errorf("one record, and two people are %s and %s", a, c)
		}
		b.settled(ids[i])
		b.settled(ids[i+1])
	}
}

// A record moves to somebody else while its first subject is being bound.
func TestLate_movedWhileBinding(t *testing.T) {
	onlyNodes(t)
	b := newBench(t)
	ids, documents := b.people(8)
	for i := 0; i < len(ids); i += 2 {
		b.bind(ids[i+1])
		if err := takesIn(t.Context(), b.Portal, contactRow(i, documents[i], "")); err != nil {
			t.Fatal(err)
		}
		b.each(
			func(p *Portal) error {
				row := fmt.Sprintf("lab,L-%d,%s,%s,test,negative,,,,S-%d,2026-01-05,,,,,,", i, documents[i], phoneOf(i), i)
				return takesIn(t.Context(), p, row)
			},
			func(p *Portal) error { return takesIn(t.Context(), p, contactRow(i, documents[i+1], "")) },
		)
		b.wantColour(ids[i], "green")
		b.wantColour(ids[i+1], "red")
	}
}

// A document proves one thing about one person, whoever is quicker.
func TestLate_documentUsedTwice(t *testing.T) {
	onlyNodes(t)
	b := newBench(t)
	ids, _ := b.people(2)
	used := errors.New("used")
	errs := b.race(2, func(p *Portal, i int) error {
		return p.Store.Write(t.Context(), func(tx store.Tx) error {
			r := ItemRuling{Document: "D-1", Issuer: "H"}
			if twice, err := documentUsed(tx, ids[i], r); err != nil || twice {
				return errors.Join(err, used)
			}
			time.Sleep(50 * time.Millisecond) // the rest of the decision
			_, _, err := fact.Add(tx, fact.New{PersonID: ids[i], Kind: "test", Class: "negative", From: tx.Now(), Source: "decision", Upstream: r.Document, Authority: r.Issuer})
			return err
		})
	})
	if succeeded(errs) != 1 || !errors.Is(errors.Join(errs...), used) {
		t.Errorf("%v", errs)
	}
}

// A newer program on another node has added columns: this one goes on.
func TestLate_olderProgram(t *testing.T) {
	onlyNodes(t)
	b, _ := newPassBench(t)
	ids, documents := b.people(1)
	for n, table := range []string{"person", "code", "fact", "aside", "document", "person_document", "rulebook", "outcome", "area"} {
		b.write(func(tx store.Tx) error {
			_, err := tx.Exec("ALTER TABLE " + table + " ADD COLUMN later_on TEXT")
			return err
		})
		_, page := b.CodePage(t.Context(), ids[0])
		_, phone := b.ChangingPhone(t.Context(), ids[0])
		_, list := b.Documents(t.Context(), ids[0])
		if err := errors.Join(takesIn(t.Context(), b.Portal, contactRow(n, documents[0], phoneOf(0))), page, phone, list); err != nil {
			t.Errorf("%s: %v", table, err)
		}
	}
}

// Two files about the same people in opposite order do not wait for each other.
func TestLate_importsCross(t *testing.T) {
	onlyNodes(t)
	b := newBench(t)
	var up, down []string
	for i := range 40 {
		number := fmt.Sprintf("33020319800307%03d", 100+i)
		number += string(checkSign(number))
		up = append(up, contactRow(i, number, ""))
		down = append([]string{contactRow(1000+i, number, "")}, down...)
	}
	for _, err := range b.race(2, func(p *Portal, i int) error {
		return takesIn(t.Context(), p, strings.Join([][]string{up, down}[i], "\n"))
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	var deadlocks int
	b.read(func(tx store.Tx) error {
		if _, err := tx.Exec("SELECT pg_stat_force_next_flush()"); err != nil {
			return err
		}
		return tx.QueryRow("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").Scan(&deadlocks)
	})
	if deadlocks > 0 {
		t.Errorf("%d deadlocks", deadlocks)
	}
}

// While a long list is published, people are reviewed and nodes start.
func TestLate_longList(t *testing.T) {
	onlyNodes(t)
	b := newBench(t)
	ids, _ := b.people(1)
	var rows []string
	for i := range 1500 {
		rows = append(rows, fmt.Sprintf("A%d,33020300%d,high,2026-02-20,,YB-%d,", i, 1+i%6, i))
	}
	other := b.nodes()[1]
	published := make(chan error, 1)
	go func() {
		_, err := other.PublishAreas(context.Background(), strings.NewReader(areaHead+strings.Join(rows, "\n")), operator)
		published <- err
	}()
	longest := time.Duration(0)
	for {
		begun := time.Now()
		err := b.Store.Write(t.Context(), func(tx store.Tx) error {
			_, err := b.recompute(tx, ids[0], Cause{Kind: CauseDeclaration, Ref: "x"})
			return err
		})
		if err := errors.Join(err, b.EnsureRulebook(t.Context())); err != nil {
			t.Error(err)
		}
		longest = max(longest, time.Since(begun))
		select {
		case err := <-published:
			if err != nil {
				t.Error(err)
			}
			t.Logf("the longest review took %v", longest)
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
