package ledger_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"yongxing/models/ledger"
	"yongxing/models/modeltest"
	"yongxing/models/store"
)

// BenchmarkBesideImport says how long a piece of one entry takes while an import
// of 20,000 rows writes two entries a row, a hundred rows a piece; run it with
// -benchtime 1x, and YX_TEST_POSTGRES for PostgreSQL.
func BenchmarkBesideImport(b *testing.B) {
	for b.Loop() {
		s := modeltest.Store(b)
		one := func(tx store.Tx) error {
			return ledger.Append(tx, "appeal_lapsed", system, map[string]string{"number": "YS-2603-0000002-8"})
		}
		imported := make(chan error, 1)
		begun := time.Now()
		go func() {
			imported <- func() error {
				for range 200 {
					err := s.Write(b.Context(), func(tx store.Tx) error {
						for i := range 200 {
							if err := ledger.Append(tx, "appeal_lapsed", system, map[string]string{"number": strconv.Itoa(i)}); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						return err
					}
				}
				return nil
			}()
		}()
		var took []time.Duration
		for running := true; running; {
			at := time.Now()
			if err := s.Write(b.Context(), one); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(at))
			select {
			case err := <-imported:
				if err != nil {
					b.Fatal(err)
				}
				running = false
			case <-time.After(5 * time.Millisecond):
			}
		}
		b.ReportMetric(time.Since(begun).Seconds(), "s/import")
		slices.Sort(took)
		ms := func(at int) float64 { return float64(took[min(len(took)-1, len(took)*at/100)].Microseconds()) / 1000 }
		b.ReportMetric(ms(50), "ms-median")
		b.ReportMetric(ms(99), "ms-p99")
		b.ReportMetric(ms(100), "ms-worst")
	}
}
