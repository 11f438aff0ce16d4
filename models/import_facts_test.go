package models

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/store"
)

var operator = ledger.Entry{Actor: "system"}

const factHead = "source,upstream,document_number,phone,kind,class,about,fact,place,ref,from,to,items,value,authority,locked,replaces\n"

func (b *bench) importFacts(file string) Report {
	b.t.Helper()
	r, err := b.ImportFacts(b.t.Context(), strings.NewReader(file), operator)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// imported imports rows under the usual head and wants these counts.
func (b *bench) imported(want string, rows ...string) {
	b.t.Helper()
	r := b.importFacts(factHead + strings.Join(rows, "\n"))
	got := fmt.Sprintf("new %d changed %d cleared %d same %d held %d refused %d aside %d", r.New, r.Changed, r.Cleared, r.Same, r.Held, r.Refused, r.Aside)
	got = strings.Join(strings.Fields(zeros.Replace(got+" ")), " ")
	if got != want {
		b.t.Fatalf("counts %q, want %q; %v", got, want, r.Problems)
	}
}

var zeros = strings.NewReplacer("new 0 ", "", "changed 0 ", "", "cleared 0 ", "", "same 0 ", "", "held 0 ", "", "refused 0 ", "", "aside 0 ", "")

// listed publishes an area that makes everybody red who stayed there (R07).
func (b *bench) listed(code string) {
	b.t.Helper()
	file := fmt.Sprintf("id,code,level,from,to,document,replaces\nA-%s,%s,high,2026-02-20,,YB-2026-31,\n", code, code)
	if _, err := b.PublishAreas(b.t.Context(), strings.NewReader(file), operator); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) setAside(personID int64, upstream, scope string) {
	b.t.Helper()
	b.write(func(tx store.Tx) error {
		f, _, err := fact.Record(tx, "province", upstream, "stay")
		if err != nil {
			return err
		}
		if err := fact.SetAside(tx, personID, f.ID, scope, 1, "YS-2603-0000001-1"); err != nil {
			return err
		}
		_, err = b.recompute(tx, personID, Cause{CauseDecision, "YS-2603-0000001-1"})
		return err
	})
}

func stay(upstream, place, from, to string) string {
	return fmt.Sprintf("province,%s,%s,%s,stay,stayed,,,%s,,%s,%s,,,浙江省疫情防控办,,", upstream, lin, linsTel, place, from, to)
}

// The story of the portal: a source reports, the person is red; an appeal sets
// the event aside, the person is green and stays so when the event comes again
// under another id; a stay in another county counts anew.
func TestImportStory(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.listed("330203")
	b.listed("330212")
	id := b.resident(linsTel, lin)
	b.imported("new 1", stay("T-1", "330203", "2026-02-27 10:00", "2026-02-27 20:00"))
	b.wantColour(id, "red")
	if got := b.notices(id); got != "code_changed" {
		t.Errorf("notices %q", got)
	}
	b.setAside(id, "T-1", fact.ScopeEvent)
	b.wantColour(id, "green")
	before := len(b.outcomes(id))
	b.clock.Advance(time.Minute)

	b.imported("same 1", stay("T-1", "330203", "2026-02-27 10:00", "2026-02-27 20:00"))
	b.imported("new 1 aside 1", stay("T-2", "330203001", "2026-02-27 12:00", "2026-02-27 18:00"))
	b.imported("changed 1 aside 1", stay("T-1", "330203", "2026-02-27 10:00", "2026-02-27 19:30"))
	b.wantColour(id, "green")
	if after := len(b.outcomes(id)); after != before {
		t.Errorf("%d outcomes more: the same event came again", after-before)
	}

	b.imported("new 1", stay("T-3", "330212", "2026-02-27 10:00", "2026-02-27 20:00"))
	b.wantColour(id, "red")
	if got := b.notices(id); got != "code_changed source_changed" {
		t.Errorf("notices %q", got)
	}
	b.read(func(tx store.Tx) error {
		s, err := b.situation(tx, id)
		o := s.decide(tx.Now())
		if len(o.Findings) != 1 || o.Findings[0].ChangedAfter != "YS-2603-0000001-1" {
			t.Errorf("findings %+v", o.Findings)
		}
		return err
	})
}

func TestImportTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.listed("330203")
	b.resident(linsTel, lin)
	file := factHead + strings.Join([]string{
		stay("T-1", "330203", "2026-02-27 10:00", "2026-02-27 20:00"),
		"lab,L-1," + lin + ",,test,pending,,,,S1,2026-03-01 08:00,,,,海曙区检测点,,",
		"clinic,," + lin + ",,clinic,,,,,,2026-03-01 08:00,,,,,,",
		"health,O-1," + lin + ",,isolation,home,,,,GL-1,2026-02-28,,,,,,",
		"health,O-2," + lin + ",,clearance,ended,isolation,O-1,,,2026-03-01 10:00,,,,,,",
	}, "\n")
	first := b.importFacts(file)
	if first.New != 4 || first.Cleared != 1 || first.Again {
		t.Fatalf("first: %+v", first)
	}
	again := b.importFacts(file)
	if again.Same != 5 || !again.Nothing() || !again.Again {
		t.Errorf("again: %+v", again)
	}
	b.imported("changed 1", "lab,L-1,"+lin+",,test,negative,,,,S1,2026-03-01 08:00,,,,海曙区检测点,,")
	b.imported("changed 1", "health,O-1,"+lin+",,isolation,home,,,,GL-1,2026-02-28,2026-03-20,,,,,")
	if old := b.importFacts(file); old.Same != 5 || !old.Nothing() {
		t.Errorf("an old file brought back what has changed since: %+v", old)
	}
	b.imported("changed 1", "lab,L-1,"+lin+",,test,pending,,,,S1,2026-03-01 08:00,,,,海曙区检测点,,")
}

