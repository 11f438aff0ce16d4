package models

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yongxing/models/declaration"
	"yongxing/models/identity"
	"yongxing/models/modeltest"
	"yongxing/models/person"
	"yongxing/models/store"
)

// BenchmarkDeclare measures how many declarations a second 200 callers get on
// record, each with everything that hangs on it: the person, their claim, the
// facts, the review, the outcome, the ledger and the notice. Beside it stands
// what the disk can do, flushes by a single thread in the same run.
func BenchmarkDeclare(b *testing.B) {
	const people, callers = 600, 200
	d := newBench(b)
	orders := make([]Declaration, people)
	for i := range orders {
		orders[i] = d.readyToSend(i)
	}
	flushes := modeltest.FlushRate(b, d.Store.Dir())
	b.ResetTimer()
	begun := time.Now()
	var next, failed atomic.Int64
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for n := next.Add(1); n <= people; n = next.Add(1) {
				if _, err := d.Declare(context.Background(), orders[n-1]); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	group.Wait()
	rate := people / time.Since(begun).Seconds()
	flushes = (flushes + modeltest.FlushRate(b, d.Store.Dir())) / 2
	if failed.Load() > 0 {
		b.Fatalf("%d of %d declarations failed", failed.Load(), people)
	}
	b.ReportMetric(0, "ns/op") // of all of them: says nothing
	b.ReportMetric(rate, "declarations/s")
	b.ReportMetric(flushes, "fdatasync/s")
	b.ReportMetric(rate/flushes, "×disk")
}

// readyToSend is a draft that is filled in and looked at.
func (b *bench) readyToSend(i int) Declaration {
	b.t.Helper()
	var who person.Person
	b.write(func(tx store.Tx) (err error) {
		who, err = person.Create(tx, fmt.Sprintf("137%08d", i), "zh-Hans")
		return err
	})
	number := fmt.Sprintf("33020319900307%03d", i+1)
	form := declaration.IdentityForm{Name: "陈安", Kind: identity.ResidentID, Number: number + string(checkSign(number))}
	b.fill(who.ID, append([]declaration.Form{form, livesIn("330225001")}, atHome(feels(declaration.IsolationNone))[2:]...)...)
	v, err := b.PreviewDeclaration(b.t.Context(), who.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return Declaration{PersonID: who.ID, Version: v.Draft.Version, Stamp: v.Stamp, Key: store.Ref(), True: true, Browser: phoneOfLin, Language: "zh-Hans"}
}
