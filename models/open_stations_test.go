package models

import (
	"strings"
	"testing"

	"yongxing/models/ledger"
	"yongxing/models/modeltest"
)

func TestOpenStations(t *testing.T) {
	t.Parallel()
	p := &Portal{Store: modeltest.Store(t)}
	const list = "code,name,district,serves,org,org_name\n" +
		"hs-gl,鼓楼派出所,330203,330203003;330203,nbga,宁波市公安局\n" +
		"hs-xx,错误派出所,330203,999999999,nbga,宁波市公安局\n" +
		"hs-jx,重复派出所,330203,330203003,nbga,宁波市公安局\n"
	for _, want := range []Report{{New: 1, Refused: 2}, {Same: 1, Refused: 2}} {
		got, err := p.OpenStations(t.Context(), strings.NewReader(list), ledger.Entry{Actor: "system"})
		if err != nil || got.New != want.New || got.Same != want.Same || got.Refused != want.Refused {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
		if got.Problems[0].Line != 3 || got.Problems[1].Line != 4 {
			t.Errorf("problems %+v: want lines 3 and 4", got.Problems)
		}
	}
}
