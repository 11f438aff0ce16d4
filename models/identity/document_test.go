package identity

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"yongxing/models/fault"
)

// Numbers of the kinds that are built like a resident ID: a Hong Kong resident
// born in 1985, and a permanent resident from Britain.
var (
	hkResident = withCheck("81000019850615432")
	permanent  = withCheck("93382619850615432")
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
		{"a region is no nationality", Passport, "925665416", "TWN", "", "field.nationality.region"},
		{"hyphens and dashes", ResidentID, "330203-19900307–1232", "", "330203199003071232", ""},
		{"residence permit as resident ID", ResidentID, hkResident, "", "", "field.document_number.is_residence_permit"},
		{"permanent residence as resident ID", ResidentID, permanent, "", "", "field.document_number.is_permanent_residence"},

		{"household book", HouseholdBook, "330212201512318885", "", "330212201512318885", ""},
		{"household book, nationality is given", HouseholdBook, "330212201512318885", "USA", "330212201512318885", ""},
		{"household book, wrong check digit", HouseholdBook, "330212201512318884", "", "", "field.document_number.check_sign"},
		{"household book, impossible birthday", HouseholdBook, "33020519990229001X", "", "", "field.document_number.date"},
		{"household book, fifteen digits", HouseholdBook, "330203900307123", "", "", "field.document_number.fifteen"},

		{"Hong Kong permit", HKMacauPermit, "H12345678", "", "H12345678", ""},
		{"Macau permit, small and full-width", HKMacauPermit, "ｍ 1234-5678", "", "M12345678", ""},
		{"old permit, renewed twice", HKMacauPermit, "H1234567802", "", "H12345678", ""},
		{"permit without letter", HKMacauPermit, "12345678", "", "", "field.document_number.hk_macau_permit"},
		{"permit with another letter", HKMacauPermit, "T12345678", "", "", "field.document_number.hk_macau_permit"},
		{"permit with one version digit", HKMacauPermit, "H123456780", "", "", "field.document_number.hk_macau_permit"},
		{"permit, empty", HKMacauPermit, " ", "", "", "field.document_number.missing"},

		{"Taiwan permit", TaiwanPermit, "01234567", "TWN", "01234567", ""},
		{"old Taiwan permit", TaiwanPermit, "0123456702", "", "0123456702", ""},
		{"Taiwan permit of nine digits", TaiwanPermit, "012345678", "", "", "field.document_number.taiwan_permit"},
		{"Taiwan permit with a letter", TaiwanPermit, "0123456A", "", "", "field.document_number.taiwan_permit"},

		{"residence permit, Hong Kong", ResidencePermit, hkResident, "", hkResident, ""},
		{"residence permit, Macau", ResidencePermit, withCheck("82000019850615432"), "", withCheck("82000019850615432"), ""},
		{"residence permit, Taiwan", ResidencePermit, withCheck("83000019850615432"), "TWN", withCheck("83000019850615432"), ""},
		{"residence permit of a resident ID", ResidencePermit, "330203199003071232", "", "", "field.document_number.residence_permit"},
		{"residence permit, wrong check digit", ResidencePermit, hkResident[:17] + wrongSign(hkResident), "", "", "field.document_number.check_sign"},
		{"residence permit, impossible birthday", ResidencePermit, withCheck("81000019990229001"), "", "", "field.document_number.date"},
		{"residence permit, too short", ResidencePermit, hkResident[:17], "", "", "field.document_number.length"},

		{"permanent residence, old", PermanentResidence, "gbr310080010203", "", "GBR310080010203", ""},
		{"permanent residence, old, unlisted country", PermanentResidence, "XXA310080010203", "", "XXA310080010203", ""},
		{"permanent residence, new", PermanentResidence, permanent, "", permanent, ""},
		{"permanent residence, new, wrong check digit", PermanentResidence, permanent[:17] + wrongSign(permanent), "", "", "field.document_number.check_sign"},
		{"permanent residence, new, impossible birthday", PermanentResidence, withCheck("93382619850230543"), "", "", "field.document_number.date"},
		{"permanent residence, two letters", PermanentResidence, "GB1310080010203", "", "", "field.document_number.permanent_residence"},
		{"permanent residence of a resident ID", PermanentResidence, "330203199003071232", "", "", "field.document_number.permanent_residence"},

		{"other", Other, "(甬) 出生-2010/0315", "", "甬出生20100315", ""},
		{"other, small letters", Other, "unhcr/12 345", "XXX", "UNHCR12345", ""},
		{"other, too short", Other, "A-1.2", "", "", "field.document_number.other"},
		{"other, too long", Other, strings.Repeat("1", 41), "", "", "field.document_number.other"},
		{"other, only marks", Other, "(/)", "", "", "field.document_number.missing"},
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
}

