package examples

import (
	"fmt"
	"math"
	"time"

	"go.yaml.in/yaml/v3"

	"yongxing/models/review"
	"yongxing/models/review/strict"
)

// example is one entry of a file.
type example struct {
	name    string
	book    *review.Book
	subject review.Subject
	areas   []review.Area
	facts   []review.Fact
	asides  []review.Aside
	moments []moment
}

// moment is what is wanted at one instant. A nil list or pointer means that
// nothing is said about it.
type moment struct {
	at       time.Time
	colour   review.Colour
	findings []finding
	ended    []review.Ended
	aside    []int64
	next     *time.Time // zero = never
	hasEnded bool
	hasAside bool
}

type finding struct {
	want   review.Finding
	sooner []condition
}

// condition is what is wanted of the progress of one condition.
type condition struct {
	by         string
	alt        int // from 1; 0 = the first alternative that has it
	have, need *int
	next       *time.Time
}

func readExample(r *strict.Reader, n *yaml.Node, i int, book *review.Book) example {
	r.Where = fmt.Sprintf("example %d", i+1)
	f := r.Map(n, "it", "name", "story", "book", "subject", "areas", "facts", "asides", "expect")
	e := example{name: r.Text(f["name"], "name"), book: book}
	if e.name == "" {
		r.Refuse("name is missing")
	} else {
		r.Where = "example " + e.name
	}
	r.Text(f["story"], "story")
	if patch := f["book"]; patch != nil && r.Err == nil {
		changed, err := book.Overlay(patch)
		if err != nil {
			r.Refuse("book: %v", err)
		} else {
			e.book = changed
		}
	}
	subject := r.Map(f["subject"], "subject", "born", "bound")
	e.subject = review.Subject{
		Born:  r.Time(subject["born"], "subject born"),
		Bound: r.Time(subject["bound"], "subject bound"),
	}
	for j, area := range r.List(f["areas"], "areas") {
		e.areas = append(e.areas, readArea(r, area, fmt.Sprintf("area %d", j+1)))
	}
	for j, fact := range r.List(f["facts"], "facts") {
		e.facts = append(e.facts, readFact(r, fact, fmt.Sprintf("fact %d", j+1), e.book))
	}
	for j, aside := range r.List(f["asides"], "asides") {
		e.asides = append(e.asides, readAside(r, aside, fmt.Sprintf("aside %d", j+1)))
	}
	if r.Err == nil && f["expect"] == nil {
		r.Refuse("expect is missing")
	}
	for j, m := range r.List(f["expect"], "expect") {
		e.moments = append(e.moments, readMoment(r, m, fmt.Sprintf("expect %d", j+1)))
	}
	return e
}

func number(r *strict.Reader, n *yaml.Node, what string) int64 {
	return int64(r.Number(n, what, math.MinInt32, math.MaxInt32, 0))
}

func readArea(r *strict.Reader, n *yaml.Node, what string) review.Area {
	f := r.Map(n, what, "id", "code", "level", "from", "to", "known", "document", "replaces")
	a := review.Area{
		ID: number(r, f["id"], what+" id"), Code: r.Text(f["code"], what+" code"),
		Level: r.Word(f["level"], what+" level", review.AreaLevels),
		From:  r.Time(f["from"], what+" from"), To: r.Time(f["to"], what+" to"),
		Known:    r.Time(f["known"], what+" known"),
		Document: r.Text(f["document"], what+" document"), Replaces: number(r, f["replaces"], what+" replaces"),
	}
	if a.Known.IsZero() && a.To.IsZero() {
		a.Known = a.From
	}
	switch {
	case r.Err != nil:
	case !review.ValidPlace(a.Code):
		r.Refuse("%s has the code %q, which is no place", what, a.Code)
	case a.Level == "" || a.From.IsZero() || a.Known.IsZero():
		r.Refuse("%s lacks level, from or known", what)
	}
	return a
}

func readFact(r *strict.Reader, n *yaml.Node, what string, book *review.Book) review.Fact {
	f := r.Map(n, what, "id", "kind", "class", "about", "fact", "place", "ref", "from", "to", "items", "value",
		"source", "upstream", "authority", "locked", "replaces", "known")
	fact := review.Fact{
		ID: number(r, f["id"], what+" id"), Kind: r.Text(f["kind"], what+" kind"),
		Class: r.Text(f["class"], what+" class"), About: r.Text(f["about"], what+" about"),
		AboutFact: number(r, f["fact"], what+" fact"), Place: r.Text(f["place"], what+" place"),
		Ref: r.Text(f["ref"], what+" ref"), From: r.Time(f["from"], what+" from"), To: r.Time(f["to"], what+" to"),
		Items: r.Words(f["items"], what+" items", review.Symptoms), Value: r.Decimal(f["value"], what+" value", 30, 45, 0),
		Source: r.Text(f["source"], what+" source"), Upstream: r.Text(f["upstream"], what+" upstream"),
		Authority: r.Text(f["authority"], what+" authority"), Locked: r.Flag(f["locked"], what+" locked"),
		Replaces: number(r, f["replaces"], what+" replaces"), Known: r.Time(f["known"], what+" known"),
	}
	if fact.Known.IsZero() && fact.To.IsZero() {
		fact.Known = fact.From
	}
	if r.Err == nil && fact.ID == 0 {
		r.Refuse("%s has no id", what)
	}
	if err := review.Check(book, fact); r.Err == nil && err != nil {
		r.Refuse("%s: %v", what, err)
	}
	return fact
}

