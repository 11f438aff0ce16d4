package models

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"yongxing/models/fact"
	"yongxing/models/fault"
	"yongxing/models/imports"
	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/review"
	"yongxing/models/store"
)

// importRows is how many rows one transaction takes: with their reviews they
// hold the one writer for about a tenth of a second.
const importRows = 100

// ImportFacts records the facts of a file that a source sent (columns:
// import_fact_row.go) and reviews everybody they are about. A file brings facts,
// never a colour. A row that is refused stops no other; what is on record
// already is left alone, so that a file that was cut short, or is sent twice, is
// simply imported again. by is who did it.
//
// Facts about a document that nobody is bound to wait on it. A file that is
// refused as a whole is a *fault.Invalid at field "file", and nothing of it is
// on record.
func (p *Portal) ImportFacts(ctx context.Context, r io.Reader, by ledger.Entry) (Report, error) {
	s, err := readSheet(r, factRequired, factOptional)
	if err != nil {
		return Report{}, err
	}
	in := factImport{portal: p, by: by, file: hex.EncodeToString(s.hash[:6])}
	var rows []factRow
	err = p.Store.Read(ctx, func(tx store.Tx) (err error) {
		if in.report.Again, err = imports.Seen(tx, imports.Facts, s.hash[:]); err != nil {
			return err
		}
		book, err := p.book(tx)
		if err != nil {
			return err
		}
		rows = in.read(s, book, tx.Now())
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	for _, chunk := range chunks(rows) {
		if err := in.write(ctx, chunk); err != nil {
			return in.report, fmt.Errorf("import stopped before line %d, import the file again to go on: %w", chunk[0].line, err)
		}
	}
	slices.SortStableFunc(in.report.Problems, func(a, b RowProblem) int { return cmp.Compare(a.Line, b.Line) })
	return in.report, in.finish(ctx, s)
}

// mostOfOne is how many rows of a file may be about one document. They are recorded
// in one transaction, and every code page of that person reads them all: a file
// with more about somebody is a mistake, or an attack on the one writer.
const mostOfOne = 200

// factImport is one run over a file.
type factImport struct {
	portal *Portal
	by     ledger.Entry
	file   string // names the file in outcomes and the ledger
	id     int64  // of the run
	report Report
}

// read checks all rows and returns those that can be recorded. Of several rows
// with other content for one record the last counts: a list is of a moment.
func (in *factImport) read(s sheet, book *review.Book, now time.Time) []factRow {
	for _, p := range s.problems {
		in.refuse(p)
	}
	reader := factRowReader{book: book, now: now}
	var rows []factRow
	last, about := make(map[[3]string]int), make(map[string]int)
	for _, cells := range s.rows {
		row, ok := reader.read(cells)
		if !ok {
			in.refuse(reader.problems...)
			continue
		}
		if about[row.document.Key()]++; about[row.document.Key()] > mostOfOne {
			in.refuse(RowProblem{Line: row.line, Field: "document_number", Key: "import.row.many", Args: []string{strconv.Itoa(mostOfOne)}})
			continue
		}
		if key, ok := row.record(); ok {
			last[key] = len(rows)
		}
		rows = append(rows, row)
	}
	kept := rows[:0:0]
	for i, row := range rows {
		if key, ok := row.record(); ok && last[key] != i {
			if later := rows[last[key]]; !sameRow(row, later) {
				in.refuse(RowProblem{Line: row.line, Field: "upstream", Key: "import.row.twice", Args: []string{strconv.Itoa(later.line)}})
			} else {
				in.report.Same++
			}
			continue
		}
		kept = append(kept, row)
	}
	return kept
}

func sameRow(a, b factRow) bool {
	a.line = b.line
	return fmt.Sprintf("%v", a) == fmt.Sprintf("%v", b)
}

// refuse notes the problems of one row.
func (in *factImport) refuse(problems ...RowProblem) {
	in.report.Refused++
	in.report.Problems = append(in.report.Problems, problems...)
}

// chunks cuts rows into pieces for one transaction each, all rows about one
// document in the same, so that nobody is reviewed on half of what a file says:
// a positive test without its clearance would turn somebody red for a moment,
// and tell them.
func chunks(rows []factRow) [][]factRow {
	var order []string
	groups := make(map[string][]factRow)
	for _, row := range rows {
		key := row.document.Key()
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], row)
	}
	var list [][]factRow
	var chunk []factRow
	for _, key := range order {
		group := groups[key]
		// What a clearance or a newer record points to is recorded before it.
		slices.SortStableFunc(group, func(a, b factRow) int { return cmp.Compare(pointing(a), pointing(b)) })
		if len(chunk) > 0 && len(chunk)+len(group) > importRows {
			list, chunk = append(list, chunk), nil
		}
		chunk = append(chunk, group...)
	}
	if len(chunk) > 0 {
		list = append(list, chunk)
	}
	return list
}