func TestImportHoldsUntilBound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.listed("330203")
	row := strings.Replace(stay("T-1", "330203", "2026-02-27", "2026-02-28"), linsTel, "", 1)
	b.imported("held 1", row) // nobody has ever named this document
	id := b.resident(linsTel, lin)
	b.wantColour(id, "green")
	b.imported("held 1", strings.Replace(row, "T-1", "T-2", 1)) // claimed, but anybody may claim
	b.wantColour(id, "green")
	if got := b.notices(id); got != "" {
		t.Errorf("notices %q tell that something is known", got)
	}
	b.imported("new 1", stay("T-3", "330203", "2026-02-28", "2026-02-28")) // names the phone
	b.wantColour(id, "red")
	stranger := b.resident("13900000002", lin)
	b.wantColour(stranger, "green")
}

func TestImportMovesARecordToAnotherPerson(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.listed("330203")
	id, other := b.resident(linsTel, lin), b.resident("13900000002", "330212198512318880")
	b.bind(other)
	row := stay("T-1", "330203", "2026-02-27", "2026-02-27")
	b.imported("new 1", row)
	b.wantColour(id, "red")
	b.imported("changed 1", strings.NewReplacer(lin, "330212198512318880", linsTel, "").Replace(row))
	b.wantColour(id, "green")
	b.wantColour(other, "red")
}

// A refused row binds nobody to the phone that it names.
func TestImportRefusedRowBindsNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.resident(linsTel, lin)
	b.imported("refused 1", fmt.Sprintf("province,K-1,%s,%s,clearance,ended,isolation,NOSUCH,,,2026-02-27 10:00,,,,,,", lin, linsTel))
	b.read(func(tx store.Tx) error {
		if c, _, err := person.ClaimOf(tx, who); err != nil || c.BoundAt != nil {
			t.Errorf("bound at %v, %v", c.BoundAt, err)
		}
		return nil
	})
}

// Too many rows about one person hold nobody up.
func TestImportBoundsRowsOfOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var rows strings.Builder
	for i := range mostOfOne + 3 {
		fmt.Fprintf(&rows, "lab,L-%d,%s,,test,negative,,,,,2026-02-20 09:%02d,,,,,,\n", i, lin, i%60)
	}
	r := b.importFacts(factHead + rows.String())
	if r.Refused != 3 || r.Held != mostOfOne || r.Problems[0].Key != "import.row.many" {
		t.Errorf("%+v", r)
	}
}

