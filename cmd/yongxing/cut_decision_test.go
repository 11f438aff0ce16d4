package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/identity"
	"yongxing/models/store"
)

// TestDecisionCutShort breaks one decision after the other at each single change
// that it makes to the database's files: the write fails, the disk is full, the
// program is killed, or the power goes. Whatever came of it, a decision is on
// record with all that it consists of or with nothing. YX_CUTS makes it try each
// change; without it, some.
func TestDecisionCutShort(t *testing.T) {
	step := 36
	if os.Getenv("YX_CUTS") != "" {
		step = 1
	} else if testing.Short() {
		t.Skip("left out: short")
	}
	t.Parallel()
	const most = 100 // changes; a decision makes some seventy
	kinds := []struct {
		name, fault, mode string
		lost              bool // the program ends
	}{
		{"broken", strconv.Itoa(int(syscall.EIO)), "mode=all", false},
		{"full", strconv.Itoa(int(syscall.ENOSPC)), "mode=all", false},
		{"killed", "0", "mode=none", true},
		{"power cut", "0", "mode=all", true},
		{"power cut, half of it lost", "0", "mode=half", true},
	}
	c := newCity(t)
	c.start()
	c.seat()
	ready := c.readyToDecide(len(kinds) * (1 + most/step))
	c.kill()
	faults := filepath.Join(t.TempDir(), "faults")
	cut, through := 0, 0
	for k, kind := range kinds {
		c.disk = disk(t, c.dir, "faults="+faults, kind.mode, "seed="+strconv.Itoa(rand.Int()))
		c.start()
		for n := 1 + k*7%step; n <= most; n += step {
			d := ready[0]
			ready = ready[1:]
			if err := os.WriteFile(faults, []byte(fmt.Sprintf("%s %d yongxing.db", kind.fault, n)), 0o600); err != nil {
				t.Fatal(err)
			}
			acked := c.decideOnce(d)
			if err := os.Remove(faults); err != nil {
				t.Fatal(err)
			}
			if kind.lost && c.ended() {
				c.afterCut()
				c.start()
			}
			if acked {
				through++
			} else {
				cut++
			}
			when := fmt.Sprintf("%s at change %d", kind.name, n)
			decided := c.allOrNothing(when, d.number)
			if acked && !decided {
				t.Errorf("%s: acknowledged, and not on record", when)
			}
			if !acked && !c.decideOnce(d) {
				t.Errorf("%s: cannot be decided afterwards", when)
			}
			if !c.allOrNothing(when+", and again", d.number) {
				t.Errorf("%s: not on record after all", when)
			}
			c.decided[d.number] = true
		}
		if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		_ = c.process.Wait()
	}
	c.disk = nil
	c.count(cut)
	if cut < len(kinds) || step == 1 && through == 0 {
		t.Errorf("%d decisions were cut short and %d came through: this test proves nothing", cut, through)
	}
	t.Logf("%d decisions cut short, %d came through", cut, through)
}

// decidable is a case on an officer's desk with the filled-in form of the decision.
type decidable struct {
	number string
	form   url.Values
	by     *browser
}

// readyToDecide takes so many cases to where only the last button is left.
func (c *city) readyToDecide(n int) (list []decidable) {
	c.t.Helper()
	for i := range n {
		serial := fmt.Sprintf("33020319850601%03d", 100+i)
		document, phone := serial+string(identity.CheckSign(serial)), fmt.Sprintf("135%08d", i)
		b, officer := c.browser(fmt.Sprintf("198.18.%d.%d", i/250, i%250)), c.officers[i%len(c.officers)]
		if err := errors.Join(c.signIn(b, phone), c.declare(b, phone, document), c.accuse(c.t.Context(), phone, document), c.appeal(b, phone)); err != nil {
			c.t.Fatal(err)
		}
		number := ""
		for filed, by := range c.filed {
			if by == phone {
				number = filed
			}
		}
		href := "/officer/appeals/" + number
		p, err := officer.get(href)
		if err == nil {
			p, err = officer.send(p, href+"/claim")
		}
		if err == nil {
			p, err = officer.send(p, href+"/preview", "item1", "set_aside")
		}
		if err != nil {
			c.t.Fatal(err)
		}
		form, err := filled(p, href+"/decide", nil)
		if err != nil {
			c.t.Fatal(err)
		}
		list = append(list, decidable{number, form, officer})
	}
	return list
}