func pointing(r factRow) int {
	switch {
	case r.clears[1] != "":
		return 2
	case r.replaces != "":
		return 1
	}
	return 0
}

// patience is how often a piece is offered to a writer that is busy.
const patience = 20

// retried is a write that can wait: residents come first.
func (p *Portal) retried(ctx context.Context, fn func(store.Tx) error) error {
	for try := 1; ; try++ {
		err := p.Store.Write(ctx, fn)
		if !errors.Is(err, fault.Busy) || try == patience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// write records one chunk and reviews whom it touches. The report grows only
// when the transaction is through.
func (in *factImport) write(ctx context.Context, rows []factRow) error {
	var done *factChunk
	err := in.portal.retried(ctx, func(tx store.Tx) (err error) {
		done, err = in.record(tx, rows)
		return err
	})
	if err != nil {
		return err
	}
	in.add(done.report)
	in.id = done.runID
	return nil
}

func (in *factImport) add(r Report) {
	in.report.New += r.New
	in.report.Changed += r.Changed
	in.report.Cleared += r.Cleared
	in.report.Same += r.Same
	in.report.Held += r.Held
	in.report.Refused += r.Refused
	in.report.Aside += r.Aside
	in.report.Problems = append(in.report.Problems, r.Problems...)
}

// finish notes the run and enters it in the ledger, unless it changed nothing.
func (in *factImport) finish(ctx context.Context, s sheet) error {
	r := in.report
	if r.Nothing() && r.Again {
		return nil
	}
	return in.portal.retried(ctx, func(tx store.Tx) error {
		err := imports.Add(tx, imports.Run{
			ID: in.id, Kind: imports.Facts, FileHash: s.hash[:], NewRows: r.New, Changed: r.Changed, Cleared: r.Cleared,
			Same: r.Same, Held: r.Held, Refused: r.Refused, Aside: r.Aside,
		})
		if err != nil {
			return err
		}
		in.by.Object = in.file
		return ledger.Append(tx, "facts_imported", in.by, map[string]string{
			"file": in.file, "new": strconv.Itoa(r.New), "changed": strconv.Itoa(r.Changed), "cleared": strconv.Itoa(r.Cleared),
			"same": strconv.Itoa(r.Same), "held": strconv.Itoa(r.Held), "refused": strconv.Itoa(r.Refused), "aside": strconv.Itoa(r.Aside),
		})
	})
}

// factChunk is the work of one transaction.
type factChunk struct {
	tx      store.Tx
	in      *factImport
	runID   int64
	report  Report
	touched []int64           // persons to review
	fresh   map[int64][]int64 // by document: the facts that are new
}

func (in *factImport) record(tx store.Tx, rows []factRow) (*factChunk, error) {
	c := &factChunk{tx: tx, in: in, runID: in.id, fresh: make(map[int64][]int64)}
	if c.runID == 0 {
		var err error
		if c.runID, err = tx.NextID("import_run"); err != nil {
			return nil, err
		}
	}
	var groups [][]factRow
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].document == rows[0].document {
			n++
		}
		groups, rows = append(groups, rows[:n]), rows[n:]
	}
	// Each document is locked: in one order, whatever the file's, so that two imports
	// do not wait for each other.
	slices.SortFunc(groups, func(a, b []factRow) int { return cmp.Compare(a[0].document.Key(), b[0].document.Key()) })
	for _, rows := range groups {
		if err := c.document(rows); err != nil {
			return nil, err
		}
	}
	return c, c.review()
}

// document records all rows about one document.
func (c *factChunk) document(rows []factRow) error {
	doc, err := person.DocumentRow(c.tx, rows[0].document)
	if err != nil {
		return err
	}
	// A declaration that binds somebody to this document waits until its facts are
	// on record, or is there to be found as its holder.
	if err := c.tx.Lock("document", doc); err != nil {
		return err
	}
	var told []*int // the counter of each fresh row, in case they are held
	for _, row := range rows {
		refused := c.report.Refused
		counter, err := c.row(doc, row)
		if err != nil {
			return fmt.Errorf("line %d: %w", row.line, err)
		}
		if counter != nil {
			told = append(told, counter)
		}
		if row.phone == "" || c.report.Refused > refused {
			continue // a refused row states nothing, not even whose phone it is
		}
		if counter == nil && c.in.report.Again {
			continue // an old file sent again does not say that the phone is still theirs
		}
		bound, err := person.NamePhone(c.tx, doc, row.phone, row.fact.Source)
		if err != nil {
			return fmt.Errorf("line %d: %w", row.line, err)
		}
		if bound != 0 {
			c.touch(bound)
			if err := newlyBound(c.tx, bound, person.ByUpstream); err != nil {
				return err
			}
		}
	}
	holder, ok, err := person.HolderOf(c.tx, doc)
	switch {
	case err != nil:
		return err
	case !ok:
		c.report.Held += len(told)
	default:
		for _, counter := range told {
			*counter++
		}
		if len(told) > 0 {
			c.touch(holder)
		}
	}
	return nil
}

