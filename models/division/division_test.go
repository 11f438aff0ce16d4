package division

import "testing"

func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ code, name, zh, en string }{
		{"33", "浙江省", "浙江省", "Zhejiang"},
		{"3302", "浙江省宁波市", "浙江省宁波市", "Ningbo, Zhejiang"},
		{"330203", "浙江省宁波市海曙区", "海曙区", "Haishu District, Ningbo"},
		{"330203005", "浙江省宁波市海曙区鼓楼街道", "海曙区鼓楼街道", "鼓楼街道, Haishu District, Ningbo"},
		{"330203005099", "浙江省宁波市海曙区鼓楼街道", "海曙区鼓楼街道", "鼓楼街道, Haishu District, Ningbo"},
		{"330106", "浙江省杭州市西湖区", "浙江省杭州市西湖区", "西湖区, 杭州市, Zhejiang"},
		{"110105", "北京市朝阳区", "北京市朝阳区", "朝阳区, Beijing"},
		{"330204", "浙江省宁波市", "浙江省宁波市", "Ningbo, Zhejiang"}, // gone in 2016
		{"GBR", "GBR", "英国", "United Kingdom"},
		{"99", "99", "99", "99"},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			t.Parallel()
			for what, pair := range map[string][2]string{
				"Name":     {Name(tt.code), tt.name},
				"Label zh": {Label(tt.code, "zh-Hans"), tt.zh}, "Label en": {Label(tt.code, "en"), tt.en},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s = %q, want %q", what, pair[0], pair[1])
				}
			}
		})
	}
}

func TestChildren(t *testing.T) {
	t.Parallel()
	if got := len(Children("")); got != 34 {
		t.Errorf("%d provinces, want 34", got)
	}
	if got := len(Children(Ningbo)); got != 10 {
		t.Errorf("%d districts and counties of Ningbo, want 10", got)
	}
	streets := 0
	for _, district := range Children(Ningbo) {
		streets += len(Children(district.Code))
	}
	if streets != 162 {
		t.Errorf("%d streets and towns of Ningbo, want 162", streets)
	}
}

// Every code begins with that of its parent: places are matched by prefix.
func TestParentIsPrefix(t *testing.T) {
	t.Parallel()
	for code, d := range byCode {
		if d.Parent != "" && (len(code) <= len(d.Parent) || code[:len(d.Parent)] != d.Parent) {
			t.Errorf("%s is not inside %s", code, d.Parent)
		}
		if d.Parent != "" && !Known(d.Parent) {
			t.Errorf("%s names the unknown parent %s", code, d.Parent)
		}
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	if Country("TWN", "zh-Hans") != "中国台湾" || Country("HKG", "en") != "Hong Kong, China" {
		t.Error("names of the regions of China")
	}
	if !KnownCountry("GBR") || KnownCountry("XXX") {
		t.Error("KnownCountry")
	}
	if first := Countries("en")[0].Name("en"); first != "Afghanistan" {
		t.Errorf("English list begins with %q", first)
	}
}