func readAside(r *strict.Reader, n *yaml.Node, what string) review.Aside {
	f := r.Map(n, what, "scope", "fact", "at", "lifted", "appeal")
	a := review.Aside{
		Scope: r.Word(f["scope"], what+" scope", []string{"record", "event"}), Fact: number(r, f["fact"], what+" fact"),
		At: r.Time(f["at"], what+" at"), Lifted: r.Time(f["lifted"], what+" lifted"), Appeal: r.Text(f["appeal"], what+" appeal"),
	}
	if r.Err == nil && (a.Scope == "" || a.Fact == 0 || a.At.IsZero()) {
		r.Refuse("%s lacks scope, fact or at", what)
	}
	return a
}

func readMoment(r *strict.Reader, n *yaml.Node, what string) moment {
	f := r.Map(n, what, "at", "colour", "findings", "ended", "aside", "next_change")
	for _, key := range []string{"at", "colour", "findings"} {
		if r.Err == nil && f[key] == nil {
			r.Refuse("%s has no %s", what, key)
		}
	}
	colours := []string{string(review.None), string(review.Green), string(review.Yellow), string(review.Red)}
	m := moment{
		at: r.Time(f["at"], what+" at"), colour: review.Colour(r.Word(f["colour"], what+" colour", colours)),
		hasEnded: f["ended"] != nil, hasAside: f["aside"] != nil,
	}
	for i, entry := range r.List(f["findings"], what+" findings") {
		m.findings = append(m.findings, readFinding(r, entry, fmt.Sprintf("%s finding %d", what, i+1)))
	}
	for i, entry := range r.List(f["ended"], what+" ended") {
		w := fmt.Sprintf("%s ended %d", what, i+1)
		e := r.Map(entry, w, "rule", "lead", "at", "by")
		m.ended = append(m.ended, review.Ended{
			Rule: r.Text(e["rule"], w+" rule"), Lead: number(r, e["lead"], w+" lead"),
			At: r.Time(e["at"], w+" at"), By: r.Text(e["by"], w+" by"),
		})
	}
	for _, entry := range r.List(f["aside"], what+" aside") {
		m.aside = append(m.aside, number(r, entry, what+" aside"))
	}
	m.next = optionalTime(r, f["next_change"], what+" next_change")
	return m
}

func readFinding(r *strict.Reader, n *yaml.Node, what string) finding {
	f := r.Map(n, what, "rule", "lead", "since", "assigned", "until", "facts", "locked", "overdue", "changed_after", "sooner")
	for _, key := range []string{"rule", "lead", "since", "assigned", "until", "facts"} {
		if r.Err == nil && f[key] == nil {
			r.Refuse("%s has no %s", what, key)
		}
	}
	w := finding{want: review.Finding{
		Rule: r.Text(f["rule"], what+" rule"), Lead: number(r, f["lead"], what+" lead"),
		Since: r.Time(f["since"], what+" since"), Assigned: r.Time(f["assigned"], what+" assigned"),
		Until: r.Time(f["until"], what+" until"), Locked: r.Flag(f["locked"], what+" locked"),
		Overdue: r.Flag(f["overdue"], what+" overdue"), ChangedAfter: r.Text(f["changed_after"], what+" changed_after"),
	}}
	for _, entry := range r.List(f["facts"], what+" facts") {
		w.want.Facts = append(w.want.Facts, number(r, entry, what+" facts"))
	}
	for i, entry := range r.List(f["sooner"], what+" sooner") {
		w.sooner = append(w.sooner, readCondition(r, entry, fmt.Sprintf("%s sooner %d", what, i+1)))
	}
	return w
}

func readCondition(r *strict.Reader, n *yaml.Node, what string) condition {
	f := r.Map(n, what, "by", "alt", "have", "need", "next")
	if r.Err == nil && f["by"] == nil {
		r.Refuse("%s has no by", what)
	}
	return condition{
		by: r.Text(f["by"], what+" by"), alt: int(number(r, f["alt"], what+" alt")),
		have: optionalNumber(r, f["have"], what+" have"), need: optionalNumber(r, f["need"], what+" need"),
		next: optionalTime(r, f["next"], what+" next"),
	}
}

func optionalNumber(r *strict.Reader, n *yaml.Node, what string) *int {
	if n == nil {
		return nil
	}
	value := int(number(r, n, what))
	return &value
}

func optionalTime(r *strict.Reader, n *yaml.Node, what string) *time.Time {
	if n == nil {
		return nil
	}
	t := r.Time(n, what)
	return &t
}
