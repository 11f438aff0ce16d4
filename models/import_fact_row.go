package models

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/identity"
	"yongxing/models/review"
)

// The columns of a file of facts, in any order. A row is one record of one
// source about the holder of one identity document:
//
//	source           carrier, lab, clinic, border, checkpoint, population, province, city, station, health or legacy
//	upstream         the record's id at the source; with it a later row changes the record, without it a row is only ever added
//	document_type    resident_id (also if empty), passport, hk_macau_permit, taiwan_permit, residence_permit,
//	                 permanent_residence, household_book or other
//	document_number  of the person it is about
//	nationality      of a passport: three letters
//	phone            that the source knows for this person: binds whoever proves it and claims the document
//	kind, class      see models/review/rulebook.md section 2, or review.Kinds
//	about            of a clearance: the kind that it clears
//	fact             of a clearance: the one record that it clears, by its upstream id, of another source as SOURCE/ID
//	place            2, 4, 6, 9 or 12 digits of a division, or three letters of a country
//	ref              order, case, tracing, sample or duty number
//	from, to         Asia/Shanghai: 2026-11-20 13:02, or with an offset; dates stand for whole days, the last one included
//	items            symptoms, a semicolon between
//	value            temperature in °C
//	authority        unit that answers for the record, as shown to the person
//	locked           yes if nobody here may correct it
//	replaces         upstream id, of the same source, of the record that this one takes the place of
var (
	factRequired = []string{"source", "document_number", "kind", "from"}
	factOptional = []string{
		"upstream", "document_type", "nationality", "phone", "class", "about", "fact", "place", "ref", "to",
		"items", "value", "authority", "locked", "replaces",
	}
)

// notOutside are the sources that no file may name: they stand for what the
// person, an officer's decision or two persons said, each through its own door.
var notOutside = []string{"declaration", "checkin", "decision", "manual"}

// knows lists the kinds that a system can know of, for the systems that see one
// thing only: a phone network that reports a confirmed case is a mistake in a
// file, and nobody here could undo it. Authorities may report any kind.
var knows = map[string][]string{
	"carrier":    {"stay"},
	"population": {"residence", "stay"},
	"lab":        {"test"},
	"clinic":     {"clinic", "test", "symptom", "case", "clearance"},
	"border":     {"entry", "arrival", "test", "symptom"},
	"checkpoint": {"arrival", "entry", "stay", "symptom", "test"},
}

// factRow is a row that can be recorded.
type factRow struct {
	line     int
	document identity.Document
	phone    string
	fact     fact.New
	clears   [2]string // source and upstream id of the record that a clearance is about
	replaces string
}

// record is what makes two rows two versions of one record; not ok without an
// id at the source.
func (r factRow) record() (key [3]string, ok bool) {
	return [3]string{r.fact.Source, r.fact.Upstream, r.fact.Kind}, r.fact.Upstream != ""
}

// factRowReader reads rows against one book at one time.
type factRowReader struct {
	book *review.Book
	now  time.Time

	row      sheetRow
	problems []RowProblem
}

func (r *factRowReader) refuse(field, key string, args ...string) {
	r.problems = append(r.problems, RowProblem{Line: r.row.line, Field: field, Key: "import." + key, Args: args})
}

// read checks one row; not ok if it is refused, and then problems says why.
func (r *factRowReader) read(row sheetRow) (factRow, bool) {
	r.row, r.problems = row, nil
	for _, field := range []string{"document_number", "phone", "place", "upstream", "ref", "fact", "replaces"} {
		// Of a division such as 33E4 nothing is lost, but nothing writes one so.
		if scientific.MatchString(row.cells[field]) {
			r.refuse(field, "row.excel")
		}
	}
	if len(r.problems) > 0 {
		return factRow{}, false
	}
	c := row.cells
	out := factRow{line: row.line, replaces: c["replaces"]}
	out.document = r.document()
	out.phone = r.phone()
	out.fact = fact.New{
		Kind: c["kind"], Class: c["class"], About: c["about"], Ref: c["ref"], Source: c["source"], Upstream: c["upstream"],
		Authority: c["authority"], Locked: r.yes("locked"), Items: r.items(), Value: r.value(), Place: r.place(),
	}
	out.fact.From, out.fact.To = r.window()
	out.clears = r.clears()
	if slices.Contains(notOutside, out.fact.Source) {
		r.refuse("source", "row.source", out.fact.Source)
	}
	if kinds, one := knows[out.fact.Source]; one && !slices.Contains(kinds, out.fact.Kind) {
		r.refuse("kind", "row.unknowable", out.fact.Source)
	}
	if out.fact.Kind == review.KindDeclaration {
		r.refuse("kind", "row.declaration") // it would turn somebody green who never said a word
	}
	if out.replaces != "" && out.replaces == out.fact.Upstream {
		r.refuse("replaces", "row.replaces_itself")
	}
	for field, most := range map[string]int{"upstream": 100, "ref": 100, "authority": 200} {
		if len([]rune(c[field])) > most {
			r.refuse(field, "row.long", strconv.Itoa(most))
		}
	}
	if len(r.problems) == 0 {
		r.check(out)
	}
	return out, len(r.problems) == 0
}