// A record that an appeal set aside stays aside for its event, also after the
// source has moved the record to somebody else.
func TestImportKeepsAsideWhatMoved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.resident(linsTel, lin)
	b.bind(who)
	b.listed("330203")
	b.imported("new 1", stay("T-1", "330203001", "2026-02-27 10:00", "2026-02-27 20:00"))
	b.setAside(who, "T-1", fact.ScopeEvent)
	b.wantColour(who, "green")

	moved := strings.Replace(stay("T-1", "330203001", "2026-02-27 10:00", "2026-02-27 20:00"), lin+","+linsTel, "330212198512318880,", 1)
	b.clock.Advance(time.Minute)
	b.importFacts(factHead + moved)
	b.wantColour(who, "green")
	b.clock.Advance(time.Minute)
	b.importFacts(factHead + stay("T-2", "330203001", "2026-02-27 10:00", "2026-02-27 20:00"))
	b.wantColour(who, "green")
}

func TestImportRefusesRows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := []struct{ name, row, field, key string }{
		{"unknown kind", "province,,ID,,vacation,,,,,,2026-02-27,,,,,,", "kind", "import.row.unknown"},
		{"unknown class", "province,,ID,,stay,lived,,,330203,,2026-02-27,,,,,,", "class", "import.row.unknown"},
		{"no class", "province,,ID,,stay,,,,330203,,2026-02-27,,,,,,", "class", "import.row.required"},
		{"unknown source", "neighbour,,ID,,stay,stayed,,,330203,,2026-02-27,,,,,,", "source", "import.row.unknown"},
		{"the person's own word", "declaration,,ID,,stay,stayed,,,330203,,2026-02-27,,,,,,", "source", "import.row.source"},
		{"an officer's word", "decision,,ID,,stay,stayed,,,330203,,2026-02-27,,,,,,", "source", "import.row.source"},
		{"a manual fact", "manual,,ID,,other,red,,,,,2026-02-27,2026-03-27,,,,,", "source", "import.row.source"},
		{"a declaration", "province,,ID,,declaration,,,,,,2026-02-27,,,,,,", "kind", "import.row.declaration"},
		{"manual kind", "province,,ID,,other,red,,,,,2026-02-27,2026-03-27,,,,,", "source", "import.row.source"},
		{"unknown division", "province,,ID,,stay,stayed,,,330299,,2026-02-27,,,,,,", "place", "import.row.place"},
		{"unknown country", "border,,ID,,entry,,,,XXQ,,2026-02-27,,,,,,", "place", "import.row.place"},
		{"no time", "province,,ID,,stay,stayed,,,330203,,yesterday,,,,,,", "from", "import.row.time"},
		{"no such day", "province,,ID,,stay,stayed,,,330203,,2026-02-30,,,,,,", "from", "import.row.time"},
		{"without from", "province,,ID,,stay,stayed,,,330203,,,,,,,,", "from", "import.row.required"},
		{"to before from", "province,,ID,,stay,stayed,,,330203,,2026-02-27 10:00,2026-02-27 09:00,,,,,", "to", "import.row.order"},
		{"ahead", "province,,ID,,stay,stayed,,,330203,,2026-03-09,,,,,,", "from", "import.row.ahead"},
		{"phone signal without end", "carrier,,ID,,stay,stayed,,,330203,,2026-02-27,,,,,,", "to", "import.row.required"},
		{"place of a test", "lab,,ID,,test,negative,,,330203,,2026-02-27,,,,,,", "place", "import.row.forbidden"},
		{"symptom that is none", "clinic,,ID,,symptom,,,,,,2026-02-27,,homesick,,,,", "items", "import.row.unknown"},
		{"temperature in Fahrenheit", "clinic,,ID,,symptom,,,,,,2026-02-27,,fever,99.5,,,", "value", "import.row.temperature"},
		{"locked perhaps", "province,,ID,,stay,stayed,,,330203,,2026-02-27,,,,,perhaps,", "locked", "import.row.yes_no"},
		{"phone", "province,,ID,057487654321,stay,stayed,,,330203,,2026-02-27,,,,,,", "phone", "import.row.phone"},
		{"check sign", "province,,330203199003071231,,stay,stayed,,,330203,,2026-02-27,,,,,,", "document_number", "field.document_number.check_sign"},
		{"spreadsheet number", "province,,3.30203E+17,,stay,stayed,,,330203,,2026-02-27,,,,,,", "document_number", "import.row.excel"},
		{"broken quote", `province,,ID,,stay,"stayed,,,330203,,2026-02-27,,,,,,`, "", "import.row.quotes"},
		{"too many cells", "province,,ID,,stay,stayed,,,330203,,2026-02-27,,,,,,,surplus", "", "import.row.columns"},
		{"clearance of nothing", "clinic,,ID,,clearance,excluded,clinic,,,,2026-02-27,,,,,,", "ref", "import.row.required"},
		{"clearance of an unknown record", "clinic,,ID,,clearance,excluded,clinic,C-9,,,2026-02-27,,,,,,", "fact", "import.row.no_record"},
		{"replaces an unknown record", "province,T-2,ID,,stay,stayed,,,330203,,2026-02-27,,,,,,T-9", "replaces", "import.row.no_record"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			good := "lab,,330212198512318880,,test,negative,,,,,2026-02-27 08:00,,,,,,"
			r, err := b.ImportFacts(t.Context(), strings.NewReader(factHead+strings.ReplaceAll(tt.row, "ID", lin)+"\n"+good), operator)
			if err != nil {
				t.Fatal(err)
			}
			if r.Refused != 1 || r.Held+r.Same != 1 || len(r.Problems) != 1 {
				t.Fatalf("one row is refused and one recorded: %+v", r)
			}
			if p := r.Problems[0]; p.Line != 2 || p.Field != tt.field || p.Key != tt.key {
				t.Errorf("got %+v, want line 2, %s: %s", p, tt.field, tt.key)
			}
		})
	}
}

func TestImportRefusesFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	row := stay("T-1", "330203", "2026-02-27", "2026-02-27")
	tests := []struct{ name, file, key string }{
		{"a colour", "source,document_number,kind,from,colour\nprovince," + lin + ",stay,2026-02-27,red", "import.file.colour"},
		{"a colour in Chinese", "source,document_number,kind,from,健康码颜色\n", "import.file.colour"},
		{"a column that nobody knows", strings.Replace(factHead, "class", "klass", 1) + row, "import.file.unknown_column"},
		{"a column twice", strings.Replace(factHead, "class", "kind", 1) + row, "import.file.column_twice"},
		{"no kind", strings.Replace(factHead, "kind,", "", 1), "import.file.missing_column"},
		{"empty", "\ufeff\n", "import.file.empty"},
		{"a workbook", "PK\x03\x04\x14\x00", "import.file.workbook"},
		{"UTF-16", "\xff\xfes\x00o\x00", "import.file.encoding"},
		{"neither UTF-8 nor GB18030", factHead + "\xff\xff\xff", "import.file.encoding"},
		{"too many rows", factHead + strings.Repeat(row+"\n", sheetRows+1), "import.file.rows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := b.ImportFacts(t.Context(), strings.NewReader(tt.file), operator)
			var bad *fault.Invalid
			if !errors.As(err, &bad) || bad.Problems[0].Key != tt.key {
				t.Errorf("got %v, want %s", err, tt.key)
			}
		})
	}
	b.read(func(tx store.Tx) error {
		var n int64
		err := tx.QueryRow("SELECT COUNT(*) FROM fact").Scan(&n)
		if n != 0 {
			t.Errorf("%d facts of refused files", n)
		}
		return err
	})
}

