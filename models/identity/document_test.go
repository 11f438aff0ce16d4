package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"yongxing/models/fault"
)

var today = time.Date(2026, 11, 23, 9, 0, 0, 0, Shanghai)

func TestParseDocument(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, kind, number, nationality string
		want, key                       string // the normal number, or the key of the refusal
	}{
		{"Haishu", ResidentID, "330203199003071232", "", "330203199003071232", ""},
		{"Beilun elder", ResidentID, "330206195801010013", "", "330206195801010013", ""},
		{"Yinzhou child", ResidentID, "330212201512318885", "", "330212201512318885", ""},
		{"leap day that was", ResidentID, "330225202002290030", "", "330225202002290030", ""},
		{"real X", ResidentID, "33020519880808002X", "", "33020519880808002X", ""},
		{"former Fenghua City", ResidentID, "330283198506154328", "", "330283198506154328", ""},
		{"textbook example", ResidentID, "11010519491231002X", "", "11010519491231002X", ""},
		{"small x", ResidentID, "33020519880808002x", "", "33020519880808002X", ""},
		{"full-width digits", ResidentID, "３３０２０３１９９００３０７１２３２", "", "330203199003071232", ""},
		{"full-width x and spaces", ResidentID, " 330205 19880808 002ｘ ", "", "33020519880808002X", ""},
		{"nationality of a resident ID is given", ResidentID, "330203199003071232", "GBR", "330203199003071232", ""},

		{"impossible birthday", ResidentID, "33020519990229001X", "", "", "field.document_number.date"},
		{"wrong check digit", ResidentID, "330203199003071231", "", "", "field.document_number.check_sign"},
		{"fifteen digits", ResidentID, "330203900307123", "", "", "field.document_number.fifteen"},
		{"too short", ResidentID, "33020319900307123", "", "", "field.document_number.length"},
		{"letter in the middle", ResidentID, "33020319900X071232", "", "", "field.document_number.signs"},
		{"empty", ResidentID, "", "", "", "field.document_number.missing"},
		{"born tomorrow", ResidentID, withCheck("33020320261124123"), "", "", "field.document_number.future"},
		{"born today", ResidentID, withCheck("33020320261123123"), "", withCheck("33020320261123123"), ""},
		{"older than 130", ResidentID, withCheck("33020318951122123"), "", "", "field.document_number.age"},
		{"as old as 130", ResidentID, withCheck("33020318961122123"), "", withCheck("33020318961122123"), ""},

		{"British passport", Passport, "925665416", "gbr", "925665416", ""},
		{"passport in small letters", Passport, "c01x00t47", "DEU", "C01X00T47", ""},
		{"Chinese passport", Passport, "E12345678", "CHN", "E12345678", ""},
		{"Chinese passport without letter", Passport, "912345678", "CHN", "", "field.document_number.passport"},
		{"passport too short", Passport, "A123", "GBR", "", "field.document_number.passport"},
		{"passport too long", Passport, strings.Repeat("1", 18), "GBR", "", "field.document_number.passport"},
		{"passport with other signs", Passport, "AB/12345", "GBR", "", "field.document_number.passport"},
		{"no nationality", Passport, "925665416", "", "", "field.nationality.choose"},
		{"unknown nationality", Passport, "925665416", "XXX", "", "field.nationality.choose"},
		{"a region is no nationality", Passport, "925665416", "TWN", "", "field.nationality.choose"},
		{"unknown kind", "library_card", "925665416", "GBR", "", "field.document_kind.choose"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := ParseDocument(tt.kind, tt.number, tt.nationality, today)
			if got := refusal(err); got != tt.key || d.Number != tt.want {
				t.Errorf("got %q refused for %q, want %q refused for %q", d.Number, got, tt.want, tt.key)
			}
		})
	}
}

