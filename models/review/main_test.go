package review_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain tries every property on more worlds than rapid does unasked; they are
// cheap. -rapid.checks=20000 takes a few minutes and is worth it after a change
// of the engine.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", "400"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