// check asks the engine whether the kind has these fields.
func (r *factRowReader) check(row factRow) {
	f := row.fact
	known := review.Fact{
		Kind: f.Kind, Class: f.Class, About: f.About, Place: f.Place, Ref: f.Ref, From: f.From, To: f.To, Items: f.Items,
		Value: f.Value, Source: f.Source, Known: r.now,
	}
	if row.clears[1] != "" {
		known.AboutFact = 1 // which one is looked up when the row is recorded
	}
	var misfit *review.Misfit
	if err := review.Check(r.book, known); errors.As(err, &misfit) {
		r.refuse(misfit.Field, "row."+misfit.Reason, f.Kind)
	}
}

func (r *factRowReader) document() identity.Document {
	kind := r.row.cells["document_type"]
	if kind == "" {
		kind = identity.ResidentID
	}
	d, err := identity.ParseDocument(kind, r.row.cells["document_number"], r.row.cells["nationality"], r.now)
	var bad *fault.Invalid
	if errors.As(err, &bad) {
		field := bad.Problems[0].Field
		if field == "document_kind" {
			field = "document_type"
		}
		// field.document_number.check_sign and the like: the sentences of the form.
		r.problems = append(r.problems, RowProblem{Line: r.row.line, Field: field, Key: bad.Problems[0].Key})
	}
	return d
}

func (r *factRowReader) phone() string {
	if r.row.cells["phone"] == "" {
		return ""
	}
	phone, err := identity.NormalisePhone(r.row.cells["phone"])
	if err != nil {
		r.refuse("phone", "row.phone")
	}
	return phone
}

func (r *factRowReader) yes(field string) bool {
	switch strings.ToLower(r.row.cells[field]) {
	case "", "no", "0", "false", "否":
		return false
	case "yes", "1", "true", "是":
		return true
	}
	r.refuse(field, "row.yes_no")
	return false
}

func (r *factRowReader) items() []string {
	return strings.FieldsFunc(r.row.cells["items"], func(c rune) bool { return strings.ContainsRune(";；,，、| ", c) })
}

func (r *factRowReader) value() float64 {
	cell := r.row.cells["value"]
	if cell == "" {
		return 0
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || !(v >= 30 && v <= 45) {
		r.refuse("value", "row.temperature")
		return 0
	}
	return v
}

func (r *factRowReader) place() string {
	cell := r.row.cells["place"]
	if cell == "" {
		return ""
	}
	place, ok := sheetPlace(cell)
	if !ok {
		r.refuse("place", "row.place")
	}
	return place
}

func (r *factRowReader) window() (from, to time.Time) {
	if r.row.cells["from"] == "" {
		r.refuse("from", "row.required", r.row.cells["kind"])
		return from, to
	}
	from, to, wrong := sheetWindow(r.row.cells["from"], r.row.cells["to"])
	switch {
	case wrong != "":
		r.refuse(wrong, "row.time")
	case !to.IsZero() && !to.After(from):
		r.refuse("to", "row.order")
	}
	return from, to
}

// clears reads "ID" or "SOURCE/ID". An id with a slash in it is meant as it is
// unless it begins with the name of a source.
func (r *factRowReader) clears() [2]string {
	cell := r.row.cells["fact"]
	if source, id, ok := strings.Cut(cell, "/"); ok && review.SourceLevel(source) != "" {
		return [2]string{source, id}
	}
	return [2]string{r.row.cells["source"], cell}
}