// Every kind in its turn: what the number says, and what a new browser must name.
func TestKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind, number, nationality string
		born, sex, is             string // what the document says
		right, wrong              []string
	}{
		{ResidentID, "33020519880808002x", "", "1988-08-08", "female", "CHN",
			[]string{"08002X", " ０8002x", "330205 19880808 002X"}, []string{"8002X", "008002X", "08002", "", "330205198808080020"}},
		{HouseholdBook, "330212201512318885", "", "2015-12-31", "female", "CHN", []string{"318885"}, []string{"212201"}},
		{Passport, "ab123", "GBR", "", "", "GBR", []string{"ab123", "AB-123", "ＡＢ１２３"}, []string{"B123", "0AB123", "123"}},
		{Passport, "c01x00t47", "DEU", "", "", "DEU", []string{"x00t47", "C01X00T47"}, []string{"C01X00"}},
		{HKMacauPermit, "H1234567801", "", "", "", "CHN",
			[]string{"345678", "h12345678", "H1234567801", "H 12345678 99"}, []string{"567801", "H12345", "12345678"}},
		{TaiwanPermit, "01234567", "", "", "", "CHN", []string{"234567", "01234567"}, []string{"1234567"}},
		{TaiwanPermit, "0123456701", "", "", "", "CHN", []string{"456701", "0123456701"}, []string{"234567"}},
		{ResidencePermit, hkResident, "", "1985-06-15", "female", "CHN", []string{hkResident, hkResident[12:]}, []string{hkResident[:6]}},
		{PermanentResidence, "gbr310080010203", "", "", "", "GBR", []string{"010203", "gbr310080010203"}, []string{"310080"}},
		{PermanentResidence, permanent, "", "1985-06-15", "", "", []string{permanent, permanent[12:]}, []string{permanent[:6]}},
		{Other, "(甬) 出生-2010/0315", "", "", "", "", []string{"100315", "10/03-15", "甬出生20100315"}, []string{"0315"}},
		{Other, "a-123", "", "", "", "", []string{"A123", "a 123"}, []string{"123", ""}},
	}
	for _, tt := range tests {
		d, err := ParseDocument(tt.kind, tt.number, tt.nationality, today)
		if err != nil {
			t.Fatalf("%s: %v", tt.kind, err)
		}
		born := ""
		if day, ok := d.Born(); ok {
			born = day.Format(time.DateOnly)
		}
		if born != tt.born || d.Sex() != tt.sex || d.Nationality != tt.is {
			t.Errorf("%s: born %q, sex %q, nationality %q; want %q, %q, %q", tt.kind, born, d.Sex(), d.Nationality, tt.born, tt.sex, tt.is)
		}
		if SaysBorn(tt.kind, tt.number) != (tt.born != "") {
			t.Errorf("%s: SaysBorn is %v", tt.kind, tt.born == "")
		}
		for _, typed := range tt.right {
			if !d.SameTail(typed) {
				t.Errorf("%s: %d signs that are right are refused", tt.kind, len(typed))
			}
		}
		for _, typed := range tt.wrong {
			if d.SameTail(typed) {
				t.Errorf("%s: %q is accepted", tt.kind, typed)
			}
		}
	}
}

// Which documents are one: a renewed permit, and the household book of a child
// who gets a resident ID. Nothing else is.
func TestKey(t *testing.T) {
	t.Parallel()
	key := func(kind, number, nationality string) string {
		d, err := ParseDocument(kind, number, nationality, today)
		if err != nil {
			t.Fatal(err)
		}
		return d.Key()
	}
	same := [][2]string{
		{key(HKMacauPermit, "H1234567801", ""), key(HKMacauPermit, "h12345678", "")},
		{key(HouseholdBook, "330212201512318885", ""), key(ResidentID, "330212201512318885", "")},
		{key(TaiwanPermit, "01234567", "TWN"), key(TaiwanPermit, "01234567", "")},
	}
	for i, pair := range same {
		if pair[0] != pair[1] {
			t.Errorf("pair %d: two documents", i)
		}
	}
	all := []string{
		key(HKMacauPermit, "H12345678", ""), key(HKMacauPermit, "M12345678", ""), key(TaiwanPermit, "01234567", ""), key(TaiwanPermit, "0123456701", ""),
		key(Passport, "01234567", "GBR"), key(Passport, "01234567", "DEU"), key(Other, "01234567", ""),
		key(ResidencePermit, hkResident, ""), key(PermanentResidence, permanent, ""), key(ResidentID, "330212201512318885", ""),
	}
	for i := range all {
		for _, later := range all[i+1:] {
			if all[i] == later {
				t.Errorf("%q stands for two documents", later)
			}
		}
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
	f.Add(HKMacauPermit, "ｈ1234567801", "")
	f.Add(TaiwanPermit, "0123456701", "TWN")
	f.Add(ResidencePermit, hkResident, "")
	f.Add(PermanentResidence, "gbr310080010203", "")
	f.Add(PermanentResidence, permanent, "")
	f.Add(HouseholdBook, "330212201512318885", "")
	f.Add(Other, "(甬) 出生-2010/0315 ßǆ", "")
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
		born, ok := d.Born()
		if ok && (born.After(today) || len(d.Number) != 18 || CheckSign(d.Number[:17]) != d.Number[17]) {
			t.Fatalf("accepted %d signs, born %v", len(d.Number), born)
		}
		if ok != SaysBorn(d.Kind, d.Number) || again.Key() != d.Key() {
			t.Fatalf("%s: says born %v, and is asked for it", d.Kind, ok)
		}
		if utf8.RuneCountInString(d.Tail()) > TailLength || !d.SameTail(d.Tail()) || !d.SameTail(number) || d.SameTail("") {
			t.Fatal("the tail is not the document's own")
		}
	})
}

func withCheck(seventeen string) string { return seventeen + string(CheckSign(seventeen)) }

// wrongSign is a check character that does not fit.
func wrongSign(number string) string {
	if number[17] == '1' {
		return "2"
	}
	return "1"
}

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
