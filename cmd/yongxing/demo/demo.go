// Package demo fills an empty portal with a city that looks lived in: stations,
// staff, residents of every colour and a queue of appeals. It exists so that a
// newcomer sees the whole portal a minute after the first build.
//
// Everything is made by playing inputs/*.csv through the stories, under a clock
// that goes through the last three weeks: no table is written directly, so what
// the demo shows is what the portal does. Without an input what follows from it
// is not there.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"yongxing/models"
	"yongxing/models/staff"
	"yongxing/models/store"
)

// Fill plays the demo into an empty portal and writes DIR/demo.json, which says
// who can sign in and how. setClock sets the portal's clock; the zero instant
// lets the real time run again, as it does when Fill returns. A portal that was
// filled before keeps its data. DIR/sample-facts.csv, a file to try the import
// with, gets fresh dates each time.
func Fill(ctx context.Context, portal *models.Portal, dir string, setClock func(time.Time)) error {
	_, err := fill(ctx, embedded, portal, dir, setClock)
	return err
}

// fill returns what of the inputs could not be played, because something that it
// rests on is not there.
func fill(ctx context.Context, inputs fs.FS, portal *models.Portal, dir string, setClock func(time.Time)) (skipped []string, err error) {
	now := portal.Store.Now()
	if err := writeSample(inputs, dir, now); err != nil {
		return nil, err
	}
	filled, err := isFilled(ctx, portal, dir)
	if err != nil || filled {
		return nil, err
	}
	p := &player{
		portal: portal, now: now, set: setClock,
		members: map[string]models.AddedStaff{}, persons: map[string]int64{}, appeals: map[string]string{},
	}
	defer setClock(time.Time{})
	if err := p.read(inputs); err != nil {
		return nil, err
	}
	if err := p.play(ctx); err != nil {
		return nil, err
	}
	setClock(time.Time{})
	a, err := p.accounts(ctx)
	if err != nil {
		return nil, err
	}
	return p.skipped, a.write(dir)
}

// isFilled tells whether the demo was made here before. Its accounts are written
// last, so staff without them are what an interrupted start has left.
func isFilled(ctx context.Context, portal *models.Portal, dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, accountsFile))
	if err == nil {
		return true, nil
	}
	var begun bool
	err = portal.Store.Read(ctx, func(tx store.Tx) (err error) {
		begun, err = staff.AnyDemo(tx)
		return err
	})
	if err == nil && begun {
		err = fmt.Errorf("%s holds half a demo, from a start that was interrupted: remove the folder and start again", dir)
	}
	return false, err
}

// step is one thing that somebody does at a time of the demo.
type step struct {
	at   time.Time
	name string // of the row in the inputs
	do   func(ctx context.Context) error
}

// errNothing is the answer of a step that finds nothing to act on, such as an
// appeal about a finding that is not there. The demo goes on without it.
var errNothing = errors.New("nothing to act on")

// player plays the steps of the inputs.
type player struct {
	portal *models.Portal
	now    time.Time // when the demo is made
	set    func(time.Time)

	staff        []row
	declarations []row
	steps        []step

	stations map[string]opened            // by code
	members  map[string]models.AddedStaff // by login
	persons  map[string]int64             // by phone
	appeals  map[string]string            // number of the newest, by phone
	skipped  []string
}

// read makes steps of the inputs. Those of one moment are played in the order in
// which the files are read here.
func (p *player) read(inputs fs.FS) error {
	members, err := read(inputs, staffFile, p.now)
	if err != nil {
		return err
	}
	p.staff = members.rows
	for _, file := range []struct {
		name string
		add  func(table) error
	}{
		{areasFile, func(t table) error { return p.addFiles(t, p.publish) }},
		{registryFile, func(t table) error { return p.addFiles(t, p.importFacts) }},
		{factsFile, func(t table) error { return p.addFiles(t, p.importFacts) }},
		{declarationsFile, func(t table) error { p.declarations = t.rows; return p.addRows(t, p.declare) }},
		{appealsFile, func(t table) error { return p.addRows(t, p.appeal) }},
		{officersFile, func(t table) error { return p.addRows(t, p.officer) }},
	} {
		t, err := read(inputs, file.name, p.now)
		if err != nil {
			return err
		}
		if err := file.add(t); err != nil {
			return err
		}
	}
	slices.SortStableFunc(p.steps, func(a, b step) int { return a.at.Compare(b.at) })
	return nil
}

func (p *player) addRows(t table, do func(context.Context, row) error) error {
	for _, r := range t.rows {
		at, err := r.at()
		if err != nil {
			return err
		}
		p.steps = append(p.steps, step{at: at, name: r.name, do: func(ctx context.Context) error { return do(ctx, r) }})
	}
	return nil
}

func (p *player) addFiles(t table, do func(context.Context, table) error) error {
	list, err := t.batches()
	if err != nil {
		return err
	}
	for _, b := range list {
		p.steps = append(p.steps, step{at: b.at, name: b.name, do: func(ctx context.Context) error { return do(ctx, b.file) }})
	}
	return nil
}

// Begins is when the demo that is made now begins: the city opens its stations.
// What the portal needs before that, its rulebook, must not be younger.
func Begins(now time.Time) time.Time { return now.AddDate(0, 0, -21).Truncate(time.Hour) }

// play does every step at its time, and between them what the timer of a running
// portal would have done. Steps that lie ahead are left out.
func (p *player) play(ctx context.Context) error {
	tick := Begins(p.now)
	p.set(tick)
	if err := p.openStations(ctx); err != nil {
		return err
	}
	if err := p.addStaff(ctx); err != nil {
		return err
	}
	for _, s := range p.steps {
		if s.at.After(p.now) {
			break
		}
		if err := p.passTime(ctx, &tick, s.at); err != nil {
			return err
		}
		p.set(s.at)
		err := s.do(ctx)
		switch {
		case errors.Is(err, errNothing):
			p.skipped = append(p.skipped, s.name)
		case err != nil:
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return p.passTime(ctx, &tick, p.now)
}

// passTime lets the hours go by until a time, and stores what falls due on the
// way: rules end at full hours, so the history tells of each release at its time.
func (p *player) passTime(ctx context.Context, tick *time.Time, until time.Time) error {
	for ; !tick.After(until); *tick = tick.Add(time.Hour) {
		p.set(*tick)
		if _, err := p.portal.StoreDue(ctx, len(p.persons)+1); err != nil {
			return err
		}
	}
	return nil
}
