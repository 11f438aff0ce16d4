package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestStaff(t *testing.T) {
	data := t.TempDir()
	add := func(more ...string) (string, error) {
		return yongxing(t, append([]string{"staff", "add", "--data", data, "--login", "033127", "--name", "王警官"}, more...)...)
	}
	if _, err := add("--station", "gulou"); err == nil || !strings.Contains(err.Error(), "stations open") {
		t.Errorf("a station that is not there: %v", err)
	}
	stations := file(t, "stations.csv", "code,name,district,serves,org,org_name\ngulou,鼓楼派出所,330203,330203,haishu,海曙公安分局\n")
	if out, err := yongxing(t, "stations", "open", stations, "--data", data); err != nil {
		t.Fatal(err, out)
	}
	out, err := add("--station", "gulou", "--document", "330203199003071232")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`shown only now\): [A-Z2-7]{20}\n`).MatchString(out) || !strings.Contains(out, "otpauth://totp/") || strings.Contains(out, "3302031990") {
		t.Errorf("said:\n%s", out)
	}
	for _, c := range []struct{ want, role string }{{"given before", "officer"}, {"no such role", "king"}} {
		if _, err := add("--station", "gulou", "--role", c.role); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
	if out, err := yongxing(t, "staff", "disable", "033127", "--data", data); err != nil || !strings.Contains(out, "033127") {
		t.Errorf("disable: %v\n%s", err, out)
	}
	if _, err := yongxing(t, "staff", "disable", "033127", "--data", data); err == nil {
		t.Error("disabled twice")
	}
}
