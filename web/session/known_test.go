package session

import (
	"encoding/binary"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"yongxing/models/lastknown"
	"yongxing/models/modeltest"
	rows "yongxing/models/session"
	"yongxing/models/store"
)

// Sessions are remembered in a bounded number: 30 MB, whoever comes.
func TestKnownIsBounded(t *testing.T) {
	k := newKnown(modeltest.Store(t), slog.New(slog.DiscardHandler), 0)
	before := heap()
	for i := range int64(200_000) {
		var hash [32]byte
		binary.BigEndian.PutUint64(hash[:], uint64(i))
		person, data, ref := i, strings.Repeat("x", 24), strings.Repeat("r", 26)
		row := rows.Session{Kind: Resident, PersonID: &person, Data: data, Ref: ref, SeenAt: store.At(modeltest.Start), ExpiresAt: store.At(modeltest.Start)}
		k.rows.Remember(k.rows.Mark(), hash, read{row: row, values: Values{PersonID: i, Ref: ref}, at: modeltest.Start})
	}
	grown := heap() - before
	t.Logf("%d are remembered, %.1f MB", k.rows.Len(), float64(grown)/1e6)
	if n := k.rows.Len(); n > lastknown.Most || n < lastknown.Most/2 || grown > 40<<20 {
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