// decideOnce presses the button once, and tells whether the officer was told that
// it is decided.
func (c *city) decideOnce(d decidable) bool {
	p, err := d.by.post("/officer/appeals/"+d.number+"/decide", "application/x-www-form-urlencoded", strings.NewReader(d.form.Encode()))
	if err != nil {
		return strings.Contains(err.Error(), "没有再做一遍") // decided by them before, and the answer lost
	}
	return p.at == "/officer/appeals"
}

// ended tells that nobody answers any more.
func (c *city) ended() bool {
	res, err := http.Get("http://127.0.0.1:" + c.port + "/healthz")
	if err == nil {
		res.Body.Close()
	}
	return err != nil
}

func (c *city) afterCut() {
	c.t.Helper()
	stop, end := context.WithTimeout(context.Background(), 5*time.Second)
	defer end()
	defer context.AfterFunc(stop, func() { _ = c.process.Process.Kill() })()
	err := c.process.Wait()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != diskCut {
		c.t.Fatalf("ended with %v before the cut", err)
	}
}

// allOrNothing looks for all that a decision consists of: decided tells whether it
// is there.
func (c *city) allOrNothing(when, number string) (decided bool) {
	c.t.Helper()
	s := placeIn(c.dir).reader(c.t)
	defer s.Close()
	err := s.Read(c.t.Context(), func(tx store.Tx) error {
		a, err := appeal.ByNumber(tx, number)
		if err != nil {
			return err
		}
		decided = a.State == appeal.Decided
		want := 0
		if decided {
			want = 1
		}
		for part, query := range map[string]string{
			"decided item":           `SELECT COUNT(*) FROM appeal_item WHERE appeal_id = ? AND state = 'decided'`,
			"fact that is free":      `SELECT COUNT(*) FROM appeal_item_fact f JOIN appeal_item i ON i.id = f.item_id WHERE i.appeal_id = ? AND NOT f.open`,
			"mark on the fact":       `SELECT COUNT(*) FROM aside WHERE appeal_id = ?`,
			"step of the case":       `SELECT COUNT(*) FROM appeal_event WHERE appeal_id = ? AND kind = 'decided'`,
			"outcome":                `SELECT COUNT(*) FROM outcome o JOIN appeal a ON o.cause_ref = a.number WHERE a.id = ? AND o.cause = 'decision'`,
			"green code":             `SELECT COUNT(*) FROM code c JOIN appeal a ON a.person_id = c.person_id WHERE a.id = ? AND c.colour = 'green'`,
			"entry of the decision":  `SELECT COUNT(*) FROM ledger l, appeal a WHERE a.id = ? AND l.event = 'appeal_decided' AND CAST(l.body AS TEXT) LIKE '%' || a.number || '%'`,
			"entry of the colour":    `SELECT COUNT(*) FROM ledger l, appeal a WHERE a.id = ? AND l.event = 'colour_changed' AND CAST(l.body AS TEXT) LIKE '%' || a.number || '%'`,
			"notice of the decision": `SELECT COUNT(*) FROM notice n, appeal a WHERE a.id = ? AND n.person_id = a.person_id AND n.kind = 'appeal_decided'`,
			"way of the notice": `SELECT COUNT(*) FROM notice n, appeal a WHERE a.id = ? AND n.person_id = a.person_id AND n.kind = 'appeal_decided' AND (n.state <> 'queued'
				OR EXISTS (SELECT 1 FROM river_job j WHERE j.kind = 'deliver_notice' AND CAST(json_extract(j.args, '$.notice_id') AS TEXT) = CAST(n.id AS TEXT)))`,
		} {
			var n int
			if err := tx.QueryRow(query, a.ID).Scan(&n); err != nil {
				return fmt.Errorf("%s: %w", part, err)
			}
			if n != want {
				c.t.Errorf("%s: a case that is %s has %d of: %s", when, a.State, n, part)
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return decided
}
