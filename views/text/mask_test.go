package text

import "testing"

func TestMasks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		mask     func(string) string
		in, want string
	}{
		{"three signs", MaskName, "张小明", "张*明"},
		{"two signs", MaskName, "陈伟", "陈*"},
		{"one sign", MaskName, "王", "*"},
		{"four signs", MaskName, "欧阳小明", "欧**明"},
		{"with a dot", MaskName, "买买提·艾力", "买****力"},
		{"Latin", MaskName, "Anna Novak", "A* Novak"},
		{"Latin with a middle name", MaskName, "Anna  Maria Novak", "A* M* Novak"},
		{"Latin, one word", MaskName, "Madonna", "M*"},
		{"no name", MaskName, " ", ""},
		{"resident identity card", MaskDocument, "330203199003071232", "3302**********1232"},
		{"passport", MaskDocument, "E12345678", "E1*****78"},
		{"short number", MaskDocument, "A12345", "******"},
		{"no number", MaskDocument, "", ""},
		{"mobile", MaskPhone, "13812342210", "138****2210"},
		{"landline", MaskPhone, "87001234", "87****34"},
		{"emergency number", MaskPhone, "110", "***"},
		{"tail", Tail, "330203199003071232", "1232"},
		{"tail of a passport", Tail, "E12345678", "5678"},
		{"tail of a short number", Tail, "1234567", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.mask(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
