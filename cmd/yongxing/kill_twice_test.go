package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/models/appeal"
	"yongxing/models/declaration"
	"yongxing/models/identity"
	"yongxing/models/person"
	"yongxing/models/store"
)

// TestSentAgain presses the last button of a declaration and of an appeal twenty
// times at once, of one form, and once more after the server was killed (kill -9);
// of another form it is killed in the middle of the twenty. Each form makes one
// row, and whatever is answered leads to the same receipt.
func TestSentAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: short")
	}
	t.Parallel()
	c := newCity(t)
	c.start()
	for i, inTheMiddle := range []bool{false, true} {
		serial := fmt.Sprintf("33020319850701%03d", 100+i)
		document, phone := serial+string(identity.CheckSign(serial)), fmt.Sprintf("1340000000%d", i)
		b := c.browser(fmt.Sprintf("198.18.0.%d", 1+i))
		if err := c.signIn(b, phone); err != nil {
			t.Fatal(err)
		}
		p, err := c.answerAll(b, document)
		if err != nil {
			t.Fatal(err)
		}
		form, err := filled(p, p.at, []string{"true", "1"})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.pressed(b, p.at, form, inTheMiddle); got != "/declare/done" {
			t.Errorf("a declaration that was sent again led to %s", got)
		}
		c.declared[phone] = document
		if err := c.accuse(t.Context(), phone, document); err != nil {
			t.Fatal(err)
		}
		if p, err = c.explain(b, phone); err != nil {
			t.Fatal(err)
		}
		if form, err = filled(p, p.at, nil); err != nil {
			t.Fatal(err)
		}
		got := c.pressed(b, p.at, form, inTheMiddle)
		number := caseNumber.FindString(got)
		if number == "" {
			t.Errorf("an appeal that was sent again led to %s", got)
		}
		c.filed[number] = phone
	}
	c.kill()
	c.count(4)
	c.onePerPhone()
}

// pressed posts a form twenty times at once, kills the server then or meanwhile,
// and posts it once more. It returns where that led, all of it.
func (c *city) pressed(b *browser, action string, form url.Values, inTheMiddle bool) string {
	c.t.Helper()
	var mu sync.Mutex
	led := map[string]bool{}
	press := func() error {
		p, err := b.post(action, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		if err == nil {
			mu.Lock()
			led[p.at] = true
			mu.Unlock()
		}
		return err
	}
	var twenty sync.WaitGroup
	for range 20 {
		twenty.Go(func() {
			if err := press(); err != nil && (!inTheMiddle || strings.Contains(err.Error(), "status")) {
				c.t.Error(err)
			}
		})
	}
	if inTheMiddle {
		time.Sleep(5 * time.Millisecond)
		c.kill()
		c.start()
	}
	twenty.Wait()
	if !inTheMiddle {
		c.kill()
		c.start()
	}
	if err := press(); err != nil {
		c.t.Error(err)
	}
	return strings.Join(slices.Sorted(maps.Keys(led)), " ")
}

// onePerPhone holds how many declarations and appeals there are against those that
// were sent.
func (c *city) onePerPhone() {
	c.t.Helper()
	s := placeIn(c.dir).reader(c.t)
	defer s.Close()
	for phone := range c.declared {
		err := s.Read(c.t.Context(), func(tx store.Tx) error {
			who, ok, err := person.ByPhone(tx, phone)
			if err != nil || !ok {
				return fmt.Errorf("a person is lost: %w", err)
			}
			declarations, err := declaration.OfPerson(tx, who.ID)
			if err != nil {
				return err
			}
			appeals, err := appeal.OfPerson(tx, who.ID)
			if len(declarations) != 1 || len(appeals) != 1 {
				c.t.Errorf("%d declarations and %d appeals of one form each", len(declarations), len(appeals))
			}
			return err
		})
		if err != nil {
			c.t.Error(err)
		}
	}
}