func TestDocumentSays(t *testing.T) {
	t.Parallel()
	d, err := ParseDocument(ResidentID, "330206195801010013", "", today)
	if err != nil {
		t.Fatal(err)
	}
	if born, ok := d.Born(); !ok || born.Format(time.DateOnly) != "1958-01-01" {
		t.Errorf("born %v, %v", born, ok)
	}
	if d.Sex() != "male" || d.Nationality != "CHN" || d.Tail() != "010013" {
		t.Errorf("sex %q, nationality %q, tail %q", d.Sex(), d.Nationality, d.Tail())
	}
	p := Document{Kind: Passport, Nationality: "GBR", Number: "925665416"}
	if _, ok := p.Born(); ok || p.Sex() != "" {
		t.Error("a passport number says neither birth nor sex")
	}
	other := Document{Kind: Passport, Nationality: "DEU", Number: "925665416"}
	if p.Key() == other.Key() {
		t.Error("the same number of two countries is two passports")
	}
	if !(Document{Number: "33020519880808002X"}).SameTail(" ０8002x") {
		t.Error("the tail is compared in its normal form")
	}
}

func TestNormalisePhone(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, key string }{
		{"13812342210", "13812342210", ""},
		{"１３８ 1234-2210", "13812342210", ""},
		{"+86 138 1234 2210", "13812342210", ""},
		{"0086-13812342210", "13812342210", ""},
		{"", "", "field.phone.missing"},
		{"12812342210", "", "field.phone.shape"},
		{"1381234221", "", "field.phone.shape"},
		{"0574-87654321", "", "field.phone.shape"},
	}
	for _, tt := range tests {
		got, err := NormalisePhone(tt.in)
		if got != tt.want || refusal(err) != tt.key {
			t.Errorf("%q: got %q refused for %q, want %q, %q", tt.in, got, refusal(err), tt.want, tt.key)
		}
	}
}

func TestParseName(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, key string }{
		{" 李 芳 ", "李 芳", ""},
		{"阿卜杜热合曼·买买提", "阿卜杜热合曼·买买提", ""},
		{"Anne-Marie  O'Neill", "Anne-Marie O'Neill", ""},
		{"", "", "field.name.missing"},
		{"···", "", "field.name.letters"},
		{"李芳1", "", "field.name.letters"},
		{"<b>", "", "field.name.letters"},
		{strings.Repeat("长", 81), "", "field.name.long"},
	}
	for _, tt := range tests {
		got, err := ParseName(tt.in)
		if got != tt.want || refusal(err) != tt.key {
			t.Errorf("%q: got %q refused for %q, want %q, %q", tt.in, got, refusal(err), tt.want, tt.key)
		}
	}
}

// FuzzParseDocument: whatever is typed is either refused with a reason or comes
// out in a normal form that parses to itself.
func FuzzParseDocument(f *testing.F) {
	f.Add(ResidentID, "33020519990229001X", "")
	f.Add(ResidentID, "３３０２０３１９９００３０７１２３２", "CHN")
	f.Add(Passport, "E12345678", "CHN")
	f.Fuzz(func(t *testing.T, kind, number, nationality string) {
		d, err := ParseDocument(kind, number, nationality, today)
		if err != nil {
			var bad *fault.Invalid
			if !errors.As(err, &bad) || len(bad.Problems) == 0 {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		again, err := ParseDocument(d.Kind, d.Number, d.Nationality, today)
		if err != nil || again != d {
			t.Fatalf("the normal form %+v parses to %+v, %v", d, again, err)
		}
		if born, ok := d.Born(); d.Kind == ResidentID && (!ok || born.After(today) || len(d.Number) != 18) {
			t.Fatalf("accepted %d signs, born %v", len(d.Number), born)
		}
		if len(d.Tail()) > 6 || !d.SameTail(d.Tail()) {
			t.Fatal("the tail is not the document's own")
		}
	})
}

func withCheck(seventeen string) string { return seventeen + string(CheckSign(seventeen)) }

// refusal is the key of the first problem, or "".
func refusal(err error) string {
	var bad *fault.Invalid
	if errors.As(err, &bad) {
		return bad.Problems[0].Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