func TestImportReadsWhatSpreadsheetsWrite(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	file := "\ufeff" + strings.ReplaceAll(factHead, "\n", ",,\r\n") +
		"clinic,F-1,'" + lin + ",,symptom,,,,,,2026/2/27 8:05,,fever；dry_cough,38.5,鄞州区“第一”医院,否,,,\r\n" +
		",,,,,,,,,,,,,,,,,,\r\n" +
		"population,P-1," + strings.ToLower(lin) + ",,stay,stayed,,,330203000000,,2026-02-27,2026-03-01,,,,no,\r\n" +
		"border,B-1," + lin + ",,entry,,,,gbr,,2026-02-27T23:30+01:00,,,,,,\r\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(strings.TrimPrefix(strings.ReplaceAll(file, "F-1", "F-2"), "\ufeff"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range []string{file, gb} {
		if r := b.importFacts(f); r.Refused != 0 || r.New+r.Same != 3 || r.New != []int{3, 1}[i] {
			t.Fatalf("file %d: %+v", i, r)
		}
	}
	b.read(func(tx store.Tx) error {
		want := map[string]struct {
			from, to  string
			place, by string
		}{
			"F-2": {"2026-02-27T00:05:00Z", "", "", "鄞州区“第一”医院"},
			"P-1": {"2026-02-26T16:00:00Z", "2026-03-01T16:00:00Z", "330203", ""},
			"B-1": {"2026-02-27T22:30:00Z", "", "GBR", ""},
		}
		for _, kind := range []string{"symptom", "stay", "entry"} {
			for upstream, w := range want {
				for _, source := range []string{"clinic", "population", "border"} {
					f, ok, err := fact.Record(tx, source, upstream, kind)
					if err != nil {
						return err
					}
					if !ok {
						continue
					}
					to := ""
					if f.ToAt != nil {
						to = f.ToAt.Time().Format(time.RFC3339)
					}
					if f.FromAt.Time().Format(time.RFC3339) != w.from || to != w.to || f.Place != w.place || f.Authority != w.by {
						t.Errorf("%s: %s to %q at %q by %q", upstream, f.FromAt.Time(), to, f.Place, f.Authority)
					}
					delete(want, upstream)
				}
			}
		}
		if len(want) != 0 {
			t.Errorf("not on record: %v", want)
		}
		return nil
	})
}

func TestImportTakesTheLastRowOfARecord(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident(linsTel, lin)
	b.bind(id)
	row := "lab,L-1," + lin + ",,test,%s,,,,S1,2026-03-01 08:00,,,,,,"
	r := b.importFacts(factHead + fmt.Sprintf(row+"\n"+row+"\n"+row, "pending", "negative", "negative"))
	if r.New != 1 || r.Same != 1 || r.Refused != 1 || r.Problems[0].Key != "import.row.twice" || r.Problems[0].Args[0] != "4" {
		t.Errorf("%+v", r)
	}
}

// A run that is cut short, by a crash or a signal, is simply run again: whoever
// was recorded was reviewed in the same transaction.
func TestImportGoesOnAfterACut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.listed("330203")
	id := b.resident(linsTel, lin)
	rows := []string{stay("T-1", "330203", "2026-02-27", "2026-02-27")}
	for i := range 2*importRows - 1 {
		number := fmt.Sprintf("33020319900307%03d", i)
		number += string(checkSign(number))
		if number == lin {
			number = "330212198512318880"
		}
		rows = append(rows, strings.NewReplacer(lin, number, linsTel, "").Replace(stay(fmt.Sprint("U-", i), "330203", "2026-02-27", "2026-02-27")))
	}
	file := factHead + strings.Join(rows, "\n")

	s, err := readSheet(strings.NewReader(file), factRequired, factOptional)
	if err != nil {
		t.Fatal(err)
	}
	cut := factImport{portal: b.Portal, by: operator, file: "cut"}
	parts := chunks(cut.read(s, review.DefaultBook(), b.Store.Now()))
	if err := cut.write(t.Context(), parts[0]); err != nil {
		t.Fatal(err)
	}
	b.wantColour(id, "red")
	if r := b.importFacts(file); r.Same != importRows || r.Held != importRows || r.Again {
		t.Errorf("again: %+v", r)
	}
	if r := b.importFacts(file); !r.Nothing() || !r.Again {
		t.Errorf("a third time: %+v", r)
	}
	if n := len(b.outcomes(id)); n != 2 {
		t.Errorf("%d outcomes", n)
	}
}

