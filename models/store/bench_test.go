package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// BenchmarkDurableWrites measures how many acknowledged rows a second 200
// callers get, one row a piece, and sets it beside what the disk can do: flushes
// of one 4 KiB page by a single thread, measured before and after in the same
// run because disks of virtual machines change from minute to minute. The ratio
// is what counts: without group commit it stays near 1.
func BenchmarkDurableWrites(b *testing.B) {
	plain := func(tx store.Tx, n int64) error {
		_, err := tx.Exec("INSERT INTO id_counter (name, last) VALUES (?, ?)", store.Ref(), n)
		return err
	}
	viaGORM := func(tx store.Tx, n int64) error {
		return tx.DB().Create(&counter{Name: store.Ref(), Last: n}).Error
	}
	for _, bench := range []struct {
		name    string
		callers int
		piece   func(tx store.Tx, n int64) error
	}{
		{"plain/1", 1, plain}, {"plain/200", 200, plain},
		{"gorm/1", 1, viaGORM}, {"gorm/200", 200, viaGORM},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s := modeltest.Store(b)
			flushes := modeltest.FlushRate(b, s.Dir())
			var next, failed, slowest atomic.Int64
			b.ResetTimer()
			var callers sync.WaitGroup
			for range bench.callers {
				callers.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						begun := time.Now()
						if s.Write(context.Background(), func(tx store.Tx) error { return bench.piece(tx, n) }) != nil {
							failed.Add(1)
						}
						for took, most := int64(time.Since(begun)), slowest.Load(); took > most && !slowest.CompareAndSwap(most, took); most = slowest.Load() {
						}
					}
				})
			}
			callers.Wait()
			b.StopTimer()
			if failed.Load() > 0 {
				b.Fatalf("%d of %d writes failed", failed.Load(), b.N)
			}
			flushes = (flushes + modeltest.FlushRate(b, s.Dir())) / 2
			rate := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "rows/s")
			b.ReportMetric(flushes, "fdatasync/s")
			b.ReportMetric(rate/flushes, "×disk")
			b.ReportMetric(float64(slowest.Load())/1e6, "slowest-ms")
		})
	}
}

// BenchmarkRead is the cost of one Read with one look-up by key, as the code
// page makes it.
func BenchmarkRead(b *testing.B) {
	s := modeltest.Store(b)
	err := s.Write(context.Background(), func(tx store.Tx) error {
		for i := range 10_000 {
			if _, err := tx.Exec("INSERT INTO id_counter (name, last) VALUES (?, 1)", fmt.Sprint(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for name, look := range map[string]func(tx store.Tx) error{
		"plain": func(tx store.Tx) error {
			var n int64
			return tx.QueryRow("SELECT last FROM id_counter WHERE name = ?", "5000").Scan(&n)
		},
		"row": func(tx store.Tx) error {
			_, _, err := store.First[counter](tx, "SELECT * FROM id_counter WHERE name = ?", "5000")
			return err
		},
		"gorm": func(tx store.Tx) error { return tx.DB().Take(&counter{}, "name = ?", "5000").Error },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := s.Read(context.Background(), look); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	k := store.NewKeys(true)
	at := store.Place{Table: "person", Column: "phone_sealed", Row: 1}
	sealed := k.Seal(at, "13800000000")
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			k.Seal(at, "13800000000")
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if _, err := k.Open(at, sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			k.Index("person", "phone_index", "13800000000")
		}
	})
}
