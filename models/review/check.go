package review

import (
	"regexp"
	"slices"
)

// Misfit is why a fact cannot be recorded: the field (named as in rulebook.md:
// kind, class, about, fact, place, ref, from, to, items, value, source, known)
// and one of the reasons below.
type Misfit struct{ Field, Reason string }

// The reasons of a Misfit.
const (
	MisfitUnknown   = "unknown"   // not in the closed vocabulary
	MisfitRequired  = "required"  // the kind needs it
	MisfitForbidden = "forbidden" // the kind does not have it
	MisfitAhead     = "ahead"     // lies in the future, which the kind may not
	MisfitOrder     = "order"     // the end is not after the begin
	MisfitSource    = "source"    // this source cannot say it
)

// Error names the field and the reason, never the value.
func (m *Misfit) Error() string { return m.Field + ": " + m.Reason }

var (
	division = regexp.MustCompile(`^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$`)
	country  = regexp.MustCompile(`^[A-Z]{3}$`)
)

// ValidPlace says whether s has the form of a place: 2, 4, 6, 9 or 12 digits of
// a division, or three letters of a country. It does not know which exist.
func ValidPlace(s string) bool { return division.MatchString(s) || country.MatchString(s) }

// Check says whether a fact is one that a door may record under this book: all
// fields that its kind needs, none that it does not have, words of the closed
// vocabulary only, and no future that the kind does not allow. It returns nil or
// the first *Misfit.
func Check(book *Book, f Fact) error {
	kind, ok := Kinds[f.Kind]
	level := SourceLevel(f.Source)
	switch {
	case !ok:
		return &Misfit{"kind", MisfitUnknown}
	case len(kind.Classes) == 0 && f.Class != "":
		return &Misfit{"class", MisfitForbidden}
	case len(kind.Classes) > 0 && f.Class == "":
		return &Misfit{"class", MisfitRequired}
	case len(kind.Classes) > 0 && !slices.Contains(kind.Classes, f.Class):
		return &Misfit{"class", MisfitUnknown}
	case level == "":
		return &Misfit{"source", MisfitUnknown}
	case kind.ManualOnly && level != "manual":
		return &Misfit{"source", MisfitSource}
	}
	for _, field := range []struct {
		name   string
		use    Use
		filled bool
	}{
		{"place", kind.Place, f.Place != ""}, {"ref", kind.Ref, f.Ref != ""},
		{"items", kind.Items, len(f.Items) > 0}, {"value", kind.Value, f.Value != 0},
		{"about", kind.About, f.About != ""}, {"to", kind.To, !f.To.IsZero()},
		{"from", Required, !f.From.IsZero()}, {"known", Required, !f.Known.IsZero()},
	} {
		if field.filled && field.use == Forbidden {
			return &Misfit{field.name, MisfitForbidden}
		}
		if !field.filled && field.use == Required {
			return &Misfit{field.name, MisfitRequired}
		}
	}
	return checkDetail(book, f, kind, level)
}

func checkDetail(book *Book, f Fact, kind Kind, level string) error {
	for _, item := range f.Items {
		if !slices.Contains(Symptoms, item) {
			return &Misfit{"items", MisfitUnknown}
		}
	}
	ahead := f.From.After(f.Known)
	switch {
	case f.Place != "" && !ValidPlace(f.Place):
		return &Misfit{"place", MisfitUnknown}
	case !f.To.IsZero() && !f.To.After(f.From):
		return &Misfit{"to", MisfitOrder}
	case ahead && (!kind.Ahead || f.Class == "excluded"):
		return &Misfit{"from", MisfitAhead}
	case f.Kind == KindStay && f.To.IsZero() && slices.Contains(book.Parameters.DwellSources, f.Source):
		return &Misfit{"to", MisfitRequired}
	case f.Kind == KindSymptom && len(f.Items) == 0 && f.Value == 0:
		return &Misfit{"items", MisfitRequired}
	case f.Kind != KindClearance && f.AboutFact != 0:
		return &Misfit{"fact", MisfitForbidden}
	case f.Kind != KindClearance:
		return nil
	}
	if _, ok := Kinds[f.About]; !ok {
		return &Misfit{"about", MisfitUnknown}
	}
	if f.Ref == "" && f.AboutFact == 0 && level != "health" {
		return &Misfit{"ref", MisfitRequired}
	}
	return nil
}