// row records one row. It returns the counter of the report that it belongs to,
// nil if nothing was recorded.
func (c *factChunk) row(doc int64, row factRow) (*int, error) {
	n := row.fact
	n.DocumentID, n.ImportID = doc, c.runID
	// A record may come about two documents, here and on another node.
	if n.Upstream != "" {
		if err := c.tx.LockKey("record", []byte(n.Source+"/"+n.Upstream+"/"+n.Kind)); err != nil {
			return nil, err
		}
	}
	old, there, err := fact.Record(c.tx, n.Source, n.Upstream, n.Kind)
	if err != nil {
		return nil, err
	}
	if row.clears[1] != "" {
		if n.AboutFact, err = c.cleared(doc, row, n, old); err != nil {
			return nil, err
		}
		if n.AboutFact == 0 {
			c.refuse(row.line, "fact")
			return nil, nil
		}
	}
	if same, err := c.same(n, old); err != nil || same {
		c.report.Same++
		return nil, err
	}
	counter := &c.report.New
	switch {
	case there:
		n.Replaces, counter = old.ID, &c.report.Changed
		if err := c.moved(old, doc); err != nil {
			return nil, err
		}
	case row.replaces != "":
		if n.Replaces, err = c.named(doc, n.Source, row.replaces, n.Kind); err != nil {
			return nil, err
		}
		if n.Replaces == 0 {
			c.refuse(row.line, "replaces")
			return nil, nil
		}
		counter = &c.report.Changed
	case n.Kind == review.KindClearance:
		counter = &c.report.Cleared
	}
	id, _, err := fact.Add(c.tx, n)
	if err != nil {
		return nil, err
	}
	c.fresh[doc] = append(c.fresh[doc], id)
	return counter, nil
}

// same says whether a row is on record already: as the newest version of its
// record, or at all if it has no id at its source. An old file that is sent again
// does not bring back what has changed since.
func (c *factChunk) same(n fact.New, old fact.Row) (bool, error) {
	if bytes.Equal(old.Digest, fact.Digest(c.tx, n)) {
		return true, nil
	}
	if !c.in.report.Again && n.Upstream != "" {
		return false, nil
	}
	return fact.Seen(c.tx, n)
}

// cleared finds the fact that a clearance is about, 0 if there is none. A
// clearance on record keeps the version that it named, so that sending it again
// after its source has changed that record says nothing new.
func (c *factChunk) cleared(doc int64, row factRow, n fact.New, old fact.Row) (int64, error) {
	ids, err := fact.Versions(c.tx, row.clears[0], row.clears[1], n.About, doc)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, id := range ids {
		n.AboutFact = id
		if same, err := c.same(n, old); err != nil || same {
			return id, err
		}
	}
	return ids[len(ids)-1], nil
}

func (c *factChunk) refuse(line int, field string) {
	c.report.Refused++
	c.report.Problems = append(c.report.Problems, RowProblem{Line: line, Field: field, Key: "import.row.no_record"})
}

// named finds the record of a source about this document, 0 if there is none.
func (c *factChunk) named(doc int64, source, upstream, kind string) (int64, error) {
	f, ok, err := fact.Record(c.tx, source, upstream, kind)
	if err != nil || !ok || f.DocumentID == nil || *f.DocumentID != doc {
		return 0, err
	}
	return f.ID, nil
}

// moved looks after whoever a record was about before its source said that it is
// about somebody else.
func (c *factChunk) moved(old fact.Row, doc int64) error {
	if old.DocumentID == nil || *old.DocumentID == doc {
		return nil
	}
	if err := c.tx.Lock("document", *old.DocumentID); err != nil { // somebody may be being bound to it
		return err
	}
	holder, ok, err := person.HolderOf(c.tx, *old.DocumentID)
	if err == nil && ok {
		c.touch(holder)
	}
	return err
}

func (c *factChunk) touch(personID int64) {
	if !slices.Contains(c.touched, personID) {
		c.touched = append(c.touched, personID)
	}
}

// review ends the chunk: everybody it touches is reviewed once, whatever number
// of rows are about them.
func (c *factChunk) review() error {
	slices.Sort(c.touched) // locks are taken in rising order
	for _, id := range c.touched {
		o, err := c.in.portal.recompute(c.tx, id, Cause{Kind: CauseImport, Ref: c.in.file})
		if err != nil {
			return err
		}
		bound, err := person.BoundTo(c.tx, id)
		if err != nil {
			return err
		}
		for _, aside := range o.Aside {
			if slices.ContainsFunc(bound, func(d person.PersonDocument) bool { return slices.Contains(c.fresh[d.DocumentID], aside.Fact) }) {
				c.report.Aside++
			}
		}
	}
	return nil
}
