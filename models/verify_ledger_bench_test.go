package models

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"yongxing/models/ledger"
	"yongxing/models/store"
)

// BenchmarkVerifyLedger reads a ledger of YX_LEDGER entries (20,000 if unset; make
// torture reads a million) whose outcomes and reads are on record. Beside the
// rate it tells the most memory that the reading took.
func BenchmarkVerifyLedger(b *testing.B) {
	entries, _ := strconv.Atoi(os.Getenv("YX_LEDGER"))
	if entries == 0 {
		entries = 20_000
	}
	city := newBench(b)
	who := city.resident(linsTel, lin)
	for done := 0; done < entries; done += 10_000 {
		city.write(func(tx store.Tx) error { return longHistory(tx, who, min(10_000, entries-done)) })
	}
	var before, now runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak, stop := uint64(0), make(chan struct{})
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					runtime.ReadMemStats(&now)
					peak = max(peak, now.HeapInuse)
				}
			}
		}()
		start := time.Now()
		read, err := city.VerifyLedger(b.Context(), ledger.Head{})
		took := time.Since(start)
		close(stop)
		<-watched
		if err != nil || read.Head.Entries < int64(entries) {
			b.Fatal(read.Head.Entries, err)
		}
		b.ReportMetric(float64(read.Head.Entries)/took.Seconds(), "entries/s")
		b.ReportMetric(float64(max(peak, before.HeapInuse)-before.HeapInuse)/1e6, "MB-more")
	}
}

// longHistory adds n outcomes of somebody, with their entries. The tables are
// filled as code.Record does it, many rows a statement.
func longHistory(tx store.Tx, who int64, n int) error {
	var ref, book string
	var id, seq int64
	if err := tx.QueryRow("SELECT p.ref, o.rulebook, o.id, o.seq FROM outcome o JOIN person p ON p.id = o.person_id WHERE p.id = ? ORDER BY o.seq DESC LIMIT 1", who).Scan(&ref, &book, &id, &seq); err != nil {
		return err
	}
	var rows []string
	var args []any
	for i := range int64(n) {
		if _, err := tx.NextID("outcome"); err != nil {
			return err
		}
		rows = append(rows, "(?, ?, ?, 'green', 'green', 'release', '', ?, '[]', ?)")
		args = append(args, id+1+i, who, seq+1+i, book, tx.Millis())
		err := ledger.Append(tx, "colour_changed", ledger.Entry{Actor: "system", Object: ref}, map[string]string{
			"person": ref, "outcome": fmt.Sprint(seq + 1 + i), "from": "green", "to": "green", "rules": "", "rulebook": book, "cause": "release", "cause_ref": "",
		})
		if err != nil {
			return err
		}
		if len(rows) == 1000 || i == int64(n)-1 {
			if _, err := tx.Exec("INSERT INTO outcome (id, person_id, seq, colour, from_colour, cause, cause_ref, rulebook, ended, at) VALUES "+strings.Join(rows, ", "), args...); err != nil {
				return err
			}
			rows, args = rows[:0], args[:0]
		}
	}
	return nil
}
