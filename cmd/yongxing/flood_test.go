package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledInAFlood has a thousand messages asked for, for two hundred numbers from
// fifty browsers at two addresses, and kills the server (kill -9) in the middle,
// twice. What stands in the sink at the end is no more than one server that never
// died would have sent: one to a number in a minute, thirty to an address in an
// hour.
func TestKilledInAFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: short")
	}
	c := newCity(t)
	c.start()
	var crowd []*browser
	for i := range 50 {
		crowd = append(crowd, c.browser(fmt.Sprintf("198.51.7.%d", 1+i%2)))
	}
	begun, asked, refused := time.Now(), 0, 0
	for i := range 1000 {
		if i == 40 || i == 500 { // while messages still go out, and long after
			c.kill()
			c.start()
		}
		_, err := crowd[i%50].step("/signin", "phone", fmt.Sprintf("137%08d", i%200))
		switch {
		case err == nil:
			asked++
		case strings.Contains(err.Error(), "429"):
			refused++
		default:
			t.Fatal(err)
		}
	}
	if asked < 30 || refused < 500 {
		t.Errorf("%d were sent and %d refused: this test proves nothing", asked, refused)
	}
	time.Sleep(2 * time.Second) // the last ones go out
	c.kill()
	minutes := 1 + int(time.Since(begun)/time.Minute)
	texts := map[string]map[string]bool{} // by number; one that was handed over twice because of a kill is one
	total := 0
	f, err := os.Open(filepath.Join(c.dir, "sms.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var m struct{ To, Text, Kind string }
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil || m.Kind != "code" || !strings.HasPrefix(m.To, "137") {
			continue
		}
		if texts[m.To] == nil {
			texts[m.To] = map[string]bool{}
		}
		if !texts[m.To][m.Text] {
			total++
		}
		texts[m.To][m.Text] = true
	}
	for number, list := range texts {
		if len(list) > minutes {
			t.Errorf("%d messages to %s in %d minutes", len(list), number, minutes)
		}
	}
	if total > 60 || total < 30 {
		t.Errorf("%d messages for two addresses, at most 60", total)
	}
	t.Logf("%d messages for 1,000 requests, in %s", total, time.Since(begun).Round(time.Second))
}