// A bad middle does not cost the rows after it, and no row is counted twice.
func FuzzImportFacts(f *testing.F) {
	f.Add(stay("T-1", "330203", "2026-02-27", "2026-02-27"))
	f.Add("province,T-1,\"x,,")
	f.Add("lab,L-1," + lin + ",,test,negative,,,,S1,2026-03-01T08:00+08:00,,,,,,")
	b := newBench(f)
	f.Fuzz(func(t *testing.T, row string) {
		if strings.ContainsAny(row, "\n\x00") || strings.Trim(row, ", \t\r") == "" {
			t.Skip()
		}
		r, err := b.ImportFacts(t.Context(), strings.NewReader(factHead+row+"\n"+stay("T-9", "330203", "2026-02-27", "2026-02-27")), operator)
		if err != nil {
			var bad *fault.Invalid
			if !errors.As(err, &bad) {
				t.Fatal(err)
			}
			return
		}
		if n := r.New + r.Changed + r.Cleared + r.Same + r.Held + r.Refused; n != 2 || (r.Refused > 0) != (len(r.Problems) > 0) {
			t.Fatalf("two rows: %+v", r)
		}
	})
}

// A file names every kind of document that a person may have; a household book
// and the resident ID of the same number are one document.
func TestImportKindsOfDocuments(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := b.importFacts("source,document_type,document_number,nationality,kind,class,from\n" +
		"lab,,330206195801010013,,test,negative,2026-01-05 09:00\n" +
		"lab,household_book,330206195801010013,,test,negative,2026-01-05 09:00\n" + // said before
		"lab,passport,ab-123,gbr,test,negative,2026-01-05 09:00\n" +
		"lab,hk_macau_permit,h1234567801,,test,negative,2026-01-05 09:00\n" +
		"lab,hk_macau_permit,H12345678,,test,negative,2026-01-05 09:00\n" + // the renewed one
		"lab,taiwan_permit,01234567,,test,negative,2026-01-05 09:00\n" +
		"lab,residence_permit,810000198506154320,,test,negative,2026-01-05 09:00\n" +
		"lab,permanent_residence,933826198506154328,,test,negative,2026-01-05 09:00\n" +
		"lab,other,UNHCR 12/345,,test,negative,2026-01-05 09:00\n" +
		"lab,resident_id,810000198506154320,,test,negative,2026-01-05 09:00\n" +
		"lab,passport,AB123,TWN,test,negative,2026-01-05 09:00\n" +
		"lab,library_card,AB123,,test,negative,2026-01-05 09:00\n")
	if r.Held != 7 || r.Same != 2 || r.Refused != 3 {
		t.Errorf("imported %+v", r)
	}
	want := []string{"document_number field.document_number.is_residence_permit", "nationality field.nationality.region", "document_type field.document_kind.choose"}
	for i, p := range r.Problems {
		if got := p.Field + " " + p.Key; got != want[i] {
			t.Errorf("line %d is refused for %s, want %s", p.Line, got, want[i])
		}
	}
}

// A file sent again says what its source knew when it was made, not that the
// phone is still theirs: it does not make an old naming new.
func TestImportAgainDoesNotRenewAPhone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	file := "source,document_number,phone,kind,class,from\nlab," + lin + "," + linsTel + ",test,negative,2026-01-05 09:00\n"
	b.importFacts(file)
	b.clock.Advance(170 * 24 * time.Hour)
	if r := b.importFacts(file); !r.Again || r.Same != 1 {
		t.Fatalf("imported %+v", r)
	}
	b.clock.Advance(20 * 24 * time.Hour)
	who := b.resident(linsTel, lin)
	b.read(func(tx store.Tx) error {
		if bound, err := person.BoundTo(tx, who); err != nil || len(bound) != 0 {
			t.Errorf("bound to %+v, %v", bound, err)
		}
		return nil
	})
}
